//! The full report: its numbers are the tables' numbers, and it works in a real browser, whatever the data hold.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use infusion_audit::generate::ErrorSelection;
use infusion_audit::pipeline::RunSummary;
use parquet::arrow::ArrowWriter;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use support::{each_row, generated, integer, options, read, repository, run, text};

/// Text that would run if it were taken for markup.
const HOSTILE: &str = "</script><img src=x onerror='window.struck=1'>=cmd()\"&amp;";

/// The data that the page was drawn from.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once(r#"id="data">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_numbers_of_the_page_are_those_of_the_tables() {
    let made = generated(1_500, 11, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(made.path(), out.path())).unwrap();
    let page = std::fs::read_to_string(done.path.join("report.html")).unwrap();
    let data = data(&page);
    // Findings, leakage, overpayment, disputed, loss; summed anew.
    let mut rules: BTreeMap<String, [i64; 5]> = BTreeMap::new();
    let mut heat: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut ids = Vec::new();
    each_row(&done.path.join("findings.parquet"), |batch, row| {
        let of = |name: &str| integer(batch, name, row).unwrap();
        let net = of("net_cents");
        let disputed = !text(batch, "policy_switch", row).is_empty();
        let sums = rules.entry(text(batch, "rule_code", row)).or_default();
        let own = if disputed { [1, 0, 0, net, 0] } else { [1, net.max(0), (-net).max(0), 0, 0] };
        sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        sums[4] += of("expected_loss_cents");
        let stake = own[1] + own[2] + of("expected_loss_cents");
        *heat.entry((text(batch, "department", row), text(batch, "rule_family", row))).or_default() += stake;
        ids.push((-net.abs().max(of("expected_loss_cents")), text(batch, "finding_id", row)));
    });
    assert!(rules.len() > 30, "most rules fire on planted errors");
    let cents = |of: &Value, name: &str| of[name].as_i64().unwrap();
    for group in data["rules"].as_array().unwrap() {
        let shown = ["findings", "leakage", "overpayment", "disputed", "loss"].map(|name| cents(group, name));
        assert_eq!(rules.remove(group["key"].as_str().unwrap()), Some(shown), "{group}");
    }
    assert!(rules.is_empty(), "{rules:?}");
    let (departments, families) = (&data["heat"]["departments"], &data["heat"]["families"]);
    for cell in data["heat"]["cells"].as_array().unwrap() {
        let at = |of: &Value, place: usize| of[cell[place].as_u64().unwrap() as usize].as_str().unwrap().to_owned();
        assert_eq!(heat.get(&(at(departments, 0), at(families, 1))).copied(), cell[2].as_i64());
    }
    // Months hold every encounter; owners every dollar.
    let totals = &done.manifest.totals;
    let sum =
        |groups: &str, of: &str| data[groups].as_array().unwrap().iter().map(|group| cents(group, of)).sum::<i64>();
    for groups in ["months", "owners"] {
        assert_eq!(sum(groups, "leakage"), totals.leakage_cents);
        assert_eq!(sum(groups, "overpayment"), totals.overpayment_cents);
        assert_eq!(sum(groups, "loss"), totals.expected_loss_cents);
        assert_eq!(sum(groups, "disputed"), totals.disputed_cents);
    }
    assert_eq!(sum("months", "encounters"), i64::try_from(totals.claim_forms).unwrap());
    // The worklist holds what is most at stake, in order.
    ids.sort();
    let work = data["work"].as_array().unwrap();
    let shown: Vec<&str> = work.iter().map(|row| row[0].as_str().unwrap()).collect();
    assert_eq!(shown, ids.iter().take(5_000).map(|(_, id)| id.as_str()).collect::<Vec<_>>());
    // Every department of some size is tested for a trend, beside all together.
    assert!(page.contains("<td>all departments</td>") && page.matches("</td><td>no trend</td>").count() >= 2);
    // Twelve timelines, and the headline figures in words.
    assert_eq!(page.matches(r#"<article class="timeline">"#).count(), 12);
    for figure in [totals.leakage_cents, totals.overpayment_cents, totals.expected_loss_cents] {
        assert!(page.contains(&infusion_audit::model::Cents(figure).to_string()));
    }
    // Nothing is fetched, and the page is small enough to mail.
    let outside_script = page.split("<script").next().unwrap();
    assert!(!outside_script.contains("src=") && !outside_script.contains("href=\"http"));
    assert!(page.len() < 5 << 20, "{} bytes", page.len());
}

#[test]
fn a_prior_run_stands_beside_the_headline_numbers() {
    let (earlier, later) = (generated(200, 3, ErrorSelection::All), generated(200, 4, ErrorSelection::All));
    let out = tempfile::tempdir().unwrap();
    let before = run(&options(earlier.path(), out.path())).unwrap();
    let alone = run(&options(later.path(), out.path())).unwrap();
    let prior = infusion_audit::run::RunManifest::read(&before.path).unwrap();
    let mut with = options(later.path(), out.path());
    with.prior = Some(prior);
    let now = run(&with).unwrap();
    assert_ne!(now.manifest.run_id, alone.manifest.run_id, "what it is compared with is part of the run's name");
    let page = std::fs::read_to_string(now.path.join("report.html")).unwrap();
    assert!(page.contains(&format!("against run {} of 20", before.manifest.run_id)), "the prior run is named");
    let amount = infusion_audit::model::Cents(before.manifest.totals.leakage_cents).to_string();
    assert!(page.contains(&format!("{amount} before")));
}

/// Rewrites every file of a table with one column replaced by hostile text.
fn poison(folder: &Path, column: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let batches = read(&path);
        let Some(first) = batches.first() else { continue };
        let schema = first.schema();
        let at = schema.index_of(column).unwrap();
        let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
        fields[at] = Arc::new(Field::new(column, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields));
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema.clone(), None).unwrap();
        for batch in batches {
            let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
            columns[at] = Arc::new(StringArray::from(vec![HOSTILE; batch.num_rows()]));
            writer.write(&RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
        }
        writer.close().unwrap();
    }
}

/// Looks at a page in headless Chromium; says so where there is none.
fn look(page: &Path, more: &[&str]) {
    let script = repository().join("tests/browser/check.py");
    let Ok(looked) = Command::new("python3").arg(script).arg(page).args(more).output() else {
        println!("not looked at in a browser: no python3 here");
        return;
    };
    let said = String::from_utf8_lossy(&looked.stdout).into_owned() + &String::from_utf8_lossy(&looked.stderr);
    match looked.status.code() {
        Some(77) => println!("not looked at in a browser: {said}"),
        Some(0) => {}
        _ => panic!("{said}"),
    }
}

#[test]
fn the_page_works_in_a_browser_with_five_thousand_rows_and_hostile_text() {
    let folder = tempfile::tempdir().unwrap();
    let made = infusion_audit::generate::GenerateOptions {
        encounters: 8_000,
        months: 3,
        seed: 5,
        out: folder.path().to_owned(),
        errors: ErrorSelection::All,
        error_percent: 90,
        start: "2026-01-01".parse().unwrap(),
    };
    infusion_audit::generate::generate(&made).unwrap();
    poison(&folder.path().join("flowsheets"), "drug_name");
    poison(&folder.path().join("encounters"), "department");
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(folder.path(), out.path())).unwrap();
    let page = done.path.join("report.html");
    let text = std::fs::read_to_string(&page).unwrap();
    assert_eq!(data(&text)["work"].as_array().unwrap().len(), 5_000);
    assert!(!text.contains("<img"), "hostile text is escaped");
    look(&page, &["--rows", "5000", "--hostile", HOSTILE]);
}

/// Moves every stop that is later than its start in a folder's flowsheets; an interval keeps at least a minute.
fn move_stops(folder: &Path, minutes: i64) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let batches = read(&path);
        let Some(schema) = batches.first().map(RecordBatch::schema) else { continue };
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema.clone(), None).unwrap();
        for batch in batches {
            let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
            let at = schema.index_of("stop_time").unwrap();
            let DataType::Timestamp(unit, zone) = schema.field(at).data_type().clone() else { panic!("no timestamp") };
            assert!(zone.is_none());
            let minute = match unit {
                TimeUnit::Second => 60,
                TimeUnit::Millisecond => 60_000,
                TimeUnit::Microsecond => 60_000_000,
                TimeUnit::Nanosecond => 60_000_000_000,
            };
            let wide = |name: &str| cast(batch.column_by_name(name).unwrap(), &DataType::Int64).unwrap();
            let (starts, stops) = (wide("start_time"), wide("stop_time"));
            let pairs = starts.as_primitive::<Int64Type>().iter().zip(stops.as_primitive::<Int64Type>().iter());
            let moved: Int64Array = pairs
                .map(|(start, stop)| {
                    let stop = stop?;
                    let length = start.map_or(0, |start| stop.div_euclid(minute) - start.div_euclid(minute));
                    Some(if length > 0 { stop + minutes.max(1 - length) * minute } else { stop })
                })
                .collect();
            columns[at] = cast(&moved, schema.field(at).data_type()).unwrap();
            writer.write(&RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
        }
        writer.close().unwrap();
    }
}

#[test]
fn moved_times_come_to_what_an_audit_of_moved_times_finds() {
    let data = generated(700, 29, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let plain = run(&options(data.path(), out.path())).unwrap();
    assert!(plain.manifest.time_uncertainty.is_none());
    let mut asked = options(data.path(), out.path());
    asked.time_uncertainty = Some(6);
    asked.buckets = Some(3);
    let first = run(&asked).unwrap();
    let findings = std::fs::read(first.path.join("findings.parquet")).unwrap();
    asked.buckets = Some(19);
    let sure = run(&asked).unwrap();
    assert_eq!(std::fs::read(sure.path.join("findings.parquet")).unwrap(), findings, "whatever the buckets");
    assert_eq!(sure.manifest.totals.leakage_cents, plain.manifest.totals.leakage_cents, "the findings are as charted");
    let of = sure.manifest.time_uncertainty.as_ref().unwrap();
    // The marks in the table are the sums of the manifest.
    let (mut marked, mut leakage, mut unmarked) = (0, 0, 0);
    each_row(&sure.path.join("findings.parquet"), |batch, row| {
        let flags = batch.column_by_name("time_sensitive").unwrap().as_boolean();
        assert!(flags.is_valid(row));
        if flags.value(row) {
            marked += 1;
            let disputed = !text(batch, "policy_switch", row).is_empty();
            leakage += if disputed { 0 } else { integer(batch, "leakage_cents", row).unwrap() };
        } else {
            unmarked += 1;
        }
    });
    assert!(marked > 0 && unmarked > marked, "{marked} of {}", marked + unmarked);
    assert_eq!(of.sensitive.values().map(|one| one.findings).sum::<u64>(), marked);
    assert_eq!(of.sensitive.values().map(|one| one.leakage_cents).sum::<i64>(), leakage);
    let page = std::fs::read_to_string(sure.path.join("report.html")).unwrap();
    assert!(page.contains("How sure is it?") && page.contains("6 minutes earlier"));
    let leakage = |run: &RunSummary| {
        let mut of: BTreeMap<String, i64> = BTreeMap::new();
        each_row(&run.path.join("encounters.parquet"), |batch, row| {
            *of.entry(text(batch, "encounter_id", row)).or_default() += integer(batch, "leakage_cents", row).unwrap();
        });
        of
    };
    let mut three = vec![leakage(&plain)];
    // Each end is what an audit of such times finds.
    for (minutes, moved) in [(-6, &of.earlier), (6, &of.later)] {
        let other = generated(700, 29, ErrorSelection::All);
        move_stops(&other.path().join("flowsheets"), minutes);
        let other = run(&options(other.path(), out.path())).unwrap();
        three.push(leakage(&other));
        let totals = other.manifest.totals;
        assert_eq!(totals.findings, moved.findings, "{minutes}");
        assert_eq!(totals.leakage_cents, moved.leakage_cents, "{minutes}");
        assert_eq!(totals.overpayment_cents, moved.overpayment_cents, "{minutes}");
        assert_eq!(totals.expected_loss_cents, moved.expected_loss_cents, "{minutes}");
        assert_ne!(totals.leakage_cents, plain.manifest.totals.leakage_cents);
    }
    // The least and the most of every encounter bound errors that differ between encounters.
    let ends = |pick: fn(i64, i64) -> i64| -> i64 {
        three[0].iter().map(|(id, leakage)| pick(*leakage, pick(three[1][id], three[2][id]))).sum()
    };
    assert_eq!((of.lowest.leakage_cents, of.highest.leakage_cents), (ends(i64::min), ends(i64::max)));
    assert!(of.lowest.leakage_cents < of.earlier.leakage_cents.min(of.later.leakage_cents));
}
