//! One column of one row group whose values repeat, as a dictionary and the keys of its rows.
//!
//! The Parquet library looks up the text of every row to find its key. Rows of result tables come with keys already, so here only
//! each distinct text of each piece is looked up. Keys are given in the order in which values first stand in a row, so the
//! bytes depend on the rows alone.

use super::hybrid;
use super::pages::{Closed, Pages, push_levels};
use super::piece::{NO_WORD, WordColumn};
use super::sink::{ROWS_A_GROUP, ROWS_A_PAGE};
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Int32Type, Int64Type};
use hashbrown::{HashTable, hash_table};
use parquet::basic::{Encoding, Type};
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;
use std::ops::Range;
use zstd::bulk::Compressor;

/// In the place of a key: the row has no value, or the value has no key yet.
const NONE: u32 = u32::MAX;

/// The column as its row group grows.
pub(super) struct DictionaryChunk {
    column: ColumnDescPtr,
    /// Whether the least and the most value are told.
    bounded: bool,
    /// Whether rows with one text stand together, so that only neighbours need be compared.
    grouped: bool,
    keys: Vec<u32>,
    nulls: u64,
    /// The key of each distinct text, and where it lies among the values.
    texts: HashTable<(u32, usize)>,
    /// Where the last of texts that stand together lies.
    last: Option<usize>,
    numbers: FxHashMap<i64, u32>,
    /// The distinct values as their page holds them, and how many they are.
    values: Vec<u8>,
    count: u32,
    /// The words of the rows seen last, and the key of each.
    seen: Option<(u64, Vec<u32>)>,
}

impl DictionaryChunk {
    pub(super) fn new(column: ColumnDescPtr, bounded: bool, grouped: bool) -> Self {
        Self {
            column,
            bounded,
            grouped,
            keys: Vec::with_capacity(ROWS_A_GROUP),
            nulls: 0,
            texts: HashTable::new(),
            last: None,
            numbers: FxHashMap::default(),
            values: Vec::new(),
            count: 0,
            seen: None,
        }
    }

    /// Appends rows: whole numbers, days or texts.
    ///
    /// # Errors
    /// An array of another type.
    pub(super) fn append(&mut self, rows: &ArrayRef) -> Result<()> {
        match rows.data_type() {
            DataType::Int64 => self.append_numbers(rows.as_primitive::<Int64Type>(), 8),
            DataType::Int32 => self.append_numbers(rows.as_primitive::<Int32Type>(), 4),
            DataType::Date32 => self.append_numbers(rows.as_primitive::<Date32Type>(), 4),
            _ => return self.append_texts(rows),
        }
        Ok(())
    }

    /// Numbers that take so many bytes in a page.
    fn append_numbers<T: ArrowPrimitiveType<Native: Into<i64>>>(&mut self, rows: &PrimitiveArray<T>, bytes: usize) {
        // Neighbours are often the same, and often nought.
        let mut last = None;
        for (at, value) in rows.values().iter().enumerate() {
            if rows.is_null(at) {
                self.push(NONE);
                continue;
            }
            let value: i64 = (*value).into();
            let key = match last {
                Some((of, key)) if of == value => key,
                _ => self.key_of_number(value, bytes),
            };
            last = Some((value, key));
            self.keys.push(key);
        }
    }

    fn key_of_number(&mut self, value: i64, bytes: usize) -> u32 {
        match self.numbers.entry(value) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.values.extend_from_slice(&value.to_le_bytes()[..bytes]);
                self.count += 1;
                *new.insert(self.count - 1)
            }
        }
    }

    fn append_texts(&mut self, rows: &ArrayRef) -> Result<()> {
        if let Some(texts) = rows.as_string_opt::<i32>() {
            for text in texts {
                let key = text.map_or(NONE, |text| self.key_of(text.as_bytes()));
                self.push(key);
            }
            return Ok(());
        }
        Err(ParquetError::ArrowError("a column of a table holds something else".to_owned()))
    }

    /// Appends rows of texts that have numbers already.
    pub(super) fn append_words(&mut self, words: &WordColumn, rows: Range<usize>) {
        let distinct = words.ends.len() - 1;
        let mut seen = match self.seen.take() {
            Some((serial, keys)) if serial == words.serial => keys,
            Some((_, mut keys)) => {
                keys.clear();
                keys.resize(distinct, NONE);
                keys
            }
            None => vec![NONE; distinct],
        };
        for word in &words.keys[rows] {
            if *word == NO_WORD {
                self.push(NONE);
                continue;
            }
            let place = *word as usize;
            let mut key = seen[place];
            if key == NONE {
                key = self.key_of(words.distinct(place).as_bytes());
                seen[place] = key;
            }
            self.keys.push(key);
        }
        self.seen = Some((words.serial, seen));
    }

    fn push(&mut self, key: u32) {
        self.nulls += u64::from(key == NONE);
        self.keys.push(key);
    }

    fn key_of(&mut self, text: &[u8]) -> u32 {
        if self.grouped {
            return self.key_of_grouped(text);
        }
        let hash = |text: &[u8]| FxBuildHasher.hash_one(text);
        let values = &self.values;
        let is_text = |(_, start): &(u32, usize)| text_at(values, *start) == text;
        let entry = self.texts.entry(hash(text), is_text, |(_, start)| hash(text_at(values, *start)));
        match entry {
            hash_table::Entry::Occupied(known) => known.get().0,
            hash_table::Entry::Vacant(new) => {
                new.insert((self.count, self.values.len()));
                self.add_text(text)
            }
        }
    }

    /// Makes a text the next of the values.
    fn add_text(&mut self, text: &[u8]) -> u32 {
        self.values.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.values.extend_from_slice(text);
        self.count += 1;
        self.count - 1
    }

    fn key_of_grouped(&mut self, text: &[u8]) -> u32 {
        if self.last.is_some_and(|start| text_at(&self.values, start) == text) {
            return self.count - 1;
        }
        self.last = Some(self.values.len());
        self.add_text(text)
    }

    /// The chunk as a row group takes it.
    ///
    /// # Errors
    /// A page that does not compress.
    pub(super) fn close(self, compressor: &mut Compressor<'_>) -> Result<Closed> {
        let mut pages = Pages::new();
        pages.dictionary(&self.values, self.count, compressor)?;
        let width = hybrid::width_of(self.count.saturating_sub(1));
        let nullable = self.column.max_def_level() > 0;
        let (mut page, mut present) = (Vec::new(), Vec::new());
        for rows in self.keys.chunks(ROWS_A_PAGE) {
            page.clear();
            let some = self.nulls > 0 && rows.iter().fold(false, |some, key| some | (*key == NONE));
            if nullable {
                push_levels(some.then(|| rows.iter().map(|key| *key != NONE)), rows.len(), &mut page);
            }
            page.push(width);
            if some {
                present.clear();
                present.extend(rows.iter().copied().filter(|key| *key != NONE));
                hybrid::encode(&present, width, &mut page);
            } else {
                hybrid::encode(rows, width, &mut page);
            }
            pages.rows(&page, rows.len(), Encoding::RLE_DICTIONARY, compressor)?;
        }
        let statistics = self.statistics();
        pages.close(self.column, Encoding::RLE_DICTIONARY, statistics)
    }

    /// The least and the most value, where they are told.
    fn statistics(&self) -> Option<Statistics> {
        let nulls = Some(self.nulls);
        let numbers = || (self.numbers.keys().min().copied(), self.numbers.keys().max().copied());
        let small = |number: i64| i32::try_from(number).ok();
        self.bounded.then(|| match self.column.physical_type() {
            Type::INT64 => Statistics::int64(numbers().0, numbers().1, None, nulls, false),
            Type::INT32 => {
                Statistics::int32(numbers().0.and_then(small), numbers().1.and_then(small), None, nulls, false)
            }
            _ => {
                let text = |text: &[u8]| ByteArray::from(text.to_vec());
                let texts = || texts(&self.values);
                let (least, most) = (texts().min().map(text), texts().max().map(text));
                Statistics::byte_array(least, most, None, nulls, false)
            }
        })
    }
}

/// The text whose length and bytes begin at a place among the values.
fn text_at(values: &[u8], start: usize) -> &[u8] {
    let of = values.get(start..).and_then(<[u8]>::split_first_chunk);
    of.and_then(|(length, rest)| rest.get(..u32::from_le_bytes(*length) as usize)).unwrap_or_default()
}

/// All texts among the values.
fn texts(values: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let text = (start < values.len()).then(|| text_at(values, start))?;
        start += size_of::<u32>() + text.len();
        Some(text)
    })
}
