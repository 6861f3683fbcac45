//! The rows of one bucket in the order of encounters.

use crate::model::RowReference;
use crate::partition::{BucketBytes, key_at, shared};
use crate::schema::Table;
use crate::stored_row::{StoredRow, rows_of};
use std::cmp::Ordering;
use std::ops::Range;

/// Rows looked at ahead of their turn, and the bytes that come from memory at once.
const FETCHED: usize = 48;
const LINE: usize = 64;

/// Bytes of a key.
const KEY: usize = size_of::<u64>();

/// One bucket's rows, each table sorted by encounter. The rows of an encounter are sorted when it is their turn, so that
/// they are looked at once, together.
#[derive(Debug)]
pub struct BucketRows<'b> {
    tables: [TableRows<'b>; 3],
}

/// The rows of one table in the order of their encounters.
#[derive(Debug)]
struct TableRows<'b> {
    places: Vec<Place>,
    rows: Vec<StoredRow<'b>>,
}

/// What tells the encounter of a row without looking at it.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The bytes of the id behind those that all share, as far as they fit.
    key: u64,
    /// How long the rest of the id is; what is longer than the key, by one. Of two ids that the key holds alike, one of which it
    /// holds whole, the shorter comes first.
    length: u32,
    /// Where the row came among all of its table.
    came: u32,
}

/// Where one encounter's rows lie in the tables of its bucket.
#[derive(Debug, Clone)]
pub struct EncounterRows {
    ranges: [Range<usize>; 3],
}

impl EncounterRows {
    /// Rows by table.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        self.ranges.each_ref().map(Range::len)
    }
}

impl<'b> BucketRows<'b> {
    /// Sorts a bucket.
    #[must_use]
    pub fn new(bytes: &'b BucketBytes) -> Self {
        let common = bytes.common.unwrap_or_else(|| common_bytes(all_rows(bytes).map(StoredRow::id)));
        let tables = Table::ALL.map(|table| {
            TableRows::sorted(bytes.tables[table as usize].iter().flat_map(|run| rows_of(run)).collect(), common)
        });
        Self { tables }
    }

    /// The order of the ids of two rows, each named by its table and its place in it.
    #[inline]
    fn order_of_ids(&self, (table, one): (usize, usize), (other_table, other): (usize, usize)) -> Ordering {
        let (of, others) = (&self.tables[table], &self.tables[other_table]);
        let place = &of.places[one];
        place.number().cmp(&others.places[other].number()).then_with(|| {
            if place.is_long() { of.rows[one].id().cmp(others.rows[other].id()) } else { Ordering::Equal }
        })
    }

    /// The encounters of the bucket, in the order of their ids.
    pub fn encounters(&self) -> impl Iterator<Item = EncounterRows> + '_ {
        let mut starts = [0; 3];
        let mut fetched = [0; 3];
        std::iter::from_fn(move || {
            let mut first: Option<(usize, usize)> = None;
            for (table, of) in self.tables.iter().enumerate() {
                let start = starts[table];
                if start >= fetched[table] {
                    fetched[table] = (start + FETCHED).min(of.rows.len());
                    fetch(&of.rows[start..fetched[table]]);
                }
                let head = (start < of.rows.len()).then_some((table, start));
                first = match (first, head) {
                    (Some(first), Some(head)) if self.order_of_ids(head, first).is_ge() => Some(first),
                    (first, head) => head.or(first),
                };
            }
            let first = first?;
            let ranges = std::array::from_fn(|table| {
                let (start, end) = (starts[table], self.tables[table].rows.len());
                let alike = |row: &usize| self.order_of_ids((table, *row), first).is_eq();
                starts[table] += (start..end).take_while(alike).count();
                start..starts[table]
            });
            Some(EncounterRows { ranges })
        })
    }

    /// The rows of an encounter in one table.
    pub(super) fn rows(&self, table: Table, rows: &EncounterRows) -> impl Iterator<Item = StoredRow<'b>> + '_ {
        self.tables[table as usize].rows[rows.ranges[table as usize].clone()].iter().copied()
    }

    /// Where the rows of an encounter came from.
    pub fn sources(&self, rows: &EncounterRows) -> impl Iterator<Item = RowReference> + '_ {
        Table::ALL.map(|table| self.rows(table, rows).map(StoredRow::source)).into_iter().flatten()
    }

    /// The id of an encounter of the bucket.
    #[must_use]
    pub fn encounter_id(&self, rows: &EncounterRows) -> &'b str {
        Table::ALL.into_iter().find_map(|table| self.rows(table, rows).next()).map_or("", StoredRow::encounter_id)
    }

    /// Rows by table.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        self.tables.each_ref().map(|table| table.rows.len())
    }
}

impl Place {
    /// What sorts as ids do, but for those that are longer than the key.
    #[inline]
    fn number(&self) -> (u64, u32) {
        (self.key, self.length)
    }

    fn is_long(&self) -> bool {
        self.length as usize > KEY
    }
}

impl<'b> TableRows<'b> {
    /// Sorts the rows of a table, whose ids share `common` bytes in front.
    fn sorted(rows: Vec<StoredRow<'b>>, common: usize) -> Self {
        let place = |(came, row): (u32, &StoredRow<'b>)| {
            let id = row.id();
            Place { key: key_at(id, common), length: (id.len() - common).min(KEY + 1) as u32, came }
        };
        let mut places: Vec<Place> = (0..).zip(&rows).map(place).collect();
        // Stable, since rows come in long runs that are sorted already, and those of an encounter mostly in their order.
        places.sort_by_key(Place::number);
        for alike in places.chunk_by_mut(|one, next| one.is_long() && one.number() == next.number()) {
            if alike.len() > 1 {
                alike.sort_by_key(|place| rows[place.came as usize].id());
            }
        }
        let rows = places.iter().map(|place| rows[place.came as usize]).collect();
        Self { places, rows }
    }
}

/// Looks at rows that are needed soon. They lie all over the bucket, and where nothing waits for what one of them holds, they
/// come from memory together instead of one after the other.
fn fetch(rows: &[StoredRow<'_>]) {
    let seen = rows.iter().fold(0, |seen, row| {
        let bytes = row.bytes();
        let lines = bytes.iter().step_by(LINE).fold(0, |seen, byte| seen ^ byte);
        seen ^ lines ^ bytes.last().copied().unwrap_or_default()
    });
    std::hint::black_box(seen);
}

fn all_rows(bytes: &BucketBytes) -> impl Iterator<Item = StoredRow<'_>> {
    bytes.tables.iter().flatten().flat_map(|run| rows_of(run))
}

/// Bytes that all ids share in front: what tells those of a bucket apart fits a number almost always.
fn common_bytes<'b>(mut ids: impl Iterator<Item = &'b [u8]>) -> usize {
    let Some(first) = ids.next() else { return 0 };
    ids.fold(first.len(), |common, id| {
        let first = &first[..common];
        if id.starts_with(first) { common } else { shared(first, id) }
    })
}
