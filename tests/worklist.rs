//! The worklist's round trip: what reviewers say survives the next run, and measures the rules.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use calamine::{Data, Reader, Xlsx, open_workbook};
use infusion_audit::generate::ErrorSelection;
use infusion_audit::pipeline::RunOptions;
use infusion_audit::worklist::{
    COLUMNS, Imported, State, export, export_workbook, finding_ids, measure, take_in_workbook,
};
use rust_xlsxwriter::Workbook;
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
    let done = export(&first.path, &state).unwrap();
    let mut reviewed = rows(&done.list);
    assert_eq!((done.reviewed, done.findings, reviewed.len()), (0, reviewed.len(), done.findings));
    assert_eq!(done.findings as u64, first.manifest.totals.findings);
    assert!(reviewed.iter().all(|row| row[16] == "open"));
    // Every third is rejected, the rest of the first ninety confirmed.
    for (at, row) in reviewed.iter_mut().take(90).enumerate() {
        row[16] = if at % 3 == 0 { "rejected" } else { "Confirmed" }.to_owned();
        row[17] = "Kim".to_owned();
        row[18] = "=looked at".to_owned();
    }
    let blank = reviewed.len() - 90;
    let known = finding_ids(&first.path).unwrap();
    let done = state.take_in(&text(&reviewed), Some(&known)).unwrap();
    assert_eq!(done, Imported { new: 90, blank, ..Imported::default() });
    let again = state.take_in(&text(&reviewed), None).unwrap();
    assert_eq!(again, Imported { unchanged: 90, blank, ..Imported::default() }, "the same list again changes nothing");
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
    let done = export(&second.path, &state).unwrap();
    assert_eq!(done.reviewed, 90);
    let carried = rows(&done.list);
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
    state.take_in(&text(&all), None).unwrap();
    assert_eq!(measure(&first.path, &state).unwrap().adjusted_leakage, (0, 0, 0));
}

#[test]
fn a_workbook_goes_out_and_comes_back_like_a_list() {
    let data = generated(500, 43, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let run = run(&RunOptions { workbook: true, ..options(data.path(), out.path()) }).unwrap();
    // What a reviewer saves of the run's own workbook: its headings, other cells, in another order.
    let mut book: Xlsx<_> = open_workbook(run.path.join("audit.xlsx")).unwrap();
    let sheet = book.worksheet_range("Worklist").unwrap();
    let headings: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let at = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let mut reviewed = Workbook::new();
    let copy = reviewed.add_worksheet();
    copy.set_name("Worklist").unwrap();
    for (row, cells) in (0..).zip(sheet.rows()) {
        for (column, cell) in (0..).zip(cells) {
            let review = (1..=40).contains(&row).then(|| match column as usize {
                column if column == at("status") => "confirmed",
                column if column == at("assignee") => "Kim",
                column if column == at("comment") => "=1+1",
                _ => "",
            });
            let text = review.filter(|review| !review.is_empty()).map_or_else(|| cell.to_string(), str::to_owned);
            copy.write_string(row, column, text).unwrap();
        }
    }
    let path = out.path().join("reviewed.xlsx");
    reviewed.save(&path).unwrap();
    let mut state = State::default();
    assert_eq!(take_in_workbook(&mut state, &path, None).unwrap().new, 40);
    assert!(state.entries().all(|entry| entry.comment == "=1+1" && entry.rule_code.starts_with("IA-")));
    // The next list carries them on, and no text in it can run.
    let done = export_workbook(&run.path, &state).unwrap();
    assert_eq!(done.reviewed, 40);
    let path = out.path().join("next.xlsx");
    std::fs::write(&path, done.list).unwrap();
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert!(book.worksheet_formula("Worklist").unwrap().is_empty());
    let sheet = book.worksheet_range("Worklist").unwrap();
    assert_eq!(sheet.height() as u64, run.manifest.totals.findings + 1);
    let amounts = sheet.rows().skip(1).filter(|row| matches!(row[13], Data::Float(_) | Data::Int(_))).count();
    assert_eq!(amounts as u64, run.manifest.totals.findings);
    let again = take_in_workbook(&mut state, &path, Some(&finding_ids(&run.path).unwrap())).unwrap();
    assert_eq!((again.new, again.changed), (0, 0), "what comes back unchanged changes nothing");
    let message = take_in_workbook(&mut state, &run.path.join("manifest.json"), None).unwrap_err().to_string();
    assert!(message.contains("manifest.json"), "{message}");
}
