//! Validates inputs only: what would be quarantined, and why.

use super::Totals;
use super::options::RunOptions;
use super::quarantine::QuarantinedRow;
use super::read::{self, Input};
use super::sweep::{Work, sweep};
use super::work::read_task;
use crate::encounter::{BucketRows, Builder};
use crate::error::Error;
use crate::partition::{BucketBytes, Partition, ScatterError};
use crate::progress::Progress;
use crate::scan::Task;
use crate::schema::{DecodeOptions, Table};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What of the memory limit rows get: nothing but decoding takes any beside them.
const SHARE_OF_ROWS: usize = 2;

/// Rows of one file that would be quarantined for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub table: &'static str,
    pub file: String,
    pub column: String,
    pub reason: &'static str,
    pub rows: u64,
    /// The first of them, zero-based.
    pub first_row: u64,
}

/// What a check found.
#[derive(Debug, Clone)]
pub struct CheckSummary {
    /// Files and rows by table.
    pub tables: Vec<(&'static str, usize, u64)>,
    pub quarantined: Vec<Quarantined>,
    pub unknown_columns: Vec<(&'static str, String)>,
    pub floats_rounded: u64,
}

/// The work of a check: everything but coding and writing.
struct Validation<'a> {
    input: &'a Input,
    decode: &'a DecodeOptions,
    progress: &'a Progress,
    totals: Mutex<Totals>,
}

impl Work for Validation<'_> {
    type Piece = ();

    fn read(&self, task: &Task, partition: &Partition) -> Result<(), ScatterError> {
        let mut totals = Totals::default();
        read_task(self.input, task, (self.decode, None), partition, &mut totals, None)?;
        self.progress.add(task.rows);
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).merge(totals);
        Ok(())
    }

    fn bucket(&self, bytes: &BucketBytes) -> Result<Vec<()>, Error> {
        let rows = BucketRows::new(bytes);
        let mut builder = Builder::new(&rows, self.input.has_encounters);
        let (mut totals, mut aside) = (Totals::default(), Vec::new());
        for place in rows.encounters() {
            builder.check(&place, &mut aside);
        }
        totals.quarantined.extend(aside.iter().map(QuarantinedRow::from));
        totals.quarantined.extend(bytes.refused.iter().map(QuarantinedRow::too_many));
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).merge(totals);
        Ok(Vec::new())
    }

    fn write(&self, _: usize, (): ()) -> Result<(), Error> {
        Ok(())
    }
}

/// Reads and validates everything, audits nothing, writes nothing.
///
/// # Errors
/// What would stop a run: see [`Error`].
pub fn check_inputs(options: &RunOptions, progress: &Progress) -> Result<CheckSummary, Error> {
    let input = read::open(options)?;
    let decode = read::decode_options(options)?;
    let sample = read::sample_ids(&input)?;
    let run = |trust_footers| {
        progress.stage("checking", "rows", input.rows());
        let partition = read::partition(&sample, &input, options, options.memory_budget / SHARE_OF_ROWS);
        let work = Validation { input: &input, decode: &decode, progress, totals: Mutex::default() };
        sweep(&work, &input.tasks(trust_footers), &partition, 0)?;
        Ok(work.totals.into_inner().unwrap_or_else(PoisonError::into_inner))
    };
    let done = match run(true) {
        Err(ScatterError::Late) => run(false),
        done => done,
    };
    let read = done.map_err(ScatterError::into_error)?;
    let rows = &read.quarantined;
    progress.finish();
    let mut grouped: BTreeMap<(Table, u32, &str, &'static str), (u64, u64)> = BTreeMap::new();
    for row in rows {
        let group = grouped.entry((row.table, row.file, row.column(), row.reason())).or_insert((0, row.row));
        group.0 += 1;
        group.1 = group.1.min(row.row);
    }
    let quarantined = grouped.into_iter().map(|((table, file, column, reason), (rows, first_row))| Quarantined {
        table: table.as_str(),
        file: input.files.get(file as usize).map(crate::scan::InputFile::name).unwrap_or_default(),
        column: column.to_owned(),
        reason,
        rows,
        first_row,
    });
    let mut unknown_columns: Vec<(&'static str, String)> = input
        .files
        .iter()
        .flat_map(|file| file.unknown_columns.iter().map(|column| (file.table.as_str(), column.clone())))
        .collect();
    unknown_columns.sort();
    unknown_columns.dedup();
    let tables = Table::ALL.into_iter().map(|table| {
        let files: Vec<_> = input.files.iter().filter(|file| file.table == table).collect();
        (table.as_str(), files.len(), files.iter().map(|file| file.rows).sum())
    });
    Ok(CheckSummary {
        tables: tables.collect(),
        quarantined: quarantined.collect(),
        unknown_columns,
        floats_rounded: read.floats_rounded.values().sum(),
    })
}
