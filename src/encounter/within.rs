//! The rows of one encounter in one table, sorted.

use crate::schema::Table;
use crate::stored_row::StoredRow;
use std::cmp::Ordering;

/// Rows of one encounter, in memory that the next encounter uses again.
#[derive(Debug, Default)]
pub(super) struct SortedRows<'b>(Vec<Keyed<'b>>);

/// A row with what tells it from the others of its encounter almost always: the end of the id of its claim or administration
/// as a number, and the number of a claim line.
#[derive(Debug, Clone, Copy)]
struct Keyed<'b> {
    key: (u64, i32),
    row: StoredRow<'b>,
}

/// The last eight bytes of an id, or all of them, as a number; and what stands before them.
#[inline]
fn key_of(id: &[u8]) -> (u64, &[u8]) {
    match id.split_last_chunk() {
        Some((before, end)) => (u64::from_be_bytes(*end), before),
        None => (id.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)), &[]),
    }
}

impl<'b> SortedRows<'b> {
    /// Sorts rows by claim and line or administration, then by everything they hold.
    pub(super) fn fill(&mut self, rows: impl Iterator<Item = StoredRow<'b>>, table: Table) {
        self.0.clear();
        // Ids of one length that differ in their ends alone are in the order of the numbers that hold those.
        let mut first: Option<(usize, &[u8])> = None;
        let mut keys_tell = true;
        for row in rows {
            let id = row.first_id(table);
            let line = if table == Table::Claims { row.small_line_number() } else { Some(0) };
            let (key, before) = key_of(id.unwrap_or_default());
            let of = (id.map_or(0, <[u8]>::len), before);
            keys_tell &= id.is_some() && line.is_some() && *first.get_or_insert(of) == of;
            self.0.push(Keyed { key: (key, line.unwrap_or_default()), row });
        }
        if self.0.len() < 2 {
            return;
        }
        self.0.sort_unstable_by(|one, other| {
            let keys = if keys_tell { one.key.cmp(&other.key) } else { Ordering::Equal };
            keys.then_with(|| one.row.order_within_encounter(other.row, table))
        });
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = StoredRow<'b>> + '_ {
        self.0.iter().map(|keyed| keyed.row)
    }

    pub(super) fn first(&self) -> Option<StoredRow<'b>> {
        self.iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{DecodeOptions, Decoder};
    use crate::stored_row::{EncodedRows, rows_of};
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;

    #[test]
    fn keys_make_the_order_that_comparing_whole_rows_makes() {
        let huge = i64::from(i32::MAX) + 1;
        let sets: [&[(&str, i64)]; 7] = [
            &[("C", 2), ("B", 1), ("C", 1), ("A", 7)],
            &[("12345678", 2), ("C12345678", 1), ("12345677", 1), ("A12345678", 7)],
            &[("C10", 2), ("C10", 1), ("C09", 7), ("C10", 1)],
            &[("C10", 2), ("C1", 1), ("C100", 1), ("C1", 3)],
            &[("C1", huge), ("C1", 3), ("C0", huge), ("C1", huge)],
            &[("A-long-number-1", 1), ("B-long-number-1", 1), ("A-long-number-2", 1), ("A-long-number-1", 0)],
            &[("long-number-3", 1), ("long-number-1", 1), ("long-number-2", -4), ("long-number-2", -5)],
        ];
        for set in sets {
            let ids: ArrayRef = Arc::new(StringArray::from_iter_values(set.iter().map(|(id, _)| *id)));
            let lines: ArrayRef = Arc::new(Int64Array::from_iter_values(set.iter().map(|(_, line)| *line)));
            let batch = RecordBatch::try_from_iter([("claim_id", ids.clone()), ("line_number", lines)]).unwrap();
            let options = DecodeOptions::default();
            let decoded = Decoder::new(Table::Claims.contract(), &options).decode(&batch, 0).unwrap();
            let mut encoded = EncodedRows::default();
            encoded.fill(Table::Claims, &decoded, (0, 0), 0..set.len());
            let mut bytes = Vec::new();
            (0..set.len()).for_each(|at| encoded.append(at, b"E", &mut bytes));
            let rows = || rows_of(&bytes);
            let mut slow: Vec<StoredRow<'_>> = rows().collect();
            slow.sort_by(|one, other| one.order_within_encounter(*other, Table::Claims));
            let source = |row: &StoredRow<'_>| row.source().row;
            let mut sorted = SortedRows::default();
            sorted.fill(rows(), Table::Claims);
            let sorted: Vec<u64> = sorted.iter().map(|row| source(&row)).collect();
            assert_eq!(sorted, slow.iter().map(source).collect::<Vec<_>>());
            assert!(slow.is_sorted_by_key(|row| set[row.source().row as usize]), "{set:?}");
        }
    }
}
