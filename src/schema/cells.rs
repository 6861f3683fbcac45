//! One decoded column as the bytes its values have in a stored row.

use super::decode::Bads;
use super::{Column, Kind, text, values};
use crate::schema::decode::{Bad, DecodeOptions};
use crate::stored_row::intern;
use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Text shorter than [`INTERNED`] has its length in one byte; longer text has this one and four more.
pub(crate) const LONG: u8 = u8::MAX;

/// In the place of a length: two bytes follow, the number of a text that is kept once.
pub(crate) const INTERNED: u8 = LONG - 1;

/// A dictionary with more values than this holds names of single things rather than words that repeat.
const MOST_WORDS: usize = 1_024;

/// An offset that a time does not have.
pub(crate) const NO_OFFSET: i16 = i16::MIN;

/// The values of one column of a batch, encoded.
#[derive(Debug)]
pub(crate) enum Cells {
    /// No row has a value.
    Absent,
    /// Every distinct value encoded once, and which one each row has.
    Keyed { keys: Int32Array, values: Arc<KeyedValues> },
    /// Trimmed text, none of it empty.
    Text(StringArray),
    /// So many bytes a row.
    Fixed { width: usize, bytes: Vec<u8>, valid: Option<NullBuffer> },
}

/// Bytes of a slot, which holds the whole of most values.
pub(crate) const SLOT: usize = 16;

/// Distinct values, one after the other; a null has no bytes.
#[derive(Debug, Default)]
pub(crate) struct KeyedValues {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// The length of each value with its bytes, where they fit; else [`LONG`].
    slots: Vec<(u8, [u8; SLOT])>,
    /// Why a value cannot be used, where one cannot.
    bad: Vec<(i32, &'static str)>,
}

impl KeyedValues {
    #[inline]
    pub(crate) fn get(&self, key: i32) -> &[u8] {
        let at = key as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }

    /// A value as a slot whose first bytes it is, with their number; [`LONG`] where it does not fit.
    #[inline]
    pub(crate) fn slot(&self, key: i32) -> (u8, &[u8; SLOT]) {
        let (length, slot) = &self.slots[key as usize];
        (*length, slot)
    }

    /// Adds a value; with `repeats`, its text stands in no row but is kept once.
    fn push(&mut self, column: &Column, value: Option<&str>, repeats: bool) {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        if let Some(value) = value
            && let Err(reason) = encode(&column.kind, value, &mut self.bytes)
        {
            self.bad.push((self.ends.len() as i32, reason));
        }
        let stored = &self.bytes[self.ends.last().map_or(0, |end| *end as usize)..];
        let mut slot = [0; SLOT];
        if let Some([low, high]) = value
            .filter(|value| repeats && value.len() > 2 && !stored.is_empty())
            .and_then(intern)
            .map(u16::to_le_bytes)
        {
            slot[..3].copy_from_slice(&[INTERNED, low, high]);
            self.slots.push((3, slot));
            self.ends.push(self.bytes.len() as u32);
            return;
        }
        match slot.get_mut(..stored.len()) {
            Some(fits) => {
                fits.copy_from_slice(stored);
                self.slots.push((stored.len() as u8, slot));
            }
            None => self.slots.push((LONG, slot)),
        }
        self.ends.push(self.bytes.len() as u32);
    }
}

/// Appends text with its length in front.
#[inline]
pub(crate) fn push_text(text: &str, out: &mut Vec<u8>) {
    if text.len() < usize::from(INTERNED) {
        out.push(text.len() as u8);
    } else {
        out.push(LONG);
        out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    }
    out.extend_from_slice(text.as_bytes());
}

/// Bytes that one text can have: no id, name or note of a visit comes near.
const MOST_TEXT_BYTES: usize = 65_536;

/// Rows whose text is too long cannot be used.
fn refuse_long(text: &StringArray, bads: &mut Bads<'_>) {
    // One look at all lengths together, since there is hardly ever such a text.
    if text.value_offsets().windows(2).all(|ends| (ends[1] - ends[0]) as usize <= MOST_TEXT_BYTES) {
        return;
    }
    for row in (0..text.len()).filter(|row| text.is_valid(*row) && text.value(*row).len() > MOST_TEXT_BYTES) {
        bads.push(Bad { row, reason: "absurd-text" });
    }
}

/// The bytes of stored text without its length.
pub(crate) fn text_of(stored: &[u8]) -> &[u8] {
    match stored.first() {
        Some(&LONG) => stored.get(5..).unwrap_or_default(),
        _ => stored.get(1..).unwrap_or_default(),
    }
}

/// One trimmed value as its column stores it, or why it cannot be used.
fn encode(kind: &Kind, value: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    match kind {
        Kind::Code => coded::<5>(value, out).ok_or("unparsable-code"),
        Kind::Modifier => coded::<2>(value, out).ok_or("unparsable-modifier"),
        Kind::Term(terms) => {
            let at = terms.iter().position(|term| term == value).ok_or("unknown-enum")?;
            out.push(at as u8);
            Ok(())
        }
        _ if value.len() > MOST_TEXT_BYTES => Err("absurd-text"),
        _ => {
            push_text(value, out);
            Ok(())
        }
    }
}

fn coded<const N: usize>(value: &str, out: &mut Vec<u8>) -> Option<()> {
    let bytes: [u8; N] = value.as_bytes().try_into().ok()?;
    if !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    out.extend(bytes.map(|byte| byte.to_ascii_uppercase()));
    Some(())
}

/// The values of a dictionary seen last, by column: batches of one row group share theirs.
#[derive(Debug, Default)]
pub(crate) struct KeyedCache(Vec<Option<(ArrayRef, Arc<KeyedValues>)>>);

impl KeyedCache {
    fn of(&mut self, at: usize, column: &Column, dictionary: &ArrayRef) -> Arc<KeyedValues> {
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        if let Some((of, values)) = &self.0[at]
            && (Arc::ptr_eq(of, dictionary) || of.to_data().ptr_eq(&dictionary.to_data()))
        {
            return values.clone();
        }
        let mut values = KeyedValues::default();
        let worded = matches!(column.kind, Kind::Text | Kind::List) && !column.is_unique();
        let repeats = worded && dictionary.len() <= MOST_WORDS;
        for value in dictionary.as_string::<i32>() {
            values.push(column, value, repeats);
        }
        let values = Arc::new(values);
        self.0[at] = Some((dictionary.clone(), values.clone()));
        values
    }
}

impl Cells {
    /// Whether a row has a value.
    #[inline]
    pub(crate) fn is_valid(&self, row: usize) -> bool {
        match self {
            Cells::Absent => false,
            Cells::Keyed { keys, values } => keys.is_valid(row) && !values.get(keys.value(row)).is_empty(),
            Cells::Text(text) => text.is_valid(row),
            Cells::Fixed { valid, .. } => valid.as_ref().is_none_or(|valid| valid.is_valid(row)),
        }
    }

    /// Reads one column of a batch. `at` is its place in the contract.
    pub(super) fn read(
        (at, column): (usize, &Column),
        array: &ArrayRef,
        options: &DecodeOptions,
        cache: &mut KeyedCache,
        bads: &mut Bads<'_>,
        floats_rounded: &mut u64,
    ) -> Result<Self, ArrowError> {
        if matches!(array.data_type(), DataType::Null) || array.null_count() == array.len() {
            return Ok(Cells::Absent);
        }
        let worded = matches!(column.kind, Kind::Text | Kind::List | Kind::Code | Kind::Modifier | Kind::Term(_));
        if worded && let DataType::Dictionary(..) = array.data_type() {
            let like = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            let array = if *array.data_type() == like { array.clone() } else { cast(array, &like)? };
            let dictionary = array.as_dictionary::<Int32Type>();
            let values = cache.of(at, column, dictionary.values());
            let keys = dictionary.keys().clone();
            for (key, reason) in &values.bad {
                for row in (0..keys.len()).filter(|&row| keys.is_valid(row) && keys.value(row) == *key) {
                    bads.push(Bad { row, reason });
                }
            }
            return Ok(Cells::Keyed { keys, values });
        }
        let array = match array.data_type() {
            DataType::Dictionary(_, value) => &cast(array, value)?,
            _ => array,
        };
        Ok(match &column.kind {
            Kind::Text | Kind::List => {
                let text = if column.kind == Kind::List { text::joined(array)? } else { text::plain(array)? };
                refuse_long(&text, bads);
                Cells::Text(text)
            }
            Kind::Code => worded_cells(column, 5, &text::plain(array)?, bads),
            Kind::Modifier => worded_cells(column, 2, &text::plain(array)?, bads),
            Kind::Term(_) => worded_cells(column, 1, &text::plain(array)?, bads),
            Kind::Integer => wide(&values::integers(column, array, bads)?),
            Kind::Money => {
                let (cents, floats) = values::money(array, bads)?;
                *floats_rounded += floats;
                wide(&cents)
            }
            Kind::Quantity => {
                let (bytes, valid) = values::quantities(array, bads)?;
                Cells::Fixed { width: values::QUANTITY_BYTES, bytes, valid }
            }
            Kind::Date => {
                let dates = values::dates(array, options, bads)?;
                let dates = dates.as_primitive::<Date32Type>();
                let bytes = dates.values().iter().flat_map(|day| day.to_le_bytes()).collect();
                Cells::Fixed { width: 4, bytes, valid: dates.nulls().cloned() }
            }
            Kind::Time => {
                let (local, offset) = values::times(array, options, bads)?;
                let mut bytes = Vec::with_capacity(local.len() * 10);
                for row in 0..local.len() {
                    bytes.extend_from_slice(&local.value(row).to_le_bytes());
                    let offset = if offset.is_valid(row) { offset.value(row) } else { NO_OFFSET };
                    bytes.extend_from_slice(&offset.to_le_bytes());
                }
                Cells::Fixed { width: 10, bytes, valid: local.nulls().cloned() }
            }
        })
    }
}

fn wide(array: &ArrayRef) -> Cells {
    let values = array.as_primitive::<Int64Type>();
    let bytes = values.values().iter().flat_map(|value| value.to_le_bytes()).collect();
    Cells::Fixed { width: 8, bytes, valid: values.nulls().cloned() }
}

/// Codes, modifiers and terms that came as plain text.
fn worded_cells(column: &Column, width: usize, text: &StringArray, bads: &mut Bads<'_>) -> Cells {
    let mut bytes = vec![0; text.len() * width];
    let mut cell = Vec::with_capacity(width);
    // Most values repeat the one before.
    let mut last: Option<&str> = None;
    for (row, value) in text.iter().enumerate() {
        let Some(value) = value else { continue };
        if last != Some(value) {
            cell.clear();
            last = match encode(&column.kind, value, &mut cell) {
                Ok(()) => Some(value),
                Err(reason) => {
                    bads.push(Bad { row, reason });
                    None
                }
            };
        }
        if last.is_some() {
            bytes[row * width..(row + 1) * width].copy_from_slice(&cell);
        }
    }
    Cells::Fixed { width, bytes, valid: text.nulls().cloned() }
}
