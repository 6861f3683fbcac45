//! Typed access to one table's decoded rows.

use crate::model::{ChartTime, Date, RowReference};
use crate::schema::{quantity_at, time_at};
use arrow::array::{
    Array, AsArray, Date32Array, FixedSizeBinaryArray, Int16Array, Int64Array, RecordBatch, StringArray, UInt32Array,
    UInt64Array,
};
use arrow::datatypes::{Date32Type, Int16Type, Int64Type, UInt32Type, UInt64Type};
use rust_decimal::Decimal;
use std::str::FromStr;

/// The columns of one decoded batch by name; names are those of the contract.
#[derive(Debug)]
pub(super) struct Columns<'b> {
    batch: &'b RecordBatch,
}

impl<'b> Columns<'b> {
    pub(super) fn new(batch: &'b RecordBatch) -> Self {
        Self { batch }
    }

    fn at(&self, name: &str) -> &'b dyn Array {
        // The decoded schema comes from the same contract; a test builds encounters from every column.
        self.batch.column_by_name(name).map_or_else(|| self.batch.column(0).as_ref(), AsRef::as_ref)
    }

    pub(super) fn text(&self, name: &str) -> Text<'b> {
        Text(self.at(name).as_string::<i32>())
    }

    pub(super) fn integer(&self, name: &str) -> Whole<'b> {
        Whole(self.at(name).as_primitive::<Int64Type>())
    }

    pub(super) fn date(&self, name: &str) -> Dates<'b> {
        Dates(self.at(name).as_primitive::<Date32Type>())
    }

    pub(super) fn time(&self, name: &str) -> Times<'b> {
        let offset = self.at(&format!("{name}.offset")).as_primitive::<Int16Type>();
        Times(self.at(name).as_primitive::<Int64Type>(), offset)
    }

    pub(super) fn quantity(&self, name: &str) -> Quantities<'b> {
        Quantities(self.at(name).as_fixed_size_binary())
    }

    pub(super) fn source(&self) -> Sources<'b> {
        let file = self.at("source.file").as_primitive::<UInt32Type>();
        Sources(file, self.at("source.row").as_primitive::<UInt64Type>())
    }
}

pub(super) struct Text<'b>(&'b StringArray);
pub(super) struct Whole<'b>(&'b Int64Array);
pub(super) struct Dates<'b>(&'b Date32Array);
pub(super) struct Times<'b>(&'b Int64Array, &'b Int16Array);
pub(super) struct Quantities<'b>(&'b FixedSizeBinaryArray);
pub(super) struct Sources<'b>(&'b UInt32Array, &'b UInt64Array);

impl<'b> Text<'b> {
    pub(super) fn get(&self, row: usize) -> Option<&'b str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    /// A term or code; validated when it was decoded.
    pub(super) fn parse<T: FromStr>(&self, row: usize) -> Option<T> {
        self.get(row)?.parse().ok()
    }
}

impl Whole<'_> {
    pub(super) fn get(&self, row: usize) -> Option<i64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

impl Dates<'_> {
    pub(super) fn get(&self, row: usize) -> Option<Date> {
        self.0.is_valid(row).then(|| Date(self.0.value(row)))
    }
}

impl Times<'_> {
    pub(super) fn get(&self, row: usize) -> Option<ChartTime> {
        time_at(self.0, self.1, row)
    }
}

impl Quantities<'_> {
    pub(super) fn get(&self, row: usize) -> Option<Decimal> {
        quantity_at(self.0, row)
    }
}

impl Sources<'_> {
    pub(super) fn get(&self, row: usize) -> RowReference {
        RowReference { file: self.0.value(row), row: self.1.value(row) }
    }
}
