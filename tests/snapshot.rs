//! The denial snapshot: its sums are the run's, no identifier is in it, and it prints on two pages.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use infusion_audit::generate::ErrorSelection;
use infusion_audit::policy::PolicySet;
use infusion_audit::small_cells::LEAST_PATIENTS;
use infusion_audit::snapshot::{Snapshot, render};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use support::{generated, options, read, run};

/// Every value of the identifying columns of a folder of inputs.
fn identifiers(data: &Path) -> BTreeSet<String> {
    const COLUMNS: [&str; 9] = [
        "encounter_id",
        "patient_id",
        "claim_id",
        "original_claim_id",
        "administration_id",
        "order_id",
        "bag_id",
        "rendering_provider",
        "global_period_provider",
    ];
    let mut all = BTreeSet::new();
    for table in ["claims", "flowsheets", "encounters"] {
        for entry in std::fs::read_dir(data.join(table)).unwrap() {
            for batch in read(&entry.unwrap().path()) {
                for column in COLUMNS.iter().filter_map(|name| batch.column_by_name(name)) {
                    let text = cast(column, &DataType::Utf8).unwrap();
                    all.extend(text.as_string::<i32>().iter().flatten().map(str::to_owned));
                }
            }
        }
    }
    assert!(all.len() > 1_000, "the input has identifiers");
    all
}

#[test]
fn the_snapshot_holds_the_run_s_sums_and_no_identifier() {
    let data = generated(1_500, 23, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(data.path(), out.path())).unwrap();
    let policies = PolicySet::built_in().unwrap();
    let snapshot = Snapshot::read(&done.path, &policies, None).unwrap();
    let totals = &done.manifest.totals;
    assert_eq!(snapshot.total.leakage, totals.leakage_cents);
    assert_eq!(snapshot.total.overpayment, totals.overpayment_cents);
    assert_eq!(snapshot.disputed, totals.disputed_cents);
    assert_eq!(snapshot.total.loss, totals.expected_loss_cents);
    let drivers = snapshot.drivers.iter().map(|driver| &driver.sums);
    assert_eq!(drivers.clone().map(|sums| sums.leakage).sum::<i64>(), snapshot.total.leakage);
    assert_eq!(drivers.clone().map(|sums| sums.open).sum::<i64>(), snapshot.total.open);
    for parts in [&snapshot.payer_types, &snapshot.departments, &snapshot.months] {
        assert_eq!(parts.iter().map(|part| part.sums.loss).sum::<i64>(), snapshot.total.loss);
        assert!(parts.iter().all(|part| part.sums.encounters >= LEAST_PATIENTS as i64), "{parts:?}");
    }
    assert!(drivers.clone().all(|sums| sums.encounters >= LEAST_PATIENTS as i64));
    // All of this year is open on the last day of service, nothing two years later.
    assert!(
        (totals.leakage_cents - of_earlier_years(&done.path)..=totals.leakage_cents).contains(&snapshot.total.open)
    );
    let late = Snapshot::read(&done.path, &policies, Some("2028-12-31".parse().unwrap())).unwrap();
    assert_eq!((late.total.open, late.total.act_by), (0, None));
    let page = render(&snapshot, "A <b>client</b>").unwrap();
    assert!(page.contains("A &lt;b&gt;client&lt;&#x2f;b&gt;"), "the title is text");
    for id in identifiers(data.path()) {
        assert!(!page.contains(&id), "an identifier stands in the snapshot");
    }
    for day in 1..=28 {
        assert!(!page.contains(&format!("2026-01-{day:02}")), "a day stands in the snapshot");
    }
    prints_on_two_pages(&page, out.path());
    // Small drivers are named in the plan, without anything that counts.
    assert!(snapshot.small.iter().all(|driver| driver.sums.findings == 0 && !driver.steps.is_empty()));
    let some = generated(500, 23, ErrorSelection::All);
    let some = run(&options(some.path(), out.path())).unwrap();
    let some = Snapshot::read(&some.path, &policies, None).unwrap();
    let page = render(&some, "Small").unwrap();
    assert!(!some.small.is_empty() && page.contains("Joined with others above"));
    prints_on_two_pages(&page, out.path());
    let few = generated(60, 2, ErrorSelection::None);
    let clean = run(&options(few.path(), out.path())).unwrap();
    let refused = Snapshot::read(&clean.path, &policies, None).unwrap_err().to_string();
    assert!(refused.contains("fewer than eleven"), "{refused}");
}

/// Leakage of days of service before this year: the generator mistypes some years.
fn of_earlier_years(run: &Path) -> i64 {
    let mut lost = 0;
    support::each_row(&run.join("findings.parquet"), |batch, row| {
        if support::text(batch, "policy_switch", row).is_empty()
            && support::text(batch, "month", row).starts_with("2025")
        {
            lost += support::integer(batch, "leakage_cents", row).unwrap();
        }
    });
    lost
}

fn prints_on_two_pages(page: &str, folder: &Path) {
    let (html, pdf) = (folder.join("snapshot.html"), folder.join("snapshot.pdf"));
    std::fs::write(&html, page).unwrap();
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]);
    chromium.arg(format!("--print-to-pdf={}", pdf.display())).arg(format!("file://{}", html.display()));
    if !chromium.output().is_ok_and(|done| done.status.success()) {
        println!("not printed: no chromium here");
        return;
    }
    let text = String::from_utf8_lossy(&std::fs::read(&pdf).unwrap()).into_owned();
    assert_eq!(text.matches("/Type /Page\n").count(), 2, "two pages");
}
