//! One row of a table of a run, its columns told apart once for each batch.

use crate::error::Error;
use crate::model::Date;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type, TimeUnit, TimestampMillisecondType};

/// One column of a batch.
#[derive(Debug)]
enum Column<'b> {
    Text(&'b StringArray),
    /// Keys, and the texts that they stand for, twice.
    Words(&'b Int32Array, &'b StringArray, &'b ArrayRef),
    Integer(&'b Int64Array),
    Small(&'b Int32Array),
    Day(&'b Date32Array),
    Time(&'b TimestampMillisecondArray),
    Flag(&'b BooleanArray),
    /// Of no type that the tables have.
    Other,
}

impl<'b> Column<'b> {
    fn new(array: &'b ArrayRef) -> Self {
        match array.data_type() {
            DataType::Utf8 => Column::Text(array.as_string()),
            DataType::Int64 => Column::Integer(array.as_primitive::<Int64Type>()),
            DataType::Int32 => Column::Small(array.as_primitive::<Int32Type>()),
            DataType::Date32 => Column::Day(array.as_primitive::<Date32Type>()),
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                Column::Time(array.as_primitive::<TimestampMillisecondType>())
            }
            DataType::Boolean => Column::Flag(array.as_boolean()),
            DataType::Dictionary(..) => {
                let words = array.as_dictionary_opt::<Int32Type>();
                let texts = words.and_then(|words| Some((words, words.values().as_string_opt::<i32>()?)));
                texts.map_or(Column::Other, |(words, texts)| Column::Words(words.keys(), texts, words.values()))
            }
            _ => Column::Other,
        }
    }
}

/// The columns of a batch, in the order in which they were asked for.
#[derive(Debug)]
pub(super) struct Columns<'b>(Vec<Column<'b>>);

impl<'b> Columns<'b> {
    /// Finds columns of a batch.
    ///
    /// # Errors
    /// A batch that lacks one: what `missing` makes of its name.
    pub(super) fn find(
        batch: &'b RecordBatch,
        columns: &[&str],
        missing: impl Fn(&str) -> Error,
    ) -> Result<Self, Error> {
        let column = |name: &&str| batch.column_by_name(name).map(Column::new).ok_or_else(|| missing(name));
        Ok(Self(columns.iter().map(column).collect::<Result<_, _>>()?))
    }

    pub(super) fn row(&self, row: usize) -> Row<'_> {
        Row { columns: &self.0, row }
    }
}

/// One row; columns count in the order in which they were asked for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'b> {
    columns: &'b [Column<'b>],
    row: usize,
}

impl<'b> Row<'b> {
    /// Text; empty where there is none.
    #[must_use]
    pub fn text(&self, at: usize) -> &'b str {
        match self.columns.get(at) {
            Some(Column::Text(texts)) if texts.is_valid(self.row) => texts.value(self.row),
            Some(Column::Words(keys, texts, _)) if keys.is_valid(self.row) => {
                texts.value(keys.value(self.row) as usize)
            }
            _ => "",
        }
    }

    /// The distinct texts of a column and which one the row has, where the column holds them so and the row has one.
    #[must_use]
    pub fn word(&self, at: usize) -> Option<(&'b ArrayRef, usize)> {
        match self.columns.get(at)? {
            Column::Words(keys, _, texts) if keys.is_valid(self.row) => Some((texts, keys.value(self.row) as usize)),
            _ => None,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn integer(&self, at: usize) -> Option<i64> {
        match self.columns.get(at)? {
            Column::Integer(values) if values.is_valid(self.row) => Some(values.value(self.row)),
            Column::Small(values) if values.is_valid(self.row) => Some(i64::from(values.value(self.row))),
            _ => None,
        }
    }

    /// An amount in cents; zero where there is none.
    #[must_use]
    pub fn cents(&self, at: usize) -> i64 {
        self.integer(at).unwrap_or(0)
    }

    /// A day.
    #[must_use]
    pub fn day(&self, at: usize) -> Option<Date> {
        match self.columns.get(at)? {
            Column::Day(days) if days.is_valid(self.row) => Some(Date(days.value(self.row))),
            _ => None,
        }
    }

    /// Minutes on the local clock since 1970.
    #[must_use]
    pub fn minute(&self, at: usize) -> Option<i64> {
        match self.columns.get(at)? {
            Column::Time(times) if times.is_valid(self.row) => Some(times.value(self.row).div_euclid(60_000)),
            _ => None,
        }
    }

    /// A flag; false where there is none.
    #[must_use]
    pub fn flag(&self, at: usize) -> bool {
        matches!(self.columns.get(at), Some(Column::Flag(flags)) if flags.is_valid(self.row) && flags.value(self.row))
    }
}
