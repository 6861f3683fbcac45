//! Rows of which only what tells them apart is kept, for work that looks at nothing else.
//!
//! ```text
//! length u32 | file u32 | row u64 | id length u16 | encounter id | of a claim line: frequency u8, line number i64, claim id
//! ```

use super::encode::whole_id_of;
use super::{ClaimColumn, EncodedRows, StoredRow};
use crate::schema::{ABSENT, Cells, Decoded, IN_TAIL, NO_TERM, Slots, Table, Wide, read_wide};
use std::ops::Range;

/// Bytes in front of the id of a claim.
const BYTES: usize = 1 + size_of::<i64>();

/// In the place of a frequency: the line has no number.
const NO_NUMBER: u8 = 1 << 7;

/// What tells a claim line from all others: its claim, its number and which version of the claim it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey<'b> {
    pub line_number: Option<i64>,
    /// A bit for each frequency code.
    pub frequencies: u8,
    /// Empty where there is none.
    pub claim_id: &'b [u8],
}

impl<'b> LineKey<'b> {
    /// Of a claim line whose frequency code has a place in the contract's list.
    pub(crate) fn new(claim_id: Option<&'b [u8]>, line_number: Option<i64>, frequency: usize) -> Self {
        // A claim that does not say is an original.
        let frequency = if frequency < ClaimColumn::FREQUENCIES.len() { frequency } else { 0 };
        Self { claim_id: claim_id.unwrap_or_default(), line_number, frequencies: 1 << frequency }
    }

    pub(crate) fn is_same_line(&self, other: &Self) -> bool {
        self.claim_id == other.claim_id && self.line_number == other.line_number
    }
}

impl EncodedRows {
    /// As [`EncodedRows::fill`], of what tells rows apart alone.
    pub(crate) fn fill_keys(
        &mut self,
        table: Table,
        decoded: &Decoded,
        (file, first_row): (u32, u64),
        rows: Range<usize>,
    ) {
        let bytes = if table == Table::Claims { BYTES } else { 0 };
        self.begin((file, first_row + rows.start as u64), bytes, rows.len());
        if table != Table::Claims {
            return;
        }
        let column = |column: ClaimColumn| &decoded.cells[column as usize];
        let (ids, numbers, frequencies) =
            (column(ClaimColumn::ClaimId), column(ClaimColumn::LineNumber), column(ClaimColumn::FrequencyCode));
        for (at, row) in rows.enumerate() {
            let claim_id = whole_id_of(ids, row);
            let key = LineKey::new(Some(claim_id), whole_number(numbers, row), term_place(frequencies, row));
            let flags = key.frequencies | if key.line_number.is_none() { NO_NUMBER } else { 0 };
            let mut slots = [flags; BYTES];
            slots[1..].copy_from_slice(&key.line_number.unwrap_or_default().to_le_bytes());
            self.push_row(at, &slots, claim_id);
        }
    }
}

/// The whole number of a row.
fn whole_number(cells: &Cells, row: usize) -> Option<i64> {
    let Cells::Slots { slots: Slots::Four(slots), wide } = cells else { return None };
    match i32::from_le_bytes(slots[row]) {
        ABSENT => None,
        IN_TAIL => wide_number(wide, row),
        number => Some(i64::from(number)),
    }
}

fn wide_number(wide: &[(usize, Wide)], row: usize) -> Option<i64> {
    let at = wide.binary_search_by_key(&row, |(row, _)| *row).ok()?;
    std::str::from_utf8(&wide[at].1).ok().map(|digits| read_wide(digits).0)
}

/// The place of a row's term in its list, or one that no list has.
fn term_place(cells: &Cells, row: usize) -> usize {
    match cells {
        Cells::Slots { slots: Slots::One(slots), .. } => usize::from(slots[row][0]),
        _ => usize::from(NO_TERM),
    }
}

impl<'b> StoredRow<'b> {
    /// The key of a claim line of which only that is kept.
    pub(crate) fn line_key(self) -> LineKey<'b> {
        let (slots, claim_id) = self.content().split_first_chunk::<BYTES>().unwrap_or((&[NO_NUMBER; BYTES], &[]));
        let [flags, number @ ..] = *slots;
        let line_number = (flags & NO_NUMBER == 0).then_some(i64::from_le_bytes(number));
        LineKey { claim_id, line_number, frequencies: flags & !NO_NUMBER }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{DecodeOptions, Decoder};
    use crate::stored_row::{id_of, rows_of};
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;

    #[test]
    fn the_key_of_a_line_is_that_of_its_whole_row() {
        let claims: ArrayRef = Arc::new(StringArray::from(vec![Some("C1"), None, Some("C3"), Some(" C4 ")]));
        let lines: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), Some(i64::MAX), None, Some(-1)]));
        let codes: ArrayRef = Arc::new(StringArray::from(vec![Some("7"), None, Some("8"), Some("1")]));
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["E1", "E22", "E1", "E4"]));
        let columns = [("claim_id", claims), ("line_number", lines), ("frequency_code", codes), ("encounter_id", ids)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let options = DecodeOptions::default();
        let decoded = Decoder::new(Table::Claims.contract(), &options).decode(&batch, 0).unwrap();
        let bytes = |fill: fn(&mut EncodedRows, Table, &Decoded, (u32, u64), Range<usize>)| {
            let (mut rows, mut bytes) = (EncodedRows::default(), Vec::new());
            // The second time into memory that was used before.
            for _ in 0..2 {
                bytes.clear();
                fill(&mut rows, Table::Claims, &decoded, (3, 10), 1..4);
                for at in 0..3 {
                    rows.append(at, id_of(&decoded.cells[Table::Claims.contract().id_column], at + 1), &mut bytes);
                }
            }
            bytes
        };
        let (keys, whole) = (bytes(EncodedRows::fill_keys), bytes(EncodedRows::fill));
        assert_eq!(rows_of(&keys).count(), 3);
        for (key, row) in rows_of(&keys).zip(rows_of(&whole)) {
            assert_eq!((key.source(), key.id()), (row.source(), row.id()));
            let frequency = row.term_place(ClaimColumn::FrequencyCode.place());
            let wanted = LineKey::new(row.first_id(Table::Claims), row.line_number(), frequency);
            assert_eq!(key.line_key(), wanted);
        }
        let keys: Vec<LineKey<'_>> = rows_of(&keys).map(StoredRow::line_key).collect();
        assert_eq!(keys[0], LineKey { claim_id: b"", line_number: Some(i64::MAX), frequencies: 1 });
        assert_eq!(keys[1], LineKey { claim_id: b"C3", line_number: None, frequencies: 4 });
        assert_eq!(keys[2], LineKey { claim_id: b"C4", line_number: Some(-1), frequencies: 1 });
    }
}
