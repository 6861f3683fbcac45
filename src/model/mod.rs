//! The nouns: codes, money, times, administrations, claim lines, encounters.
//!
//! Text is borrowed from the batch it was decoded from (`'a`), so building an encounter copies no strings.

mod administration;
mod claim_line;
mod code;
mod encounter;
mod money;
mod name;
mod quantity;
mod time;
mod vocabulary;

pub use administration::{Administration, Concentration, DrugMatch};
pub use claim_line::ClaimLine;
pub use code::{HcpcsCode, InvalidCode, Modifier, Modifiers};
pub use encounter::Encounter;
pub(crate) use encounter::listed;
pub use money::{Cents, UnitPrice};
pub use name::{is_same_name, normal_name};
pub use quantity::{MOST_QUANTITY, is_absurd_quantity, parse_quantity, quantity_from_f64};
pub use time::{ChartTime, Date, Minutes};
pub use vocabulary::{
    AdministrationStatus, ClaimType, Container, Device, EncounterClass, Method, PayerType, ProviderBasedDepartment,
    Purpose, Route, Setting, SubstanceClass, UnknownTerm, YesNo,
};

/// Indexes of a few rows or lines; up to four of them need no allocation.
pub type Indexes = smallvec::SmallVec<[u32; 4]>;

/// A list of one index, the usual one.
#[inline]
#[must_use]
pub(crate) fn one_index(index: u32) -> Indexes {
    Indexes::from_buf_and_len([index, 0, 0, 0], 1)
}

/// `text` without white space around it, as `str::trim` has it; most texts have none.
#[inline]
#[must_use]
pub(crate) fn trimmed(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim() }
}

/// Where a row came from: the index of its file in the run's manifest and its zero-based row in that file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RowReference {
    pub file: u32,
    pub row: u64,
}
