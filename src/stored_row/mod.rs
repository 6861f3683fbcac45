//! One input row as a run of bytes, from the moment it is decoded until its encounter is built.
//!
//! Rows of an encounter meet only after the partition, so each is moved as one piece: a row costs one copy instead of
//! one per column, it spills as it is, and building an encounter reads memory in order. Numbers are little-endian.
//!
//! ```text
//! length u32 | file u32 | row u64 | id length u16 | encounter id | a slot for every other column | tail
//! ```
//!
//! The slots of a table always lie at the same places behind the encounter id, so that a column is written for many rows
//! in one loop and read without looking at the others. A slot has room for almost every value of its column; the tail holds
//! what does not fit, in the order of the columns, and all texts but those that many rows share, which are known by a
//! number. The tail is text throughout.

mod columns;
mod encode;
mod interned;
mod order;
mod read;

pub(crate) use columns::{ClaimColumn, EncounterColumn, FlowsheetColumn};
pub(crate) use encode::{EncodedRows, id_of, whole_id_of};
pub(crate) use interned::intern;
pub(crate) use read::{Fields, StoredRow, rows_of};

use crate::schema::{Contract, Table};
use std::sync::LazyLock;

/// Bytes in front of the encounter id.
const HEADER: usize = 4 + 4 + 8 + 2;

/// In the slot of a text: it stands in the tail, and the other bits are its length.
const TAIL_TEXT: u16 = 1 << 15;

/// A length that its slot does not hold: so many hexadecimal digits of it stand in front of the text.
const LONG_TEXT: u16 = TAIL_TEXT - 1;
const LENGTH_DIGITS: usize = 8;

/// What the slot of a text in the tail holds; none where it is empty.
pub(crate) fn tail_slot(length: usize) -> u16 {
    match u16::try_from(length) {
        Ok(0) => 0,
        Ok(short) if short < LONG_TEXT => TAIL_TEXT | short,
        _ => TAIL_TEXT | LONG_TEXT,
    }
}

/// Where the slots of a table's rows lie.
#[derive(Debug)]
struct Layout {
    /// Where each column's slot begins, counted from behind the encounter id, which has none.
    places: Vec<usize>,
    /// What the slots of a row without values hold.
    empty: Vec<u8>,
}

impl Layout {
    fn of(table: Table) -> &'static Self {
        static LAYOUTS: LazyLock<[Layout; 3]> = LazyLock::new(|| Table::ALL.map(|table| Layout::new(table.contract())));
        &LAYOUTS[table as usize]
    }

    fn new(contract: &Contract) -> Self {
        let (mut places, mut empty) = (Vec::new(), Vec::new());
        for (at, column) in contract.columns.iter().enumerate() {
            places.push(empty.len());
            if at != contract.id_column {
                empty.extend_from_slice(column.kind.absent_slot());
            }
        }
        Self { places, empty }
    }
}
