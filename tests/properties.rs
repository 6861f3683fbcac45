//! Properties of the engine and the ledger over random encounters.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

use infusion_audit::audit::Context;
use infusion_audit::coding::{Coded, code};
use infusion_audit::json_lines::encounter;
use infusion_audit::model::{Cents, HcpcsCode, Setting};
use infusion_audit::policy::PolicySet;
use infusion_audit::reference::Reference;
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn the_ledger_closes_to_the_cent(value in encounters()) {
        let context = context();
        let parsed = encounter(&value).unwrap();
        for side in context.audit(&parsed.encounter, &infusion_audit::rules::RunFacts::default()).sides {
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
