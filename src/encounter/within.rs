//! The rows of one encounter in one table, sorted.

use crate::partition::{key_at, shared};
use crate::schema::Table;
use crate::stored_row::StoredRow;
use smallvec::SmallVec;

/// Few enough for most encounters to need no memory of their own.
const FEW: usize = 16;

/// Rows of one encounter.
pub(super) type Rows<'b> = SmallVec<[StoredRow<'b>; FEW]>;

/// A row with what tells it from the others of its encounter almost always: the id of its claim or administration as a
/// number, and the number of a claim line.
#[derive(Clone, Copy)]
struct Keyed<'b> {
    key: (u64, i32),
    row: StoredRow<'b>,
}

/// Sorts rows by claim and line or administration, then by everything they hold.
pub(super) fn sorted<'b>(rows: impl Iterator<Item = StoredRow<'b>>, table: Table) -> Rows<'b> {
    let mut rows: Rows<'b> = rows.collect();
    if rows.len() < 2 {
        return rows;
    }
    // All rows are looked at before any is compared, so that they are fetched from memory together.
    match keyed(&rows, table) {
        Some(mut keyed) => {
            keyed.sort_unstable_by(|one, other| {
                one.key.cmp(&other.key).then_with(|| one.row.order_within_encounter(other.row, table))
            });
            keyed.iter().map(|keyed| keyed.row).collect()
        }
        None => {
            rows.sort_unstable_by(|one, other| one.order_within_encounter(*other, table));
            rows
        }
    }
}

/// Rows with keys in their order; `None` where keys do not tell it.
fn keyed<'b>(rows: &Rows<'b>, table: Table) -> Option<SmallVec<[Keyed<'b>; FEW]>> {
    let ids: Option<SmallVec<[&[u8]; FEW]>> = rows.iter().map(|row| row.first_id(table)).collect();
    let ids = ids?;
    let first = ids.first()?;
    let common = ids.iter().fold(first.len(), |common, id| {
        let first = &first[..common];
        if id.starts_with(first) { common } else { shared(first, id) }
    });
    // Ids of one length are in the order of the numbers that hold what they do not share.
    let whole = ids.iter().all(|id| id.len() == first.len()) && first.len() <= common + size_of::<u64>();
    if !whole {
        return None;
    }
    let keyed = |(row, id): (&StoredRow<'b>, &&[u8])| {
        let line = if table == Table::Claims { row.small_line_number()? } else { 0 };
        Some(Keyed { key: (key_at(id, common), line), row: *row })
    };
    rows.iter().zip(&ids).map(keyed).collect()
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
        let sets: [&[(&str, i64)]; 5] = [
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
            let rows = || (0..set.len()).filter_map(|at| rows_of(encoded.row(at)).next());
            let mut slow: Vec<StoredRow<'_>> = rows().collect();
            slow.sort_by(|one, other| one.order_within_encounter(*other, Table::Claims));
            let source = |row: &StoredRow<'_>| row.source().row;
            assert_eq!(
                sorted(rows(), Table::Claims).iter().map(source).collect::<Vec<_>>(),
                slow.iter().map(source).collect::<Vec<_>>()
            );
            assert!(slow.is_sorted_by_key(|row| set[row.source().row as usize]), "{set:?}");
        }
    }
}
