//! Cells of too few patients: joined with others, so that neither they nor what is left of a total stands alone.
//!
//! Source: CMS cell size suppression policy (no cell of 1 to 10 beneficiaries may be shown, nor be worked out from others).

use smallvec::SmallVec;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// The fewest patients that a cell may stand for.
pub const LEAST_PATIENTS: usize = 11;

/// The label of what was joined.
pub const OTHERS: &str = "(others)";

/// Different patients of one cell, counted no further than it takes to know that they are enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patients(SmallVec<[u64; LEAST_PATIENTS]>);

/// A number for the patient of an encounter; the encounter stands for the patient where none is named.
#[must_use]
pub fn patient(patient_id: &str, encounter_id: &str) -> u64 {
    if patient_id.is_empty() { xxh3_64_with_seed(encounter_id.as_bytes(), 1) } else { xxh3_64(patient_id.as_bytes()) }
}

impl Patients {
    /// Counts a patient.
    pub fn add(&mut self, patient: u64) {
        if self.0.len() < LEAST_PATIENTS && !self.0.contains(&patient) {
            self.0.push(patient);
        }
    }

    /// Whether further ones would not be counted.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.0.len() >= LEAST_PATIENTS
    }

    /// Counts those of another cell too.
    pub fn join(&mut self, other: &Patients) {
        other.0.iter().for_each(|patient| self.add(*patient));
    }

    /// Some, and too few to be shown.
    #[must_use]
    pub fn is_small(&self) -> bool {
        (1..LEAST_PATIENTS).contains(&self.0.len())
    }
}

/// Something that is shown of a group of patients.
pub trait Cell {
    /// What orders cells from large to small.
    fn size(&self) -> i64;
    /// Whether it tells of some patients and of too few of them.
    fn is_small(&self) -> bool;
    fn label(&self) -> &str;
    /// Adds another cell to this one.
    fn join(&mut self, other: &Self);
}

/// Cells large enough to stand alone, largest first; the small ones as one behind them, with as many of the smallest large
/// ones as that takes; and the labels of those that were joined. What is joined and still too small is left out.
#[must_use]
pub fn pool<C: Cell>(mut cells: Vec<C>, others: C) -> (Vec<C>, Vec<String>) {
    let order = |of: &C| (of.is_small(), -of.size());
    cells.sort_by(|one, other| order(one).cmp(&order(other)).then_with(|| one.label().cmp(other.label())));
    let (mut rest, mut joined) = (others, Vec::new());
    while cells.last().is_some_and(|least| least.is_small() || rest.is_small()) {
        if let Some(cell) = cells.pop() {
            rest.join(&cell);
            joined.push(cell.label().to_owned());
        }
    }
    joined.sort_unstable();
    if !joined.is_empty() && !rest.is_small() {
        cells.push(rest);
    }
    (cells, joined)
}

/// Hides small cells of a table of two ways, and further ones so that no row or column misses exactly one. In: whether each
/// cell, by row and column, is there, small, and its size. Out: which are hidden.
#[must_use]
pub fn hidden(cells: &[Vec<Option<(bool, i64)>>]) -> Vec<Vec<bool>> {
    let mut hidden: Vec<Vec<bool>> =
        cells.iter().map(|row| row.iter().map(|cell| cell.is_some_and(|(small, _)| small)).collect()).collect();
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let rows_and_columns: Vec<Vec<(usize, usize)>> = (0..cells.len())
        .map(|row| (0..columns).map(|column| (row, column)).collect())
        .chain((0..columns).map(|column| (0..cells.len()).map(|row| (row, column)).collect()))
        .collect();
    loop {
        let mut changed = false;
        for line in &rows_and_columns {
            let there = || line.iter().filter(|&&(row, column)| cells[row][column].is_some());
            let gone = there().filter(|&&(row, column)| hidden[row][column]).count();
            let shown = there().filter(|&&(row, column)| !hidden[row][column]);
            let size = |&&(row, column): &&(usize, usize)| cells[row][column].map_or(0, |(_, size)| size);
            if gone == 1
                && let Some(&(row, column)) = shown.min_by_key(size)
            {
                hidden[row][column] = true;
                changed = true;
            }
        }
        if !changed {
            return hidden;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Group(String, i64, Patients);

    impl Cell for Group {
        fn size(&self) -> i64 {
            self.1
        }
        fn is_small(&self) -> bool {
            self.2.is_small()
        }
        fn label(&self) -> &str {
            &self.0
        }
        fn join(&mut self, other: &Self) {
            self.1 += other.1;
            self.2.join(&other.2);
        }
    }

    fn pooled(groups: &[(&str, i64)]) -> Vec<(String, i64)> {
        let mut next = 0;
        let group = |(label, size): &(&str, i64)| {
            let mut patients = Patients::default();
            for _ in 0..*size {
                next += 1;
                patients.add(next);
            }
            Group((*label).to_owned(), *size, patients)
        };
        let others = Group(OTHERS.to_owned(), 0, Patients::default());
        pool(groups.iter().map(group).collect(), others).0.into_iter().map(|group| (group.0, group.1)).collect()
    }

    #[test]
    fn no_small_group_stands_alone_and_none_can_be_worked_out() {
        let group = |label: &str, size| (label.to_owned(), size);
        let of = pooled(&[("a", 30), ("b", 20), ("c", 6), ("d", 6)]);
        assert_eq!(of, [group("a", 30), group("b", 20), group(OTHERS, 12)]);
        // Three that are left would be what the total lacks, so the next larger group joins them.
        assert_eq!(pooled(&[("a", 30), ("b", 20), ("c", 3)]), [group("a", 30), group(OTHERS, 23)]);
        assert_eq!(pooled(&[("a", 5), ("b", 4)]), []);
        assert_eq!(pooled(&[("a", 50), ("b", 11)]), [group("a", 50), group("b", 11)]);
    }

    #[test]
    fn one_patient_of_many_encounters_is_one() {
        let mut patients = Patients::default();
        for encounter in 0..40 {
            patients.add(patient("P1", &format!("E{encounter}")));
        }
        assert!(patients.is_small());
        for encounter in 0..40 {
            patients.add(patient("", &format!("E{encounter}")));
        }
        assert!(!patients.is_small());
    }

    #[test]
    fn no_row_or_column_misses_exactly_one_cell() {
        let cell = |size: i64| Some((size < 11, size));
        let table =
            [vec![cell(3), cell(40), cell(50)], vec![cell(20), cell(30), cell(60)], vec![cell(90), cell(80), None]];
        let hidden = hidden(&table);
        assert!(hidden[0][0]);
        let missing = |line: Vec<bool>| line.into_iter().filter(|hidden| *hidden).count();
        for at in 0..3 {
            assert_ne!(missing(hidden[at].clone()), 1);
            assert_ne!(missing(hidden.iter().map(|row| row[at]).collect()), 1);
        }
    }
}
