//! Columns of numbers, days, times and texts that hardly repeat, as they are filled.

use super::joined::Joined;
use super::piece::PieceColumn;
use super::words::texts;
use crate::error::Error;
use crate::model::{Cents, ChartTime, Date};
use arrow::array::{BooleanArray, Date32Array, PrimitiveArray, TimestampMillisecondArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowNativeType, ArrowPrimitiveType, Int64Type};
use std::sync::Arc;

/// Which rows have a value: told from the first that has none on.
#[derive(Default)]
struct Present(Vec<bool>);

impl Present {
    /// Whether the row behind `rows` others has a value.
    #[inline]
    fn push(&mut self, present: bool, rows: usize) {
        if !present || !self.0.is_empty() {
            self.tell(present, rows);
        }
    }

    fn tell(&mut self, present: bool, rows: usize) {
        self.0.resize(rows, true);
        self.0.push(present);
    }

    fn finish(self) -> Option<NullBuffer> {
        (!self.0.is_empty()).then(|| NullBuffer::from(self.0))
    }
}

/// Values of one fixed width.
pub(super) struct Fixed<T> {
    values: Vec<T>,
    present: Present,
}

impl<T: ArrowNativeType> Fixed<T> {
    /// A column of about so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), present: Present::default() }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Option<T>) {
        self.present.push(value.is_some(), self.values.len());
        self.values.push(value.unwrap_or_default());
    }

    fn into_array<P: ArrowPrimitiveType<Native = T>>(self) -> Result<PrimitiveArray<P>, Error> {
        Ok(PrimitiveArray::try_new(self.values.into(), self.present.finish())?)
    }
}

/// Whole numbers and cents.
pub(super) type Numbers = Fixed<i64>;

impl Fixed<i64> {
    #[inline]
    pub(super) fn push_cents(&mut self, cents: Cents) {
        self.push(Some(cents.0));
    }

    /// A place on the local clock, in milliseconds.
    #[inline]
    pub(super) fn push_time(&mut self, time: Option<ChartTime>) {
        self.push(time.map(|time| time.local * 60_000));
    }

    pub(super) fn finish(self) -> Result<PieceColumn, Error> {
        Ok(PieceColumn::Array(Arc::new(self.into_array::<Int64Type>()?)))
    }

    pub(super) fn finish_times(self) -> Result<PieceColumn, Error> {
        let times: TimestampMillisecondArray = self.into_array()?;
        Ok(PieceColumn::Array(Arc::new(times)))
    }
}

/// Days.
pub(super) type Days = Fixed<i32>;

impl Fixed<i32> {
    #[inline]
    pub(super) fn push_day(&mut self, day: Option<Date>) {
        self.push(day.map(|day| day.0));
    }

    pub(super) fn finish(self) -> Result<PieceColumn, Error> {
        let days: Date32Array = self.into_array()?;
        Ok(PieceColumn::Array(Arc::new(days)))
    }
}

/// Yes or no, always known.
pub(super) type Flags = Vec<bool>;

pub(super) fn finish_flags(flags: Flags) -> PieceColumn {
    PieceColumn::Array(Arc::new(BooleanArray::from(flags)))
}

/// Texts that hardly repeat; an empty text is null.
pub(super) struct Texts {
    text: String,
    ends: Vec<i32>,
    present: Present,
}

impl Texts {
    /// A column of about so many rows, each of about so many bytes.
    pub(super) fn new(rows: usize, bytes: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { text: String::with_capacity(rows * bytes), ends, present: Present::default() }
    }

    /// Appends a cell that `write` writes.
    #[inline]
    pub(super) fn push_written(&mut self, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        self.present.push(self.text.len() > start, self.ends.len() - 1);
        // What passes two gigabytes is refused when the column is finished.
        self.ends.push(self.text.len() as i32);
    }

    #[inline]
    pub(super) fn push(&mut self, text: &str) {
        self.push_written(|out| out.push_str(text));
    }

    /// Appends a cell of several pieces.
    #[inline]
    pub(super) fn push_joined(&mut self, separator: &'static str, write: impl FnOnce(&mut Joined<'_>)) {
        self.push_written(|text| write(&mut Joined::new(text, separator)));
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(super) fn finish(self) -> Result<PieceColumn, Error> {
        let nulls = self.present.finish();
        Ok(PieceColumn::Array(Arc::new(texts(self.text, self.ends, nulls)?)))
    }
}
