//! What only all rows of a run together can show: which columns are there, whether orders are charted, where times are
//! copied from the order.

use crate::error::Error;
use crate::model::Date;
use crate::rules::RunFacts;
use crate::schema::{DecodeOptions, Table, read_text, read_times};
use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Rows of a unit from which copied times can be told from chance.
const LEAST_ROWS: u64 = 20;

/// Rows of one unit with both a start and an order time, and how many of those are the same minute.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct UnitTimes {
    both: u64,
    same: u64,
}

impl UnitTimes {
    fn add(&mut self, other: UnitTimes) {
        self.both += other.both;
        self.same += other.same;
    }
}

/// The counts of some rows.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Counts {
    ordered: u64,
    units: BTreeMap<String, UnitTimes>,
}

impl Counts {
    /// Adds those of other rows.
    pub(super) fn join(&mut self, other: &Counts) {
        self.ordered += other.ordered;
        for (unit, times) in &other.units {
            self.units.entry(unit.clone()).or_default().add(*times);
        }
    }

    /// Whether orders are charted: on half of all rows or more.
    fn orders_charted(&self, rows: u64) -> bool {
        rows > 0 && self.ordered * 2 >= rows
    }

    /// What the counts of all `rows` charted rows tell. `absent` are columns that no file has.
    pub(super) fn facts(self, absent: Absent, has_encounters: bool, rows: u64, as_of: Option<Date>) -> RunFacts {
        let orders_charted = self.orders_charted(rows);
        let copied = self.units.into_iter().filter(|(_, of)| of.both >= LEAST_ROWS && of.same * 2 >= of.both);
        RunFacts {
            as_of,
            absent,
            no_encounters: !has_encounters,
            orders_charted,
            copied_time_units: copied.map(|(unit, _)| unit).collect(),
            ..RunFacts::default()
        }
    }
}

/// Columns of the contracts that no file has.
pub(super) type Absent = BTreeSet<(Table, String)>;

/// Collects them while the flowsheets are read.
#[derive(Debug, Default)]
pub(super) struct FactCounts(Mutex<Counts>);

/// The columns that tell facts, but for the one that takes the longest to read.
pub(super) const COLUMNS: [&str; 4] = ["order_time", "start_time", "department", "source_system"];

/// The columns that tell of orders.
pub(super) const ORDER_COLUMNS: [&str; 2] = ["order_id", "order_time"];

/// Names as keys, with the counts of each.
struct Names {
    keys: DictionaryArray<Int32Type>,
    /// Whether each key stands for a name.
    named: Vec<bool>,
    times: Vec<UnitTimes>,
}

impl Names {
    fn new(column: Option<&ArrayRef>) -> Result<Option<Self>, Error> {
        let Some(column) = column else { return Ok(None) };
        let like = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let keys = cast(column, &like)?.as_dictionary::<Int32Type>().clone();
        let times = vec![UnitTimes::default(); keys.values().len()];
        let names = keys.values().as_string::<i32>();
        let named = names.iter().map(|name| name.is_some_and(|name| !name.trim().is_empty())).collect();
        Ok(Some(Self { keys, named, times }))
    }

    /// The counts of a row's name, where it has one.
    fn of(&mut self, row: usize) -> Option<&mut UnitTimes> {
        let key = self.keys.keys().is_valid(row).then(|| self.keys.keys().value(row) as usize)?;
        if self.named[key] { self.times.get_mut(key) } else { None }
    }
}

impl FactCounts {
    /// Whether the rows added so far, of `rows` in all, tell already that orders are charted.
    pub(super) fn tell_of_orders(&self, rows: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).orders_charted(rows)
    }

    /// Adds rows that name an order and have no time of it, which the columns without the order's id do not show.
    pub(super) fn add_orders(&self, rows: &RecordBatch, options: &DecodeOptions) -> Result<(), Error> {
        let times =
            rows.column_by_name("order_time").map(|array| read_times(array, options, "order_time")).transpose()?;
        let Some(orders) = rows.column_by_name("order_id").map(read_text).transpose()? else { return Ok(()) };
        let timed = |row: &usize| times.as_ref().is_some_and(|times| times.is_valid(*row));
        let count = (0..orders.len()).filter(|row| orders.is_valid(*row) && !timed(row)).count();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ordered += count as u64;
        Ok(())
    }

    /// Adds rows by the columns that tell facts.
    pub(super) fn add(&self, rows: &RecordBatch, options: &DecodeOptions) -> Result<(), Error> {
        let column = |name: &str| rows.column_by_name(name);
        let times = |name: &str| column(name).map(|array| read_times(array, options, name)).transpose();
        let (starts, ordered) = (times("start_time")?, times("order_time")?);
        let (mut departments, mut systems) = (Names::new(column("department"))?, Names::new(column("source_system"))?);
        let mut nowhere = UnitTimes::default();
        let mut count = 0;
        let at = |times: &Option<Int64Array>, row: usize| {
            times.as_ref().filter(|times| times.is_valid(row)).map(|times| times.value(row))
        };
        for row in 0..rows.num_rows() {
            let order_time = at(&ordered, row);
            count += u64::from(order_time.is_some());
            let Some((start, order_time)) = at(&starts, row).zip(order_time) else { continue };
            let unit = departments.as_mut().and_then(|names| names.of(row));
            let unit = unit.or_else(|| systems.as_mut().and_then(|names| names.of(row))).unwrap_or(&mut nowhere);
            unit.both += 1;
            unit.same += u64::from(start == order_time);
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.ordered += count;
        for names in [&departments, &systems].into_iter().flatten() {
            let texts = names.keys.values().as_string::<i32>();
            for (key, times) in names.times.iter().enumerate().filter(|(_, times)| times.both > 0) {
                all.units.entry(texts.value(key).trim().to_owned()).or_default().add(*times);
            }
        }
        all.units.entry(String::new()).or_default().add(nowhere);
        Ok(())
    }

    pub(super) fn counts(self) -> Counts {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The columns that no file has, of tables of which there is one; `files` are tables with their columns, by place.
pub(super) fn absent_columns(files: &[(Table, u64)]) -> Absent {
    let mut absent = BTreeSet::new();
    for table in Table::ALL {
        let of: Vec<u64> = files.iter().filter(|(of, _)| *of == table).map(|(_, columns)| *columns).collect();
        let there = of.iter().fold(0, |all, columns| all | columns);
        for (at, column) in table.contract().columns.iter().enumerate().filter(|_| !of.is_empty()) {
            if there >> at & 1 == 0 {
                absent.insert((table, column.name.clone()));
            }
        }
    }
    absent
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{StringArray, TimestampSecondArray};
    use std::sync::Arc;

    #[test]
    fn an_order_counts_once_whether_its_time_or_its_id_is_charted() {
        let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![Some(60), Some(120), None, None, None, None]));
        let ids: ArrayRef =
            Arc::new(StringArray::from(vec![Some("O1"), None, Some("O3"), Some(" "), None, Some("O6")]));
        let options = DecodeOptions::default();
        let counts = FactCounts::default();
        counts.add(&RecordBatch::try_from_iter([("order_time", times.clone())]).unwrap(), &options).unwrap();
        assert!(counts.tell_of_orders(4) && !counts.tell_of_orders(5) && !counts.tell_of_orders(0));
        let batch = RecordBatch::try_from_iter([("order_time", times), ("order_id", ids.clone())]).unwrap();
        counts.add_orders(&batch, &options).unwrap();
        assert_eq!(counts.0.lock().unwrap().ordered, 4);
        // A file that charts no times of orders.
        counts.add_orders(&RecordBatch::try_from_iter([("order_id", ids)]).unwrap(), &options).unwrap();
        assert_eq!(counts.counts().ordered, 7);
    }
}
