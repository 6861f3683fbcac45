//! From files to buckets: footers, digests, decoding on every core, quarantine.

use super::facts::FactCounts;
use super::options::RunOptions;
use super::second_encounters::{SecondEncounters, Stays};
use crate::encounter::SetAside;
use crate::error::Error;
use crate::output::{InputRecord, Sink};
use crate::progress::Progress;
use crate::rules::RunFacts;
use crate::scan::{self, InputFile, Task};
use crate::schema::{DecodeOptions, Table, decode};
use crate::spill::Buckets;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The files of a run, footers read.
#[derive(Debug)]
pub(super) struct Input {
    pub files: Vec<InputFile>,
    pub has_encounters: bool,
}

/// A row that cannot be audited, and why. Holds no value of the row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QuarantinedRow {
    pub table: Table,
    pub file: u32,
    pub row: u64,
    pub column: String,
    pub reason: &'static str,
}

/// Everything read.
pub(super) struct Read {
    pub buckets: Buckets,
    pub quarantined: Vec<QuarantinedRow>,
    pub second_encounters: SecondEncounters,
    pub facts: RunFacts,
    pub floats_rounded: u64,
}

impl From<&SetAside> for QuarantinedRow {
    fn from(row: &SetAside) -> Self {
        let SetAside { table, file, row, column, reason } = row;
        Self { table: *table, file: *file, row: *row, column: (*column).to_owned(), reason }
    }
}

/// Finds the files and reads every footer.
pub(super) fn open(options: &RunOptions) -> Result<Input, Error> {
    let mut files = Vec::new();
    let sources = [
        (Table::Claims, "--claims", Some(&options.claims)),
        (Table::Flowsheets, "--flowsheets", Some(&options.flowsheets)),
        (Table::Encounters, "--encounters", options.encounters.as_ref()),
    ];
    for (table, option, pattern) in sources {
        let Some(pattern) = pattern else { continue };
        for path in scan::find(option, pattern)? {
            files.push(InputFile::open(table, &path)?);
        }
    }
    Ok(Input { files, has_encounters: options.encounters.is_some() })
}

/// What the manifest says of each file.
pub(super) fn digests(input: &Input) -> Result<Vec<InputRecord>, Error> {
    let record = |file: &InputFile| {
        Ok(InputRecord {
            table: file.table.as_str(),
            path: file.path.display().to_string(),
            bytes: file.bytes,
            rows: file.rows,
            row_groups: file.row_groups(),
            sha256: file.digest()?,
        })
    };
    input.files.par_iter().map(record).collect()
}

/// How times are read under these options.
pub(super) fn decode_options(options: &RunOptions) -> Result<DecodeOptions, Error> {
    let zone = options
        .time_zone
        .as_ref()
        .map(|name| jiff::tz::TimeZone::get(name).map_err(|_| Error::TimeZone { name: name.clone() }));
    Ok(DecodeOptions { time_zone: zone.transpose()? })
}

/// Decodes, validates and scatters every row group on every core.
pub(super) fn scatter(input: &Input, options: &RunOptions, progress: &Progress) -> Result<Read, Error> {
    let decode_options = decode_options(options)?;
    let rows: u64 = input.files.iter().map(|file| file.rows).sum();
    let bits = options.bucket_bits.unwrap_or_else(|| bucket_bits(rows, options.memory_budget));
    let buckets = Buckets::new(bits, options.memory_budget, &options.temp_dir);
    let (stays, facts, floats) = (Stays::default(), FactCounts::default(), AtomicU64::new(0));
    let tasks: Vec<Task> = input.files.iter().enumerate().flat_map(|(at, file)| file.tasks(at)).collect();
    progress.stage("reading", "rows", rows);
    let quarantined: Vec<Vec<QuarantinedRow>> = tasks
        .par_iter()
        .map(|task| {
            let file = &input.files[task.file];
            let mut bad = Vec::new();
            let mut row = task.first_row;
            file.read(task.row_group, |batch| {
                let at = (task.file as u32, row);
                let decoded = decode(file.table.contract(), &batch, at, &decode_options)?;
                row += batch.num_rows() as u64;
                floats.fetch_add(decoded.floats_rounded, Ordering::Relaxed);
                bad.extend(decoded.quarantined.into_iter().map(|(row, column, reason)| QuarantinedRow {
                    table: file.table,
                    file: task.file as u32,
                    row,
                    column,
                    reason,
                }));
                match file.table {
                    Table::Encounters => stays.add(&decoded.rows),
                    Table::Flowsheets => facts.add(&decoded.rows),
                    Table::Claims => {}
                }
                progress.add(batch.num_rows() as u64);
                buckets.scatter(file.table, &decoded.rows)
            })?;
            Ok(bad)
        })
        .collect::<Result<_, Error>>()?;
    Ok(Read {
        buckets,
        quarantined: quarantined.into_iter().flatten().collect(),
        second_encounters: stays.second_encounters(),
        facts: facts.facts(input, options.as_of),
        floats_rounded: floats.into_inner(),
    })
}

/// Enough buckets that a few of them at a time fit the budget; a decoded row takes about half a kilobyte.
fn bucket_bits(rows: u64, budget: usize) -> u32 {
    const ROW_BYTES: u64 = 512;
    const ROWS_A_BUCKET: u64 = 65_536;
    let by_size = rows.div_ceil(ROWS_A_BUCKET);
    let by_budget = (rows * ROW_BYTES).div_ceil((budget as u64 / 16).max(1));
    by_size.max(by_budget).clamp(1, 1_024).next_power_of_two().trailing_zeros()
}

/// Writes `quarantine.parquet`, in the order of table, file and row.
pub(super) fn write_quarantine(input: &Input, rows: &mut [QuarantinedRow], folder: &Path) -> Result<(), Error> {
    rows.sort();
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let schema = Arc::new(Schema::new(vec![
        text("table"),
        text("file"),
        Field::new("row", DataType::Int64, true),
        text("column"),
        text("reason"),
    ]));
    let files = rows.iter().map(|row| input.files.get(row.file as usize).map(InputFile::name));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(row.table.as_str())).collect::<StringArray>()),
        Arc::new(files.collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| i64::try_from(row.row).ok()).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| Some(row.column.as_str())).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| Some(row.reason)).collect::<StringArray>()),
    ];
    let mut sink = Sink::create(folder, "quarantine.parquet", schema.clone())?;
    sink.write(RecordBatch::try_new(schema, columns)?)?;
    sink.finish()?;
    Ok(())
}
