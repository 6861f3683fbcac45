//! Properties of the engine and the ledger over random encounters.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

use infusion_audit::audit::Context;
use infusion_audit::coding::{Coded, code};
use infusion_audit::json_lines::encounter;
use infusion_audit::model::{Cents, Date, HcpcsCode, Setting};
use infusion_audit::policy::PolicySet;
use infusion_audit::reference::Reference;
use infusion_audit::rules::RunFacts;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

fn context() -> &'static Context {
    static CONTEXT: LazyLock<Context> =
        LazyLock::new(|| Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap()));
    &CONTEXT
}

fn coded(value: &Value, context: &Context) -> Coded {
    let parsed = encounter(value).unwrap();
    let setting = parsed.encounter.setting.unwrap_or(Setting::Facility);
    let policy = parsed.policy(&context.policies, setting).unwrap();
    code(&parsed.encounter, setting, &policy, &context.reference)
}

fn units(coded: &Coded, codes: &[&str]) -> i64 {
    let codes: Vec<HcpcsCode> = codes.iter().map(|code| code.parse().unwrap()).collect();
    coded.lines.iter().filter(|line| codes.contains(&line.code)).map(|line| line.units).sum()
}

fn clock(minute: i64) -> String {
    format!("2026-01-{:02}T{:02}:{:02}:00", 15 + minute / 1440, minute % 1440 / 60, minute % 60)
}

prop_compose! {
    /// One charted row, plausible or not.
    fn row()(
        class in prop::sample::select(vec!["therapeutic", "therapeutic", "antineoplastic", "hydration", "complex_biologic"]),
        drug in prop::sample::select(vec!["a", "b", "c"]),
        route in prop::sample::select(vec!["IV", "IV", "IV", "IV", "SC", "IM", "IA"]),
        method in prop::sample::select(vec![Some("infusion"), Some("infusion"), Some("push"), Some("injection"), None]),
        site in prop::sample::select(vec![Some("L"), Some("L"), Some("R"), None]),
        device in prop::sample::select(vec![None, None, Some("pump"), Some("syringe"), Some("portable_pump")]),
        start in prop::option::weighted(0.95, 0_i64..2_000),
        minutes in prop::option::weighted(0.9, prop::sample::select(vec![-5_i64, 0, 1, 10, 15, 16, 30, 31, 60, 90, 91, 150, 151, 500])),
        dose in prop::option::of(1_i64..500),
    ) -> Value {
        let stop = start.zip(minutes).map(|(start, minutes)| clock((start + minutes).max(0)));
        json!({
            "route": route, "method": method, "device": device, "access_site": site, "substance_class": class,
            "drug_name": format!("{class} {drug}"), "start_time": start.map(clock), "stop_time": stop,
            "drug_code": dose.map(|_| "J1745"), "dose": dose, "dose_unit": dose.map(|_| "mg"),
        })
    }
}

prop_compose! {
    fn line()(
        hcpcs in prop::sample::select(vec!["96360", "96361", "96365", "96366", "96367", "96368", "96372", "96374", "96375",
            "96376", "96409", "96411", "96413", "96415", "96416", "96417", "J1745", "99213", "99211", "85025"]),
        modifiers in prop::sample::select(vec![vec![], vec![], vec![], vec!["59"], vec!["JW"], vec!["JZ"], vec!["25"]]),
        units in 1_i64..5,
        allowed in prop::option::of(0_i64..50_000),
    ) -> Value {
        json!({
            "hcpcs": hcpcs, "modifiers": modifiers, "units": units, "service_date": "2026-01-15",
            "allowed": allowed.map(|cents| format!("{}.{:02}", cents / 100, cents % 100)),
        })
    }
}

fn encounters() -> impl Strategy<Value = Value> {
    let setting = prop::sample::select(vec!["facility", "facility", "professional"]);
    (prop::collection::vec(row(), 0..7), prop::collection::vec(line(), 0..7), setting, any::<bool>()).prop_map(
        |(mut rows, mut lines, setting, second)| {
            for (at, row) in rows.iter_mut().enumerate() {
                row["administration_id"] = json!(format!("A{at}"));
            }
            let claim_type = if setting == "facility" { "institutional" } else { "professional" };
            for line in &mut lines {
                line["claim_type"] = json!(claim_type);
            }
            json!({
                "encounter_id": "E", "setting": setting, "payer_type": "medicare", "second_encounter_of_day": second,
                "administrations": rows, "claims": lines,
            })
        },
    )
}

prop_compose! {
    /// A charted drug with everything that a chart can say of it, sensible or not.
    fn charted_drug()(
        code in prop::sample::select(vec!["J1745", "Q5103", "J0696", "J3262", "J3490", "J1940", "J1938", "J9312", "J9190",
            "J3420", "J2405", "J7030", "J9217", "J0000"]),
        name in prop::sample::select(vec!["infliximab", "Remicade", "ceftriaxone 1 g", "ceftriaxnoe", "saline", "?", ""]),
        with_code in any::<bool>(),
        dose in prop::option::of(prop::sample::select(vec!["0", "0.05", "1", "7.5", "305", "1000000000"])),
        unit in prop::sample::select(vec!["mg", "g", "mL", "vial", "furlong"]),
        vials in prop::option::of((0_i64..6, prop::sample::select(vec!["0", "1", "100", "0.3"]))),
        wasted in prop::option::of(prop::sample::select(vec!["0", "5", "95"])),
        container in prop::sample::select(vec![None, Some("single_dose"), Some("multi_dose")]),
        flow in prop::option::of((prop::sample::select(vec!["0", "100", "500"]), prop::sample::select(vec!["0", "0.1", "200"]))),
        ordered in prop::option::of(prop::sample::select(vec!["0", "350"])),
        system in prop::sample::select(vec![None, Some("EHR"), Some("PUMP")]),
        order in prop::option::of(prop::sample::select(vec!["O1", "O2"])),
        bought in prop::sample::select(vec![None, Some("yes"), Some("no")]),
        reason in prop::option::of(Just("incompatible")),
    ) -> Value {
        json!({
            "drug_code": with_code.then_some(code), "drug_name": if name.is_empty() { "x" } else { name },
            "substance_class": null, "dose": dose, "dose_unit": dose.map(|_| unit),
            "vials_used": vials.map(|(count, _)| count), "vial_size": vials.map(|(_, size)| size),
            "amount_wasted": wasted, "container": container, "volume_ml": flow.map(|(volume, _)| volume),
            "rate_ml_per_hour": flow.map(|(_, rate)| rate), "ordered_dose": ordered, "source_system": system,
            "order_id": order, "purchased_340b": bought, "site_reason": reason, "department": system,
            "order_time": order.map(|_| "2026-01-15T10:00:00"), "ndc": order.map(|_| "00409-7332-01"),
        })
    }
}

prop_compose! {
    fn billed_anything()(
        hcpcs in prop::sample::select(vec![Some("J1745"), Some("Q5103"), Some("J3490"), Some("J1940"), Some("J3262"),
            Some("96523"), Some("36591"), Some("96402"), Some("96376"), Some("C8957"), Some("G0378"), Some("G0463"),
            Some("99284"), Some("96368"), None]),
        modifiers in prop::collection::vec(prop::sample::select(vec!["59", "JW", "JZ", "25", "TB", "JG", "91", "76", "JA",
            "PO", "GC", "79", "XS"]), 0..4),
        units in prop::sample::select(vec![0_i64, 1, 2, 10, 30, 31, 40, 300, 99_999]),
        day in 13_u32..18,
        money in prop::option::of((0_i64..99_999, 0_i64..99_999, 0_i64..99_999)),
        reasons in prop::option::of(prop::sample::select(vec!["CO-97", "PR-1", "45", "CO-16;CO-45", ";"])),
        revenue in prop::option::of(prop::sample::select(vec!["0250", "0260", "636", ""])),
        place in prop::option::of(prop::sample::select(vec!["11", "22", "23"])),
        bill in prop::option::of(prop::sample::select(vec!["131", "0111"])),
        named in prop::option::of(prop::sample::select(vec!["ceftriaxone", "trial compound"])),
        diagnoses in prop::option::of(prop::sample::select(vec!["Z51.11;C50.911", "N39.0", "R10.9", "Z51.81", ";;"])),
        professional in any::<bool>(),
    ) -> Value {
        let dollars = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        json!({
            "hcpcs": hcpcs, "modifiers": modifiers, "units": units, "service_date": format!("2026-01-{day}"),
            "charge": money.map(|(charge, ..)| dollars(charge)), "allowed": money.map(|(_, allowed, _)| dollars(allowed)),
            "paid": money.map(|(.., paid)| dollars(if paid % 2 == 0 { 0 } else { paid })),
            "adjustment_reason_codes": reasons, "revenue_code": revenue, "place_of_service": place, "type_of_bill": bill,
            "narrative": named, "ndc": named, "diagnosis_codes": diagnoses, "rendering_provider": named,
            "claim_type": if professional { "professional" } else { "institutional" },
        })
    }
}

prop_compose! {
    fn about_the_encounter()(
        payer_type in prop::sample::select(vec!["medicare", "medicare_advantage", "medicaid", "commercial", "other"]),
        class in prop::option::of(prop::sample::select(vec!["emergency", "inpatient", "office", "infusion_center"])),
        note in prop::option::of(prop::sample::select(vec!["vitals", "vitals;exam", ";"])),
        based in prop::option::of(prop::sample::select(vec!["on_campus", "excepted_off_campus", "nonexcepted_off_campus"])),
        resident in prop::option::of(prop::sample::select(vec!["yes", "no"])),
        surgeon in prop::option::of(Just("ceftriaxone")),
        stay in prop::option::of((0_i64..1_000, 0_i64..3_000)),
        policy in prop::sample::select(vec![json!({}), json!({"ed_hydration_bundled": true, "derive_stop_time": true}),
            json!({"price_preference": "percent_of_charge", "percent_of_charge": 1}), json!({"unit_rounding": "exact"}),
            json!({"complex_biologic_policy": "therapeutic_only", "jw_jz": "on", "modifier_340b": "tb"})]),
    ) -> Value {
        json!({
            "payer_type": payer_type, "payer": "ACME", "encounter_class": class, "visit_note": note,
            "provider_based_department": based, "resident_involved": resident, "global_period_provider": surgeon,
            "global_period_end": surgeon.map(|_| "2026-02-01"), "start_time": stay.map(|(start, _)| clock(start)),
            "end_time": stay.map(|(_, end)| clock(end)), "policy": policy,
        })
    }
}

/// Encounters with everything that the contracts know, two forms at once.
fn anything() -> impl Strategy<Value = Value> {
    let rows = prop::collection::vec((row(), charted_drug()), 0..6);
    let lines = prop::collection::vec(prop_oneof![line(), billed_anything()], 0..9);
    (rows, lines, about_the_encounter(), prop::sample::select(vec!["facility", "professional"])).prop_map(
        |(rows, lines, about, setting)| {
            let rows = rows.into_iter().enumerate().map(|(at, (mut row, drug))| {
                row["administration_id"] = json!(format!("A{at}"));
                for (key, value) in drug.as_object().unwrap() {
                    row[key] = value.clone();
                }
                row
            });
            let mut encounter = about;
            encounter["encounter_id"] = json!("E");
            encounter["setting"] = json!(setting);
            encounter["administrations"] = rows.collect();
            encounter["claims"] = json!(lines);
            encounter
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3_000) })]

    /// Whatever a chart and a bill say, no rule panics, the ledger closes, no line risks more than it pays, and a
    /// disputed finding has both its answers.
    #[test]
    fn every_rule_bears_anything(value in anything(), as_of in 0_i32..500) {
        let context = context();
        let mut parsed = encounter(&value).unwrap();
        context.reference.resolve_drugs(&mut parsed.encounter);
        let facts = RunFacts {
            as_of: Some(Date("2026-01-01".parse::<Date>().unwrap().0 + as_of)),
            orders_charted: as_of % 2 == 0,
            copied_time_units: ["EHR".to_owned()].into(),
            ..RunFacts::default()
        };
        for setting in [Setting::Facility, Setting::Professional] {
            let policy = parsed.policy(&context.policies, setting).unwrap();
            let side = context.audit_side(&parsed.encounter, setting, &policy, &facts);
            prop_assert!(side.balances());
            for finding in &side.findings {
                prop_assert!(!finding.evidence.is_empty());
                prop_assert_eq!(finding.payer_policy.is_some(), finding.answers.is_some(), "{}", finding.rule.code);
            }
            for (at, line) in parsed.encounter.claim_lines.iter().enumerate() {
                let on_line = side.findings.iter().filter(|finding| finding.claim_line == Some(at as u32));
                let loss: Cents = on_line.map(|finding| finding.expected_loss).sum();
                prop_assert!(line.allowed.is_none_or(|allowed| loss <= allowed));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn the_ledger_closes_to_the_cent(value in encounters()) {
        let context = context();
        let parsed = encounter(&value).unwrap();
        for side in context.audit(&parsed.encounter, &RunFacts::default()).sides {
            let net: Cents = side.findings.iter().map(|finding| finding.net).sum();
            let difference: Cents = side.ledger.iter().map(|line| line.expected - line.billed).sum();
            prop_assert_eq!(net, difference);
            for (at, line) in parsed.encounter.claim_lines.iter().enumerate() {
                let on_line = side.findings.iter().filter(|finding| finding.claim_line == Some(at as u32));
                let loss: Cents = on_line.map(|finding| finding.expected_loss).sum();
                if let Some(allowed) = line.allowed {
                    prop_assert!(loss <= allowed, "a line never risks more than it pays");
                }
            }
        }
    }

    #[test]
    fn one_initial_service_per_site_and_a_reason_for_every_administration(value in encounters()) {
        let context = context();
        let coded = coded(&value, context);
        let initial = ["96360", "96365", "96374", "96409", "96413"].map(|code| code.parse::<HcpcsCode>().unwrap());
        let mut sites: Vec<_> = Vec::new();
        for line in coded.lines.iter().filter(|line| line.reason.step == "initial" && initial.contains(&line.code)) {
            prop_assert_eq!(line.units, 1);
            sites.push(line.site);
        }
        let count = sites.len();
        sites.sort_unstable();
        sites.dedup();
        prop_assert_eq!(sites.len(), count);
        let rows = value["administrations"].as_array().unwrap().len() as u32;
        for row in 0..rows {
            let administration = |line: &&infusion_audit::coding::CodedLine| {
                line.kind == infusion_audit::coding::LineKind::Administration && line.administrations.contains(&row)
            };
            let earned = coded.lines.iter().find(administration).is_some();
            let explained = coded.not_billed.iter().any(|one| one.administration == row);
            prop_assert!(earned != explained, "row {} is explained once", row);
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing(value in encounters(), turn in 0_usize..7) {
        let context = context();
        let mut turned = value.clone();
        let rows = turned["administrations"].as_array_mut().unwrap();
        if !rows.is_empty() {
            let by = turn % rows.len();
            rows.rotate_left(by);
        }
        let lines = |value: &Value| -> Vec<_> {
            let lines = coded(value, context).lines.into_iter();
            lines.map(|line| (line.code, line.modifiers, line.units, line.service_date)).collect()
        };
        prop_assert_eq!(lines(&value), lines(&turned));
    }

    #[test]
    fn units_never_fall_when_minutes_rise(minutes in 16_i64..1_000, more in 1_i64..200, hydration in any::<bool>()) {
        let context = context();
        let lasting = |minutes: i64| {
            let class = if hydration { "hydration" } else { "therapeutic" };
            let row = json!({"administration_id": "A", "route": "IV", "method": "infusion", "substance_class": class,
                             "start_time": clock(0), "stop_time": clock(minutes)});
            let value = json!({"encounter_id": "E", "administrations": [row]});
            units(&coded(&value, context), &["96360", "96361", "96365", "96366", "96374"])
        };
        prop_assert!(lasting(minutes) <= lasting(minutes + more));
    }
}
