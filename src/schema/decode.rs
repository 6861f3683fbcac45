//! One batch of a file to the contract's columns: every accepted type, every bad row named.

use super::Contract;
use super::cells::Cells;
use super::keyed::KeyedCache;
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

/// How times are read.
#[derive(Debug, Clone, Default)]
pub struct DecodeOptions {
    /// The facility's zone, for columns that are stored in UTC.
    pub time_zone: Option<jiff::tz::TimeZone>,
}

impl DecodeOptions {
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
    /// Floating-point money values that were rounded to the cent.
    pub floats_rounded: u64,
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
        let rows = batch.num_rows();
        let (mut bad, mut floats_rounded) = (Vec::new(), 0);
        let mut cells = Vec::with_capacity(self.contract.columns.len());
        for (at, column) in self.contract.columns.iter().enumerate() {
            let mut bads = Bads { column: at as u8, all: &mut bad };
            let decoded = match batch.column_by_name(&column.name) {
                Some(array) => {
                    Cells::read((at, column), array, self.options, &mut self.cache, &mut bads, &mut floats_rounded)?
                }
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
        Ok(Decoded { cells, rows, quarantined: quarantined.collect(), keep, floats_rounded })
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
