//! `state.json`: what one night leaves for the next.

use super::quality::Quality;
use crate::data_checks::DataCounts;
use crate::encryption;
use crate::error::{Error, one_line};
use crate::output::{OutputRecord, RunCounts};
use crate::pipeline::facts::Counts;
use crate::schema::Table;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The version of the format. States of older ones are read and written anew; those of newer ones are refused.
const FORMAT: u64 = 3;

/// What takes a state from one format to the next, the first from 1 to 2.
const MIGRATIONS: [fn(&mut Value); 2] = [
    |state| {
        state["written_by"] = "0.2.0".into();
        // Its leaves do not tell which encounters a deadline waits for: what they hold is audited once more.
        state["basis"] = "".into();
    },
    // Its leaves hold no counts of the data checks: what they hold is audited once more.
    |state| state["basis"] = "".into(),
];

const NAME: &str = "state.json";

/// Everything that is known between nights.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Saved {
    pub format: u64,
    /// The version of the program that wrote it.
    pub written_by: String,
    /// Nights so far.
    pub nights: u64,
    /// Digest of all but the input that results depend on.
    pub basis: String,
    /// The as-of date, as text; empty where there was none.
    #[serde(default)]
    pub as_of: String,
    /// What all rows together told, as text.
    pub facts: String,
    /// The number that the next new file gets.
    pub next_number: u32,
    /// What the nights' new files were like, the last one last.
    pub quality: Vec<Quality>,
    pub files: Vec<FileRecord>,
    pub leaves: Vec<LeafRecord>,
}

/// An input file as it was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FileRecord {
    /// Of this file and no other, ever.
    pub number: u32,
    pub table: String,
    pub path: String,
    pub bytes: u64,
    /// Nanoseconds since 1970.
    pub modified: i64,
    /// Under which options it was read, in short: what is kept of it hangs on them.
    pub read_under: String,
    pub sha256: String,
    pub rows: u64,
    pub row_groups: usize,
    /// Columns of the contract, by their place.
    pub columns: u64,
    pub unknown_columns: Vec<String>,
    pub floats_rounded: u64,
    /// Times outside 1990 to 2299, and stops that mean an open end.
    #[serde(default)]
    pub implausible_times: u64,
    #[serde(default)]
    pub open_ends: u64,
    /// The column of codes holds numbers.
    #[serde(default)]
    pub integer_codes: bool,
    /// No row has a value in any column.
    #[serde(default)]
    pub blank: bool,
    /// Least and most encounter id.
    pub least: String,
    pub most: String,
    /// First and last day of its stays.
    pub days: Option<(i64, i64)>,
    pub counts: Counts,
    /// Values that a column lacks, where the footer tells.
    pub nulls: BTreeMap<String, u64>,
    /// Claim lines by code.
    pub codes: BTreeMap<String, u64>,
    /// Rows that cannot be used, by reason.
    pub quarantined: BTreeMap<String, u64>,
}

impl FileRecord {
    pub(super) fn table(&self) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.as_str() == self.table)
    }

    /// The name of what is kept of the file: the same for the same contents read under the same options.
    pub(super) fn aside(&self, what: &str) -> String {
        format!("{}-{}-{}.{what}", self.table, self.sha256, self.read_under)
    }

    /// What tells the file from others.
    pub(super) fn key(&self) -> (String, String) {
        (self.table.clone(), self.path.clone())
    }
}

/// The results of a stretch of encounters.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LeafRecord {
    /// No id of the leaf sorts below this, but for the first leaf's.
    pub first: String,
    /// The folder of its tables.
    pub name: String,
    pub tables: BTreeMap<String, OutputRecord>,
    pub totals: LeafTotals,
}

/// Sums of a leaf, and of all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct LeafTotals {
    pub counts: RunCounts,
    /// Rows by table, by where they went (`audited`, `excluded`, `quarantined`), by reason.
    pub rows: BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>>,
    /// First and last day, since 1970, of encounters whose findings may change as days pass.
    #[serde(default)]
    pub deadline_days: Option<(i64, i64)>,
    /// Counts of the data checks.
    #[serde(default)]
    pub data: DataCounts,
}

impl LeafTotals {
    pub(super) fn join(&mut self, other: &LeafTotals) {
        self.counts.add(&other.counts);
        self.data.merge(other.data.clone());
        for (table, parts) in &other.rows {
            for (part, reasons) in parts {
                for (reason, count) in reasons {
                    *self.of(table, part, reason) += count;
                }
            }
        }
    }

    /// The count of one place.
    pub(super) fn of(&mut self, table: &str, part: &str, reason: &str) -> &mut u64 {
        let parts = self.rows.entry(table.to_owned()).or_default();
        parts.entry(part.to_owned()).or_default().entry(reason.to_owned()).or_default()
    }
}

impl Saved {
    /// Reads the state of a folder; a folder without one has an empty state.
    ///
    /// # Errors
    /// A state that cannot be read, or of another format.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NAME);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(cause) => return Err(Error::unreadable(&path, cause)),
        };
        let broken = |cause: String| Error::State { path: path.display().to_string(), cause };
        let text = encryption::unseal(NAME, bytes).map_err(broken)?;
        let damaged = |cause: serde_json::Error| broken(format!("it is damaged ({cause})"));
        let mut state: Value = serde_json::from_slice(&text).map_err(damaged)?;
        let Some(found @ 1..=FORMAT) = state["format"].as_u64() else {
            let (found, by) = (&state["format"], state["written_by"].as_str().unwrap_or("another version"));
            let why = format!("{by} wrote it in format {found} and this version reads 1 to {FORMAT}");
            return Err(broken(one_line(&why)));
        };
        for (_, migrate) in (1..).zip(MIGRATIONS).filter(|(from, _)| *from >= found) {
            migrate(&mut state);
        }
        serde_json::from_value(state).map_err(damaged)
    }

    /// Writes the state whole or not at all; it is on the disk then.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub(super) fn write(&mut self, folder: &Path) -> Result<(), Error> {
        self.format = FORMAT;
        env!("CARGO_PKG_VERSION").clone_into(&mut self.written_by);
        let path = folder.join(NAME);
        let failed = |cause: std::io::Error| Error::unwritable(&path, cause);
        let text = serde_json::to_vec(self).map_err(|cause| Error::Table(cause.to_string()))?;
        let bytes = encryption::seal(NAME, text)?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        file.persist(&path).map_err(|cause| Error::unwritable(&path, cause.error))?;
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}
