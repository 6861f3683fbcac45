//! Charted administrations that nobody here made up: the MIMIC-III demo's infusion rows, renamed to the contract and
//! audited as if they were outpatient encounters without bills. The data are not part of the project; without them the
//! test says that it was skipped. `docs/real-data.md` has the mapping and what came out.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use infusion_audit::import::{ImportOptions, Kind, import};
use infusion_audit::model::Date;
use infusion_audit::reference::Reference;
use parquet::arrow::ArrowWriter;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use support::{context, each_row, integer, options, repository, text};

type Row = BTreeMap<String, String>;

fn csv(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| names.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn write(path: &Path, columns: Vec<(&str, Vec<Option<String>>)>) {
    let arrays =
        columns.into_iter().map(|(name, values)| -> (&str, ArrayRef) { (name, Arc::new(StringArray::from(values))) });
    write_batch(path, &RecordBatch::try_from_iter(arrays).unwrap());
}

/// A claims table with the required columns and one empty row, which is quarantined: there are no bills.
fn no_bills(path: &Path) {
    let text = || -> ArrayRef { Arc::new(StringArray::from(vec![None::<&str>])) };
    let number = || -> ArrayRef { Arc::new(Int64Array::from(vec![None::<i64>])) };
    let names = ["claim_id", "encounter_id", "payer_type", "claim_type", "service_date"];
    let mut columns: Vec<(&str, ArrayRef)> = names.into_iter().map(|name| (name, text())).collect();
    columns.extend(["line_number", "units"].map(|name| (name, number())));
    write_batch(
        path,
        &RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap(),
    );
}

fn write_batch(path: &Path, batch: &RecordBatch) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// The mapping of `docs/real-data.md`.
fn flowsheet(rows: &[Row], labels: &BTreeMap<String, String>, path: &Path) {
    let time = |row: &Row, name: &str| Some(row[name].replace(' ', "T"));
    let column = |of: &dyn Fn(&Row) -> Option<String>| rows.iter().map(of).collect::<Vec<_>>();
    let category = |row: &Row| row["ordercategoryname"].clone();
    let class = |row: &Row| match category(row).as_str() {
        "02-Fluids (Crystalloids)" | "03-IV Fluid Bolus" => Some("hydration"),
        "04-Fluids (Colloids)" | "07-Blood Products" => Some("blood"),
        _ => Some("therapeutic"),
    };
    let route = |row: &Row| match category(row).as_str() {
        "13-Enteral Nutrition" | "14-Oral/Gastric Intake" => "PO",
        "06-Insulin (Non IV)" => "SC",
        _ => "IV",
    };
    let method = |row: &Row| match row["ordercategorydescription"].as_str() {
        "Drug Push" => "push",
        _ if route(row) == "SC" => "injection",
        _ => "infusion",
    };
    let status = |row: &Row| if row["statusdescription"] == "Rewritten" { "cancelled" } else { "given" };
    let some = |text: &str| Some(text.to_owned());
    let columns = vec![
        ("encounter_id", column(&|row| some(&row["icustay_id"]).filter(|id| !id.is_empty()).or(some(&row["hadm_id"])))),
        ("administration_id", column(&|row| some(&row["row_id"]))),
        ("order_id", column(&|row| some(&row["orderid"]))),
        ("drug_name", column(&|row| labels.get(&row["itemid"]).cloned().or(some(&row["itemid"])))),
        ("substance_class", column(&|row| class(row).map(str::to_owned))),
        ("route", column(&|row| some(route(row)))),
        ("method", column(&|row| some(method(row)))),
        ("status", column(&|row| some(status(row)))),
        ("start_time", column(&|row| time(row, "starttime"))),
        ("stop_time", column(&|row| time(row, "endtime"))),
        ("recorded_time", column(&|row| time(row, "storetime"))),
    ];
    write(path, columns);
}

#[test]
fn charted_intensive_care_administrations_go_through_the_whole_audit() {
    let folder = support::repository().join("../shared/real-data/mimic3_demo");
    if !folder.is_dir() {
        println!("skipped: the MIMIC-III demo is not beside the project");
        return;
    }
    let rows = csv(&folder.join("INPUTEVENTS_MV.csv"));
    let labels = csv(&folder.join("D_ITEMS.csv")).into_iter().map(|row| (row["itemid"].clone(), row["label"].clone()));
    let labels = labels.collect();
    let data = tempfile::tempdir().unwrap();
    flowsheet(&rows, &labels, &data.path().join("flowsheets/mimic.parquet"));
    no_bills(&data.path().join("claims/none.parquet"));

    let out = tempfile::tempdir().unwrap();
    let options = infusion_audit::pipeline::RunOptions { encounters: None, ..options(data.path(), out.path()) };
    let progress = infusion_audit::progress::Progress::new(true);
    let run = infusion_audit::pipeline::run_audit(&options, &context(), &progress).unwrap();

    // Nothing is dropped in silence: the run balances, or it would have failed.
    let counts = &run.manifest.counts["flowsheets"];
    assert_eq!(counts.rows_in, 13_224);
    assert_eq!(counts.accounted(), 13_224);
    assert_eq!(counts.quarantined.values().sum::<u64>(), 0);
    assert_eq!(counts.excluded["not-given"], 2_910, "rewritten rows");

    let (mut one_minute, mut reversed, mut over_midnight, mut longest) = (0, 0, 0, 0);
    let mut one_minute_pushes_as_infusions = 0;
    each_row(&run.path.join("administrations.parquet"), |batch, row| {
        let minutes = integer(batch, "minutes", row).unwrap();
        one_minute += u64::from(minutes == 1);
        reversed += u64::from(minutes <= 0);
        longest = longest.max(minutes);
        let seconds = |name: &str| {
            use arrow::array::AsArray;
            use arrow::datatypes::TimestampMillisecondType;
            batch.column_by_name(name).unwrap().as_primitive::<TimestampMillisecondType>().value(row)
        };
        let (start, stop) = (seconds("start_time"), seconds("stop_time"));
        over_midnight += u64::from(start.div_euclid(86_400_000) != stop.div_euclid(86_400_000));
        let codes = text(batch, "codes", row);
        one_minute_pushes_as_infusions +=
            u64::from(minutes == 1 && (codes.contains("96365") || codes.contains("96367")));
    });
    assert_eq!(one_minute, 5_733, "pushes and boluses charted for one minute");
    assert_eq!(reversed, 24, "stops at or before the start, all of them rewritten");
    assert_eq!(over_midnight, 1_711);
    assert_eq!(longest, 11_250);
    println!("one-minute rows that a longer service of the same drug absorbs: {one_minute_pushes_as_infusions}");

    let mut by_rule: BTreeMap<String, u64> = BTreeMap::new();
    each_row(&run.path.join("findings.parquet"), |batch, row| {
        *by_rule.entry(text(batch, "rule_code", row)).or_default() += 1;
    });
    println!("findings: {by_rule:?}; flowsheet counts: {counts:?}");
    assert!(!by_rule.contains_key("IA-D03"), "every reversed row was rewritten, so none is audited");
    assert!(!by_rule.contains_key("IA-D01") && !by_rule.contains_key("IA-D02"), "every row has both times");
    let charting: u64 = by_rule.iter().filter(|(rule, _)| rule.starts_with("IA-D")).map(|(_, count)| count).sum();
    assert_eq!(run.manifest.totals.findings, charting, "without bills nothing but charting is found");
    assert_eq!(run.manifest.data.not_given.as_deref(), Some("claims"));
    assert_eq!(run.manifest.totals.leakage_cents, 0, "nobody looked for bills");
}

#[test]
fn files_as_cms_publishes_them_are_imported() {
    let data = repository().join("../shared/real-data");
    if !data.exists() {
        println!("skipped: the published reference files are not beside the project");
        return;
    }
    let tables = tempfile::tempdir().unwrap();
    let file = |folder: &str, has: &str| {
        let all = std::fs::read_dir(data.join(folder)).unwrap().flatten().map(|entry| entry.path());
        all.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().contains(has)).unwrap()
    };
    let mut rows = Vec::new();
    for (kind, folder, has) in [
        (Kind::AspPaymentLimits, "cms_asp", "January 2026 Medicare Part B Payment Limit"),
        (Kind::AspNdcCrosswalk, "cms_asp", "January 2026 ASP NDC-HCPCS"),
        (Kind::OppsAddendumB, "cms_opps", "October 2025 Web Addendum B"),
        (Kind::MpfsRelativeValues, "cms_rvu", "PPRRVU2025_Oct"),
        (Kind::NcciPtpHospital, "ncci", "ptp_oph_infusion"),
        (Kind::NcciPtpPractitioner, "ncci", "ptp_prac_infusion"),
        (Kind::MueHospital, "ncci", "mue_oph_2024Q3"),
        (Kind::MuePractitioner, "ncci", "mue_prac_2024Q3"),
        (Kind::HcpcsLevel2, "hcpcs", "attributes_2024Q3"),
    ] {
        let done = import(kind, &file(folder, has), tables.path(), &ImportOptions::default()).unwrap();
        rows.push((done.record.kind, done.record.effective_from, done.record.rows, done.record.skipped));
    }
    println!("{rows:?}");
    let of = |kind: &str| rows.iter().find(|row| row.0 == kind).unwrap();
    assert_eq!(of("asp-payment-limits").2, 876);
    assert_eq!((of("asp-ndc-crosswalk").2, of("asp-ndc-crosswalk").3), (6_930, 195));
    assert_eq!((of("opps-addendum-b").1.as_str(), of("opps-addendum-b").2), ("2025-10-01", 18_797));
    assert_eq!(of("mpfs-relative-values").2, 19_090);
    assert!(of("ncci-ptp-hospital").2 > 70_000 && of("ncci-ptp-practitioner").2 > 80_000);
    assert_eq!((of("mue-hospital").2, of("mue-practitioner").2, of("hcpcs-level-2").2), (14_628, 14_677, 8_033));

    let reference = Reference::with_imported(tables.path()).unwrap();
    let code = |code: &str| code.parse().unwrap();
    let day: Date = "2025-11-03".parse().unwrap();
    let rate = reference.opps_rate(code("96365"), day).unwrap();
    assert_eq!(reference.versions()[usize::from(rate.table)], "opps-addendum-b from 2025-10-01");
    assert_eq!(reference.opps_status(code("96368"), Some(day)), Some("N"));
    assert_eq!(reference.opps_status(code("96372"), Some(day)), Some("Q1"));
    assert!(
        reference.mpfs_rate(code("96413"), false, day).unwrap().price
            > reference.mpfs_rate(code("96365"), false, day).unwrap().price
    );
    let quarter: Date = "2026-02-01".parse().unwrap();
    let limit = reference.drug_limit(code("90371"), quarter).unwrap();
    assert_eq!(limit.price, infusion_audit::model::UnitPrice(13_782_800_000));
    let ndc = reference.ndc("13533063601", quarter);
    assert!(ndc.iter().any(|entry| entry.hcpcs == code("90371")), "{ndc:?}");
}

/// The built-in tables must say what the published files say, where both cover a day.
#[test]
fn built_in_tables_agree_with_the_published_files() {
    let data = repository().join("../shared/real-data");
    if !data.exists() {
        println!("skipped: the published reference files are not beside the project");
        return;
    }
    let tables = tempfile::tempdir().unwrap();
    for (kind, path) in [
        (Kind::OppsAddendumB, "cms_opps/508 version of October 2025 Web Addendum B.10.31.25.csv"),
        (Kind::MpfsRelativeValues, "cms_rvu/PPRRVU2025_Oct.csv"),
    ] {
        import(kind, &data.join(path), tables.path(), &ImportOptions::default()).unwrap();
    }
    let (built_in, imported) = (Reference::built_in().unwrap(), Reference::with_imported(tables.path()).unwrap());
    let day: Date = "2025-11-03".parse().unwrap();
    let (mut compared, mut apart) = (0, Vec::new());
    for number in (96_360..=96_379).chain(96_401..=96_450) {
        let code: infusion_audit::model::HcpcsCode = number.to_string().parse().unwrap();
        for (what, ours, theirs) in [
            ("OPPS", built_in.opps_rate(code, day), imported.opps_rate(code, day)),
            ("MPFS", built_in.mpfs_rate(code, false, day), imported.mpfs_rate(code, false, day)),
        ] {
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            compared += 1;
            if ours.price.total(1) != theirs.price.total(1) {
                apart.push(format!(
                    "{what} {code}: {} built in, {} published",
                    ours.price.total(1),
                    theirs.price.total(1)
                ));
            }
        }
    }
    println!("{compared} rates compared; {} differ: {apart:#?}", apart.len());
    assert!(compared > 20);
    assert!(apart.is_empty(), "{apart:#?}");
}
