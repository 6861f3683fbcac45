//! Dollars at stake by department and family of rules.

use super::groups::{Gathered, Group};
use crate::small_cells::{Cell, OTHERS, hidden};
use serde::Serialize;
use std::collections::BTreeMap;

/// Dollars at stake by department and family of rules.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct HeatMap {
    pub departments: Vec<String>,
    pub families: Vec<String>,
    /// Department, family, cents at stake, findings.
    pub cells: Vec<(usize, usize, i64, i64)>,
}

/// Departments that the heat map shows.
const MOST_DEPARTMENTS: usize = 20;

/// The cells of the departments with most at stake; `joined` ones count as others, and with `pooled` cells of too few
/// patients are left out.
pub(super) fn heat_map(
    cells: BTreeMap<(String, String), Gathered>,
    departments: &[Group],
    joined: &[String],
    pooled: bool,
) -> HeatMap {
    let mut families: Vec<String> = cells.keys().map(|(_, family)| family.clone()).collect();
    families.sort_unstable();
    families.dedup();
    let shown: Vec<String> = departments.iter().take(MOST_DEPARTMENTS).map(|group| group.key.clone()).collect();
    let place = |of: &[String], key: &str| of.iter().position(|other| other == key);
    let mut table: Vec<Vec<Option<Gathered>>> = Vec::new();
    table.resize_with(shown.len(), || families.iter().map(|_| None).collect());
    for ((department, family), cell) in cells {
        let department = if joined.binary_search(&department).is_ok() { OTHERS } else { department.as_str() };
        if let (Some(row), Some(column)) = (place(&shown, department), place(&families, &family)) {
            table[row][column].get_or_insert_default().join(&cell);
        }
    }
    let sizes: Vec<Vec<Option<(bool, i64)>>> = table
        .iter()
        .map(|row| row.iter().map(|cell| cell.as_ref().map(|cell| (pooled && cell.is_small(), cell.size()))).collect())
        .collect();
    let hidden = hidden(&sizes);
    let mut cells = Vec::new();
    for (row, of) in table.iter().enumerate() {
        for (column, cell) in of.iter().enumerate() {
            if let Some(Gathered { group: Group { sums, .. }, .. }) = cell
                && !hidden[row][column]
            {
                cells.push((row, column, sums.stake(), sums.findings));
            }
        }
    }
    HeatMap { departments: shown, families, cells }
}
