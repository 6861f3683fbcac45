//! Where the rows of each encounter went, and the history of its findings, as rows of their tables.

use super::layouts::{ACCOUNTS, CHANGES, HISTORY};
use super::table::TableBuilder;
use crate::error::Error;
use arrow::array::RecordBatch;

/// Rows of `accounts.parquet`.
pub struct Accounts(TableBuilder);

impl Default for Accounts {
    fn default() -> Self {
        Self(TableBuilder::new(&ACCOUNTS, 0))
    }
}

impl Accounts {
    /// So many rows of a table went to a part, such as `audited`; `reason` is empty where there is none.
    pub fn add(&mut self, encounter_id: &str, table: &str, part: &str, reason: &str, rows: u64) {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.0
            .text(Some(encounter_id))
            .text(Some(table))
            .text(Some(part))
            .text(Some(reason))
            .integer(Some(rows))
            .integer(None)
            .integer(None)
            .text(None);
    }

    /// One row that cannot be audited.
    pub fn quarantine(&mut self, encounter_id: &str, table: &str, (file, row): (u32, u64), column: &str, reason: &str) {
        self.0
            .text(Some(encounter_id))
            .text(Some(table))
            .text(Some(QUARANTINED))
            .text(Some(reason))
            .integer(Some(1))
            .integer(Some(i64::from(file)))
            .integer(i64::try_from(row).ok())
            .text(Some(column));
    }

    /// The rows so far.
    ///
    /// # Errors
    /// Only if a row was filled unevenly.
    pub fn finish(self) -> Result<RecordBatch, Error> {
        self.0.finish()
    }
}

/// The part of rows that cannot be audited.
pub const QUARANTINED: &str = "quarantined";

/// Not of rows: the day, in days since 1970, of an encounter whose findings may change as days pass.
pub const DEADLINE: &str = "deadline";

/// Not of rows: the counts of the data checks of an encounter, as text in the place of a reason.
pub const DATA: &str = "data";

/// One finding's history; runs count from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub finding_id: String,
    pub rule_code: String,
    pub first_seen: i64,
    /// The run that no longer had it.
    pub resolved: Option<i64>,
    /// How often it came back.
    pub reopened: i64,
}

/// Rows of `history.parquet`.
pub struct HistoryRows(TableBuilder);

impl Default for HistoryRows {
    fn default() -> Self {
        Self(TableBuilder::new(&HISTORY, 0))
    }
}

impl HistoryRows {
    pub fn add(&mut self, encounter_id: &str, seen: &Seen) {
        self.0
            .text(Some(encounter_id))
            .text(Some(&seen.finding_id))
            .text(Some(&seen.rule_code))
            .integer(Some(seen.first_seen))
            .integer(seen.resolved)
            .integer(Some(seen.reopened));
    }

    /// The rows so far.
    ///
    /// # Errors
    /// Only if a row was filled unevenly.
    pub fn finish(self) -> Result<RecordBatch, Error> {
        self.0.finish()
    }
}

/// Rows of `changes.parquet`.
pub struct ChangeRows(TableBuilder);

impl Default for ChangeRows {
    fn default() -> Self {
        Self(TableBuilder::new(&CHANGES, 0))
    }
}

impl ChangeRows {
    /// `change` is `new`, `resolved` or `reopened`.
    pub fn add(&mut self, encounter_id: &str, change: &str, seen: &Seen) {
        self.0
            .text(Some(encounter_id))
            .text(Some(&seen.finding_id))
            .text(Some(&seen.rule_code))
            .text(Some(change))
            .integer(Some(seen.first_seen));
    }

    pub fn len(&self) -> usize {
        self.0.rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows so far.
    ///
    /// # Errors
    /// Only if a row was filled unevenly.
    pub fn finish(self) -> Result<RecordBatch, Error> {
        self.0.finish()
    }
}
