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
        let tables = Table::ALL.map(|table| {
            let runs = &bytes.tables[table as usize];
            sorted(runs.iter().flat_map(|run| rows_of(run)).collect(), table)
        });
        Self { tables }
    }

    /// The encounters of the bucket, in the order of their ids.
    pub fn encounters(&self) -> impl Iterator<Item = EncounterRows> + '_ {
        let mut starts = [0; 3];
        std::iter::from_fn(move || {
            let heads = (0..3).filter_map(|table| self.tables[table].get(starts[table]).map(|row| row.id()));
            let id = heads.min()?;
            let ranges = std::array::from_fn(|table| {
                let rows = &self.tables[table][starts[table]..];
                let count = rows.iter().take_while(|row| row.id() == id).count();
                let range = starts[table]..starts[table] + count;
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

fn sorted(rows: Vec<StoredRow<'_>>, table: Table) -> Vec<StoredRow<'_>> {
    let Some(first) = rows.first().map(|row| row.id()) else { return rows };
    // The ids of a bucket are alike in front; what tells them apart fits a number almost always.
    let common = rows.iter().fold(first.len(), |common, row| {
        let (first, id) = (&first[..common], row.id());
        if id.starts_with(first) { common } else { shared(first, id) }
    });
    let mut keyed: Vec<(u64, StoredRow<'_>)> = rows.into_iter().map(|row| (key_at(row.id(), common), row)).collect();
    keyed.sort_unstable_by_key(|(key, _)| *key);
    for run in keyed.chunk_by_mut(|one, other| one.0 == other.0) {
        run.sort_unstable_by(|(_, one), (_, other)| {
            let (id, other_id) = (one.id(), other.id());
            // The number tells ids of one length apart that it holds whole.
            let alike = id.len() == other_id.len() && id.len() <= common + size_of::<u64>();
            let by_id = if alike { Ordering::Equal } else { id.cmp(other_id) };
            by_id.then_with(|| one.order_within_encounter(*other, table))
        });
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}
