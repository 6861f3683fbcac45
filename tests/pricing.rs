//! What a unit is worth: packaged, conditionally packaged, comprehensive, by schedule, by share of the charge, by table
//! and day. And what a finding says where payers differ.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use infusion_audit::audit::{Context, SideAudit};
use infusion_audit::import::{ImportOptions, Kind, import};
use infusion_audit::json_lines;
use infusion_audit::model::Cents;
use infusion_audit::policy::PolicySet;
use infusion_audit::reference::Reference;
use infusion_audit::rules::RunFacts;
use serde_json::{Value, json};
use std::path::Path;

/// Audits one encounter on 15 January 2026 with the given claim lines, under its own `policy`.
fn audited(context: &Context, encounter: &Value) -> SideAudit {
    let mut parsed = json_lines::encounter(encounter).unwrap();
    context.reference.resolve_drugs(&mut parsed.encounter);
    let setting = parsed.encounter.setting.unwrap();
    let policy = parsed.policy(&context.policies, setting).unwrap();
    context.audit_side(&parsed.encounter, setting, &policy, &RunFacts::default())
}

fn context() -> Context {
    Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap())
}

fn infusion() -> Value {
    json!({"administration_id": "A1", "drug_name": "antibiotic", "substance_class": "therapeutic", "route": "IV",
        "method": "infusion", "start_time": "2026-01-15T10:00:00", "stop_time": "2026-01-15T10:40:00", "access_site": "L"})
}

fn injection() -> Value {
    json!({"administration_id": "A2", "drug_name": "vitamin", "substance_class": "therapeutic", "route": "IM",
        "method": "injection", "start_time": "2026-01-15T10:05:00"})
}

fn line(code: &str, units: i64) -> Value {
    json!({"hcpcs": code, "units": units, "service_date": "2026-01-15", "charge": 300, "allowed": 100})
}

fn encounter(rows: &[Value], lines: &[Value]) -> Value {
    json!({"encounter_id": "E1", "setting": "facility", "payer": "MEDICARE", "payer_type": "medicare",
        "administrations": rows, "claims": lines})
}

fn with(mut encounter: Value, key: &str, value: Value) -> Value {
    encounter[key] = value;
    encounter
}

fn basis_and_price(side: &SideAudit, code: &str) -> (&'static str, Cents) {
    let line = side.ledger.iter().find(|line| line.code.as_str() == code).unwrap();
    (line.basis.as_str(), line.expected)
}

#[test]
fn an_injection_is_packaged_beside_another_service_and_paid_alone() {
    let context = context();
    let beside = audited(&context, &encounter(&[infusion(), injection()], &[line("96365", 1)]));
    assert_eq!(basis_and_price(&beside, "96372"), ("opps_packaged_q1", Cents(0)));
    let alone = audited(&context, &encounter(&[injection()], &[]));
    let (basis, price) = basis_and_price(&alone, "96372");
    assert!(basis == "opps_rate" && price > Cents(0), "{basis} {price}");
    // A visit of the day packages it too; a commercial payer packages nothing.
    let visit = audited(&context, &encounter(&[injection()], &[line("99284", 1)]));
    assert_eq!(basis_and_price(&visit, "96372").0, "opps_packaged_q1");
    let commercial = with(encounter(&[infusion(), injection()], &[]), "payer_type", json!("commercial"));
    assert_eq!(basis_and_price(&audited(&context, &commercial), "96372").0, "opps_rate");
}

#[test]
fn eight_hours_of_observation_pay_for_everything_beside_them() {
    let context = context();
    let of = |hours: i64| encounter(&[infusion()], &[line("G0378", hours), line("99284", 1)]);
    assert_eq!(basis_and_price(&audited(&context, &of(8)), "96365"), ("comprehensive_apc_8011", Cents(0)));
    assert_eq!(basis_and_price(&audited(&context, &of(7)), "96365").0, "opps_rate");
    let off = with(of(8), "policy", json!({"observation_comprehensive_apc": "off"}));
    assert_eq!(basis_and_price(&audited(&context, &off), "96365").0, "opps_rate");
    let unvisited = encounter(&[infusion()], &[line("G0378", 8)]);
    assert_eq!(basis_and_price(&audited(&context, &unvisited), "96365").0, "opps_rate");
}

#[test]
fn off_campus_departments_are_paid_less() {
    let context = context();
    let plain = basis_and_price(&audited(&context, &encounter(&[infusion()], &[])), "96365").1;
    let at = |place: &str| with(encounter(&[infusion()], &[]), "provider_based_department", json!(place));
    let price = |place: &str| basis_and_price(&audited(&context, &at(place)), "96365").1;
    assert_eq!(price("on_campus"), plain);
    assert_eq!(price("nonexcepted_off_campus"), Cents(plain.0 * 40 / 100));
    assert_eq!(price("excepted_off_campus"), Cents(plain.0 * 40 / 100));
}

#[test]
fn a_share_of_the_charge_where_the_payer_pays_so() {
    let context = context();
    let shares = json!({"price_preference": "percent_of_charge", "percent_of_charge": 40});
    let claim = with(encounter(&[infusion()], &[line("96365", 1)]), "policy", shares);
    assert_eq!(basis_and_price(&audited(&context, &claim), "96365"), ("percent_of_charge", Cents(12_000)));
}

fn imported(folder: &Path, kind: Kind, name: &str, text: &str, options: &ImportOptions) {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    import(kind, &file, &folder.join("tables"), options).unwrap();
}

#[test]
fn imported_tables_are_looked_up_by_the_day_of_service() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tables")).unwrap();
    let none = ImportOptions::default();
    let limits = |limit: &str| format!("HCPCS Code,Payment Limit\nJ0696,{limit}\n");
    imported(folder.path(), Kind::AspPaymentLimits, "limits 2025Q4.csv", &limits("1.00"), &none);
    imported(folder.path(), Kind::AspPaymentLimits, "limits 2026Q1.csv", &limits("2.00"), &none);
    let opps = "HCPCS Code,Short Descriptor,SI,APC,Payment Rate\n96365,x,S,1,321.00\n";
    imported(folder.path(), Kind::OppsAddendumB, "Addendum B January 2026.csv", opps, &none);
    let acme = ImportOptions {
        effective_from: Some("2026-01-01".parse().unwrap()),
        payer: Some("Acme Health".to_owned()),
        ..ImportOptions::default()
    };
    imported(folder.path(), Kind::FeeSchedule, "acme.csv", "hcpcs,amount\n96365,500\n", &acme);
    let crosswalk = "_2026_CODE,NDC2,PKG QTY,BILLUNITS,BILLUNITSPKG\nJ0696,00001-0001-01,1,4,4\n\
                     J1111,00001-0001-02,1,1,1\nJ2222,00001-0001-02,1,1,1\n";
    imported(folder.path(), Kind::AspNdcCrosswalk, "crosswalk 2026Q1.csv", crosswalk, &none);
    let reference = Reference::with_imported(&folder.path().join("tables")).unwrap();
    let context = Context::new(PolicySet::built_in().unwrap(), reference);

    let dosed = with(infusion(), "drug_code", json!("J0696"));
    let dosed = with(with(dosed, "dose", json!(1000)), "dose_unit", json!("mg"));
    let dosed = with(dosed, "drug_name", json!("ceftriaxone"));
    let claim = |payer: &str, kind: &str| {
        with(with(encounter(std::slice::from_ref(&dosed), &[]), "payer", json!(payer)), "payer_type", json!(kind))
    };
    let medicare = audited(&context, &claim("MEDICARE", "medicare"));
    assert_eq!(basis_and_price(&medicare, "96365"), ("opps_rate", Cents(32_100)));
    let table = medicare.ledger.iter().find(|line| line.code.as_str() == "96365").unwrap().table.unwrap();
    assert_eq!(context.reference.versions()[usize::from(table)], "opps-addendum-b from 2026-01-01");
    let payer = audited(&context, &claim("ACME HEALTH", "commercial"));
    assert_eq!(basis_and_price(&payer, "96365"), ("fee_schedule", Cents(50_000)));
    assert_eq!(basis_and_price(&payer, "J0696"), ("drug_payment_limit", Cents(800)));
    let earlier = claim("OTHER", "commercial").to_string().replace("2026-01-15", "2025-12-15");
    let earlier = audited(&context, &serde_json::from_str(&earlier).unwrap());
    assert_eq!(basis_and_price(&earlier, "J0696"), ("drug_payment_limit", Cents(400)));

    // An NDC alone gives code and units; one that stands under two codes gives neither.
    let vial = json!({"administration_id": "A1", "drug_name": "?", "ndc": "1-1-01", "route": "IV", "method": "infusion",
        "start_time": "2026-01-15T10:00:00", "stop_time": "2026-01-15T10:40:00", "dose": 1, "dose_unit": "vial"});
    let side = audited(&context, &encounter(std::slice::from_ref(&vial), &[]));
    assert!(side.coded.lines.iter().any(|line| line.code.as_str() == "J0696" && line.units == 4), "{:?}", side.coded);
    assert!(side.coded.flags.iter().any(|flag| flag.flag == "drug-from-ndc"));
    let two = with(vial, "ndc", json!("00001-0001-02"));
    let side = audited(&context, &encounter(&[two], &[]));
    assert!(side.coded.lines.iter().all(|line| line.code.as_str().starts_with("96")), "{:?}", side.coded.lines);
    assert!(side.coded.flags.iter().any(|flag| flag.flag == "drug-ambiguous"));
}

#[test]
fn a_table_that_changed_since_its_import_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tables")).unwrap();
    let text = "HCPCS Code,Payment Limit\nJ0696,1\n";
    imported(folder.path(), Kind::AspPaymentLimits, "2026Q1.csv", text, &ImportOptions::default());
    let tables = folder.path().join("tables");
    let kind = tables.join("asp-payment-limits");
    let table = std::fs::read_dir(&kind).unwrap().flatten().next().unwrap().path();
    std::fs::write(&table, "hcpcs,limit\nJ0696,9\n").unwrap();
    let error = Reference::with_imported(&tables).unwrap_err().to_string();
    assert!(error.contains("was changed since it was imported"), "{error}");
    let error = Reference::with_imported(folder.path()).unwrap_err().to_string();
    assert!(error.contains("index.json") && error.contains("reference import"), "{error}");
}

#[test]
fn a_disputed_finding_shows_both_answers_and_both_amounts() {
    let biologic = with(infusion(), "substance_class", json!("complex_biologic"));
    let side = audited(&context(), &encounter(&[biologic], &[line("96365", 1)]));
    let finding = side.findings.iter().find(|finding| finding.rule.code == "IA-H09").unwrap();
    assert_eq!(finding.payer_policy, Some("complex_biologic_policy"));
    let answers = finding.answers.as_ref().unwrap();
    assert_eq!((answers.answer.0.as_str(), answers.alternative.0.as_str()), ("96413x1", "96365x1"));
    assert_eq!(finding.net, answers.answer.1 - answers.alternative.1);
    assert_eq!(answers.other_value, "therapeutic_only");
}

#[test]
fn an_encounter_without_a_claim_has_its_days_of_grace() {
    let context = context();
    let claimless = with(encounter(&[infusion()], &[]), "policy", json!({"unbilled_grace_days": 30}));
    let parsed = json_lines::encounter(&claimless).unwrap();
    let policy = parsed.policy(&context.policies, parsed.encounter.setting.unwrap()).unwrap();
    let found = |day: &str| {
        let facts = RunFacts { as_of: Some(day.parse().unwrap()), ..RunFacts::default() };
        let side = context.audit_side(&parsed.encounter, parsed.encounter.setting.unwrap(), &policy, &facts);
        assert!(side.balances());
        side.findings.iter().map(|finding| finding.rule.code).collect::<Vec<_>>()
    };
    assert_eq!(found("2026-01-25"), Vec::<&str>::new());
    assert_eq!(found("2026-02-25"), ["IA-C02"]);
}
