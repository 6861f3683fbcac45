//! Rows partitioned by encounter within a memory budget.
//!
//! A row's bucket is the top bits of XXH3-64 (seed 0) of its encounter id. Buckets follow one another in the order of
//! that hash, so results written bucket by bucket stand in one total order, whatever the number of buckets or threads.
//! Buckets stay in memory while the budget lasts; then the largest go to Arrow IPC files with LZ4 in a private folder
//! that vanishes with the run.

use crate::error::Error;
use crate::schema::Table;
use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_64;

/// The hash by which encounters are told apart.
#[must_use]
pub fn encounter_hash(encounter_id: &str) -> u64 {
    xxh3_64(encounter_id.as_bytes())
}

/// What of one table lies in one bucket.
#[derive(Default)]
struct Part {
    batches: Vec<RecordBatch>,
    bytes: usize,
    spilled: Option<(PathBuf, FileWriter<BufWriter<File>>)>,
}

/// All rows, by bucket and table.
pub struct Buckets {
    bits: u32,
    parts: Vec<[Mutex<Part>; 3]>,
    in_memory: AtomicUsize,
    budget: usize,
    folder: Mutex<Option<tempfile::TempDir>>,
    parent: PathBuf,
    spilled_rows: AtomicU64,
}

/// The rows of one bucket, one batch per table.
#[derive(Debug)]
pub struct Bucket {
    pub tables: [Vec<RecordBatch>; 3],
}

impl Buckets {
    /// `2^bits` buckets that keep `budget` bytes in memory; spill files go below `parent`.
    #[must_use]
    pub fn new(bits: u32, budget: usize, parent: &Path) -> Self {
        let parts = (0..1usize << bits).map(|_| std::array::from_fn(|_| Mutex::new(Part::default()))).collect();
        Self {
            bits,
            parts,
            in_memory: AtomicUsize::new(0),
            budget,
            folder: Mutex::new(None),
            parent: parent.to_owned(),
            spilled_rows: AtomicU64::new(0),
        }
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// Rows that went to disk.
    #[must_use]
    pub fn spilled_rows(&self) -> u64 {
        self.spilled_rows.load(Ordering::Relaxed)
    }

    /// Scatters the rows of a decoded batch.
    ///
    /// # Errors
    /// A spill file that cannot be written.
    pub fn scatter(&self, table: Table, rows: &RecordBatch) -> Result<(), Error> {
        let Some(ids) = rows.column_by_name("encounter_id") else { return Ok(()) };
        let ids = ids.as_string::<i32>();
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); self.count()];
        for (row, id) in ids.iter().enumerate() {
            places[self.bucket_of(id.unwrap_or_default())].push(row as u32);
        }
        for (bucket, rows_here) in places.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
            let batch = take_record_batch(rows, &UInt32Array::from(rows_here))?;
            self.add(bucket, table, batch)?;
        }
        Ok(())
    }

    fn bucket_of(&self, encounter_id: &str) -> usize {
        // A shift by 64 is no shift at all, so one bucket needs its own answer.
        if self.bits == 0 { 0 } else { (encounter_hash(encounter_id) >> (64 - self.bits)) as usize }
    }

    fn add(&self, bucket: usize, table: Table, batch: RecordBatch) -> Result<(), Error> {
        let bytes = batch.get_array_memory_size();
        let mut part = lock(&self.parts[bucket][table as usize]);
        part.batches.push(batch);
        part.bytes += bytes;
        let held = self.in_memory.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Over the budget every part that has grown to its fair share makes room when it is next touched.
        let fair = self.budget / (self.count() * 3).max(1);
        if held > self.budget && part.bytes >= fair / 2 {
            self.spill(bucket, table, &mut part)?;
        }
        Ok(())
    }

    fn spill(&self, bucket: usize, table: Table, part: &mut Part) -> Result<(), Error> {
        let failed = |cause: String| Error::spill(&self.parent, cause);
        if part.spilled.is_none() {
            let path = self.folder()?.join(format!("{}-{bucket}.arrow", table.as_str()));
            let file = File::create_new(&path).map_err(|cause| failed(cause.to_string()))?;
            let options = IpcWriteOptions::default()
                .try_with_compression(Some(CompressionType::LZ4_FRAME))
                .map_err(|cause| failed(cause.to_string()))?;
            let schema = table.contract().decoded_schema();
            let writer = FileWriter::try_new_with_options(BufWriter::new(file), &schema, options)
                .map_err(|cause| failed(cause.to_string()))?;
            part.spilled = Some((path, writer));
        }
        let Some((_, writer)) = part.spilled.as_mut() else { return Ok(()) };
        for batch in part.batches.drain(..) {
            writer.write(&batch).map_err(|cause| failed(cause.to_string()))?;
            self.spilled_rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        }
        self.in_memory.fetch_sub(part.bytes, Ordering::Relaxed);
        part.bytes = 0;
        Ok(())
    }

    /// The private spill folder, made when it is first needed.
    fn folder(&self) -> Result<PathBuf, Error> {
        let mut folder = lock(&self.folder);
        if folder.is_none() {
            let made = tempfile::Builder::new().prefix("infusion-audit-").tempdir_in(&self.parent);
            *folder = Some(made.map_err(|cause| Error::spill(&self.parent, cause))?);
        }
        Ok(folder.as_ref().map_or_else(|| self.parent.clone(), |folder| folder.path().to_owned()))
    }

    /// Takes a bucket's rows out, from memory and disk.
    ///
    /// # Errors
    /// A spill file that cannot be read back.
    pub fn take(&self, bucket: usize) -> Result<Bucket, Error> {
        let mut tables: [Vec<RecordBatch>; 3] = Default::default();
        for (table, rows) in tables.iter_mut().enumerate() {
            let mut part = lock(&self.parts[bucket][table]);
            if let Some((path, mut writer)) = part.spilled.take() {
                let failed = |cause: String| Error::spill(&path, cause);
                writer.finish().map_err(|cause| failed(cause.to_string()))?;
                drop(writer);
                let file = File::open(&path).map_err(|cause| failed(cause.to_string()))?;
                let reader = FileReader::try_new(file, None).map_err(|cause| failed(cause.to_string()))?;
                for batch in reader {
                    rows.push(batch.map_err(|cause| failed(cause.to_string()))?);
                }
                std::fs::remove_file(&path).map_err(|cause| failed(cause.to_string()))?;
            }
            self.in_memory.fetch_sub(part.bytes, Ordering::Relaxed);
            part.bytes = 0;
            rows.append(&mut part.batches);
        }
        Ok(Bucket { tables })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A worker that panicked has already ended the run.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
