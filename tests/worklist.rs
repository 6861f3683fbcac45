//! The worklist's round trip: what reviewers say survives the next run, and measures the rules.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use infusion_audit::generate::ErrorSelection;
use infusion_audit::worklist::{COLUMNS, State, export, measure};
use support::{generated, options, run};

type Rows = Vec<Vec<String>>;

fn rows(list: &[u8]) -> Rows {
    let mut reader = csv::Reader::from_reader(list);
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), COLUMNS);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn text(rows: &Rows) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn reviews_survive_the_next_run_and_measure_the_rules() {
    let data = generated(900, 41, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let first = run(&options(data.path(), out.path())).unwrap();
    let path = out.path().join("state.csv");
    let mut state = State::read(&path).unwrap();
    let (list, known) = export(&first.path, &state).unwrap();
    let mut reviewed = rows(&list);
    assert_eq!((known, reviewed.len() as u64), (0, first.manifest.totals.findings));
    assert!(reviewed.iter().all(|row| row[16] == "open"));
    // Every third is rejected, the rest of the first ninety confirmed.
    for (at, row) in reviewed.iter_mut().take(90).enumerate() {
        row[16] = if at % 3 == 0 { "rejected" } else { "Confirmed" }.to_owned();
        row[17] = "Kim".to_owned();
        row[18] = "=looked at".to_owned();
    }
    assert_eq!(state.take_in(&text(&reviewed)).unwrap(), 90);
    assert_eq!(state.take_in(&text(&reviewed)).unwrap(), 0, "the same list again changes nothing");
    state.write(&path).unwrap();
    assert_eq!(State::read(&path).unwrap(), state);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "its owner's alone");
    }
    // Another run of the same data, as of a day: more findings, the reviews of the old ones stand.
    let mut dated = options(data.path(), out.path());
    dated.as_of = Some("2026-12-01".parse().unwrap());
    let second = run(&dated).unwrap();
    assert_ne!(first.manifest.run_id, second.manifest.run_id);
    let (list, known) = export(&second.path, &state).unwrap();
    assert_eq!(known, 90);
    let carried = rows(&list);
    let of = |status: &str| carried.iter().filter(|row| row[16] == status).count();
    assert_eq!((of("rejected"), of("confirmed")), (30, 60));
    assert!(
        carried.iter().filter(|row| row[16] == "rejected").all(|row| row[18] == "'=looked at"),
        "no cell is a formula"
    );
    let measured = measure(&first.path, &state).unwrap();
    assert_eq!((measured.all.confirmed, measured.all.rejected), (60, 30));
    assert!((measured.all.share - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(measured.leakage, first.manifest.totals.leakage_cents);
    assert_eq!(measured.overpayment, first.manifest.totals.overpayment_cents);
    let (point, lower, upper) = measured.adjusted_leakage;
    assert!(lower <= point && point <= upper && upper <= measured.leakage && point < measured.leakage);
    assert!(measured.table().contains("in the light of the reviews"));
    // All of them judged: nothing is left to estimate.
    let mut all = reviewed;
    all.iter_mut().for_each(|row| row[16] = "rejected".to_owned());
    state.take_in(&text(&all)).unwrap();
    assert_eq!(measure(&first.path, &state).unwrap().adjusted_leakage, (0, 0, 0));
}
