//! The reports as CSV: every finding that belongs to them, safe to open in a spreadsheet.

use super::Report;
use crate::error::Error;
use crate::output::{RunFolder, create_private};
use crate::run::{Row, each_row};
use csv::{StringRecord, Writer};
use std::borrow::Cow;
use std::fs::File;
use std::path::PathBuf;

const COLUMNS: [&str; 36] = [
    "finding_id",
    "rule_code",
    "rule_name",
    "severity",
    "owner",
    "encounter_id",
    "setting",
    "service_date",
    "payer",
    "payer_type",
    "department",
    "rendering_provider",
    "claim_id",
    "line_number",
    "expected_codes",
    "billed_codes",
    "net_cents",
    "expected_loss_cents",
    "risk_basis_points",
    "price_basis",
    "price_table",
    "underpaid_cents",
    "policy_switch",
    "policy_other_value",
    "answer_codes",
    "answer_cents",
    "alternative_codes",
    "alternative_cents",
    "carc",
    "rarc",
    "evidence",
    "net_dollars",
    "expected_loss_dollars",
    "underpaid_dollars",
    "answer_dollars",
    "alternative_dollars",
];

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
pub(crate) fn defused(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

/// Dollars with two decimals, without separators, exactly.
pub(crate) fn dollars(cents: i64) -> String {
    let mut text = String::new();
    push_dollars(cents, &mut text);
    text
}

/// Appends them.
fn push_dollars(cents: i64, text: &mut String) {
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    text.push_str(if cents < 0 { "-" } else { "" });
    text.push_str(itoa::Buffer::new().format(whole));
    text.push_str(if rest < 10 { ".0" } else { "." });
    text.push_str(itoa::Buffer::new().format(rest));
}

/// Columns in front of the amounts in dollars, which are made of these.
const STORED: usize = 31;
/// Where the cents of each column of dollars stand.
const CENTS: [usize; COLUMNS.len() - STORED] = [16, 17, 21, 25, 27];
const RULE: usize = 1;
const ENCOUNTER: usize = 5;
const SETTING: usize = 6;
const NET: usize = 16;
const RISK: usize = 18;

/// Whether a report holds a finding.
fn holds(report: Report, row: Row<'_>) -> bool {
    match report {
        Report::DenialRisk => row.cents(RISK) > 0,
        // With what puts nothing at risk and has no net (charting, deadlines, underpayments), so that every finding
        // stands in one of the two.
        Report::RevenueLeakage => row.cents(NET) != 0 || row.cents(RISK) == 0,
    }
}

/// Fills the cells of one finding.
fn fill(row: Row<'_>, cells: &mut StringRecord, text: &mut String) {
    cells.clear();
    for at in 0..STORED {
        match (row.integer(at), row.day(at)) {
            (Some(number), _) => cells.push_field(itoa::Buffer::new().format(number)),
            (None, Some(day)) => cells.push_field(&day.to_string()),
            (None, None) => cells.push_field(&defused(row.text(at))),
        }
    }
    for at in CENTS {
        text.clear();
        if let Some(cents) = row.integer(at) {
            push_dollars(cents, text);
        }
        cells.push_field(text);
    }
}

/// The table of one report as it is written.
struct Table {
    path: PathBuf,
    writer: Writer<File>,
}

impl Table {
    fn create(report: Report, folder: &RunFolder) -> Result<Self, Error> {
        let path = folder.path().join(format!("{}.csv", report.file_stem()));
        let writer = Writer::from_writer(create_private(&path)?);
        let mut table = Self { path, writer };
        table.write(COLUMNS)?;
        Ok(table)
    }

    fn write<I: IntoIterator<Item: AsRef<[u8]>>>(&mut self, record: I) -> Result<(), Error> {
        self.writer.write_record(record).map_err(|cause| Error::unwritable(&self.path, cause))
    }

    fn finish(self, folder: &RunFolder) -> Result<(), Error> {
        let file = self.writer.into_inner().map_err(|cause| Error::unwritable(&self.path, cause.error()))?;
        folder.sync_later(self.path, file);
        Ok(())
    }
}

/// One finding of the encounter and claim form in hand, and whether each report holds it.
#[derive(Default)]
struct Held {
    cells: StringRecord,
    by: [bool; Report::ALL.len()],
}

/// Writes the findings of each report, encounter by encounter, in the order of rule and identity, into a run's folder whose
/// tables must be complete.
///
/// # Errors
/// A folder that cannot be written, or tables that cannot be read.
pub fn write_csv(folder: &RunFolder) -> Result<(), Error> {
    let mut tables = Report::ALL.iter().map(|report| Table::create(*report, folder)).collect::<Result<Vec<_>, _>>()?;
    // The findings of one encounter on one claim form, in front of records that are filled again.
    let (mut together, mut count): (Vec<Held>, usize) = (Vec::new(), 0);
    let mut flush = |rows: &mut [Held]| {
        rows.sort_by(|Held { cells: one, .. }, Held { cells: other, .. }| {
            (one.get(RULE), one.get(0)).cmp(&(other.get(RULE), other.get(0)))
        });
        for (at, table) in tables.iter_mut().enumerate() {
            rows.iter().filter(|row| row.by[at]).try_for_each(|row| table.write(&row.cells))?;
        }
        Ok::<_, Error>(())
    };
    let mut text = String::new();
    let mut of = (String::new(), String::new());
    each_row(folder.path(), "findings.parquet", &COLUMNS[..STORED], |row| {
        if (of.0.as_str(), of.1.as_str()) != (row.text(ENCOUNTER), row.text(SETTING)) {
            flush(&mut together[..count])?;
            count = 0;
            of = (row.text(ENCOUNTER).to_owned(), row.text(SETTING).to_owned());
        }
        if together.len() == count {
            together.push(Held::default());
        }
        let held = &mut together[count];
        for (by, report) in held.by.iter_mut().zip(Report::ALL) {
            *by = holds(report, row);
        }
        fill(row, &mut held.cells, &mut text);
        count += 1;
        Ok(())
    })?;
    flush(&mut together[..count])?;
    tables.into_iter().try_for_each(|table| table.finish(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula_and_dollars_are_exact() {
        assert_eq!(defused("=1+1"), "'=1+1");
        assert_eq!(defused("J1745x4"), "J1745x4");
        assert_eq!(dollars(-123_405), "-1234.05");
        for (cents, text) in [(0, "0.00"), (7, "0.07"), (-70, "-0.70"), (i64::MIN, "-92233720368547758.08")] {
            assert_eq!(dollars(cents), text);
        }
        for (dollars, at) in COLUMNS[STORED..].iter().zip(CENTS) {
            assert_eq!(COLUMNS[at].replace("_cents", "_dollars"), *dollars);
        }
    }
}
