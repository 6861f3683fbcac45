//! Rows partitioned by encounter within a memory budget.
//!
//! Buckets are ranges of encounter ids, so that results written bucket by bucket stand in the order of ids whatever
//! the number of buckets, threads or files. The bounds come from a sample of the ids and decide nothing but balance.
//! Rows stay in memory while the budget lasts; then the buckets that will be needed last go to one private file that
//! has no name and vanishes with the process, however that ends.

mod chunk;
mod disk;
mod groups;
mod memory;
mod ranges;
mod room;

pub use disk::free_bytes;
pub use memory::default_memory_limit;
pub use ranges::Ranges;
pub(crate) use ranges::{key_at, shared};

use crate::error::Error;
use crate::model::RowReference;
use crate::schema::{Decoded, Table};
use crate::stored_row::{EncodedRows, id_of, is_id_alike, rows_of};
use chunk::{Chunk, SpareChunks};
use disk::{Extent, SpillFile};
use groups::Groups;
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows encoded at a time: their bytes stay in the nearest cache until they are copied to their buckets.
const ROWS_AT_A_TIME: usize = 256;

/// A bucket below this many bytes is never sifted.
const LEAST_SIFTED: u64 = 1 << 20;

/// Rows of one table beyond which one encounter id cannot be one encounter: placeholders such as `UNKNOWN` gather rows of
/// many, and no bill or chart of a visit comes near.
const MOST_ROWS: usize = 5_000;

/// Whether an id has more claim lines or charted rows than an encounter can have; rows by table.
#[must_use]
pub fn is_too_many(rows: [usize; 3]) -> bool {
    rows[Table::Claims as usize] > MOST_ROWS || rows[Table::Flowsheets as usize] > MOST_ROWS
}

/// What of one table lies in one bucket.
#[derive(Debug, Default)]
struct Part {
    chunks: Vec<Chunk>,
    extents: Vec<Extent>,
    /// Bytes of rows, in memory and on disk.
    bytes: u64,
}

/// What of each row is carried to its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    Whole,
    /// What tells it from others: see [`crate::stored_row::LineKey`].
    Keys,
}

/// All rows, by bucket and table.
#[derive(Debug)]
pub struct Partition {
    carried: Carried,
    ranges: Ranges,
    parts: Vec<[Mutex<Part>; 3]>,
    held: AtomicUsize,
    budget: usize,
    /// Bytes beyond which a bucket is sifted.
    most_bytes: u64,
    spare: SpareChunks,
    spill: SpillFile,
    spilling: Mutex<()>,
    spilled_rows: AtomicU64,
    /// Buckets below this one have been taken.
    closed: AtomicUsize,
    /// Rows and bytes scattered so far, and rows expected: what a spill may come to need.
    seen: [AtomicU64; 2],
    expected_rows: u64,
}

/// A thread's scratch space.
#[derive(Debug, Default)]
pub struct Scratch {
    encoded: EncodedRows,
    groups: Groups,
}

/// The rows of one bucket, table by table, as runs of stored rows.
#[derive(Debug, Default)]
pub struct BucketBytes {
    pub(crate) tables: [Vec<Vec<u8>>; 3],
    /// Bytes that all ids share in front, where the bounds of the bucket tell.
    pub(crate) common: Option<usize>,
    /// Rows of ids that gather too many to be one encounter, where the bucket was too large to keep them.
    pub refused: Vec<(Table, RowReference, Box<[u8]>)>,
}

/// Why rows could not be placed.
#[derive(Debug)]
pub enum ScatterError {
    /// A row of a bucket that was already taken: the file's statistics do not bound its ids.
    Late,
    Failed(Error),
}

impl ScatterError {
    /// The error that stops a run.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            ScatterError::Failed(cause) => cause,
            ScatterError::Late => Error::Table("a row came after its bucket".to_owned()),
        }
    }
}

impl From<Error> for ScatterError {
    fn from(cause: Error) -> Self {
        ScatterError::Failed(cause)
    }
}

impl Partition {
    /// Buckets of these ranges that keep `budget` bytes of rows in memory; a spill file goes below `folder`.
    #[must_use]
    pub fn new(carried: Carried, ranges: Ranges, budget: usize, folder: &Path, expected_rows: u64) -> Self {
        let parts = (0..ranges.count()).map(|_| std::array::from_fn(|_| Mutex::new(Part::default()))).collect();
        Self {
            carried,
            ranges,
            parts,
            held: AtomicUsize::new(0),
            budget,
            most_bytes: (budget as u64 / 2).max(LEAST_SIFTED),
            spare: SpareChunks::new(budget / 4),
            spill: SpillFile::new(folder),
            spilling: Mutex::new(()),
            spilled_rows: AtomicU64::new(0),
            closed: AtomicUsize::new(0),
            seen: Default::default(),
            expected_rows,
        }
    }

    #[must_use]
    pub fn ranges(&self) -> &Ranges {
        &self.ranges
    }

    /// Rows that went to disk.
    #[must_use]
    pub fn spilled_rows(&self) -> u64 {
        self.spilled_rows.load(Ordering::Relaxed)
    }

    /// Places the usable rows of a decoded batch.
    ///
    /// # Errors
    /// A spill file that cannot be written; a row whose bucket is gone.
    pub fn scatter(
        &self,
        table: Table,
        decoded: &Decoded,
        (file, first_row): (u32, u64),
        scratch: &mut Scratch,
    ) -> Result<(), ScatterError> {
        let ids = &decoded.cells[table.contract().id_column];
        let mut start = 0;
        while start < decoded.rows {
            let rows = start..(start + ROWS_AT_A_TIME).min(decoded.rows);
            match self.carried {
                Carried::Whole => scratch.encoded.fill(table, decoded, (file, first_row), rows.clone()),
                Carried::Keys => scratch.encoded.fill_keys(table, decoded, (file, first_row), rows.clone()),
            }
            scratch.groups.clear(self.ranges.count());
            let (mut placed, mut bytes) = (0, scratch.encoded.bytes());
            // Rows of one encounter often stand together: the last row that was placed, its bucket and the length of its id.
            let mut last: Option<(usize, usize, usize)> = None;
            for row in rows.clone() {
                if !decoded.keep.is_empty() && !decoded.keep[row] {
                    scratch.groups.push(None);
                    continue;
                }
                let (bucket, length) = match last {
                    Some((other, bucket, length)) if is_id_alike(ids, row, other) => (bucket, length),
                    _ => {
                        let id = id_of(ids, row);
                        (self.ranges.bucket_of(id), id.len())
                    }
                };
                last = Some((row, bucket, length));
                scratch.groups.push(Some(bucket));
                placed += 1;
                bytes += length;
            }
            self.seen[0].fetch_add(placed, Ordering::Relaxed);
            self.seen[1].fetch_add(bytes as u64, Ordering::Relaxed);
            let mut grown = 0;
            for bucket in scratch.groups.buckets() {
                let mut part = lock(&self.parts[bucket][table as usize]);
                // Looked at under the lock that the taker needs too: a bucket that is open now still gets these rows.
                if bucket < self.closed.load(Ordering::Acquire) {
                    return Err(ScatterError::Late);
                }
                for row in scratch.groups.rows(bucket) {
                    grown += part.push((&scratch.encoded, row), id_of(ids, start + row), &self.spare);
                }
            }
            self.held.fetch_add(grown, Ordering::Relaxed);
            if self.held.load(Ordering::Relaxed) > self.budget {
                self.make_room()?;
            }
            start = rows.end;
        }
        Ok(())
    }

    /// Moves the buckets that will be taken last to disk until a quarter of the budget is free.
    fn make_room(&self) -> Result<(), Error> {
        let _one_at_a_time = lock(&self.spilling);
        // Whoever had to wait for another's spill may find room.
        if self.held.load(Ordering::Relaxed) <= self.budget {
            return Ok(());
        }
        let goal = self.budget / 4 * 3;
        for bucket in (0..self.parts.len()).rev() {
            if self.held.load(Ordering::Relaxed) <= goal {
                break;
            }
            for part in &self.parts[bucket] {
                let chunks = std::mem::take(&mut lock(part).chunks);
                let freed: usize = chunks.iter().map(|chunk| chunk.bytes.capacity()).sum();
                self.held.fetch_sub(freed, Ordering::Relaxed);
                for chunk in chunks.iter().filter(|chunk| !chunk.bytes.is_empty()) {
                    self.spill.look_for_room(self.beyond_memory(), || percent_packed(&chunk.bytes))?;
                    self.spilled_rows.fetch_add(chunk.rows, Ordering::Relaxed);
                    let extent = self.spill.append(&chunk.bytes, self.spill.packs())?;
                    lock(part).extents.push(extent);
                }
                self.spare.give_back(chunks.into_iter().map(|chunk| chunk.bytes));
            }
        }
        Ok(())
    }

    /// Bytes that all rows may come to, as those seen so far are, less what memory holds.
    fn beyond_memory(&self) -> u64 {
        let (rows, bytes) = (self.seen[0].load(Ordering::Relaxed), self.seen[1].load(Ordering::Relaxed));
        let whole = u128::from(bytes) * u128::from(self.expected_rows.max(rows)) / u128::from(rows.max(1));
        u64::try_from(whole.saturating_sub(self.budget as u128)).unwrap_or(u64::MAX)
    }

    /// Takes a bucket's rows out, from memory and disk. Of a bucket that has grown beyond all measure, ids that gather
    /// more rows than an encounter can have are left out and named.
    ///
    /// # Errors
    /// A spill file that cannot be read back.
    pub fn take(&self, bucket: usize) -> Result<BucketBytes, Error> {
        let parts: [Part; 3] = {
            // A spill that is under way still owns the rows it has taken.
            let _no_spill = lock(&self.spilling);
            std::array::from_fn(|table| std::mem::take(&mut *lock(&self.parts[bucket][table])))
        };
        let freed: usize = parts.iter().flat_map(|part| &part.chunks).map(|chunk| chunk.bytes.capacity()).sum();
        self.held.fetch_sub(freed, Ordering::Relaxed);
        let mut taken = BucketBytes { common: self.ranges.common_of(bucket), ..BucketBytes::default() };
        if parts.iter().map(|part| part.bytes).sum::<u64>() > self.most_bytes {
            self.take_sifted(parts, &mut taken)?;
            return Ok(taken);
        }
        for (part, pieces) in parts.into_iter().zip(&mut taken.tables) {
            for extent in part.extents {
                pieces.push(self.read_last(extent)?);
            }
            pieces.extend(part.chunks.into_iter().map(|chunk| chunk.bytes));
        }
        Ok(taken)
    }

    /// Reads a block back from disk.
    fn read(&self, extent: &Extent) -> Result<Vec<u8>, Error> {
        self.spill.read(extent, |bytes| self.spare.buffer(bytes))
    }

    /// Reads a block back for the last time.
    fn read_last(&self, extent: Extent) -> Result<Vec<u8>, Error> {
        let bytes = self.read(&extent)?;
        self.spill.give_up(extent);
        Ok(bytes)
    }

    /// Takes back the memory of a bucket that has been worked on.
    pub(crate) fn give_back(&self, bucket: BucketBytes) {
        self.spare.give_back(bucket.tables.into_iter().flatten());
    }

    /// Reads a bucket piece by piece, twice: to count the rows of each id, then to keep those of the ids that are small
    /// enough.
    fn take_sifted(&self, parts: [Part; 3], taken: &mut BucketBytes) -> Result<(), Error> {
        let mut counts: FxHashMap<Box<[u8]>, [usize; 3]> = FxHashMap::default();
        for (table, part) in parts.iter().enumerate() {
            let mut count = |piece: &[u8]| {
                for row in rows_of(piece) {
                    match counts.get_mut(row.id()) {
                        Some(of) => of[table] += 1,
                        None => counts.entry(row.id().into()).or_default()[table] += 1,
                    }
                }
            };
            part.chunks.iter().for_each(|chunk| count(&chunk.bytes));
            for extent in &part.extents {
                count(&self.read(extent)?);
            }
        }
        counts.retain(|_, of| is_too_many(*of));
        for (table, part) in Table::ALL.into_iter().zip(parts) {
            let mut sift = |piece: &[u8]| {
                let mut kept = Vec::new();
                for row in rows_of(piece) {
                    if counts.contains_key(row.id()) {
                        taken.refused.push((table, row.source(), row.id().into()));
                    } else {
                        kept.extend_from_slice(row.bytes());
                    }
                }
                if !kept.is_empty() {
                    taken.tables[table as usize].push(kept);
                }
            };
            for chunk in part.chunks {
                sift(&chunk.bytes);
            }
            for extent in part.extents {
                sift(&self.read_last(extent)?);
            }
        }
        Ok(())
    }

    /// Says that no row of the buckets below `bucket` is still to come.
    pub fn close_below(&self, bucket: usize) {
        self.closed.fetch_max(bucket, Ordering::AcqRel);
    }
}

/// What packing leaves of a piece of rows, in hundredths.
fn percent_packed(rows: &[u8]) -> u64 {
    lz4_flex::block::compress(rows).len() as u64 * 100 / (rows.len() as u64).max(1)
}

impl Part {
    /// Appends a row of an encounter; out: bytes of memory that it took newly.
    #[inline]
    fn push(&mut self, (rows, row): (&EncodedRows, usize), id: &[u8], spare: &SpareChunks) -> usize {
        let length = rows.length(row, id);
        self.bytes += length as u64;
        if let Some(chunk) = self.chunks.last_mut()
            && chunk.bytes.capacity() - chunk.bytes.len() >= length
        {
            rows.append(row, id, &mut chunk.bytes);
            chunk.rows += 1;
            return 0;
        }
        let mut bytes = spare.next(self.chunks.last(), length);
        rows.append(row, id, &mut bytes);
        let grown = bytes.capacity();
        self.chunks.push(Chunk { bytes, rows: 1 });
        grown
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A worker that panicked has already ended the run.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
