//! Validates inputs only: what would be quarantined, and why.

use super::options::RunOptions;
use super::read::{self, QuarantinedRow};
use crate::encounter::{BucketRows, Excluded};
use crate::error::Error;
use crate::progress::Progress;
use crate::schema::Table;
use std::collections::BTreeMap;

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

/// Reads and validates everything, audits nothing, writes nothing.
///
/// # Errors
/// What would stop a run: see [`Error`].
pub fn check_inputs(options: &RunOptions, progress: &Progress) -> Result<CheckSummary, Error> {
    let input = read::open(options)?;
    let read = read::scatter(&input, options, progress)?;
    let mut rows = read.quarantined;
    for bucket in 0..read.buckets.count() {
        let bucket = BucketRows::new(&read.buckets.take(bucket)?)?;
        let (mut aside, mut excluded) = (Vec::new(), Excluded::new());
        let reader = bucket.reader();
        for place in bucket.encounters() {
            let _ = reader.build(&place, input.has_encounters, |_| false, &mut aside, &mut excluded);
        }
        rows.extend(aside.iter().map(QuarantinedRow::from));
    }
    progress.finish();
    let mut grouped: BTreeMap<(Table, u32, &str, &'static str), (u64, u64)> = BTreeMap::new();
    for row in &rows {
        let group = grouped.entry((row.table, row.file, &row.column, row.reason)).or_insert((0, row.row));
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
        floats_rounded: read.floats_rounded,
    })
}
