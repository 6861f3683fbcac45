//! A bucket's rows become encounters: sorted, cut, claim versions resolved, foreign keys checked.

mod bucket;
mod build;
mod keys;
mod versions;
mod within;

pub use bucket::{BucketRows, EncounterRows};
pub use build::Builder;
pub use keys::KeyCheck;

use crate::model::RowReference;
use crate::schema::Table;

/// Why the rows of an id that gathers more than an encounter can have are set aside.
pub const TOO_MANY_ROWS: &str = "too-many-rows-for-one-encounter";

/// A row that is not audited after all, found once its whole encounter is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    pub table: Table,
    pub source: RowReference,
    pub column: &'static str,
    pub reason: &'static str,
}

/// Rows excluded on purpose, by table and reason.
pub type Excluded = std::collections::BTreeMap<(Table, &'static str), u64>;
