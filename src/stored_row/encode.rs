//! Decoded columns to stored rows.

use super::{HEADER, LENGTH_DIGITS, LONG_TEXT, Layout, TAIL_TEXT, tail_slot};
use crate::schema::{Cells, Decoded, MOST_ID_BYTES, MOST_TEXT_BYTES, Slots, Table, Wide};
use arrow::array::{Array, StringArray};
use std::ops::Range;

/// The stored rows of one batch, one after the other.
#[derive(Debug, Default)]
pub(crate) struct EncodedRows {
    /// Longer than what is used, so that it need not be cleared for every batch.
    bytes: Vec<u8>,
    /// Where each row begins, and where the last one ends.
    starts: Vec<usize>,
    /// Where the slots of each row begin.
    slots: Vec<usize>,
    /// Where the next text of each row goes.
    tails: Vec<usize>,
}

impl EncodedRows {
    /// Bytes of one row.
    #[inline]
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        &self.bytes[self.starts[row]..self.starts[row + 1]]
    }

    /// Encodes `rows` of a decoded batch whose first row is row `first_row` of file `file`. Rows that cannot be used
    /// are encoded with whatever they hold; the caller leaves them out.
    pub(crate) fn fill(&mut self, table: Table, decoded: &Decoded, (file, first_row): (u32, u64), rows: Range<usize>) {
        let contract = table.contract();
        let Layout { places, empty } = Layout::of(table);
        let ids = &decoded.cells[contract.id_column];
        let columns = || {
            let all = decoded.cells.iter().zip(places).enumerate();
            all.filter(|(at, _)| *at != contract.id_column).map(|(_, (cells, place))| (cells, *place))
        };
        self.tails.clear();
        self.tails.resize(rows.len(), 0);
        for (cells, _) in columns() {
            add_tails(cells, rows.start, &mut self.tails);
        }
        self.lay_out(ids, rows.start, empty, (file, first_row));
        for (cells, place) in columns() {
            self.put(cells, place, rows.clone());
        }
    }

    /// Finds the place of every row, of which `tails` holds the length of the tail, and writes it without values.
    fn lay_out(&mut self, ids: &Cells, first: usize, empty: &[u8], (file, first_row): (u32, u64)) {
        self.starts.clear();
        self.slots.clear();
        let mut end = 0;
        self.starts.push(0);
        for (at, tail) in self.tails.iter_mut().enumerate() {
            let id = id_of(ids, first + at);
            let slots = end + HEADER + id.len();
            let start_of_tail = slots + empty.len();
            let start = std::mem::replace(&mut end, start_of_tail + *tail);
            if self.bytes.len() < end {
                self.bytes.resize(end.next_power_of_two(), 0);
            }
            let row = &mut self.bytes[start..start_of_tail];
            row[..4].copy_from_slice(&((end - start) as u32).to_le_bytes());
            row[4..8].copy_from_slice(&file.to_le_bytes());
            row[8..16].copy_from_slice(&(first_row + (first + at) as u64).to_le_bytes());
            row[16..18].copy_from_slice(&(id.len() as u16).to_le_bytes());
            row[HEADER..HEADER + id.len()].copy_from_slice(id);
            row[HEADER + id.len()..].copy_from_slice(empty);
            *tail = start_of_tail;
            self.slots.push(slots);
            self.starts.push(end);
        }
    }

    /// Writes one column.
    fn put(&mut self, cells: &Cells, place: usize, rows: Range<usize>) {
        match cells {
            Cells::Absent => {}
            Cells::Slots { slots, wide } => {
                match slots {
                    Slots::One(of) => self.put_slots(&of[rows.clone()], place),
                    Slots::Two(of) => self.put_slots(&of[rows.clone()], place),
                    Slots::Four(of) => self.put_slots(&of[rows.clone()], place),
                    Slots::Five(of) => self.put_slots(&of[rows.clone()], place),
                    Slots::Six(of) => self.put_slots(&of[rows.clone()], place),
                }
                for (row, value) in wide_of(wide, rows.start, rows.len()) {
                    self.put_tail(*row - rows.start, value);
                }
            }
            Cells::Keyed { keys, values } => {
                for (at, row) in rows.enumerate().filter(|(_, row)| keys.is_valid(*row)) {
                    let key = keys.value(row);
                    let slot = values.slot(key);
                    self.put_slot(at, place, slot);
                    if u16::from_le_bytes(slot) & TAIL_TEXT != 0 {
                        self.put_text(at, values.get(key));
                    }
                }
            }
            Cells::Text(text) => {
                let (ends, bytes) = (&text.value_offsets()[rows.start..=rows.end], text.value_data());
                for (at, ends) in ends.windows(2).enumerate() {
                    let text = &bytes[ends[0] as usize..ends[1] as usize];
                    if !text.is_empty() && text.len() <= MOST_TEXT_BYTES {
                        self.put_slot(at, place, tail_slot(text.len()).to_le_bytes());
                        self.put_text(at, text);
                    }
                }
            }
        }
    }

    fn put_slots<const N: usize>(&mut self, of: &[[u8; N]], place: usize) {
        for (start, slot) in self.slots.iter().zip(of) {
            if let Some(place) = self.bytes[start + place..].first_chunk_mut() {
                *place = *slot;
            }
        }
    }

    #[inline]
    fn put_slot(&mut self, at: usize, place: usize, slot: [u8; 2]) {
        let start = self.slots[at] + place;
        self.bytes[start..start + 2].copy_from_slice(&slot);
    }

    /// Appends to a row's tail, which has room for it.
    #[inline]
    fn put_tail(&mut self, at: usize, of: &[u8]) {
        let start = self.tails[at];
        self.bytes[start..start + of.len()].copy_from_slice(of);
        self.tails[at] = start + of.len();
    }

    #[inline]
    fn put_text(&mut self, at: usize, text: &[u8]) {
        if text.len() >= usize::from(LONG_TEXT) {
            self.put_tail(at, format!("{:0LENGTH_DIGITS$x}", text.len()).as_bytes());
        }
        self.put_tail(at, text);
    }
}

/// Bytes that a text takes in a tail. Longer text than any that can be used takes none.
#[inline]
fn tail_bytes(length: usize) -> usize {
    match length {
        short if short < usize::from(LONG_TEXT) => short,
        long if long <= MOST_TEXT_BYTES => long + LENGTH_DIGITS,
        _ => 0,
    }
}

/// Adds what a column puts into the tail of each row.
fn add_tails(cells: &Cells, first: usize, tails: &mut [usize]) {
    match cells {
        Cells::Absent => {}
        Cells::Slots { wide, .. } => {
            for (row, value) in wide_of(wide, first, tails.len()) {
                tails[row - first] += value.len();
            }
        }
        Cells::Keyed { keys, values } => {
            for (row, tail) in (first..).zip(tails).filter(|(row, _)| keys.is_valid(*row)) {
                let key = keys.value(row);
                if u16::from_le_bytes(values.slot(key)) & TAIL_TEXT != 0 {
                    *tail += tail_bytes(values.get(key).len());
                }
            }
        }
        Cells::Text(text) => add_lengths(text, first, tails),
    }
}

fn add_lengths(text: &StringArray, first: usize, tails: &mut [usize]) {
    for (tail, ends) in tails.iter_mut().zip(text.value_offsets()[first..].windows(2)) {
        *tail += tail_bytes((ends[1] - ends[0]) as usize);
    }
}

/// Those of a column's whole values that lie in some rows.
fn wide_of(wide: &[(usize, Wide)], first: usize, rows: usize) -> &[(usize, Wide)] {
    if wide.is_empty() {
        return wide;
    }
    let place = |row: usize| wide.partition_point(|(of, _)| *of < row);
    &wide[place(first)..place(first + rows)]
}

/// The encounter id of a row; empty where it has none that can be used.
#[inline]
pub(crate) fn id_of(ids: &Cells, row: usize) -> &[u8] {
    let id = whole_id_of(ids, row);
    if id.len() > MOST_ID_BYTES { &[] } else { id }
}

/// The encounter id of a row, however long.
#[inline]
pub(crate) fn whole_id_of(ids: &Cells, row: usize) -> &[u8] {
    match ids {
        Cells::Text(text) => {
            let ends = text.value_offsets();
            &text.value_data()[ends[row] as usize..ends[row + 1] as usize]
        }
        Cells::Keyed { keys, values } if keys.is_valid(row) => values.get(keys.value(row)),
        _ => &[],
    }
}
