//! One column of one row group whose texts hardly repeat: each by what it shares with the one before, and by the rest.
//!
//! Source: Apache Parquet format, Encodings, "Delta Strings (DELTA_BYTE_ARRAY = 7)". The Parquet library writes the same, but
//! gathers every text from its array first.

use super::delta;
use super::pages::{Closed, Pages, push_levels};
use super::sink::ROWS_A_PAGE;
use arrow::array::{Array, StringArray};
use parquet::basic::Encoding;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

/// The column as its row group grows.
pub(super) struct TextChunk {
    column: ColumnDescPtr,
    pages: Pages,
    /// Which rows of the page have a text.
    present: Vec<bool>,
    /// Of each text of the page: bytes that it shares with the one before, bytes of the rest, and those bytes.
    shared: Vec<u32>,
    lengths: Vec<u32>,
    rest: Vec<u8>,
    last: Vec<u8>,
}

impl TextChunk {
    pub(super) fn new(column: ColumnDescPtr) -> Self {
        Self {
            column,
            pages: Pages::new(),
            present: Vec::with_capacity(ROWS_A_PAGE),
            shared: Vec::with_capacity(ROWS_A_PAGE),
            lengths: Vec::with_capacity(ROWS_A_PAGE),
            rest: Vec::new(),
            last: Vec::new(),
        }
    }

    /// Appends rows, which end before the next page or with this one.
    ///
    /// # Errors
    /// A page that does not compress.
    pub(super) fn append(&mut self, rows: &StringArray, compressor: &mut Compressor<'_>) -> Result<()> {
        let (ends, bytes) = (rows.value_offsets(), rows.value_data());
        let last = std::mem::take(&mut self.last);
        let mut before: &[u8] = &last;
        for (row, ends) in ends.windows(2).enumerate() {
            let present = rows.is_valid(row);
            self.present.push(present);
            if !present {
                continue;
            }
            let text = &bytes[ends[0] as usize..ends[1] as usize];
            let shared = shared(before, text);
            self.shared.push(shared as u32);
            self.lengths.push((text.len() - shared) as u32);
            self.rest.extend_from_slice(&text[shared..]);
            before = text;
        }
        if self.present.len() >= ROWS_A_PAGE {
            return self.end_page(compressor);
        }
        self.last = before.to_vec();
        Ok(())
    }

    fn end_page(&mut self, compressor: &mut Compressor<'_>) -> Result<()> {
        let mut page = Vec::with_capacity(self.rest.len() + self.present.len());
        if self.column.max_def_level() > 0 {
            let some = self.lengths.len() < self.present.len();
            push_levels(some.then(|| self.present.iter().copied()), self.present.len(), &mut page);
        }
        delta::encode(&self.shared, &mut page);
        delta::encode(&self.lengths, &mut page);
        page.extend_from_slice(&self.rest);
        self.pages.rows(&page, self.present.len(), Encoding::DELTA_BYTE_ARRAY, compressor)?;
        // The first text of a page shares nothing.
        self.last.clear();
        self.present.clear();
        self.shared.clear();
        self.lengths.clear();
        self.rest.clear();
        Ok(())
    }

    /// The chunk as a row group takes it.
    ///
    /// # Errors
    /// A page that does not compress.
    pub(super) fn close(mut self, compressor: &mut Compressor<'_>) -> Result<Closed> {
        if !self.present.is_empty() {
            self.end_page(compressor)?;
        }
        self.pages.close(self.column, Encoding::DELTA_BYTE_ARRAY, None)
    }
}

/// How many bytes two texts share in front.
#[inline]
fn shared(one: &[u8], other: &[u8]) -> usize {
    let ((ones, _), (others, _)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let whole = ones.iter().zip(others).take_while(|(one, other)| one == other).count() * size_of::<u64>();
    let rest = one[whole..].iter().zip(&other[whole..]);
    whole + rest.take_while(|(one, other)| one == other).count()
}
