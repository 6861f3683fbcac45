//! Published runs, read back: the tables of a run's folder, a few columns at a time.

mod export;
mod find;
mod keyed;
mod row;
mod table;

pub use export::{ExportFormat, export};
pub use find::find_run;
pub(crate) use find::unopened;
pub use keyed::Keyed;
pub use row::Row;
pub use table::{each_row, each_row_of};
pub(crate) use table::{reader, rows_of_batch};

use crate::data_checks::DataState;
use crate::error::Error;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What other commands need of a run's manifest.
#[derive(Debug, Clone, Deserialize)]
pub struct RunManifest {
    pub run_id: String,
    pub version: String,
    pub totals: RunTotals,
    /// State of the data; absent in runs of versions that had no data checks.
    #[serde(default)]
    pub data: Option<DataState>,
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    #[serde(default)]
    pub inputs: Vec<RunInput>,
    /// Digests by file and by table.
    #[serde(default)]
    pub policy: BTreeMap<String, String>,
    #[serde(default)]
    pub reference: BTreeMap<String, String>,
}

/// One input file of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct RunInput {
    pub table: String,
    pub path: String,
    pub sha256: String,
}

/// Counts and dollars of a run, in cents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct RunTotals {
    pub encounters: u64,
    pub claim_lines: u64,
    pub findings: u64,
    pub clean_encounters: u64,
    pub expected_cents: i64,
    pub billed_cents: i64,
    pub net_cents: i64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

impl RunManifest {
    /// Reads the manifest of a run folder.
    ///
    /// # Errors
    /// A folder that is none of a run.
    pub fn read(run: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(run.join("manifest.json"))
            .map_err(|cause| unopened(run, "manifest.json", &cause))?;
        serde_json::from_str(&text).map_err(|cause| Error::not_a_run(run, format!("manifest.json: {cause}")))
    }
}
