//! Decoded columns to stored rows.

use super::HEADER;
use crate::schema::{Cells, Contract, Decoded, LONG, push_text, text_of};
use arrow::array::Array;

/// The stored rows of one batch, one after the other.
#[derive(Debug, Default)]
pub(crate) struct EncodedRows {
    bytes: Vec<u8>,
    /// Where each row begins, and where the last one ends.
    starts: Vec<u32>,
    /// Where the next value of each row goes.
    cursors: Vec<u32>,
    present: Vec<u64>,
    one: Vec<u8>,
}

impl EncodedRows {
    /// Bytes of one row.
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        &self.bytes[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// Encodes `rows` of a decoded batch whose first row is row `first_row` of file `file`. Rows that cannot be used
    /// are encoded with whatever they hold; the caller leaves them out.
    pub(crate) fn fill(
        &mut self,
        contract: &Contract,
        decoded: &Decoded,
        (file, first_row): (u32, u64),
        rows: std::ops::Range<usize>,
    ) {
        let count = rows.len();
        let id_column = contract.id_column;
        self.present.clear();
        self.present.resize(count, 0);
        // Lengths first, gathered where the cursors will stand.
        self.cursors.clear();
        self.cursors.resize(count, (HEADER + 8) as u32);
        for (at, cells) in decoded.cells.iter().enumerate().filter(|(at, _)| *at != id_column) {
            measure(cells, &rows, 1 << at, &mut self.cursors, &mut self.present);
        }
        for (length, row) in self.cursors.iter_mut().zip(rows.clone()) {
            *length += id_of(&decoded.cells[id_column], row).len() as u32;
        }
        self.starts.clear();
        self.starts.reserve(count + 1);
        let mut end = 0;
        for cursor in &mut self.cursors {
            self.starts.push(end);
            let length = *cursor;
            *cursor = end;
            end += length;
        }
        self.starts.push(end);
        self.bytes.clear();
        self.bytes.resize(end as usize, 0);
        self.headers(&decoded.cells[id_column], &rows, (file, first_row));
        for (at, cells) in decoded.cells.iter().enumerate().filter(|(at, _)| *at != id_column) {
            self.values(cells, &rows, 1 << at);
        }
    }

    fn headers(&mut self, ids: &Cells, rows: &std::ops::Range<usize>, (file, first_row): (u32, u64)) {
        for (at, row) in rows.clone().enumerate() {
            let start = self.starts[at] as usize;
            let length = self.starts[at + 1] - self.starts[at];
            let id = id_of(ids, row);
            let head = &mut self.bytes[start..];
            head[..4].copy_from_slice(&length.to_le_bytes());
            head[4..8].copy_from_slice(&file.to_le_bytes());
            head[8..16].copy_from_slice(&(first_row + row as u64).to_le_bytes());
            head[16..18].copy_from_slice(&(id.len() as u16).to_le_bytes());
            head[18..18 + id.len()].copy_from_slice(id);
            let behind = HEADER + id.len();
            head[behind..behind + 8].copy_from_slice(&self.present[at].to_le_bytes());
            self.cursors[at] += (behind + 8) as u32;
        }
    }

    fn values(&mut self, cells: &Cells, rows: &std::ops::Range<usize>, bit: u64) {
        let each = rows.clone().enumerate();
        match cells {
            Cells::Absent => {}
            Cells::Keyed { keys, values } => {
                for (at, row) in each.filter(|(at, _)| self.present[*at] & bit != 0) {
                    let value = values.get(keys.value(row));
                    put(&mut self.bytes, &mut self.cursors[at], value);
                }
            }
            Cells::Text(text) => {
                for (at, row) in each.filter(|(at, _)| self.present[*at] & bit != 0) {
                    self.one.clear();
                    push_text(text.value(row), &mut self.one);
                    put(&mut self.bytes, &mut self.cursors[at], &self.one);
                }
            }
            Cells::Fixed { width, bytes, .. } => {
                for (at, row) in each.filter(|(at, _)| self.present[*at] & bit != 0) {
                    put(&mut self.bytes, &mut self.cursors[at], &bytes[row * width..(row + 1) * width]);
                }
            }
        }
    }
}

#[inline]
fn put(bytes: &mut [u8], cursor: &mut u32, value: &[u8]) {
    let start = *cursor as usize;
    bytes[start..start + value.len()].copy_from_slice(value);
    *cursor += value.len() as u32;
}

/// Adds each row's bytes of one column, and marks the rows that have a value.
fn measure(cells: &Cells, rows: &std::ops::Range<usize>, bit: u64, lengths: &mut [u32], present: &mut [u64]) {
    let each = rows.clone().zip(lengths.iter_mut().zip(present));
    match cells {
        Cells::Absent => {}
        Cells::Keyed { keys, values } => {
            for (row, (length, present)) in each.filter(|(row, _)| keys.is_valid(*row)) {
                let value = values.get(keys.value(row)).len();
                if value > 0 {
                    *length += value as u32;
                    *present |= bit;
                }
            }
        }
        Cells::Text(text) => {
            for (row, (length, present)) in each.filter(|(row, _)| text.is_valid(*row)) {
                let value = text.value_length(row) as usize;
                let prefix = if value < usize::from(LONG) { 1 } else { 5 };
                *length += (value + prefix) as u32;
                *present |= bit;
            }
        }
        Cells::Fixed { width, valid, .. } => {
            for (row, (length, present)) in each {
                if valid.as_ref().is_none_or(|valid| valid.is_valid(row)) {
                    *length += *width as u32;
                    *present |= bit;
                }
            }
        }
    }
}

/// The encounter id of a row; empty where it has none, which no row that is used does.
pub(crate) fn id_of(ids: &Cells, row: usize) -> &[u8] {
    match ids {
        Cells::Text(text) if text.is_valid(row) => text.value(row).as_bytes(),
        Cells::Keyed { keys, values } if keys.is_valid(row) => {
            let value = values.get(keys.value(row));
            if value.is_empty() { value } else { text_of(value) }
        }
        _ => &[],
    }
}
