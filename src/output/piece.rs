//! Rows of one table on their way to its file.

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use std::ops::Range;
use std::sync::Arc;

/// In the place of a key, for a cell without text.
pub(super) const NO_WORD: i32 = -1;

/// Rows of one table.
pub struct Piece {
    pub(super) columns: Vec<PieceColumn>,
    rows: usize,
}

/// One column of them.
pub(super) enum PieceColumn {
    Words(WordColumn),
    Array(ArrayRef),
}

/// Texts that repeat: which of the distinct ones each row has.
pub(super) struct WordColumn {
    /// Tells its distinct texts from those of every other column.
    pub serial: u64,
    pub keys: Vec<i32>,
    pub text: String,
    /// Where each distinct text ends, behind a nought.
    pub ends: Vec<i32>,
}

impl Piece {
    /// Columns of so many rows each.
    pub(super) fn new(rows: usize, columns: Vec<PieceColumn>) -> Self {
        Self { columns, rows }
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl From<&RecordBatch> for Piece {
    fn from(batch: &RecordBatch) -> Self {
        Self::new(batch.num_rows(), batch.columns().iter().cloned().map(PieceColumn::Array).collect())
    }
}

impl WordColumn {
    /// One of the distinct texts.
    pub(super) fn distinct(&self, at: usize) -> &str {
        let (start, end) = (self.ends[at] as usize, self.ends[at + 1] as usize);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Rows as texts, for writers that take nothing else.
    pub(super) fn array(&self, rows: Range<usize>) -> ArrayRef {
        let text = |key: &i32| usize::try_from(*key).ok().map(|place| self.distinct(place));
        Arc::new(self.keys[rows].iter().map(text).collect::<StringArray>())
    }
}
