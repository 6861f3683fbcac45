//! A de-identified run holds no identifier of its input, shows no cell of few patients, and comes to the same cent.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef, Schema, TimestampMillisecondType};
use arrow::util::display::array_value_to_string;
use infusion_audit::deidentify::{Dates, Deidentify, Key};
use infusion_audit::generate::ErrorSelection;
use infusion_audit::model::Date;
use infusion_audit::pipeline::{RunOptions, RunSummary};
use parquet::arrow::ArrowWriter;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::{each_row, generated, options, read, run, text};

/// Columns of the input that hold identifiers or free text.
const SECRET: [(&str, &[&str]); 3] = [
    ("claims", &["claim_id", "encounter_id", "patient_id", "original_claim_id", "rendering_provider", "narrative"]),
    (
        "flowsheets",
        &["encounter_id", "administration_id", "access_site", "site_reason", "order_id", "bag_id", "narrative"],
    ),
    ("encounters", &["encounter_id", "patient_id", "rendering_provider", "global_period_provider"]),
];

/// Feed names and drug names as one patient's chart may have them.
const PLANTED: [&str; 4] =
    ["MERCY INFUSION FOR JANE Q ROE", "ROE FAMILY TRUST PLAN", "REMICADE FOR JANE ROE", "ROE ARM"];

/// What is in a folder, but for what stands beside the runs.
fn files(folder: &Path) -> Vec<PathBuf> {
    let beside = [".lock", "latest", "run_log.jsonl"].map(std::ffi::OsString::from);
    let names = fs::read_dir(folder).unwrap().flatten().filter(|entry| !beside.contains(&entry.file_name()));
    let mut all: Vec<PathBuf> = names.map(|entry| entry.path()).collect();
    all.sort();
    all
}

/// Rewrites a column of the input, or adds it, in the rows of one encounter.
fn plant(data: &Path, table: &str, encounter: &str, column: &str, value: &str) {
    let plain = |array: &ArrayRef| cast(array, &DataType::Utf8).unwrap().as_string::<i32>().clone();
    for path in files(&data.join(table)) {
        let mut writer = None;
        for batch in read(&path) {
            let schema = batch.schema();
            let ids = plain(batch.column_by_name("encounter_id").unwrap());
            let old = batch.column_by_name(column).map(plain);
            let new: StringArray = (0..batch.num_rows())
                .map(|row| match &old {
                    _ if ids.value(row) == encounter => Some(value),
                    Some(old) if old.is_valid(row) => Some(old.value(row)),
                    _ => None,
                })
                .collect();
            let kept = schema.fields().iter().zip(batch.columns()).filter(|(field, _)| field.name() != column);
            let mut columns: Vec<(FieldRef, ArrayRef)> = kept.map(|(field, of)| (field.clone(), of.clone())).collect();
            columns.push((Arc::new(Field::new(column, DataType::Utf8, true)), Arc::new(new)));
            let (fields, columns): (Vec<FieldRef>, Vec<ArrayRef>) = columns.into_iter().unzip();
            let schema = Arc::new(Schema::new(fields));
            let writer = writer.get_or_insert_with(|| {
                ArrowWriter::try_new(fs::File::create(&path).unwrap(), schema.clone(), None).unwrap()
            });
            writer.write(&RecordBatch::try_new(schema, columns).unwrap()).unwrap();
        }
        writer.unwrap().close().unwrap();
    }
}

fn input() -> tempfile::TempDir {
    let data = generated(900, 29, ErrorSelection::All);
    for (table, column, value) in [
        ("encounters", "department", PLANTED[0]),
        ("claims", "department", PLANTED[0]),
        ("encounters", "payer", PLANTED[1]),
        ("claims", "payer", PLANTED[1]),
        ("flowsheets", "drug_name", PLANTED[2]),
        ("flowsheets", "access_site", PLANTED[3]),
        ("flowsheets", "narrative", "CALL ROE AT 555-0100"),
    ] {
        plant(data.path(), table, "E000000123", column, value);
    }
    data
}

fn with_key(data: &Path, out: &Path, dates: Dates, key: &[u8]) -> RunOptions {
    RunOptions {
        workbook: true,
        time_uncertainty: Some(5),
        deidentify: Some(Deidentify { key: Key::new(key).unwrap(), dates, crosswalk: Some(out.join("crosswalk.csv")) }),
        ..options(data, out)
    }
}

const KEY: &[u8] = b"a key of more than sixteen bytes";

/// Every text that the outputs of a run hold, packed ones unpacked.
fn everything(run: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for path in files(run) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        // As it lies on the disk: footers and statistics are not packed.
        all.push((format!("{name} (bytes)"), String::from_utf8_lossy(&bytes).into_owned()));
        if name.ends_with(".parquet") {
            let mut texts = String::new();
            for batch in read(&path) {
                for column in batch.columns() {
                    for row in 0..batch.num_rows() {
                        texts.push_str(&array_value_to_string(column, row).unwrap());
                        texts.push('\n');
                    }
                }
            }
            all.push((name, texts));
        } else if name.ends_with(".xlsx") {
            let mut book = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
            for at in 0..book.len() {
                let mut text = String::new();
                let _ = book.by_index(at).unwrap().read_to_string(&mut text);
                all.push((format!("{name}/{at}"), text));
            }
        }
    }
    all
}

/// Identifiers and free texts of the input that are long enough to be told from codes and numbers.
fn secrets(data: &Path) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = PLANTED.iter().map(|text| (*text).to_owned()).collect();
    for (table, columns) in SECRET {
        for path in files(&data.join(table)) {
            for batch in read(&path) {
                for column in columns.iter().filter_map(|column| batch.column_by_name(column)) {
                    for row in (0..batch.num_rows()).filter(|row| column.is_valid(*row)) {
                        all.insert(array_value_to_string(column, row).unwrap());
                    }
                }
            }
        }
    }
    all.retain(|text| text.len() >= 4);
    all
}

#[test]
fn no_identifier_of_the_input_is_in_any_byte_of_the_output() {
    let (data, out) = (input(), tempfile::tempdir().unwrap());
    let run = run(&with_key(data.path(), out.path(), Dates::Shift, KEY)).unwrap();
    let secrets = secrets(data.path());
    assert!(secrets.len() > 3_000, "{}", secrets.len());
    let mut names: Vec<String> = files(&run.path).iter().map(|path| path.display().to_string()).collect();
    names.push(run.path.display().to_string());
    let texts = everything(&run.path);
    assert!(texts.iter().any(|(name, _)| name.starts_with("audit.xlsx/")));
    // Every identifier is looked for at once: which words of the outputs are among them, or hold one.
    let finder = aho_corasick::AhoCorasick::new(&secrets).unwrap();
    for (name, text) in
        texts.iter().map(|(name, text)| (name.as_str(), text)).chain(names.iter().map(|name| ("name", name)))
    {
        let found = finder.find(text).map(|at| text[at.range()].to_owned());
        assert_eq!(found, None, "in {name}");
    }
    // The test can find what it looks for.
    let plain = tempfile::tempdir().unwrap();
    let identified = support::run(&options(data.path(), plain.path())).unwrap();
    let texts = everything(&identified.path);
    for planted in &PLANTED[..3] {
        assert!(texts.iter().any(|(_, text)| text.contains(planted)), "{planted}");
    }
    // Nothing of the identified tables stays behind, and the crosswalk alone tells who is who.
    let left: Vec<PathBuf> = files(out.path());
    assert_eq!(left.len(), 2, "{left:?}");
    let crosswalk = fs::read_to_string(out.path().join("crosswalk.csv")).unwrap();
    let whose: BTreeMap<&str, &str> = crosswalk.lines().skip(1).map(|line| line.split_once(',').unwrap()).collect();
    let mut encounters = 0;
    each_row(&run.path.join("encounters.parquet"), |batch, row| {
        assert!(whose[text(batch, "encounter_id", row).as_str()].starts_with('E'));
        encounters += 1;
    });
    assert!(encounters >= 890);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(out.path().join("crosswalk.csv")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// Cells of a table by encounter, all other columns as text.
fn cells(run: &RunSummary, table: &str, wanted: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    each_row(&run.path.join(table), |batch, row| {
        let cells: Vec<String> = wanted
            .iter()
            .map(|name| array_value_to_string(batch.column_by_name(name).unwrap(), row).unwrap())
            .collect();
        all.entry(text(batch, "encounter_id", row)).or_default().push(cells.join("|"));
    });
    all
}

fn days(batch: &RecordBatch, row: usize) -> Option<Date> {
    let days = batch.column_by_name("service_date").unwrap().as_primitive::<Date32Type>();
    days.is_valid(row).then(|| Date(days.value(row)))
}

#[test]
fn what_is_said_of_every_encounter_stays_the_same() {
    let (data, out, plain) = (input(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let hidden = run(&with_key(data.path(), out.path(), Dates::Shift, KEY)).unwrap();
    let open = run(&RunOptions { time_uncertainty: Some(5), ..options(data.path(), plain.path()) }).unwrap();
    let (mut now, mut before) = (hidden.manifest.totals.clone(), open.manifest.totals.clone());
    let by_rule: u64 = now.findings_by_rule.values().sum();
    assert_eq!((by_rule, now.findings_by_rule.len() < before.findings_by_rule.len()), (now.findings, true));
    (now.findings_by_rule, before.findings_by_rule) = Default::default();
    assert_eq!(format!("{now:?}"), format!("{before:?}"));
    let key = Key::new(KEY).unwrap();
    let pseudonym = |id: &str| key.pseudonym(infusion_audit::deidentify::Identifier::Encounter, id);
    for (table, columns) in [
        ("findings.parquet", &["rule_code", "setting", "net_cents", "evidence", "price_table", "time_sensitive"][..]),
        ("lines.parquet", &["code", "modifiers", "status", "expected_cents", "billed_cents", "reason", "paid_cents"]),
        ("encounters.parquet", &["setting", "payer_type", "net_cents", "clean", "findings"]),
        ("administrations.parquet", &["drug_code", "route", "minutes", "codes", "reason", "flags"]),
    ] {
        let expected: BTreeMap<String, Vec<String>> =
            cells(&open, table, columns).into_iter().map(|(id, cells)| (pseudonym(&id), cells)).collect();
        assert_eq!(cells(&hidden, table, columns), expected, "{table}");
        // In the order of the hashes, which is not that of the ids.
        let mut order = Vec::new();
        each_row(&hidden.path.join(table), |batch, row| order.push(text(batch, "encounter_id", row)));
        assert!(order.is_sorted());
    }
    let mut moved: BTreeMap<String, i32> = BTreeMap::new();
    let mut at: BTreeMap<(String, String), (Option<Date>, String)> = BTreeMap::new();
    each_row(&open.path.join("encounters.parquet"), |batch, row| {
        at.insert(
            (pseudonym(&text(batch, "encounter_id", row)), text(batch, "setting", row)),
            (days(batch, row), text(batch, "patient_id", row)),
        );
    });
    each_row(&hidden.path.join("encounters.parquet"), |batch, row| {
        let (before, patient) = &at[&(text(batch, "encounter_id", row), text(batch, "setting", row))];
        let (before, after) = (before.unwrap(), days(batch, row).unwrap());
        assert_eq!(*moved.entry(patient.clone()).or_insert(after.0 - before.0), after.0 - before.0);
        assert_eq!(text(batch, "month", row), after.to_string()[..7]);
    });
    assert!(moved.len() > 200 && moved.values().all(|days| *days != 0 && days.abs() <= 182));
    let mut times = 0;
    each_row(&hidden.path.join("administrations.parquet"), |batch, row| {
        let start = batch.column_by_name("start_time").unwrap().as_primitive::<TimestampMillisecondType>();
        times += i32::from(start.is_valid(row));
    });
    assert!(times > 1_000);
}

#[test]
fn months_stand_for_days_where_that_is_asked() {
    let (data, out) = (input(), tempfile::tempdir().unwrap());
    let run = run(&with_key(data.path(), out.path(), Dates::Month, KEY)).unwrap();
    let mut first = BTreeMap::new();
    each_row(&run.path.join("encounters.parquet"), |batch, row| {
        let day = days(batch, row).unwrap();
        first.entry(text(batch, "encounter_id", row)).or_insert(day.civil().day());
    });
    assert!(first.len() > 890 && first.values().all(|day| *day == 1));
}

#[test]
fn names_of_few_patients_are_joined_and_other_keys_give_other_names() {
    let (data, out) = (input(), tempfile::tempdir().unwrap());
    let one = run(&with_key(data.path(), out.path(), Dates::Shift, KEY)).unwrap();
    fs::remove_file(out.path().join("crosswalk.csv")).unwrap();
    let other = run(&with_key(data.path(), out.path(), Dates::Shift, b"another key, long enough")).unwrap();
    assert_ne!(one.manifest.run_id, other.manifest.run_id);
    let ids = |run: &RunSummary| -> BTreeSet<String> { cells(run, "encounters.parquet", &[]).into_keys().collect() };
    assert!(ids(&one).is_disjoint(&ids(&other)));
    for column in ["payer", "department", "rendering_provider"] {
        let mut patients: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        each_row(&one.path.join("encounters.parquet"), |batch, row| {
            patients.entry(text(batch, column, row)).or_default().insert(text(batch, "patient_id", row));
        });
        patients.remove("");
        assert!(patients.values().all(|patients| patients.len() >= 11), "{column}: {patients:?}");
        assert!(column == "rendering_provider" || patients.contains_key("(others)"));
    }
    let rollup = one.rollup.as_ref().unwrap();
    let few: Vec<_> = rollup.by_rule.iter().chain(&rollup.by_carc).chain(&rollup.by_department).collect();
    assert!(few.len() >= 5, "{few:?}");
    assert!(few.iter().all(|group| group.findings >= 11), "{few:?}");
    let page = fs::read_to_string(one.path.join("report.html")).unwrap();
    assert!(page.contains("De-identified"));
    // The input's files are told by number.
    assert!(one.manifest.inputs.iter().all(|file| file.path.starts_with("file ")));
}

#[test]
fn the_same_key_gives_the_same_bytes_whatever_the_buckets() {
    let data = input();
    let all: Vec<RunSummary> = [None, Some(3)]
        .into_iter()
        .map(|buckets| {
            let out = tempfile::tempdir().unwrap();
            let summary = run(&RunOptions { buckets, ..with_key(data.path(), out.path(), Dates::Shift, KEY) }).unwrap();
            std::mem::forget(out);
            summary
        })
        .collect();
    for table in support::TABLES.iter().chain(&support::PAGES) {
        assert!(support::bytes(&all[0], table) == support::bytes(&all[1], table), "{table}");
    }
}

#[test]
fn a_run_of_few_patients_and_an_old_crosswalk_stop_the_run() {
    let (data, out) = (generated(6, 3, ErrorSelection::None), tempfile::tempdir().unwrap());
    let cause = run(&with_key(data.path(), out.path(), Dates::Shift, KEY)).unwrap_err();
    assert!(cause.to_string().contains("fewer than eleven patients"), "{cause}");
    assert_eq!(files(out.path()), Vec::<PathBuf>::new());
    fs::write(out.path().join("crosswalk.csv"), "older").unwrap();
    let cause = run(&with_key(data.path(), out.path(), Dates::Shift, KEY)).unwrap_err();
    assert!(cause.to_string().contains("is there already"), "{cause}");
}
