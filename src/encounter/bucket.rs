//! The rows of one bucket in the order of encounters.

use crate::partition::{BucketBytes, key_at, shared};
use crate::schema::Table;
use crate::stored_row::{StoredRow, rows_of};
use std::cmp::Ordering;
use std::ops::Range;

/// One bucket's rows, each table sorted by encounter, then by claim and line or administration, then by everything it
/// holds, so that the order of the input cannot reach an output.
#[derive(Debug)]
pub struct BucketRows<'b> {
    pub(super) tables: [Vec<StoredRow<'b>>; 3],
    /// The number of each row's id, by table.
    ids: [Vec<u64>; 3],
    keys: Keys,
}

/// Where one encounter's rows lie in the tables of its bucket.
#[derive(Debug, Clone)]
pub struct EncounterRows {
    pub(super) ranges: [Range<usize>; 3],
}

impl<'b> BucketRows<'b> {
    /// Sorts a bucket.
    #[must_use]
    pub fn new(bytes: &'b BucketBytes) -> Self {
        let all = || bytes.tables.iter().flatten().flat_map(|run| rows_of(run));
        let keys = Keys::of(all().map(StoredRow::id));
        let sorted = Table::ALL.map(|table| {
            let runs = &bytes.tables[table as usize];
            sorted(runs.iter().flat_map(|run| rows_of(run)), keys, table)
        });
        let ids = sorted.each_ref().map(|rows| rows.iter().map(|(key, _)| *key).collect());
        let tables = sorted.map(|rows| rows.into_iter().map(|(_, row)| row).collect());
        Self { tables, ids, keys }
    }

    /// Whether two rows are of one encounter; each by its table and place.
    #[inline]
    fn are_alike(&self, (table, at): (usize, usize), (other_table, other): (usize, usize)) -> bool {
        self.ids[table][at] == self.ids[other_table][other]
            && (self.keys.tell || self.tables[table][at].id() == self.tables[other_table][other].id())
    }

    /// The encounters of the bucket, in the order of their ids.
    pub fn encounters(&self) -> impl Iterator<Item = EncounterRows> + '_ {
        let mut starts = [0; 3];
        std::iter::from_fn(move || {
            let heads = (0..3).filter(|table| starts[*table] < self.ids[*table].len());
            let first = heads.min_by(|one, other| {
                let (one, other) = ((*one, starts[*one]), (*other, starts[*other]));
                self.ids[one.0][one.1].cmp(&self.ids[other.0][other.1]).then_with(|| {
                    let id = |(table, at): (usize, usize)| self.tables[table][at].id();
                    if self.keys.tell { Ordering::Equal } else { id(one).cmp(id(other)) }
                })
            })?;
            let first = (first, starts[first]);
            let ranges = std::array::from_fn(|table| {
                let start = starts[table];
                let end = (start..self.ids[table].len()).find(|at| !self.are_alike(first, (table, *at)));
                let range = start..end.unwrap_or(self.ids[table].len());
                starts[table] = range.end;
                range
            });
            Some(EncounterRows { ranges })
        })
    }

    /// The id of an encounter of the bucket.
    #[must_use]
    pub fn encounter_id(&self, rows: &EncounterRows) -> &str {
        let first = |table: usize| self.tables[table][rows.ranges[table].clone()].first();
        (0..3).find_map(first).map_or("", |row| row.encounter_id())
    }

    /// Rows by table.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        self.tables.each_ref().map(Vec::len)
    }
}

/// How the ids of a bucket become numbers.
#[derive(Debug, Clone, Copy)]
struct Keys {
    /// Bytes that all ids share in front; what tells them apart fits a number almost always.
    common: usize,
    /// Whether ids are the same where their numbers are.
    tell: bool,
}

impl Keys {
    fn of<'b>(mut ids: impl Iterator<Item = &'b [u8]>) -> Self {
        let Some(first) = ids.next() else { return Self { common: 0, tell: true } };
        let (mut common, mut one_length) = (first.len(), true);
        for id in ids {
            one_length &= id.len() == first.len();
            if !id.starts_with(&first[..common]) {
                common = shared(&first[..common], id);
            }
        }
        Self { common, tell: one_length && first.len() <= common + size_of::<u64>() }
    }
}

fn sorted<'b>(rows: impl Iterator<Item = StoredRow<'b>>, keys: Keys, table: Table) -> Vec<(u64, StoredRow<'b>)> {
    let mut keyed: Vec<(u64, StoredRow<'b>)> = rows.map(|row| (key_at(row.id(), keys.common), row)).collect();
    // Stable, since rows come in long runs that are sorted already, and those of an encounter mostly in their order.
    keyed.sort_by_key(|(key, _)| *key);
    for run in keyed.chunk_by_mut(|one, other| one.0 == other.0) {
        run.sort_unstable_by(|(_, one), (_, other)| {
            let by_id = if keys.tell { Ordering::Equal } else { one.id().cmp(other.id()) };
            by_id.then_with(|| one.order_within_encounter(*other, table))
        });
    }
    keyed
}
