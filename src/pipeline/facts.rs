//! What only all rows of a run together can show: which columns are there, whether orders are charted, where times are
//! copied from the order.

use super::read::Input;
use crate::model::Date;
use crate::rules::RunFacts;
use crate::schema::Table;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Rows of a unit from which copied times can be told from chance.
const LEAST_ROWS: u64 = 20;

/// Rows of one unit with both a start and an order time, and how many of those are the same minute.
#[derive(Debug, Default, Clone, Copy)]
struct UnitTimes {
    both: u64,
    same: u64,
}

#[derive(Debug, Default)]
struct Counts {
    rows: u64,
    ordered: u64,
    units: BTreeMap<String, UnitTimes>,
}

/// Collects them while the flowsheets are read.
#[derive(Debug, Default)]
pub(super) struct FactCounts(Mutex<Counts>);

impl FactCounts {
    pub(super) fn add(&self, rows: &RecordBatch) {
        let text = |name: &str| rows.column_by_name(name).map(|column| column.as_string::<i32>());
        let time = |name: &str| rows.column_by_name(name).map(|column| column.as_primitive::<Int64Type>());
        let (Some(orders), Some(departments), Some(systems)) =
            (text("order_id"), text("department"), text("source_system"))
        else {
            return;
        };
        let (Some(starts), Some(ordered)) = (time("start_time"), time("order_time")) else { return };
        let mut here = Counts { rows: rows.num_rows() as u64, ..Counts::default() };
        for row in 0..rows.num_rows() {
            here.ordered += u64::from(orders.is_valid(row) || ordered.is_valid(row));
            if !starts.is_valid(row) || !ordered.is_valid(row) {
                continue;
            }
            let unit = [departments, systems].into_iter().find(|names| names.is_valid(row));
            let unit = unit.map_or("", |names| names.value(row));
            let same = u64::from(starts.value(row) == ordered.value(row));
            // Most rows name the unit of the row before.
            match here.units.get_mut(unit) {
                Some(times) => {
                    times.both += 1;
                    times.same += same;
                }
                None => {
                    here.units.insert(unit.to_owned(), UnitTimes { both: 1, same });
                }
            }
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.rows += here.rows;
        all.ordered += here.ordered;
        for (unit, times) in here.units {
            let of = all.units.entry(unit).or_default();
            of.both += times.both;
            of.same += times.same;
        }
    }

    pub(super) fn facts(self, input: &Input, as_of: Option<Date>) -> RunFacts {
        let counts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let copied = counts.units.into_iter().filter(|(_, of)| of.both >= LEAST_ROWS && of.same * 2 >= of.both);
        RunFacts {
            as_of,
            absent: absent_columns(input),
            no_encounters: !input.has_encounters,
            orders_charted: counts.rows > 0 && counts.ordered * 2 >= counts.rows,
            copied_time_units: copied.map(|(unit, _)| unit).collect(),
            ..RunFacts::default()
        }
    }
}

fn absent_columns(input: &Input) -> BTreeSet<(Table, String)> {
    let mut absent = BTreeSet::new();
    for table in Table::ALL {
        let files: Vec<_> = input.files.iter().filter(|file| file.table == table).collect();
        for column in table.contract().columns.iter().filter(|_| !files.is_empty()) {
            if files.iter().all(|file| !file.has_column(&column.name)) {
                absent.insert((table, column.name.clone()));
            }
        }
    }
    absent
}
