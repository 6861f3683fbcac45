//! One batch of a file to the contract's columns: every accepted type, every bad row named.

use super::{Column, Contract, Kind, text, values};
use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array, UInt64Array, new_null_array};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use std::sync::Arc;

/// A row that cannot be used: which, and why. Rows count from the start of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad {
    pub row: usize,
    pub reason: &'static str,
}

/// Bad rows of one batch as they are found, with the column they are found in.
pub(super) struct Bads<'c> {
    pub column: &'c str,
    pub all: &'c mut Vec<(usize, String, &'static str)>,
}

impl Bads<'_> {
    pub(super) fn push(&mut self, bad: Bad) {
        self.all.push((bad.row, self.column.to_owned(), bad.reason));
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

/// A decoded batch.
#[derive(Debug)]
pub struct Decoded {
    /// The rows that can be used.
    pub rows: RecordBatch,
    /// The others: row in the file, column, reason. One entry a row, the first column that is bad.
    pub quarantined: Vec<(u64, String, &'static str)>,
    /// Floating-point money values that were rounded to the cent.
    pub floats_rounded: u64,
}

/// Decodes one batch whose first row is `first_row` of file number `file`.
///
/// # Errors
/// Only where Arrow cannot convert a type that the contract accepts.
pub fn decode(
    contract: &Contract,
    batch: &RecordBatch,
    (file, first_row): (u32, u64),
    options: &DecodeOptions,
) -> Result<Decoded, ArrowError> {
    let mut bad = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let mut floats_rounded = 0;
    for column in &contract.columns {
        let array = match batch.column_by_name(&column.name) {
            Some(array) => unpacked(array)?,
            None => new_null_array(&column.kind.decoded_type(), batch.num_rows()),
        };
        let mut bads = Bads { column: &column.name, all: &mut bad };
        let decoded = decode_column(column, &array, options, &mut bads, &mut columns, &mut floats_rounded)?;
        if column.required {
            let missing = if column.name.ends_with("_id") { "null-key" } else { "null-required" };
            let checked = columns[decoded].clone();
            for row in (0..checked.len()).filter(|&row| checked.is_null(row)) {
                bads.push(Bad { row, reason: missing });
            }
        }
    }
    one_of_the_drug_columns(contract, &columns, &mut bad);
    let rows = batch.num_rows();
    columns.push(Arc::new(UInt32Array::from(vec![file; rows])));
    columns.push(Arc::new(UInt64Array::from_iter_values(first_row..first_row + rows as u64)));
    let decoded = RecordBatch::try_new(contract.decoded_schema(), columns)?;
    if bad.is_empty() {
        return Ok(Decoded { rows: decoded, quarantined: Vec::new(), floats_rounded });
    }
    bad.sort_by_key(|(row, ..)| *row);
    bad.dedup_by_key(|(row, ..)| *row);
    let mut keep = vec![true; rows];
    for (row, ..) in &bad {
        keep[*row] = false;
    }
    let quarantined = bad.into_iter().map(|(row, column, reason)| (first_row + row as u64, column, reason)).collect();
    Ok(Decoded { rows: filter_record_batch(&decoded, &keep.into())?, quarantined, floats_rounded })
}

/// Dictionaries become their values.
fn unpacked(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Dictionary(_, value) => cast(array, value),
        _ => Ok(array.clone()),
    }
}

/// Appends the column's decoded arrays; out: the place of the first.
fn decode_column(
    column: &Column,
    array: &ArrayRef,
    options: &DecodeOptions,
    bads: &mut Bads<'_>,
    columns: &mut Vec<ArrayRef>,
    floats_rounded: &mut u64,
) -> Result<usize, ArrowError> {
    let at = columns.len();
    if matches!(array.data_type(), DataType::Null) || array.null_count() == array.len() {
        columns.push(new_null_array(&column.kind.decoded_type(), array.len()));
        if column.kind == Kind::Time {
            columns.push(new_null_array(&DataType::Int16, array.len()));
        }
        return Ok(at);
    }
    match &column.kind {
        Kind::Text | Kind::Code | Kind::Modifier | Kind::Term(_) => {
            columns.push(text::checked(column, text::plain(array)?, bads));
        }
        Kind::List => columns.push(Arc::new(text::joined(array)?)),
        Kind::Integer => columns.push(values::integers(column, array, bads)?),
        Kind::Money => {
            let (cents, floats) = values::money(array, bads)?;
            columns.push(cents);
            *floats_rounded += floats;
        }
        Kind::Quantity => columns.push(values::quantities(array, bads)?),
        Kind::Date => columns.push(values::dates(array, options, bads)?),
        Kind::Time => {
            let (local, offset) = values::times(array, options, bads)?;
            columns.push(Arc::new(local));
            columns.push(Arc::new(offset));
        }
    }
    Ok(at)
}

/// A charted row names its drug by code, name or class.
fn one_of_the_drug_columns(contract: &Contract, columns: &[ArrayRef], bad: &mut Vec<(usize, String, &'static str)>) {
    let schema = contract.decoded_schema();
    let places: Vec<usize> =
        ["drug_code", "drug_name", "substance_class"].iter().filter_map(|name| schema.index_of(name).ok()).collect();
    if places.len() < 3 {
        return;
    }
    let rows = columns.first().map_or(0, |column| column.len());
    for row in (0..rows).filter(|&row| places.iter().all(|&place| columns[place].is_null(row))) {
        bad.push((row, "drug_code".to_owned(), "missing-drug"));
    }
}
