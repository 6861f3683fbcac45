//! Decoded columns to stored rows.

use super::{HEADER, LENGTH_DIGITS, LONG_TEXT, Layout, TAIL_TEXT, tail_slot};
use crate::schema::{Cells, Decoded, MOST_ID_BYTES, MOST_TEXT_BYTES, Slots, Table, Wide};
use arrow::array::{Array, StringArray};
use std::ops::Range;

/// Rows of one batch, encoded but for what stands in front of their slots.
#[derive(Debug, Default)]
pub(crate) struct EncodedRows {
    file: u32,
    first_row: u64,
    /// The slots of all rows, so many bytes each.
    slots: Vec<u8>,
    width: usize,
    /// The tails of all rows. Longer than what is used, so that it need not be cleared for every batch.
    tails: Vec<u8>,
    /// Where the tail of each row ends; while it is being filled, where its next text goes.
    ends: Vec<usize>,
}

impl EncodedRows {
    #[inline]
    fn tail(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.tails[start..self.ends[row]]
    }

    /// Bytes of all rows but for the ids of their encounters.
    pub(crate) fn bytes(&self) -> usize {
        self.ends.len() * (HEADER + self.width) + self.ends.last().copied().unwrap_or_default()
    }

    /// Bytes of one row, which belongs to an encounter.
    #[inline]
    pub(crate) fn length(&self, row: usize, id: &[u8]) -> usize {
        HEADER + id.len() + self.width + self.tail(row).len()
    }

    /// Appends one row, which belongs to an encounter.
    #[inline]
    pub(crate) fn append(&self, row: usize, id: &[u8], out: &mut Vec<u8>) {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&(self.length(row, id) as u32).to_le_bytes());
        header[4..8].copy_from_slice(&self.file.to_le_bytes());
        header[8..16].copy_from_slice(&(self.first_row + row as u64).to_le_bytes());
        header[16..].copy_from_slice(&(id.len() as u16).to_le_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(id);
        out.extend_from_slice(&self.slots[row * self.width..][..self.width]);
        out.extend_from_slice(self.tail(row));
    }

    /// Forgets all rows; there will be so many from a row of a file on, each with so many bytes of slots.
    pub(super) fn begin(&mut self, (file, first_row): (u32, u64), width: usize, rows: usize) {
        self.file = file;
        self.first_row = first_row;
        self.width = width;
        self.slots.resize(rows * width, 0);
        self.ends.clear();
        self.ends.resize(rows, 0);
    }

    /// Sets the slots and the tail of a row; rows come one after the other.
    pub(super) fn push_row(&mut self, row: usize, slots: &[u8], tail: &[u8]) {
        self.slots[row * self.width..][..self.width].copy_from_slice(slots);
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let end = start + tail.len();
        if self.tails.len() < end {
            self.tails.resize(end.next_power_of_two(), 0);
        }
        self.tails[start..end].copy_from_slice(tail);
        self.ends[row] = end;
    }

    /// Encodes `rows` of a decoded batch whose first row is row `first_row` of file `file`. Rows that cannot be used
    /// are encoded with whatever they hold; the caller leaves them out.
    pub(crate) fn fill(&mut self, table: Table, decoded: &Decoded, (file, first_row): (u32, u64), rows: Range<usize>) {
        let contract = table.contract();
        let Layout { places, empty } = Layout::of(table);
        let columns = || {
            let all = decoded.cells.iter().zip(places).enumerate();
            all.filter(|(at, _)| *at != contract.id_column).map(|(_, (cells, place))| (cells, *place))
        };
        self.begin((file, first_row + rows.start as u64), empty.len(), rows.len());
        self.slots.chunks_exact_mut(self.width).for_each(|slots| slots.copy_from_slice(empty));
        for (cells, _) in columns() {
            add_tails(cells, rows.start, &mut self.ends);
        }
        let mut start = 0;
        for end in &mut self.ends {
            start += std::mem::replace(end, start);
        }
        if self.tails.len() < start {
            self.tails.resize(start.next_power_of_two(), 0);
        }
        for (cells, place) in columns() {
            self.put(cells, place, rows.clone());
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
        for (slots, slot) in self.slots.chunks_exact_mut(self.width).zip(of) {
            slots[place..place + N].copy_from_slice(slot);
        }
    }

    #[inline]
    fn put_slot(&mut self, at: usize, place: usize, slot: [u8; 2]) {
        let start = at * self.width + place;
        self.slots[start..start + 2].copy_from_slice(&slot);
    }

    /// Appends to a row's tail, which has room for it.
    #[inline]
    fn put_tail(&mut self, at: usize, of: &[u8]) {
        let start = self.ends[at];
        self.tails[start..start + of.len()].copy_from_slice(of);
        self.ends[at] = start + of.len();
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

/// Whether two rows have one encounter id, as far as a quick look tells.
#[inline]
pub(crate) fn is_id_alike(ids: &Cells, row: usize, other: usize) -> bool {
    match ids {
        Cells::Keyed { keys, .. } => {
            keys.values()[row] == keys.values()[other] && keys.is_valid(row) == keys.is_valid(other)
        }
        _ => id_of(ids, row) == id_of(ids, other),
    }
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
