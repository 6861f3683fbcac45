//! The run as a workbook: summary, worklist with review columns, all findings, expected against billed where they differ.
//!
//! Every text is written as a text cell, so none can become a formula. The same run gives the same bytes.

use super::Rollup;
use crate::error::Error;
use crate::model::Cents;
use crate::output::{Manifest, create_private};
use crate::rules;
use crate::run::{Row, each_row};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};
use std::collections::BTreeMap;
use std::path::Path;

/// Its name in the run's folder.
pub const WORKBOOK: &str = "audit.xlsx";

/// What a reviewer can make of a finding.
pub const STATUSES: [&str; 6] = ["open", "confirmed", "rejected", "corrected", "appealed", "closed"];

/// Rows of a sheet below its head: the format's limit.
const MOST_ROWS: u32 = 1_048_575;

/// Rows of the worklist.
const MOST_WORK: usize = 10_000;

/// Letters that a cell holds at most.
const MOST_TEXT: usize = 32_767;

/// A workbook that cannot be made.
pub(crate) fn failed(cause: &XlsxError) -> Error {
    Error::Report(format!("{WORKBOOK}: {cause}"))
}

/// How a column is written.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Money,
    Day,
}

/// Name, kind, width in letters.
type Column = (&'static str, Kind, f64);

const FINDINGS: [Column; 20] = [
    ("finding_id", Kind::Text, 18.0),
    ("encounter_id", Kind::Text, 14.0),
    ("setting", Kind::Text, 12.0),
    ("service_date", Kind::Day, 12.0),
    ("rule_code", Kind::Text, 9.0),
    ("rule_name", Kind::Text, 28.0),
    ("owner", Kind::Text, 20.0),
    ("severity", Kind::Text, 9.0),
    ("department", Kind::Text, 20.0),
    ("rendering_provider", Kind::Text, 14.0),
    ("payer", Kind::Text, 20.0),
    ("claim_id", Kind::Text, 14.0),
    ("line_number", Kind::Whole, 7.0),
    ("expected_codes", Kind::Text, 20.0),
    ("billed_codes", Kind::Text, 20.0),
    ("net_cents", Kind::Money, 14.0),
    ("expected_loss_cents", Kind::Money, 14.0),
    ("policy_switch", Kind::Text, 18.0),
    ("price_basis", Kind::Text, 14.0),
    ("evidence", Kind::Text, 80.0),
];
const LINES: [Column; 12] = [
    ("encounter_id", Kind::Text, 14.0),
    ("setting", Kind::Text, 12.0),
    ("service_date", Kind::Day, 12.0),
    ("code", Kind::Text, 8.0),
    ("modifiers", Kind::Text, 10.0),
    ("status", Kind::Text, 14.0),
    ("expected_units", Kind::Whole, 10.0),
    ("billed_units", Kind::Whole, 10.0),
    ("expected_cents", Kind::Money, 14.0),
    ("billed_cents", Kind::Money, 14.0),
    ("difference_cents", Kind::Money, 14.0),
    ("reason", Kind::Text, 60.0),
];

struct Formats {
    head: Format,
    title: Format,
    money: Format,
    day: Format,
    wrap: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            head: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top).set_background_color("#E8EEF4"),
            title: Format::new().set_bold().set_font_size(16),
            money: Format::new().set_num_format("$#,##0.00;[Red]-$#,##0.00"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

#[allow(
    clippy::float_arithmetic,
    reason = "a spreadsheet's numbers are floating point; the cents are exact in the tables"
)]
fn dollars(cents: i64) -> f64 {
    cents as f64 / 100.0
}

fn short(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}

/// The heading of a column: amounts are shown in dollars.
fn heading(name: &str) -> String {
    name.replace("_cents", "_dollars").replace('_', " ")
}

fn heads(sheet: &mut Worksheet, columns: &[Column], formats: &Formats) -> Result<(), XlsxError> {
    for (at, (name, _, width)) in columns.iter().enumerate() {
        let at = at as u16;
        sheet.set_column_width(at, *width)?;
        sheet.write_string_with_format(0, at, heading(name), &formats.head)?;
    }
    sheet.set_freeze_panes(1, 2)?;
    Ok(())
}

fn cells(sheet: &mut Worksheet, at: u32, columns: &[Column], row: Row<'_>, formats: &Formats) -> Result<(), XlsxError> {
    for (place, (_, kind, _)) in columns.iter().enumerate() {
        let column = place as u16;
        match kind {
            Kind::Text if row.text(place).is_empty() => {}
            Kind::Text => {
                sheet.write_string(at, column, short(row.text(place)))?;
            }
            Kind::Whole => {
                if let Some(value) = row.integer(place) {
                    sheet.write_number(at, column, value as f64)?;
                }
            }
            Kind::Money => {
                if let Some(value) = row.integer(place) {
                    sheet.write_number_with_format(at, column, dollars(value), &formats.money)?;
                }
            }
            Kind::Day => {
                if let Some(day) = row.day(place) {
                    let civil = day.civil();
                    let (year, month, date) = (civil.year().unsigned_abs(), civil.month() as u8, civil.day() as u8);
                    match ExcelDateTime::from_ymd(year, month, date) {
                        Ok(day) => sheet.write_datetime_with_format(at, column, &day, &formats.day)?,
                        // Before 1900 there are no days in a workbook.
                        Err(_) => sheet.write_string(at, column, day.to_string())?,
                    };
                }
            }
        }
    }
    Ok(())
}

fn names(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|(name, ..)| *name).collect()
}

/// What a reviewer fills in, behind the finding's own columns.
fn review_columns(sheet: &mut Worksheet, first: u16, rows: u32, formats: &Formats) -> Result<(), XlsxError> {
    for (at, (name, width)) in [("status", 12.0), ("assignee", 18.0), ("comment", 40.0)].into_iter().enumerate() {
        sheet.set_column_width(first + at as u16, width)?;
        sheet.write_string_with_format(0, first + at as u16, name, &formats.head)?;
    }
    let list = DataValidation::new()
        .allow_list_strings(&STATUSES)?
        .set_error_title("Review status")?
        .set_error_message("Pick one of the list.")?
        .set_error_style(DataValidationErrorStyle::Stop);
    sheet.add_data_validation(1, first, rows.max(1), first, &list)?;
    Ok(())
}

/// Places, in the findings table, of those with most at stake, and their ranks.
fn most_at_stake(run: &Path) -> Result<BTreeMap<usize, u32>, Error> {
    let mut stakes: Vec<(i64, usize)> = Vec::new();
    let mut at = 0;
    each_row(run, "findings.parquet", &["net_cents", "expected_loss_cents"], |row| {
        stakes.push((-row.cents(0).abs().max(row.cents(1)), at));
        at += 1;
        Ok(())
    })?;
    stakes.sort_unstable();
    stakes.truncate(MOST_WORK);
    Ok(stakes.into_iter().zip(1..).map(|((_, at), rank)| (at, rank)).collect())
}

/// The properties of a workbook. It is of no day: a workbook of one run has the same bytes whenever it is made.
pub(crate) fn made() -> Result<DocProperties, Error> {
    let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|cause| failed(&cause))?;
    Ok(DocProperties::new().set_title("Infusion billing audit").set_creation_datetime(&day))
}

/// Fills a sheet with the rows of a worklist, whose last three columns are the review's.
pub(crate) fn fill_worklist(
    sheet: &mut Worksheet,
    name: &str,
    columns: &[&'static str],
    rows: &[Vec<String>],
) -> Result<(), XlsxError> {
    let formats = Formats::new();
    let columns: Vec<Column> = columns.iter().map(|name| (*name, Kind::Text, worklist_width(name))).collect();
    let (last, count) = (columns.len() as u16, rows.len() as u32);
    sheet.set_name(name)?;
    heads(sheet, &columns, &formats)?;
    review_columns(sheet, last - 3, count, &formats)?;
    for (row, at) in rows.iter().zip(1..) {
        for (place, (cell, (name, ..))) in row.iter().zip(&columns).enumerate() {
            let place = place as u16;
            match cell.parse::<f64>().ok().filter(|_| name.ends_with("_dollars")) {
                Some(amount) => sheet.write_number_with_format(at, place, amount, &formats.money)?,
                None if cell.is_empty() => sheet,
                None => sheet.write_string(at, place, short(cell))?,
            };
        }
    }
    sheet.autofilter(0, 0, count.max(1), last - 1).map(|_| ())
}

/// The width of a column in letters: that of the findings' sheet.
fn worklist_width(name: &str) -> f64 {
    let known = FINDINGS.iter().find(|(other, ..)| *other == name.replace("_dollars", "_cents"));
    known.map_or(16.0, |(.., width)| *width)
}

/// Writes the workbook into a run's folder, whose tables must be complete.
///
/// # Errors
/// A folder that cannot be written, or tables that cannot be read.
pub fn write_workbook(run: &Path, rollup: &Rollup, manifest: &Manifest, temp_dir: &Path) -> Result<(), Error> {
    let formats = Formats::new();
    let mut book = Workbook::new();
    book.set_properties(&made()?);
    book.set_tempdir(temp_dir).map_err(|cause| failed(&cause))?;
    summary(book.add_worksheet(), rollup, manifest, &formats).map_err(|cause| failed(&cause))?;
    let ranks = most_at_stake(run)?;
    let findings = manifest.totals.findings.min(u64::from(MOST_ROWS)) as u32;
    worklist(&mut book, run, &ranks, &formats)?;
    {
        let sheet = book.add_worksheet_with_low_memory().map_err(|cause| failed(&cause))?;
        let write = |sheet: &mut Worksheet| {
            sheet.set_name("Findings")?;
            heads(sheet, &FINDINGS, &formats)?;
            sheet.autofilter(0, 0, findings.max(1), FINDINGS.len() as u16 - 1).map(|_| ())
        };
        write(sheet).map_err(|cause| failed(&cause))?;
        let mut at = 0;
        each_row(run, "findings.parquet", &names(&FINDINGS), |row| {
            at += 1;
            if at <= MOST_ROWS {
                cells(sheet, at, &FINDINGS, row, &formats).map_err(|cause| failed(&cause))?;
            }
            Ok(())
        })?;
    }
    let sheet = book.add_worksheet_with_low_memory().map_err(|cause| failed(&cause))?;
    let write = |sheet: &mut Worksheet| {
        sheet.set_name("Expected and billed")?;
        heads(sheet, &LINES, &formats)
    };
    write(sheet).map_err(|cause| failed(&cause))?;
    let mut at = 0;
    each_row(run, "lines.parquet", &names(&LINES), |row| {
        if !matches!(row.text(5), "agreed" | "out_of_scope") {
            at += 1;
            if at <= MOST_ROWS {
                cells(sheet, at, &LINES, row, &formats).map_err(|cause| failed(&cause))?;
            }
        }
        Ok(())
    })?;
    sheet.autofilter(0, 0, at.clamp(1, MOST_ROWS), LINES.len() as u16 - 1).map_err(|cause| failed(&cause))?;
    let file = create_private(&run.join(WORKBOOK))?;
    book.save_to_writer(file).map_err(|cause| failed(&cause))
}

fn worklist(book: &mut Workbook, run: &Path, ranks: &BTreeMap<usize, u32>, formats: &Formats) -> Result<(), Error> {
    let rows = ranks.len() as u32;
    // Rows come in the order of encounters and stand in the order of their rank, so this sheet is made in memory.
    let sheet = book.add_worksheet();
    let last = FINDINGS.len() as u16;
    let write = |sheet: &mut Worksheet| {
        sheet.set_name("Worklist")?;
        heads(sheet, &FINDINGS, formats)?;
        review_columns(sheet, last, rows, formats)?;
        sheet.autofilter(0, 0, rows.max(1), last + 2).map(|_| ())
    };
    write(sheet).map_err(|cause| failed(&cause))?;
    let mut at = 0;
    each_row(run, "findings.parquet", &names(&FINDINGS), |row| {
        if let Some(&rank) = ranks.get(&at) {
            cells(sheet, rank, &FINDINGS, row, formats)
                .and_then(|()| sheet.write_string(rank, last, STATUSES[0]).map(|_| ()))
                .map_err(|cause| failed(&cause))?;
        }
        at += 1;
        Ok(())
    })
}

fn summary(sheet: &mut Worksheet, rollup: &Rollup, manifest: &Manifest, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("Summary")?;
    sheet.set_column_width(0, 12)?.set_column_width(1, 38)?.set_column_width(2, 24)?;
    for column in 3..=7 {
        sheet.set_column_width(column, 16)?;
    }
    sheet.write_string_with_format(0, 0, "Infusion billing audit", &formats.title)?;
    sheet.write_string(1, 0, format!("run {} of infusion-audit {}", manifest.run_id, manifest.version))?;
    let totals = &manifest.totals;
    let amounts = [
        ("Leakage: supported, not billed", totals.leakage_cents),
        ("Overpayment exposure: billed, not supported", totals.overpayment_cents),
        ("Disputed, rests on payer policy", totals.disputed_cents),
        ("Denial risk: expected loss", totals.expected_loss_cents),
    ];
    let mut at = 3;
    for (name, count) in [
        ("Encounters", totals.encounters),
        ("Encounters without a finding", totals.clean_encounters),
        ("Findings", totals.findings),
    ] {
        sheet.write_string(at, 1, name)?.write_number(at, 2, count as f64)?;
        at += 1;
    }
    for (name, cents) in amounts {
        sheet.write_string(at, 1, name)?.write_number_with_format(at, 2, dollars(cents), &formats.money)?;
        at += 1;
    }
    let note = "Neither leakage nor overpayment exposure is a bill or a refund until a coder has looked at the chart.";
    sheet.write_string(at + 1, 0, note)?;
    if totals.findings > u64::from(MOST_ROWS) {
        let note = format!(
            "The sheet Findings holds the first {MOST_ROWS} of {}; findings.parquet holds all.",
            totals.findings
        );
        sheet.write_string(at + 2, 0, note)?;
    }
    at += 3;
    for fact in manifest.data.facts() {
        sheet.write_string(at, 0, fact)?;
        at += 1;
    }
    for (check, word) in manifest.data.banner() {
        sheet.write_string(at, 0, short(&format!("{word}: {} ({}): {}", check.title, check.check, check.sentence)))?;
        at += 1;
    }
    at += 1;
    let heads =
        ["Rule", "What happens", "Who mends it", "Findings", "Leakage", "Overpayment", "Disputed", "Denial risk"];
    for (place, head) in heads.into_iter().enumerate() {
        sheet.write_string_with_format(at, place as u16, head, &formats.head)?;
    }
    let mut groups: Vec<_> = rollup.by_rule.iter().collect();
    let stake = |of: &super::Group| Cents(of.leakage_cents + of.overpayment_cents + of.expected_loss_cents);
    groups.sort_by(|one, other| (stake(other), &one.key).cmp(&(stake(one), &other.key)));
    for group in groups {
        at += 1;
        let info = rules::info_of(&group.key);
        sheet.write_string(at, 0, &group.key)?;
        sheet.write_string_with_format(at, 1, info.map_or("", |info| info.name).replace('-', " "), &formats.wrap)?;
        sheet.write_string(at, 2, info.map_or("", |info| info.owner.as_str()).replace('_', " "))?;
        sheet.write_number(at, 3, group.findings as f64)?;
        let amounts = [group.leakage_cents, group.overpayment_cents, group.disputed_cents, group.expected_loss_cents];
        for (place, cents) in amounts.into_iter().enumerate() {
            sheet.write_number_with_format(at, 4 + place as u16, dollars(cents), &formats.money)?;
        }
    }
    Ok(())
}
