//! The workbook: its rows and dollars are the tables', no cell is a formula, and one run gives one file.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use calamine::{Data, Reader, Xlsx, open_workbook};
use infusion_audit::generate::ErrorSelection;
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::sync::Arc;
use support::{each_row, generated, integer, options, read, run, text};

const FORMULA: &str = "=HYPERLINK(\"http://example.invalid\",\"open\")";

#[test]
fn the_workbook_holds_the_run_and_no_formula() {
    let data = generated(700, 31, ErrorSelection::All);
    // A department that a spreadsheet would run, were it not written as text.
    for entry in std::fs::read_dir(data.path().join("encounters")).unwrap() {
        let path = entry.unwrap().path();
        let batches = read(&path);
        let Some(schema) = batches.first().map(RecordBatch::schema) else { continue };
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema.clone(), None).unwrap();
        for batch in batches {
            let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
            let at = schema.index_of("department").unwrap();
            let poisoned = Arc::new(StringArray::from(vec![FORMULA; batch.num_rows()])) as ArrayRef;
            columns[at] = arrow::compute::cast(&poisoned, schema.field(at).data_type()).unwrap();
            writer.write(&RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
        }
        writer.close().unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    let mut wanted = options(data.path(), out.path());
    wanted.workbook = true;
    let done = run(&wanted).unwrap();
    let path = done.path.join("audit.xlsx");
    let first = std::fs::read(&path).unwrap();
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["Summary", "Worklist", "Findings", "Expected and billed"]);
    for sheet in book.sheet_names() {
        assert!(book.worksheet_formula(&sheet).unwrap().is_empty(), "{sheet} has a formula");
    }
    let (mut findings, mut net, mut open) = (0, 0, 0);
    let mut stakes = Vec::new();
    each_row(&done.path.join("findings.parquet"), |batch, row| {
        findings += 1;
        net += integer(batch, "net_cents", row).unwrap();
        stakes.push(
            integer(batch, "net_cents", row).unwrap().abs().max(integer(batch, "expected_loss_cents", row).unwrap()),
        );
    });
    each_row(&done.path.join("lines.parquet"), |batch, row| {
        open += usize::from(!matches!(text(batch, "status", row).as_str(), "agreed" | "out_of_scope"));
    });
    let cents = |cell: &Data| match cell {
        Data::Float(dollars) => (dollars * 100.0).round() as i64,
        other => panic!("{other:?} is no amount"),
    };
    let range = book.worksheet_range("Findings").unwrap();
    assert_eq!(range.rows().count(), findings + 1);
    assert_eq!(range.rows().skip(1).map(|row| cents(&row[15])).sum::<i64>(), net);
    assert!(range.rows().skip(1).all(|row| row[8] == Data::String(FORMULA.to_owned())));
    let work = book.worksheet_range("Worklist").unwrap();
    let ranked: Vec<i64> = work.rows().skip(1).map(|row| cents(&row[15]).abs().max(cents(&row[16]))).collect();
    stakes.sort_unstable_by_key(|stake| -stake);
    assert_eq!(ranked, stakes, "most at stake first");
    assert!(work.rows().skip(1).all(|row| row[20] == Data::String("open".to_owned())));
    assert_eq!(book.worksheet_range("Expected and billed").unwrap().rows().count(), open + 1);
    let summary = book.worksheet_range("Summary").unwrap();
    let shown: Vec<i64> = summary
        .rows()
        .take(11)
        .filter_map(|row| match &row[2] {
            Data::Float(value) => Some((value * 100.0).round() as i64),
            _ => None,
        })
        .collect();
    let totals = &done.manifest.totals;
    for amount in [totals.leakage_cents, totals.overpayment_cents, totals.disputed_cents, totals.expected_loss_cents] {
        assert!(shown.contains(&amount), "{amount} stands in the summary");
    }
    let again = run(&wanted).unwrap();
    assert_eq!(std::fs::read(again.path.join("audit.xlsx")).unwrap(), first, "the same run gives the same bytes");
}
