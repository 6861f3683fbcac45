//! The anchors that any reading of the rules must give, one encounter each.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

use infusion_audit::json_lines::code_line;
use infusion_audit::policy::PolicySet;
use infusion_audit::reference::Reference;
use serde_json::{Value, json};

/// A row: drug name and class (or code), method, start, stop, site, and anything else.
fn row(id: usize, drug: &str, class: &str, (start, stop): (&str, &str), site: &str, more: &Value) -> Value {
    let mut row = json!({
        "administration_id": format!("A{id}"), "route": "IV", "method": "infusion", "access_site": site,
        "start_time": format!("2026-01-15T{start}:00"), "stop_time": format!("2026-01-15T{stop}:00"),
        "drug_name": drug, "substance_class": class,
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        row[key] = value.clone();
    }
    row
}

fn coded(encounter: &Value, kind: &str) -> Vec<String> {
    let (policies, reference) = (PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
    let (result, malformed) = code_line(&encounter.to_string(), &policies, &reference);
    assert!(!malformed, "{result}");
    let mut lines: Vec<String> = result["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["kind"] == kind)
        .map(|line| {
            let modifiers: Vec<&str> = line["modifiers"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let modifiers = modifiers.iter().fold(String::new(), |all, one| format!("{all}-{one}"));
            format!("{}{modifiers} x{}", line["code"].as_str().unwrap(), line["units"])
        })
        .collect();
    lines.sort();
    lines
}

fn administrations(rows: &[Value]) -> Vec<String> {
    coded(&json!({"encounter_id": "E", "administrations": rows}), "administration")
}

fn infusion(start: &str, stop: &str) -> Vec<String> {
    administrations(&[row(1, "a", "therapeutic", (start, stop), "L", &json!({}))])
}

#[test]
fn immune_globulin_for_two_hours() {
    let given = json!({"drug_code": "J1569", "dose": 30, "dose_unit": "g"});
    let rows = [row(1, "immune globulin", "therapeutic", ("08:00", "10:00"), "L", &given)];
    assert_eq!(administrations(&rows), ["96365 x1", "96366 x1"]);
}

#[test]
fn one_antibiotic_after_another_on_one_line() {
    let rows = [
        row(1, "ciprofloxacin", "therapeutic", ("14:00", "14:50"), "L", &json!({})),
        row(2, "metronidazole", "therapeutic", ("15:00", "15:30"), "L", &json!({})),
    ];
    assert_eq!(administrations(&rows), ["96365 x1", "96367 x1"]);
}

#[test]
fn two_lumens_of_one_catheter_are_one_site() {
    let rows = [
        row(1, "a", "therapeutic", ("10:00", "11:00"), "PICC", &json!({"lumen": "red"})),
        row(2, "b", "therapeutic", ("10:00", "11:00"), "PICC", &json!({"lumen": "blue"})),
    ];
    assert_eq!(administrations(&rows), ["96365 x1", "96368 x1"]);
}

#[test]
fn hours_begin_at_91_minutes() {
    assert_eq!(infusion("10:00", "11:28"), ["96365 x1"]);
    assert_eq!(infusion("10:00", "11:30"), ["96365 x1"]);
    assert_eq!(infusion("10:00", "11:32"), ["96365 x1", "96366 x1"]);
    assert_eq!(infusion("10:00", "11:35"), ["96365 x1", "96366 x1"]);
}

#[test]
fn sixteen_minutes_make_an_infusion() {
    assert_eq!(infusion("10:00", "10:14"), ["96374 x1"]);
    assert_eq!(infusion("10:00", "10:15"), ["96374 x1"]);
    assert_eq!(infusion("10:00", "10:16"), ["96365 x1"]);
}

#[test]
fn chemotherapy_antibiotic_hydration_one_after_the_other() {
    let rows = [
        row(1, "chemo", "antineoplastic", ("09:00", "10:00"), "L", &json!({})),
        row(2, "antibiotic", "therapeutic", ("10:00", "10:30"), "L", &json!({})),
        row(3, "saline", "hydration", ("10:30", "11:01"), "L", &json!({})),
    ];
    assert_eq!(administrations(&rows), ["96361 x1", "96367 x1", "96413 x1"]);
}

#[test]
fn hydration_first_still_yields_to_the_antibiotic() {
    let hydration = |stop| row(1, "saline", "hydration", ("08:00", stop), "L", &json!({}));
    let antibiotic = row(2, "antibiotic", "therapeutic", ("10:00", "10:40"), "L", &json!({}));
    assert_eq!(administrations(&[hydration("08:31"), antibiotic.clone()]), ["96361 x1", "96365 x1"]);
    assert_eq!(administrations(&[hydration("08:30"), antibiotic]), ["96365 x1"]);
}

#[test]
fn a_second_antibiotic_hours_later_is_sequential_on_one_line_and_initial_on_another() {
    let first = row(1, "a", "therapeutic", ("10:00", "11:00"), "L", &json!({}));
    let second = |site| row(2, "b", "therapeutic", ("16:00", "17:00"), site, &json!({}));
    assert_eq!(administrations(&[first.clone(), second("L")]), ["96365 x1", "96367 x1"]);
    assert_eq!(administrations(&[first, second("R")]), ["96365 x1", "96365-59 x1"]);
}

#[test]
fn doses_become_units() {
    // Each drug is billed by 50 mg; cyclophosphamide stands for one of unit 5 mg below.
    let dose = |code: &str, dose: i64, policy: Value, vial: Option<i64>| {
        let mut row = row(
            1,
            "drug",
            "therapeutic",
            ("10:00", "11:00"),
            "L",
            &json!({
                "drug_code": code, "dose": dose, "dose_unit": "mg",
            }),
        );
        if let Some(size) = vial {
            row["container"] = json!("single_dose");
            row["vial_size"] = json!(size);
            row["vials_used"] = json!(1);
        }
        let encounter = json!({
            "encounter_id": "E", "setting": "professional", "place_of_service": "11", "payer_type": "medicare",
            "policy": policy, "administrations": [row],
        });
        coded(&encounter, "drug")
    };
    // J1450 is billed by 200 mg, J1200 by 50 mg.
    assert_eq!(dose("J1200", 250, json!({}), None), ["J1200 x5"]);
    assert_eq!(dose("J1200", 175, json!({"jw_jz": "on"}), Some(200)), ["J1200-JZ x4"]);
    assert_eq!(dose("J1200", 175, json!({"unit_rounding": "floor", "jw_jz": "off"}), Some(200)), ["J1200 x3"]);
}
