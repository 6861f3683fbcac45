//! One input row as a run of bytes, from the moment it is decoded until its encounter is built.
//!
//! Rows of an encounter meet only after the partition, so each is moved as one piece: a row costs one copy instead of
//! one per column, it spills as it is, and building an encounter reads memory in order. Numbers are little-endian.
//!
//! ```text
//! length u32 | file u32 | row u64 | id length u16 | encounter id | columns present u64 | their values
//! ```
//!
//! Values follow one another in the order of the contract; the encounter id is not among them. Text has its length in front,
//! or is the number of a text that many rows share.

mod columns;
mod encode;
mod interned;
mod read;

pub(crate) use columns::{ClaimColumn, EncounterColumn, FlowsheetColumn};
pub(crate) use encode::{EncodedRows, id_of};
pub(crate) use interned::intern;
pub(crate) use read::{StoredRow, rows_of};

/// Bytes in front of the encounter id.
const HEADER: usize = 4 + 4 + 8 + 2;
