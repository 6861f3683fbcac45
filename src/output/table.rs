//! Builds one table's rows column by column.

use crate::error::Error;
use crate::model::{Cents, Date};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Int32Array, Int64Array, NullBufferBuilder, RecordBatch, StringArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use std::sync::Arc;

/// What a column of an output table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Small,
    Day,
    Time,
    Flag,
}

/// One output table: name and columns.
#[derive(Debug)]
pub(super) struct Layout {
    pub columns: &'static [(&'static str, Kind)],
}

impl Layout {
    pub(super) fn schema(&self) -> Arc<Schema> {
        let field = |(name, kind): &(&str, Kind)| {
            let of = match kind {
                Kind::Text => DataType::Utf8,
                Kind::Integer => DataType::Int64,
                Kind::Small => DataType::Int32,
                Kind::Day => DataType::Date32,
                Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, None),
                Kind::Flag => DataType::Boolean,
            };
            Field::new(*name, of, true)
        };
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }
}

/// What a text cell takes, roughly.
const TEXT_BYTES: usize = 10;

/// The values of one column.
enum Values {
    /// All text behind one another, and where each value ends.
    Text(String, Vec<i32>),
    Integer(Vec<i64>),
    Small(Vec<i32>),
    Day(Vec<i32>),
    Flag(Vec<bool>),
}

/// One column as it is filled.
struct Column {
    values: Values,
    nulls: NullBufferBuilder,
}

impl Column {
    fn new(kind: Kind, rows: usize) -> Self {
        let values = match kind {
            Kind::Text => {
                let mut ends = Vec::with_capacity(rows + 1);
                ends.push(0);
                Values::Text(String::with_capacity(rows * TEXT_BYTES), ends)
            }
            Kind::Integer => Values::Integer(Vec::with_capacity(rows)),
            Kind::Small => Values::Small(Vec::with_capacity(rows)),
            Kind::Day => Values::Day(Vec::with_capacity(rows)),
            // No table with times is filled cell by cell.
            Kind::Time => Values::Integer(Vec::with_capacity(rows)),
            Kind::Flag => Values::Flag(Vec::with_capacity(rows)),
        };
        Self { values, nulls: NullBufferBuilder::new(rows) }
    }

    #[inline]
    fn valid(&mut self, valid: bool) {
        if valid { self.nulls.append_non_null() } else { self.nulls.append_null() }
    }

    fn finish(mut self) -> Result<ArrayRef, Error> {
        let nulls: Option<NullBuffer> = self.nulls.finish();
        Ok(match self.values {
            Values::Text(text, ends) => {
                if i32::try_from(text.len()).is_err() {
                    return Err(Error::Table("a bucket's results hold more than two gigabytes of text".to_owned()));
                }
                let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
                Arc::new(StringArray::try_new(ends, Buffer::from_vec(text.into_bytes()), nulls)?)
            }
            Values::Integer(values) => Arc::new(Int64Array::try_new(values.into(), nulls)?),
            Values::Small(values) => Arc::new(Int32Array::try_new(values.into(), nulls)?),
            Values::Day(values) => Arc::new(Date32Array::try_new(values.into(), nulls)?),
            Values::Flag(values) => Arc::new(BooleanArray::new(values.into(), nulls)),
        })
    }
}

/// Rows of one table, filled cell by cell from left to right.
pub(super) struct TableBuilder {
    schema: Arc<Schema>,
    columns: Vec<Column>,
    next: usize,
    rows: usize,
}

impl TableBuilder {
    /// A table of about so many rows.
    pub(super) fn new(layout: &Layout, rows: usize) -> Self {
        Self {
            schema: layout.schema(),
            columns: layout.columns.iter().map(|(_, kind)| Column::new(*kind, rows)).collect(),
            next: 0,
            rows: 0,
        }
    }

    #[inline]
    fn cell(&mut self) -> Option<&mut Column> {
        let at = self.next;
        self.next += 1;
        if self.next == self.columns.len() {
            self.next = 0;
            self.rows += 1;
        }
        self.columns.get_mut(at)
    }

    /// Text; empty text is null.
    #[inline]
    pub(super) fn text(&mut self, value: Option<&str>) -> &mut Self {
        self.written(|text| text.push_str(value.unwrap_or_default()))
    }

    /// Text that `write` appends; empty text is null.
    #[inline]
    pub(super) fn written(&mut self, write: impl FnOnce(&mut String)) -> &mut Self {
        if let Some(column) = self.cell()
            && let Values::Text(text, ends) = &mut column.values
        {
            let start = text.len();
            write(text);
            // What passes two gigabytes is refused when the column is finished.
            ends.push(text.len() as i32);
            let valid = text.len() > start;
            column.valid(valid);
        }
        self
    }

    #[inline]
    pub(super) fn integer(&mut self, value: Option<i64>) -> &mut Self {
        if let Some(column) = self.cell() {
            let mut valid = value.is_some();
            match &mut column.values {
                Values::Integer(values) => values.push(value.unwrap_or_default()),
                Values::Small(values) => {
                    let small = value.and_then(|value| i32::try_from(value).ok());
                    valid = small.is_some();
                    values.push(small.unwrap_or_default());
                }
                _ => {}
            }
            column.valid(valid);
        }
        self
    }

    #[inline]
    pub(super) fn cents(&mut self, value: Cents) -> &mut Self {
        self.integer(Some(value.0))
    }

    pub(super) fn day(&mut self, value: Option<Date>) -> &mut Self {
        if let Some(column) = self.cell()
            && let Values::Day(values) = &mut column.values
        {
            values.push(value.map_or(0, |day| day.0));
            column.valid(value.is_some());
        }
        self
    }

    pub(super) fn flag(&mut self, value: Option<bool>) -> &mut Self {
        if let Some(column) = self.cell()
            && let Values::Flag(values) = &mut column.values
        {
            values.push(value.unwrap_or_default());
            column.valid(value.is_some());
        }
        self
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The rows so far.
    ///
    /// # Errors
    /// Only if a row was not filled to its end.
    pub(super) fn finish(self) -> Result<RecordBatch, Error> {
        let columns = self.columns.into_iter().map(Column::finish).collect::<Result<Vec<_>, _>>()?;
        Ok(RecordBatch::try_new(self.schema, columns)?)
    }
}
