//! The rows of one bucket in the order of encounters.

use super::within;
use crate::partition::{BucketBytes, key_at, shared};
use crate::schema::Table;
use crate::stored_row::{StoredRow, rows_of};
use std::cmp::Ordering;
use std::ops::Range;

/// Rows looked at ahead of their turn, and the bytes that come from memory at once.
const FETCHED: usize = 48;
const LINE: usize = 64;

/// One bucket's rows, each table sorted by encounter. The rows of an encounter are sorted when it is their turn, so that
/// they are looked at once, together.
#[derive(Debug)]
pub struct BucketRows<'b> {
    tables: [Vec<Entry<'b>>; 3],
    /// Bytes that all ids share in front.
    common: usize,
}

/// A row with what tells its encounter without looking at it.
#[derive(Debug, Clone, Copy)]
struct Entry<'b> {
    /// The bytes of the id behind those that all share, as far as they fit.
    key: u64,
    id_length: usize,
    row: StoredRow<'b>,
}

/// Where one encounter's rows lie in the tables of its bucket.
#[derive(Debug, Clone)]
pub struct EncounterRows {
    ranges: [Range<usize>; 3],
}

impl<'b> BucketRows<'b> {
    /// Sorts a bucket.
    #[must_use]
    pub fn new(bytes: &'b BucketBytes) -> Self {
        let rows = |table: Table| bytes.tables[table as usize].iter().flat_map(|run| rows_of(run));
        let common = common_bytes(Table::ALL.into_iter().flat_map(rows).map(StoredRow::id));
        let tables = Table::ALL.map(|table| {
            let entry = |row: StoredRow<'b>| {
                let id = row.id();
                Entry { key: key_at(id, common), id_length: id.len(), row }
            };
            let mut entries: Vec<Entry<'b>> = rows(table).map(entry).collect();
            // Stable, since rows come in long runs that are sorted already, and those of an encounter mostly in their order.
            entries.sort_by(|one, other| one.order_of_ids(other, common));
            entries
        });
        Self { tables, common }
    }

    /// The encounters of the bucket, in the order of their ids.
    pub fn encounters(&self) -> impl Iterator<Item = EncounterRows> + '_ {
        let mut starts = [0; 3];
        let mut fetched = [0; 3];
        std::iter::from_fn(move || {
            for (table, entries) in self.tables.iter().enumerate() {
                if starts[table] >= fetched[table] {
                    fetched[table] = (starts[table] + FETCHED).min(entries.len());
                    fetch(&entries[starts[table]..fetched[table]]);
                }
            }
            let heads = self.tables.iter().zip(starts).filter_map(|(entries, start)| entries.get(start));
            let first = heads.min_by(|one, other| one.order_of_ids(other, self.common))?;
            let ranges = std::array::from_fn(|table| {
                let rest = &self.tables[table][starts[table]..];
                let alike = |entry: &&Entry<'_>| entry.order_of_ids(first, self.common).is_eq();
                let range = starts[table]..starts[table] + rest.iter().take_while(alike).count();
                starts[table] = range.end;
                range
            });
            Some(EncounterRows { ranges })
        })
    }

    /// The rows of an encounter in one table, sorted by claim and line or administration, then by everything they hold, so
    /// that the order of the input cannot reach an output.
    pub(super) fn sorted(&self, table: Table, rows: &EncounterRows) -> within::Rows<'b> {
        let entries = &self.tables[table as usize][rows.ranges[table as usize].clone()];
        within::sorted(entries.iter().map(|entry| entry.row), table)
    }

    /// The id of an encounter of the bucket.
    #[must_use]
    pub fn encounter_id(&self, rows: &EncounterRows) -> &str {
        let first = |table: usize| self.tables[table][rows.ranges[table].clone()].first();
        (0..3).find_map(first).map_or("", |entry| entry.row.encounter_id())
    }

    /// Rows by table.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        self.tables.each_ref().map(Vec::len)
    }
}

/// Looks at rows that are needed soon. They lie all over the bucket, and where nothing waits for what one of them holds, they
/// come from memory together instead of one after the other.
fn fetch(entries: &[Entry<'_>]) {
    let seen = entries.iter().fold(0, |seen, entry| {
        let bytes = entry.row.bytes();
        let lines = bytes.iter().step_by(LINE).fold(0, |seen, byte| seen ^ byte);
        seen ^ lines ^ bytes.last().copied().unwrap_or_default()
    });
    std::hint::black_box(seen);
}

impl Entry<'_> {
    /// The order of the ids of two rows; `common` bytes in front are the same.
    #[inline]
    fn order_of_ids(&self, other: &Self, common: usize) -> Ordering {
        self.key.cmp(&other.key).then_with(|| {
            // Of ids that the key holds whole, it tells those of one length apart.
            let told = self.id_length == other.id_length && self.id_length <= common + size_of::<u64>();
            if told { Ordering::Equal } else { self.row.id().cmp(other.row.id()) }
        })
    }
}

/// Bytes that all ids share in front: what tells those of a bucket apart fits a number almost always.
fn common_bytes<'b>(mut ids: impl Iterator<Item = &'b [u8]>) -> usize {
    let Some(first) = ids.next() else { return 0 };
    ids.fold(first.len(), |common, id| {
        let first = &first[..common];
        if id.starts_with(first) { common } else { shared(first, id) }
    })
}
