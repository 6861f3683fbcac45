//! Builds one table's rows column by column.

use super::joined::Joined;
use crate::error::Error;
use crate::model::{Cents, ChartTime, Date};
use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};
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

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Small(Int32Builder),
    Day(Date32Builder),
    Time(TimestampMillisecondBuilder),
    Flag(BooleanBuilder),
}

/// Rows of one table, filled cell by cell from left to right.
pub(super) struct TableBuilder {
    schema: Arc<Schema>,
    builders: Vec<Builder>,
    next: usize,
    rows: usize,
    scratch: String,
}

impl TableBuilder {
    /// A table of about so many rows.
    pub(super) fn new(layout: &Layout, rows: usize) -> Self {
        let builder = |(_, kind): &(&str, Kind)| match kind {
            Kind::Text => Builder::Text(StringBuilder::with_capacity(rows, rows * TEXT_BYTES)),
            Kind::Integer => Builder::Integer(Int64Builder::with_capacity(rows)),
            Kind::Small => Builder::Small(Int32Builder::with_capacity(rows)),
            Kind::Day => Builder::Day(Date32Builder::with_capacity(rows)),
            Kind::Time => Builder::Time(TimestampMillisecondBuilder::with_capacity(rows)),
            Kind::Flag => Builder::Flag(BooleanBuilder::with_capacity(rows)),
        };
        Self {
            schema: layout.schema(),
            builders: layout.columns.iter().map(builder).collect(),
            next: 0,
            rows: 0,
            scratch: String::new(),
        }
    }

    fn cell(&mut self) -> Option<&mut Builder> {
        let at = self.next;
        self.next += 1;
        if self.next == self.builders.len() {
            self.next = 0;
            self.rows += 1;
        }
        self.builders.get_mut(at)
    }

    /// Text; empty text is null.
    pub(super) fn text(&mut self, value: Option<&str>) -> &mut Self {
        if let Some(Builder::Text(builder)) = self.cell() {
            builder.append_option(value.filter(|value| !value.is_empty()));
        }
        self
    }

    /// Text that `write` makes; empty text is null.
    pub(super) fn written(&mut self, write: impl FnOnce(&mut String)) -> &mut Self {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        write(&mut scratch);
        self.text(Some(&scratch));
        self.scratch = scratch;
        self
    }

    /// Text of several pieces; empty text is null.
    pub(super) fn joined(&mut self, separator: &'static str, write: impl FnOnce(&mut Joined<'_>)) -> &mut Self {
        self.written(|text| write(&mut Joined::new(text, separator)))
    }

    pub(super) fn integer(&mut self, value: Option<i64>) -> &mut Self {
        match self.cell() {
            Some(Builder::Integer(builder)) => builder.append_option(value),
            Some(Builder::Small(builder)) => builder.append_option(value.and_then(|value| i32::try_from(value).ok())),
            _ => {}
        }
        self
    }

    pub(super) fn cents(&mut self, value: Cents) -> &mut Self {
        self.integer(Some(value.0))
    }

    pub(super) fn day(&mut self, value: Option<Date>) -> &mut Self {
        if let Some(Builder::Day(builder)) = self.cell() {
            builder.append_option(value.map(|day| day.0));
        }
        self
    }

    /// The local clock.
    pub(super) fn time(&mut self, value: Option<ChartTime>) -> &mut Self {
        if let Some(Builder::Time(builder)) = self.cell() {
            builder.append_option(value.map(|time| time.local * 60_000));
        }
        self
    }

    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        if let Some(Builder::Flag(builder)) = self.cell() {
            builder.append_value(value);
        }
        self
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The rows so far; the builder is empty afterwards.
    ///
    /// # Errors
    /// Only if a row was not filled to its end.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, Error> {
        self.rows = 0;
        let columns: Vec<ArrayRef> = self
            .builders
            .iter_mut()
            .map(|builder| -> ArrayRef {
                match builder {
                    Builder::Text(builder) => Arc::new(builder.finish()),
                    Builder::Integer(builder) => Arc::new(builder.finish()),
                    Builder::Small(builder) => Arc::new(builder.finish()),
                    Builder::Day(builder) => Arc::new(builder.finish()),
                    Builder::Time(builder) => Arc::new(builder.finish()),
                    Builder::Flag(builder) => Arc::new(builder.finish()),
                }
            })
            .collect();
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}
