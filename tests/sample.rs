//! Samples of a run: drawn with equal chances within strata, reproducible, and extrapolated to what is true.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use infusion_audit::generate::ErrorSelection;
use infusion_audit::reference::Reference;
use infusion_audit::sample::{Amount, Method, SampleOptions, draw, estimate_folder};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use support::{each_row, generated, integer, options, run, text};

fn options_of(method: Method, size: usize, seed: u64, out: PathBuf) -> SampleOptions {
    SampleOptions { method, size, strata: 4, amount: Amount::Billed, seed, blind: false, out }
}

fn rows(folder: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join("sample.csv")).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Fills in the review: what `correct` makes of the audited and the expected dollars.
fn review(folder: &Path, correct: impl Fn(&str, &str) -> String) {
    let path = folder.join("sample.csv");
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headers).unwrap();
    for row in reader.records() {
        let mut cells: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        cells[10] = correct(&cells[7], &cells[8]);
        writer.write_record(&cells).unwrap();
    }
    std::fs::write(&path, writer.into_inner().unwrap()).unwrap();
}

#[test]
fn a_sample_is_reproducible_and_its_estimate_covers_the_truth() {
    let data = generated(900, 17, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(data.path(), out.path())).unwrap();
    let reference = Reference::built_in().unwrap();
    let folder = |name: &str| out.path().join(name);
    // What is true of all units: billed minus expected of what was billed at all.
    let (mut units, mut truth, mut billed) = (0, 0, 0);
    let mut of_bill: BTreeSet<(String, String)> = BTreeSet::new();
    each_row(&done.path.join("lines.parquet"), |batch, row| {
        if integer(batch, "billed_units", row).unwrap_or(0) != 0 {
            of_bill.insert((text(batch, "encounter_id", row), text(batch, "setting", row)));
        }
    });
    each_row(&done.path.join("encounters.parquet"), |batch, row| {
        if of_bill.contains(&(text(batch, "encounter_id", row), text(batch, "setting", row))) {
            units += 1;
            billed += integer(batch, "billed_cents", row).unwrap();
            truth += integer(batch, "billed_cents", row).unwrap() - integer(batch, "expected_cents", row).unwrap();
        }
    });
    for method in [Method::Simple, Method::Dollars, Method::Seeds] {
        let name = format!("{method:?}");
        let sample = draw(&done.path, &reference, &options_of(method, 300, 5, folder(&name))).unwrap();
        assert_eq!(sample.design.strata.iter().map(|of| of.units).sum::<u64>(), units);
        assert_eq!(sample.design.strata.iter().map(|of| of.total_cents).sum::<i64>(), billed);
        assert_eq!(method == Method::Simple, sample.design.strata.len() == 1, "{:?}", sample.design.strata);
        let drawn = rows(&sample.folder);
        assert_eq!(drawn.len(), 300);
        let distinct: BTreeSet<_> = drawn.iter().map(|row| (row[2].clone(), row[3].clone())).collect();
        assert_eq!(distinct.len(), 300, "no unit is drawn twice");
        let again =
            draw(&done.path, &reference, &options_of(method, 300, 5, folder(&format!("{name}-again")))).unwrap();
        assert_eq!(drawn, rows(&again.folder));
        let other =
            draw(&done.path, &reference, &options_of(method, 300, 6, folder(&format!("{name}-other")))).unwrap();
        assert_ne!(drawn, rows(&other.folder));
        // Until it is reviewed it says nothing.
        let early = estimate_folder(&sample.folder).unwrap_err().to_string();
        assert!(early.contains("300 of 300 rows have no correct_dollars"), "{early}");
        review(&sample.folder, |_, expected| expected.to_owned());
        let (_, found) = estimate_folder(&sample.folder).unwrap();
        assert_eq!((found.units, found.reviewed), (units, 300));
        for estimate in [&found.difference, &found.ratio] {
            let (_, lower, upper) = estimate.intervals[2];
            let truth = truth as f64;
            // One seed may miss its interval one time in twenty; none is far off.
            let reach = (upper - lower).max(1.0);
            assert!(lower - reach <= truth && truth <= upper + reach, "{method:?}: {truth} against {estimate:?}");
        }
    }
    // A blind sample is the same one without what the run expects.
    let mut blind = options_of(Method::Seeds, 300, 5, folder("blind"));
    blind.blind = true;
    let blind = rows(&draw(&done.path, &reference, &blind).unwrap().folder);
    let open = rows(&folder("Seeds-again"));
    assert!(blind.iter().all(|row| row[8].is_empty() && row[9].is_empty()));
    assert!(blind.iter().zip(&open).all(|(one, other)| one[..8] == other[..8]));
    // A review of everything leaves the truth itself.
    let all = draw(&done.path, &reference, &options_of(Method::Dollars, usize::MAX >> 8, 1, folder("all"))).unwrap();
    review(&all.folder, |_, expected| expected.to_owned());
    let (_, found) = estimate_folder(&all.folder).unwrap();
    assert!((found.difference.point - truth as f64).abs() < 0.5 && found.difference.standard_error < 1e-6);
}

#[test]
fn a_sample_that_was_tampered_with_is_refused() {
    let data = generated(200, 8, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(data.path(), out.path())).unwrap();
    let reference = Reference::built_in().unwrap();
    let sample = draw(&done.path, &reference, &options_of(Method::Dollars, 40, 2, out.path().join("s"))).unwrap();
    review(&sample.folder, |billed, _| billed.to_owned());
    let (_, found) = estimate_folder(&sample.folder).unwrap();
    assert_eq!((found.with_error, found.difference.point), (0, 0.0));
    let path = sample.folder.join("sample.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let refused = |text: String, words: &str| {
        std::fs::write(&path, text).unwrap();
        let said = estimate_folder(&sample.folder).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    };
    let mut lines: Vec<&str> = text.lines().collect();
    let last = lines.pop().unwrap();
    refused(lines.join("\n"), "restore the rows of the sample");
    lines.push(last);
    lines.push(last);
    refused(lines.join("\n"), "stands twice");
    refused(text.replacen("correct_dollars", "correct", 1), "no column `correct_dollars`");
    review_text(&path, &text);
    let small = draw(&done.path, &reference, &options_of(Method::Dollars, 3, 2, out.path().join("t"))).unwrap_err();
    assert!(small.to_string().contains("too small"), "{small}");
    // A folder that is there already is not written over.
    assert!(draw(&done.path, &reference, &options_of(Method::Simple, 10, 2, sample.folder.clone())).is_err());
}

/// A review in words is no amount.
fn review_text(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    let folder = path.parent().unwrap();
    review(folder, |_, _| "fine".to_owned());
    let said = estimate_folder(folder).unwrap_err().to_string();
    assert!(said.contains("correct_dollars is no amount of dollars"), "{said}");
}
