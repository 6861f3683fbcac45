//! One input row as a run of bytes, from the moment it is decoded until its encounter is built.
//!
//! Rows of an encounter meet only after the partition, so each is moved as one piece: a row costs one copy instead of
//! one per column, it spills as it is, and building an encounter reads memory in order. Numbers are little-endian.
//!
//! ```text
//! length u32 | file u32 | row u64 | id length u16 | encounter id | columns present u64 | their values
//! ```
//!
//! Values follow one another in the order of the contract; the encounter id is not among them. Two rows whose bytes
//! behind the source are the same hold the same, so those bytes also order rows that nothing else tells apart.

mod columns;
mod encode;
mod read;

pub(crate) use columns::{ClaimColumn, EncounterColumn, FlowsheetColumn};
pub(crate) use encode::{EncodedRows, id_of};
pub(crate) use read::{StoredRow, rows_of};

/// Bytes in front of the encounter id.
const HEADER: usize = 4 + 4 + 8 + 2;
