//! What a run is asked to do, and what it says afterwards.

use crate::model::Date;
use crate::output::Manifest;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A run's settings, typed; nothing behind this parses text.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Folder or glob.
    pub claims: String,
    pub flowsheets: String,
    pub encounters: Option<String>,
    pub out: PathBuf,
    /// The day as of which deadlines are judged; never today's date by itself.
    pub as_of: Option<Date>,
    /// Bytes of rows kept in memory before they are spilled.
    pub memory_budget: usize,
    pub temp_dir: PathBuf,
    /// The facility's zone for timestamps stored in UTC.
    pub time_zone: Option<String>,
    /// How many buckets; a power of two, as an exponent. `None` picks it from the size of the input.
    pub bucket_bits: Option<u32>,
}

impl RunOptions {
    /// The options that can change results, for the manifest and the run id.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<String, String> {
        let zone = self.time_zone.iter().map(|zone| ("time_zone".to_owned(), zone.clone()));
        let as_of = self.as_of.iter().map(|date| ("as_of".to_owned(), date.to_string()));
        zone.chain(as_of).collect()
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct RunSummary {
    pub path: PathBuf,
    pub manifest: Manifest,
    pub spilled_rows: u64,
}
