//! Two runs compared: every finding is resolved, gone, new, arrived or standing, and the dollars are the runs' own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use infusion_audit::diff::{Change, RunDiff};
use infusion_audit::generate::{ErrorSelection, GenerateOptions, generate};
use std::path::Path;
use support::{options, run};

fn generated(encounters: u64, errors: ErrorSelection) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = GenerateOptions {
        encounters,
        months: 3,
        seed: 21,
        out: folder.path().to_owned(),
        errors,
        error_percent: 30,
        start: "2026-01-01".parse().unwrap(),
    };
    generate(&made).unwrap();
    folder
}

fn adds_up(change: &Change) {
    let (before, after) = (change.before.findings, change.after.findings);
    assert_eq!(before, change.resolved.findings + change.gone.findings + change.standing);
    assert_eq!(after, change.new.findings + change.arrived.findings + change.standing);
}

fn compared(one: &Path, two: &Path) -> RunDiff {
    let diff = RunDiff::read(one, two).unwrap();
    adds_up(&diff.total);
    for groups in [&diff.by_rule, &diff.by_department, &diff.by_owner] {
        groups.values().for_each(adds_up);
        assert_eq!(groups.values().map(|of| of.before.findings).sum::<i64>(), diff.total.before.findings);
        assert_eq!(groups.values().map(|of| of.after.stake()).sum::<i64>(), diff.total.after.stake());
    }
    for (shown, sums) in [(&diff.before, &diff.total.before), (&diff.after, &diff.total.after)] {
        assert_eq!(shown.leakage_cents, sums.leakage_cents);
        assert_eq!(shown.overpayment_cents, sums.overpayment_cents);
        assert_eq!(shown.disputed_cents, sums.disputed_cents);
        assert_eq!(shown.expected_loss_cents, sums.expected_loss_cents);
    }
    diff
}

#[test]
fn a_run_against_itself_stands_still() {
    let data = generated(300, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(data.path(), out.path())).unwrap();
    let diff = compared(&done.path, &done.path);
    assert!(diff.total.standing > 20);
    assert_eq!((diff.total.resolved.findings, diff.total.new.findings), (0, 0));
    assert!(diff.cautions.is_empty());
}

#[test]
fn mended_errors_are_resolved_and_more_encounters_arrive() {
    let (bad, mended, more) = (
        generated(300, ErrorSelection::All),
        generated(300, ErrorSelection::None),
        generated(600, ErrorSelection::All),
    );
    let out = tempfile::tempdir().unwrap();
    let [bad, mended, more] = [&bad, &mended, &more].map(|data| run(&options(data.path(), out.path())).unwrap().path);
    let diff = compared(&bad, &mended);
    assert!(diff.total.resolved.findings > 20 && diff.total.new.findings == 0);
    let back = compared(&mended, &bad);
    assert_eq!(back.total.new, diff.total.resolved);
    let grown = compared(&bad, &more);
    assert!(grown.total.arrived.findings > 20, "{:?}", grown.total);
}

#[test]
fn other_settings_are_named() {
    let data = generated(60, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let plain = run(&options(data.path(), out.path())).unwrap();
    let mut dated = options(data.path(), out.path());
    dated.as_of = Some("2026-09-01".parse().unwrap());
    let dated = run(&dated).unwrap();
    let diff = compared(&plain.path, &dated.path);
    assert!(diff.cautions.iter().any(|caution| caution.contains("options")), "{:?}", diff.cautions);
    assert!(diff.table().contains("note: the runs differ in options"));
    let missing = RunDiff::read(&plain.path, out.path()).unwrap_err().to_string();
    assert!(missing.contains("is not a run folder"), "{missing}");
}
