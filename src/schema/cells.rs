//! One decoded column as the slots its values fill in a stored row.

use super::decode::Bads;
use super::decode::{Bad, DecodeOptions, Tally};
use super::keyed::{KeyedCache, KeyedTexts};
use super::slots::{self, Filled, NO_TERM, Slots, Wide};
use super::{Column, Kind, text, values, words};
use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// The values of one column of a batch, encoded.
#[derive(Debug)]
pub(crate) enum Cells {
    /// No row has a value.
    Absent,
    /// The slot of every row; whole values of those that theirs do not hold, by row.
    Slots { slots: Slots, wide: Vec<(usize, Wide)> },
    /// Texts of which each row has one by its key.
    Keyed { keys: Int32Array, values: Arc<KeyedTexts> },
    /// Trimmed text: what is empty is none.
    Text(StringArray),
}

/// Bytes that one text can have: no id, name or note of a visit comes near.
pub(crate) const MOST_TEXT_BYTES: usize = 65_536;

/// The length of the longest text, in bytes.
fn longest(text: &StringArray) -> usize {
    text.value_offsets().windows(2).fold(0, |most, ends| most.max(ends[1] - ends[0])) as usize
}

/// Rows whose text is too long cannot be used.
fn refuse_long(text: &StringArray, bads: &mut Bads<'_>) {
    if longest(text) <= MOST_TEXT_BYTES {
        return;
    }
    for row in (0..text.len()).filter(|row| text.is_valid(*row) && text.value(*row).len() > MOST_TEXT_BYTES) {
        bads.push(Bad { row, reason: "absurd-text" });
    }
}

/// A code or modifier in upper case, where the text is one.
pub(super) fn coded<const N: usize>(value: &str, reason: &'static str) -> Result<[u8; N], &'static str> {
    let bytes: [u8; N] = value.as_bytes().try_into().map_err(|_| reason)?;
    if !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return Err(reason);
    }
    Ok(bytes.map(|byte| byte.to_ascii_uppercase()))
}

impl From<Filled> for Cells {
    fn from((slots, wide): Filled) -> Self {
        Cells::Slots { slots, wide }
    }
}

impl Cells {
    /// Whether a row has a value.
    #[inline]
    pub(crate) fn is_valid(&self, row: usize) -> bool {
        match self {
            Cells::Absent => false,
            Cells::Slots { slots, .. } => slots.is_valid(row),
            Cells::Keyed { keys, values } => keys.is_valid(row) && !values.get(keys.value(row)).is_empty(),
            Cells::Text(text) => text.is_valid(row),
        }
    }

    /// Whether every row has a value, as far as a quick look tells.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Cells::Absent => false,
            Cells::Slots { slots, .. } => slots.are_whole(),
            Cells::Keyed { keys, values } => keys.null_count() == 0 && values.are_whole(),
            Cells::Text(text) => text.null_count() == 0,
        }
    }

    /// Whether a text may be longer than so many bytes, as far as a quick look tells.
    pub(super) fn may_be_longer(&self, bytes: usize) -> bool {
        match self {
            Cells::Text(text) => longest(text) > bytes,
            Cells::Keyed { values, .. } => values.longest() > bytes,
            Cells::Absent | Cells::Slots { .. } => false,
        }
    }

    /// The rows without a value.
    pub(super) fn absent_rows(&self, rows: usize) -> impl Iterator<Item = usize> + '_ {
        let looked_through = if self.is_whole() { 0..0 } else { 0..rows };
        looked_through.filter(|row| !self.is_valid(*row))
    }

    /// Reads one column of a batch. `at` is its place in the contract.
    pub(super) fn read(
        (at, column): (usize, &Column),
        array: &ArrayRef,
        options: &DecodeOptions,
        cache: &mut KeyedCache,
        bads: &mut Bads<'_>,
        tally: &mut Tally,
    ) -> Result<Self, ArrowError> {
        if matches!(array.data_type(), DataType::Null) || array.null_count() == array.len() {
            return Ok(Cells::Absent);
        }
        let worded = matches!(column.kind, Kind::Text | Kind::List | Kind::Code | Kind::Modifier | Kind::Term(_));
        if worded && let DataType::Dictionary(..) = array.data_type() {
            let like = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            let array = if *array.data_type() == like { array.clone() } else { cast(array, &like)? };
            let dictionary = array.as_dictionary::<Int32Type>();
            let bad = |row, reason| bads.push(Bad { row, reason });
            return Ok(cache.cells((at, column), dictionary.keys(), dictionary.values(), bad));
        }
        let array = match array.data_type() {
            DataType::Dictionary(_, value) => &cast(array, value)?,
            _ => array,
        };
        Ok(match &column.kind {
            Kind::Text | Kind::List => {
                let text =
                    if column.kind == Kind::List { text::joined(array, column.splits)? } else { text::plain(array)? };
                refuse_long(&text, bads);
                Cells::Text(text::without_hidden(text))
            }
            Kind::Code => {
                let code = |value: &str| coded(value, "unparsable-code");
                Cells::from((Slots::Five(worded_slots(&text::plain(array)?, [0; 5], bads, code)), Vec::new()))
            }
            Kind::Modifier => {
                let modifier = |value: &str| coded(value, "unparsable-modifier");
                Cells::from((Slots::Two(worded_slots(&text::plain(array)?, [0; 2], bads, modifier)), Vec::new()))
            }
            Kind::Term(terms) => {
                let term = |value: &str| words::slot(terms, &column.words, value);
                Cells::from((Slots::One(worded_slots(&text::plain(array)?, [NO_TERM], bads, term)), Vec::new()))
            }
            Kind::Integer => slots::numbers(values::integers(column, array, bads)?.as_primitive::<Int64Type>()).into(),
            Kind::Money => {
                let (cents, floats) = values::money(array, options.integer_money, bads)?;
                tally.floats_rounded += floats;
                cents.into()
            }
            Kind::Quantity => values::quantities(array, bads)?.into(),
            Kind::Date => {
                let days = values::dates(array, options, &column.name, bads)?;
                let mut filled = slots::days(days.as_primitive::<Date32Type>());
                let implausible = slots::take_implausible(&mut filled);
                if column.required {
                    implausible.iter().for_each(|row| bads.push(Bad { row: *row, reason: "implausible-date" }));
                }
                filled.into()
            }
            Kind::Time => {
                let mut filled = values::time_slots(array, options, &column.name, bads)?;
                let implausible = slots::take_implausible(&mut filled).len() as u64;
                // Other times decide nothing, and one of 9999 is common among them.
                if matches!(column.name.as_str(), "start_time" | "stop_time") {
                    tally.implausible_times += implausible;
                }
                filled.into()
            }
        })
    }
}

/// Codes, modifiers and terms that came as plain text.
fn worded_slots<const N: usize>(
    text: &StringArray,
    absent: [u8; N],
    bads: &mut Bads<'_>,
    encode: impl Fn(&str) -> Result<[u8; N], &'static str>,
) -> Vec<[u8; N]> {
    let mut slots = vec![absent; text.len()];
    // Most values repeat the one before.
    let mut last: Option<(&str, [u8; N])> = None;
    for (row, value) in text.iter().enumerate() {
        let Some(value) = value else { continue };
        match last.filter(|(seen, _)| *seen == value) {
            Some((_, slot)) => slots[row] = slot,
            None => match encode(value) {
                Ok(slot) => {
                    slots[row] = slot;
                    last = Some((value, slot));
                }
                Err(reason) => {
                    bads.push(Bad { row, reason });
                    last = None;
                }
            },
        }
    }
    slots
}
