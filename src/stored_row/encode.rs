//! Decoded columns to stored rows.

use super::HEADER;
use crate::schema::{Cells, Contract, Decoded, INTERNED, KeyedValues, LONG, SLOT, text_of};
use arrow::array::Array;
use arrow::buffer::NullBuffer;

/// The stored rows of one batch, one after the other.
#[derive(Debug, Default)]
pub(crate) struct EncodedRows {
    /// Longer than what is used, so that a row is written without growing it.
    bytes: Vec<u8>,
    /// Where each row begins, and where the last one ends.
    starts: Vec<u32>,
}

/// One column that has values, as a row's cell is taken from it.
enum Lane<'c> {
    Keyed(&'c [i32], &'c KeyedValues),
    Text(&'c [i32], &'c [u8]),
    One(&'c [[u8; 1]]),
    Two(&'c [[u8; 2]]),
    Four(&'c [[u8; 4]]),
    Five(&'c [[u8; 5]]),
    Eight(&'c [[u8; 8]]),
    Nine(&'c [[u8; 9]]),
    Ten(&'c [[u8; 10]]),
}

impl<'c> Lane<'c> {
    /// A column's cells and which rows have one; `None` where no row has.
    fn of(cells: &'c Cells) -> Option<(Self, Option<&'c NullBuffer>)> {
        let lane = match cells {
            Cells::Absent => return None,
            Cells::Keyed { keys, values } => (Lane::Keyed(keys.values(), values), keys.nulls()),
            Cells::Text(text) => (Lane::Text(text.value_offsets(), text.value_data()), text.nulls()),
            Cells::Fixed { width, bytes, valid } => {
                let lane = match width {
                    1 => Lane::One(bytes.as_chunks().0),
                    2 => Lane::Two(bytes.as_chunks().0),
                    4 => Lane::Four(bytes.as_chunks().0),
                    5 => Lane::Five(bytes.as_chunks().0),
                    8 => Lane::Eight(bytes.as_chunks().0),
                    9 => Lane::Nine(bytes.as_chunks().0),
                    10 => Lane::Ten(bytes.as_chunks().0),
                    _ => return None,
                };
                (lane, valid.as_ref())
            }
        };
        Some((lane.0, lane.1.filter(|nulls| nulls.null_count() > 0)))
    }
}

/// A column of a batch: its bit among the columns present, its cells, and which rows have one.
type Column<'c> = (u64, Lane<'c>, Option<&'c NullBuffer>);

impl EncodedRows {
    /// Bytes of one row.
    #[inline]
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
        let id_column = contract.id_column;
        let ids = &decoded.cells[id_column];
        let columns: Vec<Column<'_>> = decoded
            .cells
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != id_column)
            .filter_map(|(at, cells)| Lane::of(cells).map(|(lane, valid)| (1 << at, lane, valid)))
            .collect();
        // Every short cell of a row, each written as one slot.
        let room = columns.len() * SLOT + HEADER + 8;
        self.starts.clear();
        self.starts.push(0);
        let mut end = 0;
        for row in rows {
            let id = id_of(ids, row);
            let behind = end + HEADER + id.len();
            self.make_room(behind + room);
            let mut writer = Writer { bytes: &mut self.bytes, at: behind + 8 };
            let mut present = 0;
            for (bit, lane, valid) in &columns {
                if valid.is_none_or(|valid| valid.is_valid(row)) && writer.put(lane, row, room) {
                    present |= bit;
                }
            }
            let (start, stop) = (end, writer.at);
            let head = &mut self.bytes[start..behind + 8];
            head[..4].copy_from_slice(&((stop - start) as u32).to_le_bytes());
            head[4..8].copy_from_slice(&file.to_le_bytes());
            head[8..16].copy_from_slice(&(first_row + row as u64).to_le_bytes());
            head[16..18].copy_from_slice(&(id.len() as u16).to_le_bytes());
            head[HEADER..HEADER + id.len()].copy_from_slice(id);
            head[HEADER + id.len()..].copy_from_slice(&u64::to_le_bytes(present));
            end = stop;
            self.starts.push(end as u32);
        }
    }

    fn make_room(&mut self, end: usize) {
        make_room(&mut self.bytes, end);
    }
}

fn make_room(bytes: &mut Vec<u8>, end: usize) {
    if bytes.len() < end {
        bytes.resize(end.next_power_of_two(), 0);
    }
}

/// Writes the cells of one row behind one another.
struct Writer<'b> {
    bytes: &'b mut Vec<u8>,
    at: usize,
}

impl Writer<'_> {
    /// Appends one cell; whether it holds anything. `room` bytes behind the cell stay there for those that follow.
    #[inline]
    fn put(&mut self, lane: &Lane<'_>, row: usize, room: usize) -> bool {
        match lane {
            Lane::Keyed(keys, values) => {
                let key = keys[row];
                let (length, slot) = values.slot(key);
                match length {
                    0 => return false,
                    LONG => self.long(&[], values.get(key), room),
                    // A whole slot is one move; what is too much of it the next cell overwrites.
                    _ => {
                        self.bytes[self.at..self.at + SLOT].copy_from_slice(slot);
                        self.at += usize::from(length);
                    }
                }
            }
            Lane::Text(offsets, bytes) => {
                let text = &bytes[offsets[row] as usize..offsets[row + 1] as usize];
                if text.len() < usize::from(INTERNED) {
                    self.long(&[text.len() as u8], text, room);
                } else {
                    let [a, b, c, d] = (text.len() as u32).to_le_bytes();
                    self.long(&[LONG, a, b, c, d], text, room);
                }
            }
            Lane::One(cells) => self.cell(cells[row]),
            Lane::Two(cells) => self.cell(cells[row]),
            Lane::Four(cells) => self.cell(cells[row]),
            Lane::Five(cells) => self.cell(cells[row]),
            Lane::Eight(cells) => self.cell(cells[row]),
            Lane::Nine(cells) => self.cell(cells[row]),
            Lane::Ten(cells) => self.cell(cells[row]),
        }
        true
    }

    #[inline]
    fn cell<const N: usize>(&mut self, cell: [u8; N]) {
        self.bytes[self.at..self.at + N].copy_from_slice(&cell);
        self.at += N;
    }

    fn long(&mut self, prefix: &[u8], cell: &[u8], room: usize) {
        make_room(self.bytes, self.at + prefix.len() + cell.len() + room);
        for piece in [prefix, cell] {
            self.bytes[self.at..self.at + piece.len()].copy_from_slice(piece);
            self.at += piece.len();
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
