//! The worklist's round trip: findings go out as a table for reviewers, their status, assignee and comment come back into a
//! state file, and the next run's worklist carries them on. What was confirmed and rejected measures each rule.

mod import;
mod measure;
mod state;
mod workbook;

pub use import::Imported;
pub use measure::{Measured, Precision, measure};
pub use state::{Entry, State};
pub use workbook::{export_workbook, is_workbook, take_in_workbook};

use crate::error::Error;
use crate::report::{STATUSES, defused, dollars};
use crate::run::each_row;
use std::collections::BTreeSet;
use std::path::Path;

/// Columns of the exported table; reviewers fill in the last three.
pub const COLUMNS: [&str; 19] = [
    "finding_id",
    "encounter_id",
    "setting",
    "service_date",
    "rule_code",
    "rule_name",
    "owner",
    "severity",
    "department",
    "payer",
    "claim_line",
    "expected_codes",
    "billed_codes",
    "net_dollars",
    "expected_loss_dollars",
    "evidence",
    "status",
    "assignee",
    "comment",
];

const FINDINGS: [&str; 17] = [
    "finding_id",
    "encounter_id",
    "setting",
    "service_date",
    "rule_code",
    "rule_name",
    "owner",
    "severity",
    "department",
    "payer",
    "claim_id",
    "line_number",
    "expected_codes",
    "billed_codes",
    "net_cents",
    "expected_loss_cents",
    "evidence",
];

/// A worklist for reviewers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file's bytes.
    pub list: Vec<u8>,
    /// Findings in it.
    pub findings: usize,
    /// Findings in it that had a review before.
    pub reviewed: usize,
}

/// The identities of a run's findings.
///
/// # Errors
/// A folder that is none of a run.
pub fn finding_ids(run: &Path) -> Result<BTreeSet<String>, Error> {
    let mut ids = BTreeSet::new();
    each_row(run, "findings.parquet", &["finding_id"], |row| {
        ids.insert(row.text(0).to_owned());
        Ok(())
    })?;
    Ok(ids)
}

/// The worklist of a run as CSV.
///
/// # Errors
/// A folder that is none of a run.
pub fn export(run: &Path, state: &State) -> Result<Exported, Error> {
    let failed = |cause: csv::Error| Error::Worklist(cause.to_string());
    let (rows, reviewed) = rows(run, state)?;
    let findings = rows.len();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    for cells in rows {
        // Amounts are numbers, and a minus in front of one is no formula.
        let safe = |(cell, name): (&String, &&str)| match name.ends_with("_dollars") {
            true => cell.clone(),
            false => defused(cell).into_owned(),
        };
        writer.write_record(cells.iter().zip(&COLUMNS).map(safe)).map_err(failed)?;
    }
    let list = writer.into_inner().map_err(|cause| Error::Worklist(cause.to_string()))?;
    Ok(Exported { list, findings, reviewed })
}

/// The rows of a run's worklist, most at stake first, with what the state knows of each finding; and how many findings had
/// been looked at before.
fn rows(run: &Path, state: &State) -> Result<(Vec<Vec<String>>, usize), Error> {
    let mut rows: Vec<(i64, Vec<String>)> = Vec::new();
    let mut known = 0;
    each_row(run, "findings.parquet", &FINDINGS, |row| {
        let (net, loss) = (row.cents(14), row.cents(15));
        let claim = row.integer(11).map(|line| format!("{}/{line}", row.text(10))).unwrap_or_default();
        let day = row.day(3).map(|day| day.to_string()).unwrap_or_default();
        let entry = state.get(row.text(0));
        known += usize::from(entry.is_some());
        let own = |of: fn(&Entry) -> &str| entry.map_or(String::new(), |entry| of(entry).to_owned());
        let text = |at: usize| row.text(at).to_owned();
        let mut cells = vec![text(0), text(1), text(2), day];
        cells.extend((4..10).map(text));
        cells.extend([claim, text(12), text(13), dollars(net), dollars(loss), text(16)]);
        cells.push(entry.map_or(STATUSES[0], |entry| entry.status.as_str()).to_owned());
        cells.extend([own(|entry| &entry.assignee), own(|entry| &entry.comment)]);
        rows.push((-net.abs().max(loss), cells));
        Ok(())
    })?;
    rows.sort_by(|(one, cells), (other, other_cells)| (one, &cells[0]).cmp(&(other, &other_cells[0])));
    Ok((rows.into_iter().map(|(_, cells)| cells).collect(), known))
}
