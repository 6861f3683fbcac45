//! One column of one row group whose values repeat, as a dictionary and the keys of its rows.
//!
//! The Parquet library looks up the text of every row to find its key. Rows of result tables come with keys already, so here only
//! each distinct text of each piece is looked up. Keys are given in the order in which values first stand in a row, so the
//! bytes depend on the rows alone.

use super::hybrid;
use super::piece::{NO_WORD, WordColumn};
use super::sink::{ROWS_A_GROUP, ROWS_A_PAGE};
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Int32Type, Int64Type};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, Type, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;
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
    texts: FxHashMap<Box<[u8]>, u32>,
    /// The least, the most and the last of texts that stand together.
    ends: Option<[Box<[u8]>; 3]>,
    numbers: FxHashMap<i64, u32>,
    /// The distinct values as their page holds them, and how many they are.
    values: Vec<u8>,
    count: u32,
    /// The words of the rows seen last, and the key of each.
    seen: Option<(u64, Vec<u32>)>,
}

/// A chunk that is ready: its bytes, and what the footer says of it.
pub(super) type Closed = (Bytes, ColumnCloseResult);

impl DictionaryChunk {
    pub(super) fn new(column: ColumnDescPtr, bounded: bool, grouped: bool) -> Self {
        Self {
            column,
            bounded,
            grouped,
            keys: Vec::with_capacity(ROWS_A_GROUP),
            nulls: 0,
            texts: FxHashMap::default(),
            ends: None,
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
        if let Some(key) = self.texts.get(text) {
            return *key;
        }
        self.values.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.values.extend_from_slice(text);
        self.texts.insert(text.into(), self.count);
        self.count += 1;
        self.count - 1
    }

    fn key_of_grouped(&mut self, text: &[u8]) -> u32 {
        match &mut self.ends {
            None => self.ends = Some([text.into(), text.into(), text.into()]),
            Some([.., last]) if **last == *text => return self.count - 1,
            Some([least, most, last]) => {
                if *text < **least {
                    *least = text.into();
                } else if *text > **most {
                    replace(most, text);
                }
                replace(last, text);
            }
        }
        self.values.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.values.extend_from_slice(text);
        self.count += 1;
        self.count - 1
    }

    /// The chunk as a row group takes it.
    ///
    /// # Errors
    /// A page that does not compress.
    pub(super) fn close(self, compressor: &mut Compressor<'_>) -> Result<Closed> {
        let mut sink = TrackedWrite::new(Vec::new());
        let mut sizes = (0, 0);
        let mut write = |raw: &[u8], page: &dyn Fn(Bytes) -> Page| -> Result<u64> {
            let page = CompressedPage::new(page(compressor.compress(raw)?.into()), raw.len());
            let written = SerializedPageWriter::new(&mut sink).write_page(page)?;
            sizes = (sizes.0 + written.uncompressed_size as i64, sizes.1 + written.compressed_size as i64);
            Ok(written.offset)
        };
        let (count, nulls, statistics) = (self.count, self.nulls, self.statistics());
        write(&self.values, &|buf| Page::DictionaryPage {
            buf,
            num_values: count,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        })?;
        let width = hybrid::width_of(count.saturating_sub(1));
        let mut first = None;
        let nullable = self.column.max_def_level() > 0;
        let (mut buf, mut levels, mut present) = (Vec::new(), Vec::new(), Vec::new());
        for rows in self.keys.chunks(ROWS_A_PAGE) {
            buf.clear();
            let whole = nulls == 0 || rows.iter().fold(true, |all, key| all & (*key != NONE));
            if nullable {
                push_levels(rows, whole, &mut levels, &mut buf);
            }
            buf.push(width);
            if whole {
                hybrid::encode(rows, width, &mut buf);
            } else {
                present.clear();
                present.extend(rows.iter().copied().filter(|key| *key != NONE));
                hybrid::encode(&present, width, &mut buf);
            }
            let offset = write(&buf, &|buf| Page::DataPage {
                buf,
                num_values: rows.len() as u32,
                encoding: Encoding::RLE_DICTIONARY,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            })?;
            first.get_or_insert(offset as i64);
        }
        let pages = self.keys.len().div_ceil(ROWS_A_PAGE) as i32;
        let stats = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let rows = self.keys.len() as i64;
        let mut metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(vec![
                stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
                stats(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, pages),
            ])
            .set_num_values(rows)
            .set_total_uncompressed_size(sizes.0)
            .set_total_compressed_size(sizes.1)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(first.unwrap_or(0));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let bytes: Bytes = sink.into_inner()?.into();
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((bytes, close))
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
                let ends = self.ends.iter().flat_map(|[least, most, _]| [least, most]);
                let all: Vec<&[u8]> = self.texts.keys().chain(ends).map(AsRef::as_ref).collect();
                let (least, most) = (all.iter().min().map(|of| text(of)), all.iter().max().map(|of| text(of)));
                Statistics::byte_array(least, most, None, nulls, false)
            }
        })
    }
}

/// Puts a text in the place of another, in its room where it fits.
fn replace(old: &mut Box<[u8]>, text: &[u8]) {
    if old.len() == text.len() {
        old.copy_from_slice(text);
    } else {
        *old = text.into();
    }
}

/// Appends which rows have a value; `whole`: all of them.
fn push_levels(rows: &[u32], whole: bool, levels: &mut Vec<u32>, page: &mut Vec<u8>) {
    let start = page.len();
    page.extend_from_slice(&[0; 4]);
    if whole {
        hybrid::run(1, rows.len(), 1, page);
    } else {
        levels.clear();
        levels.extend(rows.iter().map(|key| u32::from(*key != NONE)));
        hybrid::encode(levels, 1, page);
    }
    let length = (page.len() - start - 4) as u32;
    page[start..start + 4].copy_from_slice(&length.to_le_bytes());
}
