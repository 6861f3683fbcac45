//! One batch of a file to the contract's columns: every accepted type, every bad row named.

use super::cells::Cells;
use super::date_form::{DateForm, DateFormat};
use super::keyed::KeyedCache;
use super::slots::{self, NO_TERM, Slots};
use super::tidy::tidy;
use super::{Contract, words};
use crate::model::Method;
use crate::stored_row::{id_of, whole_id_of};
use arrow::array::RecordBatch;
use arrow::error::ArrowError;

/// A row that cannot be used: which, and why. Rows count from the start of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad {
    pub row: usize,
    pub reason: &'static str,
}

/// Bad rows of one batch as they are found, with the column they are found in.
pub(super) struct Bads<'c> {
    pub column: u8,
    pub all: &'c mut Vec<(usize, u8, &'static str)>,
}

impl Bads<'_> {
    pub(super) fn push(&mut self, bad: Bad) {
        self.all.push((bad.row, self.column, bad.reason));
    }
}

/// Unit of money columns that hold integers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntegerMoney {
    Dollars,
    Cents,
}

impl IntegerMoney {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            IntegerMoney::Dollars => "dollars",
            IntegerMoney::Cents => "cents",
        }
    }
}

/// Forms in which times and money are read.
#[derive(Debug, Clone, Default)]
pub struct DecodeOptions {
    /// The facility's zone, for columns that are stored in UTC.
    pub time_zone: Option<jiff::tz::TimeZone>,
    /// Times without a zone are UTC too, and are moved to the facility's zone.
    pub utc_times: bool,
    /// Forms of dates and times in text.
    pub date_formats: Vec<DateFormat>,
    /// Unit of money in columns of integers; without it such columns are refused.
    pub integer_money: Option<IntegerMoney>,
}

/// Counts of values that were changed or left out while a batch was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Floating-point money values that were rounded to the cent.
    pub floats_rounded: u64,
    /// Times outside 1990 to 2299, read as none.
    pub implausible_times: u64,
    /// Stops 30 days or more after their start, read as missing.
    pub open_ends: u64,
}

impl Tally {
    /// Adds the counts of another batch.
    pub fn add(&mut self, other: Tally) {
        self.floats_rounded += other.floats_rounded;
        self.implausible_times += other.implausible_times;
        self.open_ends += other.open_ends;
    }
}

impl DecodeOptions {
    /// The zone of times that say none: the facility's where they are UTC, else none, for they are the local clock already.
    pub(super) fn zone_of_bare(&self) -> Option<&jiff::tz::TimeZone> {
        self.time_zone.as_ref().filter(|_| self.utc_times)
    }

    /// The form of a column's text besides ISO 8601: the one given for the column, else the one given for all.
    pub(super) fn date_form(&self, column: &str) -> Option<&DateForm> {
        let of =
            |wanted: Option<&str>| self.date_formats.iter().rev().find(|format| format.column.as_deref() == wanted);
        of(Some(column)).or_else(|| of(None)).map(|format| &format.form)
    }

    /// The zone of a column: its own, or the facility's when its own is UTC.
    pub(super) fn zone(&self, name: &str) -> Result<jiff::tz::TimeZone, ArrowError> {
        let utc = matches!(name, "UTC" | "Z" | "+00:00" | "Etc/UTC" | "GMT");
        if let (true, Some(zone)) = (utc, &self.time_zone) {
            return Ok(zone.clone());
        }
        if utc {
            return Ok(jiff::tz::TimeZone::UTC);
        }
        jiff::tz::TimeZone::get(name)
            .or_else(|_| fixed_offset(name).ok_or_else(|| ArrowError::SchemaError(format!("unknown time zone {name}"))))
    }
}

/// `+05:30` and the like.
fn fixed_offset(name: &str) -> Option<jiff::tz::TimeZone> {
    let sign = match name.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = name.get(1..)?.split_once(':')?;
    let seconds = sign * (hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60);
    jiff::tz::Offset::from_seconds(seconds).ok().map(jiff::tz::TimeZone::fixed)
}

/// Bytes that an encounter id can have.
pub(crate) const MOST_ID_BYTES: usize = 1_024;

/// A decoded batch: its columns in the contract's order, and which rows cannot be used.
#[derive(Debug)]
pub struct Decoded {
    pub(crate) cells: Vec<Cells>,
    pub(crate) rows: usize,
    /// Rows that cannot be used, in order: row of the file, column (by its place in the contract), reason. One entry a
    /// row, the first column that is bad.
    pub quarantined: Vec<(u64, u8, &'static str)>,
    /// Whether each row can be used; empty when all can.
    pub(crate) keep: Vec<bool>,
    pub tally: Tally,
}

impl Decoded {
    /// Leaves out the rows of all encounters but those that `wanted` names.
    pub(crate) fn keep_only(&mut self, id_column: usize, wanted: impl Fn(&[u8]) -> bool) {
        let mut keep = std::mem::take(&mut self.keep);
        keep.resize(self.rows, true);
        for (row, keep) in keep.iter_mut().enumerate() {
            *keep = *keep && wanted(id_of(&self.cells[id_column], row));
        }
        self.keep = keep;
    }
}

/// Decodes the batches of one row group of one file.
#[derive(Debug)]
pub struct Decoder<'o> {
    contract: &'static Contract,
    options: &'o DecodeOptions,
    cache: KeyedCache,
}

impl<'o> Decoder<'o> {
    #[must_use]
    pub fn new(contract: &'static Contract, options: &'o DecodeOptions) -> Self {
        Self { contract, options, cache: KeyedCache::default() }
    }

    /// Decodes and validates one batch whose first row is row `first_row` of its file.
    ///
    /// # Errors
    /// Only where Arrow cannot convert a type that the contract accepts.
    pub fn decode(&mut self, batch: &RecordBatch, first_row: u64) -> Result<Decoded, ArrowError> {
        let batch = tidy(self.contract, batch)?;
        let rows = batch.num_rows();
        let (mut bad, mut tally) = (Vec::new(), Tally::default());
        let mut cells = Vec::with_capacity(self.contract.columns.len());
        for (at, column) in self.contract.columns.iter().enumerate() {
            let mut bads = Bads { column: at as u8, all: &mut bad };
            let decoded = match batch.column_by_name(&column.name) {
                Some(array) => Cells::read((at, column), array, self.options, &mut self.cache, &mut bads, &mut tally)?,
                None => Cells::Absent,
            };
            if column.required {
                let reason = if column.name.ends_with("_id") { "null-key" } else { "null-required" };
                for row in decoded.absent_rows(rows) {
                    bads.push(Bad { row, reason });
                }
            }
            if at == self.contract.id_column && decoded.may_be_longer(MOST_ID_BYTES) {
                for row in (0..rows).filter(|&row| whole_id_of(&decoded, row).len() > MOST_ID_BYTES) {
                    bads.push(Bad { row, reason: "absurd-key" });
                }
            }
            cells.push(decoded);
        }
        self.methods_of_routes(&mut cells, rows);
        tally.open_ends = self.open_ends(&mut cells);
        self.one_of_the_drug_columns(&cells, rows, &mut bad);
        let mut keep = Vec::new();
        if !bad.is_empty() {
            // Stable: the first bad column of a row in the contract's order names it.
            bad.sort_by_key(|(row, ..)| *row);
            bad.dedup_by_key(|(row, ..)| *row);
            keep = vec![true; rows];
            for (row, ..) in &bad {
                keep[*row] = false;
            }
        }
        let quarantined = bad.into_iter().map(|(row, column, reason)| (first_row + row as u64, column, reason));
        Ok(Decoded { cells, rows, quarantined: quarantined.collect(), keep, tally })
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.contract.columns.iter().position(|column| column.name == name)
    }

    /// A route such as `IV push` says the method of a row that charts none.
    fn methods_of_routes(&self, cells: &mut [Cells], rows: usize) {
        let Some((route, method)) = self.place("route").zip(self.place("method")) else { return };
        let super::Kind::Term(terms) = &self.contract.columns[route].kind else { return };
        let Cells::Slots { slots: Slots::One(routes), .. } = &mut cells[route] else { return };
        let said = words::take_methods(routes, terms.len(), NO_TERM);
        if said.is_empty() {
            return;
        }
        if matches!(cells[method], Cells::Absent) {
            cells[method] = Cells::Slots { slots: Slots::One(vec![[NO_TERM]; rows]), wide: Vec::new() };
        }
        let Cells::Slots { slots: Slots::One(methods), .. } = &mut cells[method] else { return };
        for (row, method) in said {
            if methods[row] == [NO_TERM] {
                methods[row] = [Method::ALL.iter().position(|of| *of == method).unwrap_or(0) as u8];
            }
        }
    }

    /// Stops that stand for an open end are missing stops. Out: how many.
    fn open_ends(&self, cells: &mut [Cells]) -> u64 {
        let Some((start, stop)) = self.place("start_time").zip(self.place("stop_time")) else { return 0 };
        let Ok([Cells::Slots { slots: starts, .. }, Cells::Slots { slots: stops, .. }]) =
            cells.get_disjoint_mut([start, stop])
        else {
            return 0;
        };
        slots::take_open_ends(starts, stops)
    }

    /// A charted row names its drug by code, name or class.
    fn one_of_the_drug_columns(&self, cells: &[Cells], rows: usize, bad: &mut Vec<(usize, u8, &'static str)>) {
        let places: Vec<usize> = ["drug_code", "drug_name", "substance_class"]
            .iter()
            .filter_map(|name| self.contract.columns.iter().position(|column| column.name == *name))
            .collect();
        let &[code, _, _] = places.as_slice() else { return };
        if places.iter().any(|&place| cells[place].is_whole()) {
            return;
        }
        for row in (0..rows).filter(|&row| places.iter().all(|&place| !cells[place].is_valid(row))) {
            bad.push((row, code as u8, "missing-drug"));
        }
    }
}
