//! What a run is asked to do, and what it says afterwards.

use crate::data_checks::Check;
use crate::deidentify::{DEIDENTIFY, Deidentify};
use crate::encryption;
use crate::model::Date;
use crate::output::Manifest;
use crate::report::Rollup;
use crate::run::RunManifest;
use crate::schema::{DateFormat, IntegerMoney, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A run's settings, typed; nothing behind this parses text.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Folder or glob.
    pub claims: String,
    pub flowsheets: String,
    pub encounters: Option<String>,
    /// Files instead of the three above, where there are any.
    pub listed: Vec<(Table, PathBuf)>,
    pub out: PathBuf,
    /// The day as of which deadlines are judged; never today's date by itself.
    pub as_of: Option<Date>,
    /// Bytes that the whole run should take at most.
    pub memory_budget: usize,
    pub temp_dir: PathBuf,
    /// The facility's zone for timestamps stored in UTC.
    pub time_zone: Option<String>,
    /// Times without a zone are UTC, and are moved to `time_zone`.
    pub utc_times: bool,
    /// Forms of dates and times in text columns.
    pub date_formats: Vec<DateFormat>,
    /// Unit of money columns that hold integers.
    pub integer_money: Option<IntegerMoney>,
    /// Checks of the data that may be beyond their limits.
    pub accept: BTreeSet<Check>,
    /// How many buckets; `None` picks it from the size of the input. Results do not depend on it.
    pub buckets: Option<usize>,
    /// Minutes by which charted stops are moved to see what survives; `None` does not ask.
    pub time_uncertainty: Option<u16>,
    /// Write the workbook too.
    pub workbook: bool,
    /// An earlier run with which the report compares.
    pub prior: Option<RunManifest>,
    /// Runs that stay in the folder; `None` keeps all.
    pub keep: Option<usize>,
    /// Publish no identifier.
    pub deidentify: Option<Deidentify>,
}

/// Word of an option that says that a table is not given.
pub const NOT_GIVEN: &str = "none";

/// Name among the options of a run of the checks that it accepts.
pub(super) const ACCEPT: &str = "accept";

/// The part of the limit that goes to rows that wait for their encounter to be whole. The rest is for decoding, coding and
/// writing, which measured three to four times as much on two threads.
const SHARE_OF_ROWS: usize = 5;

impl RunOptions {
    /// Options of a run that is told nothing but its memory and where rows may wait; the rest is for the caller to set.
    #[must_use]
    pub fn new(memory_budget: usize, temp_dir: PathBuf) -> Self {
        Self {
            claims: String::new(),
            flowsheets: String::new(),
            encounters: None,
            listed: Vec::new(),
            out: PathBuf::new(),
            as_of: None,
            memory_budget,
            temp_dir,
            time_zone: None,
            utc_times: false,
            date_formats: Vec::new(),
            integer_money: None,
            accept: BTreeSet::new(),
            buckets: None,
            time_uncertainty: None,
            workbook: false,
            prior: None,
            keep: None,
            deidentify: None,
        }
    }

    /// Bytes of rows that wait in memory for their encounter to be whole; the rest of the limit goes to decoding, coding
    /// and writing.
    #[must_use]
    pub fn row_budget(&self) -> usize {
        self.memory_budget / SHARE_OF_ROWS
    }

    /// The options that can change results, for the manifest and the run id.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<String, String> {
        let zone = self.time_zone.iter().map(|zone| ("time_zone".to_owned(), zone.clone()));
        let as_of = self.as_of.iter().map(|date| ("as_of".to_owned(), date.to_string()));
        let prior = self.prior.iter().map(|prior| ("prior".to_owned(), prior.run_id.clone()));
        let moved = self.time_uncertainty.iter().map(|minutes| ("time_uncertainty".to_owned(), minutes.to_string()));
        let dates = self.deidentify.iter().map(|how| (DEIDENTIFY.to_owned(), how.dates.as_str().to_owned()));
        let key = encryption::writing().map(|name| ("encrypt".to_owned(), name.to_owned()));
        let money = self.integer_money.iter().map(|unit| ("integer_money".to_owned(), unit.as_str().to_owned()));
        let utc = self.utc_times.then(|| ("utc_times".to_owned(), "true".to_owned()));
        let forms = self.date_formats.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let forms = (!forms.is_empty()).then(|| ("date_format".to_owned(), forms));
        let accept = self.accept.iter().map(|check| check.as_str()).collect::<Vec<_>>().join(", ");
        let accept = (!accept.is_empty()).then(|| (ACCEPT.to_owned(), accept));
        let side = [("claims", self.without(Table::Claims)), ("flowsheets", self.without(Table::Flowsheets))];
        let side =
            side.into_iter().filter(|(_, without)| *without).map(|(side, _)| (side.to_owned(), NOT_GIVEN.to_owned()));
        zone.chain(as_of)
            .chain(prior)
            .chain(moved)
            .chain(dates)
            .chain(key)
            .chain(money)
            .chain(utc)
            .chain(forms)
            .chain(accept)
            .chain(side)
            .collect()
    }

    /// Takes over how a published run read its inputs, from the options of its manifest: zone, forms of dates, unit of money.
    #[must_use]
    pub fn reading_as(self, shown: &BTreeMap<String, String>) -> Self {
        let formats = shown.get("date_format").map_or("", String::as_str).split("; ");
        Self {
            time_zone: shown.get("time_zone").cloned(),
            utc_times: shown.contains_key("utc_times"),
            date_formats: formats.filter_map(|format| format.parse().ok()).collect(),
            integer_money: shown.get("integer_money").and_then(|unit| match unit.as_str() {
                "dollars" => Some(IntegerMoney::Dollars),
                "cents" => Some(IntegerMoney::Cents),
                _ => None,
            }),
            ..self
        }
    }

    /// True if an option leaves the table out by name: `--claims none`.
    #[must_use]
    pub fn without(&self, table: Table) -> bool {
        if !self.listed.is_empty() {
            return self.listed.iter().all(|(of, _)| *of != table);
        }
        match table {
            Table::Claims => self.claims == NOT_GIVEN,
            Table::Flowsheets => self.flowsheets == NOT_GIVEN,
            Table::Encounters => self.encounters.is_none(),
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct RunSummary {
    pub path: PathBuf,
    pub manifest: Manifest,
    /// What the pages show; `None` where none were written.
    pub rollup: Option<Rollup>,
    pub spilled_rows: u64,
}
