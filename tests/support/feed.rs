//! The sample data as a feed that can be misread: tables in memory, changed by column, written as one file a table.

use crate::support::{read, repository};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::compute::{cast, concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Date32Type, Field, Int64Type, Schema, TimeUnit, TimestampMillisecondType};
use infusion_audit::model::{ChartTime, Date};
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub const CHARTED_TIMES: [&str; 4] = ["start_time", "stop_time", "order_time", "recorded_time"];
pub const MONEY: [&str; 3] = ["charge", "allowed", "paid"];

/// One table of a feed.
#[derive(Clone)]
pub struct Table(pub RecordBatch);

/// The three tables of a feed, and further options of the command line.
#[derive(Clone)]
pub struct Feed {
    pub claims: Option<Table>,
    pub flowsheets: Option<Table>,
    pub encounters: Option<Table>,
    pub options: Vec<String>,
}

fn sample(table: &str) -> Table {
    let folder = repository().join("sample_data").join(table);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let batches: Vec<RecordBatch> = paths.iter().flat_map(|path| read(path)).collect();
    Table(concat_batches(&batches[0].schema(), &batches).unwrap())
}

impl Feed {
    /// The shipped sample, as it should be.
    pub fn sample() -> Self {
        let table = |name| Some(sample(name));
        Self {
            claims: table("claims"),
            flowsheets: table("flowsheets"),
            encounters: table("encounters"),
            options: Vec::new(),
        }
    }

    pub fn claims(&mut self) -> &mut Table {
        self.claims.as_mut().unwrap()
    }

    pub fn charts(&mut self) -> &mut Table {
        self.flowsheets.as_mut().unwrap()
    }

    pub fn option(&mut self, words: &[&str]) {
        self.options.extend(words.iter().map(|word| (*word).to_owned()));
    }

    /// Writes the tables into folders. Out: the options that name them.
    pub fn write(&self, folder: &Path) -> Vec<String> {
        let mut options = self.options.clone();
        let tables = [("claims", &self.claims), ("flowsheets", &self.flowsheets), ("encounters", &self.encounters)];
        for (name, table) in tables {
            let Some(Table(batch)) = table else { continue };
            let place = folder.join(name);
            std::fs::create_dir_all(&place).unwrap();
            let file = File::create(place.join("feed.parquet")).unwrap();
            let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
            writer.write(batch).unwrap();
            writer.close().unwrap();
            options.extend([format!("--{name}"), place.display().to_string()]);
        }
        options
    }
}

/// The text of a charted time in some form.
pub fn clock(form: &'static str) -> impl Fn(i64) -> String {
    move |milliseconds| {
        let moment =
            jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0) + jiff::Span::new().milliseconds(milliseconds);
        moment.strftime(form).to_string()
    }
}

impl Table {
    pub fn rows(&self) -> usize {
        self.0.num_rows()
    }

    fn place(&self, column: &str) -> usize {
        self.0.schema().index_of(column).unwrap()
    }

    pub fn has(&self, column: &str) -> bool {
        self.0.schema().index_of(column).is_ok()
    }

    /// Replaces a column, or adds it.
    pub fn set(&mut self, column: &str, values: ArrayRef) {
        let mut fields: Vec<Arc<Field>> = self.0.schema().fields().iter().cloned().collect();
        let mut arrays = self.0.columns().to_vec();
        let field = Arc::new(Field::new(column, values.data_type().clone(), true));
        match self.0.schema().index_of(column) {
            Ok(at) => {
                fields[at] = field;
                arrays[at] = values;
            }
            Err(_) => {
                fields.push(field);
                arrays.push(values);
            }
        }
        self.0 = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    }

    pub fn rename(&mut self, column: &str, name: &str) {
        let at = self.place(column);
        let rename = |(place, field): (usize, &Arc<Field>)| {
            if place == at { Arc::new(field.as_ref().clone().with_name(name)) } else { field.clone() }
        };
        let fields: Vec<Arc<Field>> = self.0.schema().fields().iter().enumerate().map(rename).collect();
        self.0 = RecordBatch::try_new(Arc::new(Schema::new(fields)), self.0.columns().to_vec()).unwrap();
    }

    pub fn rename_all(&mut self, name: impl Fn(&str) -> String) {
        let names: Vec<String> = self.0.schema().fields().iter().map(|field| field.name().clone()).collect();
        names.iter().for_each(|old| self.rename(old, &name(old)));
    }

    pub fn drop(&mut self, column: &str) {
        if self.has(column) {
            self.0.remove_column(self.place(column));
        }
    }

    pub fn texts(&self, column: &str) -> Vec<Option<String>> {
        let text = cast(self.0.column(self.place(column)), &DataType::Utf8).unwrap();
        text.as_string::<i32>().iter().map(|value| value.map(str::to_owned)).collect()
    }

    /// Changes a column as text.
    pub fn map(&mut self, column: &str, change: impl Fn(&str) -> Option<String>) {
        let values: StringArray = self.texts(column).iter().map(|value| value.as_deref().and_then(&change)).collect();
        self.set(column, Arc::new(values));
    }

    /// Numbers of a column, as floats.
    pub fn scale(&mut self, column: &str, by: f64) {
        let values = cast(self.0.column(self.place(column)), &DataType::Float64).unwrap();
        let values = values.as_primitive::<arrow::datatypes::Float64Type>();
        self.set(column, Arc::new(values.iter().map(|value| value.map(|value| value * by)).collect::<Float64Array>()));
    }

    /// Numbers of a column, each times a factor of its row.
    pub fn scale_rows(&mut self, column: &str, by: impl Fn(usize) -> f64) {
        let values = cast(self.0.column(self.place(column)), &DataType::Float64).unwrap();
        let values = values.as_primitive::<arrow::datatypes::Float64Type>();
        let scaled = values.iter().enumerate().map(|(row, value)| value.map(|value| value * by(row)));
        self.set(column, Arc::new(scaled.collect::<Float64Array>()));
    }

    /// Whole numbers of a column, cut.
    pub fn whole(&mut self, column: &str) {
        let values = cast(self.0.column(self.place(column)), &DataType::Float64).unwrap();
        let values = values.as_primitive::<arrow::datatypes::Float64Type>();
        self.set(column, Arc::new(values.iter().map(|value| value.map(|value| value as i64)).collect::<Int64Array>()));
    }

    fn milliseconds(&self, column: &str) -> Vec<Option<i64>> {
        let times = cast(self.0.column(self.place(column)), &DataType::Timestamp(TimeUnit::Millisecond, None)).unwrap();
        times.as_primitive::<TimestampMillisecondType>().iter().collect()
    }

    /// Times of a column moved, or replaced by row.
    pub fn times(&mut self, column: &str, change: impl Fn(usize, Option<i64>) -> Option<i64>) {
        let changed = self.milliseconds(column).into_iter().enumerate().map(|(row, value)| change(row, value));
        self.set(column, Arc::new(changed.collect::<TimestampMillisecondArray>()));
    }

    pub fn shift_hours(&mut self, columns: &[&str], hours: i64) {
        for column in columns {
            self.times(column, |_, time| time.map(|time| time + hours * 3_600_000));
        }
    }

    /// Times of a column as text.
    pub fn times_as(&mut self, column: &str, form: impl Fn(i64) -> String) {
        let texts: StringArray = self.milliseconds(column).iter().map(|time| time.map(&form)).collect();
        self.set(column, Arc::new(texts));
    }

    pub fn days(&self, column: &str) -> Vec<Option<i32>> {
        let days = cast(self.0.column(self.place(column)), &DataType::Date32).unwrap();
        days.as_primitive::<Date32Type>().iter().collect()
    }

    pub fn shift_days(&mut self, column: &str, days: i32) {
        let moved: Date32Array = self.days(column).iter().map(|day| day.map(|day| day + days)).collect();
        self.set(column, Arc::new(moved));
    }

    pub fn dates_as(&mut self, column: &str, form: &'static str) {
        let form = |day: i32| Date(day).civil().strftime(form).to_string();
        let texts: StringArray = self.days(column).iter().map(|day| day.map(form)).collect();
        self.set(column, Arc::new(texts));
    }

    /// Keeps the rows for which `keep` says so.
    pub fn keep(&mut self, keep: impl Fn(usize) -> bool) {
        let kept: BooleanArray = (0..self.rows()).map(|row| Some(keep(row))).collect();
        self.0 = filter_record_batch(&self.0, &kept).unwrap();
    }

    /// Rows by their places, some more than once.
    pub fn take(&mut self, rows: Vec<u64>) {
        self.0 = take_record_batch(&self.0, &arrow::array::UInt64Array::from(rows)).unwrap();
    }

    /// Calendar months of a date or time column.
    pub fn months(&self, column: &str) -> Vec<Option<(i16, i8)>> {
        self.days(column).iter().map(|day| day.map(|day| Date(day).year_and_month())).collect()
    }

    pub fn integers(&mut self, column: &str) {
        let digits = |text: &String| text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<i64>().ok();
        let values: Int64Array = self.texts(column).iter().map(|value| value.as_ref().and_then(digits)).collect();
        self.set(column, Arc::new(values));
    }

    pub fn cast(&mut self, column: &str, to: &DataType) {
        let values = cast(self.0.column(self.place(column)), to).unwrap();
        assert_eq!(values.null_count(), self.0.column(self.place(column)).null_count());
        self.set(column, values);
    }

    pub fn int64(&self, column: &str) -> Int64Array {
        cast(self.0.column(self.place(column)), &DataType::Int64).unwrap().as_primitive::<Int64Type>().clone()
    }
}

/// Milliseconds since 1970 of a time as text.
pub fn at(time: &str) -> i64 {
    time.parse::<ChartTime>().unwrap().local * 60_000
}
