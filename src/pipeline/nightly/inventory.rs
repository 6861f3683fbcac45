//! Which input files are new, which are gone, and what is kept of each: its encounters, its stays, its bad rows.

use super::saved::{FileRecord, Saved};
use crate::data_checks::Gone;
use crate::encryption;
use crate::error::Error;
use crate::output::write_private;
use crate::pipeline::facts::{self, FactCounts};
use crate::pipeline::quarantine::QuarantinedRow;
use crate::pipeline::second_encounters::{self, Stay, Stays};
use crate::scan::InputFile;
use crate::schema::{DecodeOptions, Table, read_text};
use arrow::array::{Array, RecordBatch};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What is kept of files, in the state's folder.
pub(super) const FILES: &str = "files";

/// The files of tonight against those of the night before.
pub(super) struct Inventory {
    /// In the order of tables and paths: those that are as they were with their record, new and changed ones without.
    pub files: Vec<(Table, PathBuf, Option<FileRecord>)>,
    /// Records of files that are gone or were changed.
    pub gone: Vec<FileRecord>,
}

/// Size, and time of the last change in nanoseconds since 1970.
pub(super) fn stamp(path: &Path) -> Result<(u64, i64), Error> {
    let found = std::fs::metadata(path).map_err(|cause| Error::unreadable(path, cause))?;
    let modified = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok((found.len(), modified.and_then(|time| i64::try_from(time.as_nanos()).ok()).unwrap_or(0)))
}

impl Inventory {
    /// Compares; a file counts as unchanged by its path, size and time.
    pub(super) fn take(files: Vec<(Table, PathBuf)>, saved: &mut Saved) -> Result<Self, Error> {
        let known = std::mem::take(&mut saved.files).into_iter();
        let mut known: BTreeMap<(String, String), FileRecord> = known.map(|record| (record.key(), record)).collect();
        let mut tonight = Vec::new();
        for (table, path) in files {
            let found = stamp(&path)?;
            let key = (table.as_str().to_owned(), path.display().to_string());
            let same = known.get(&key).is_some_and(|of| (of.bytes, of.modified) == found);
            let record = if same { known.remove(&key) } else { None };
            tonight.push((table, path, record));
        }
        let known = known.into_values().collect();
        Ok(Self { files: tonight, gone: known })
    }
}

fn texts<'t>(rows: impl Iterator<Item = &'t [String]>) -> Result<Vec<u8>, Error> {
    let failed = |cause: csv::Error| Error::Table(cause.to_string());
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(failed)?;
    }
    writer.into_inner().map_err(|cause| Error::Table(cause.to_string()))
}

/// Writes what is kept of a file, unless the same contents were seen before.
fn keep(folder: &Path, name: &str, rows: &[Vec<String>]) -> Result<(), Error> {
    let path = folder.join(FILES).join(name);
    if path.exists() {
        return Ok(());
    }
    // Half a file must never be taken for a whole one.
    let partial = folder.join(FILES).join(format!(".partial-{name}"));
    let _ = std::fs::remove_file(&partial);
    write_private(&partial, &encryption::seal(name, texts(rows.iter().map(Vec::as_slice))?)?)?;
    std::fs::rename(&partial, &path).map_err(|cause| Error::unwritable(&path, cause))
}

fn kept(folder: &Path, name: &str) -> Result<Vec<csv::StringRecord>, Error> {
    let path = folder.join(FILES).join(name);
    let broken = |cause: String| Error::State { path: path.display().to_string(), cause };
    let bytes = std::fs::read(&path).map_err(|cause| broken(format!("it is damaged ({cause})")))?;
    let bytes = encryption::unseal(name, bytes).map_err(broken)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let rows = reader.records().collect::<Result<Vec<_>, _>>();
    rows.map_err(|cause| broken(format!("it is damaged ({cause})")))
}

fn count_codes(rows: &RecordBatch, codes: &mut BTreeMap<String, u64>) -> Result<(), Error> {
    let Some(column) = rows.column_by_name("hcpcs") else { return Ok(()) };
    let column = read_text(column)?;
    for code in (0..column.len()).filter(|row| column.is_valid(*row)).map(|row| column.value(row)) {
        match codes.get_mut(code) {
            Some(lines) => *lines += 1,
            None => {
                codes.insert(code.to_owned(), 1);
            }
        }
    }
    Ok(())
}

/// Reads a new file once for all that the nights to come ask of it. Its bad rows come later, with [`keep_quarantined`].
pub(super) fn look_at(
    file: &InputFile,
    folder: &Path,
    decode: &DecodeOptions,
    read_under: &str,
) -> Result<FileRecord, Error> {
    let counts = FactCounts::default();
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let mut stays: Vec<(Stay, String)> = Vec::new();
    let mut codes = BTreeMap::new();
    let wanted = |name: &str| {
        name == "encounter_id"
            || match file.table {
                Table::Flowsheets => facts::COLUMNS.contains(&name) || facts::ORDER_COLUMNS.contains(&name),
                Table::Encounters => second_encounters::COLUMNS.contains(&name),
                Table::Claims => name == "hcpcs",
            }
    };
    for row_group in 0..file.row_groups() {
        file.read(row_group, wanted, |batch| {
            if let Some(column) = batch.column_by_name("encounter_id") {
                let column = read_text(column)?;
                let mut last = "";
                for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
                    let id = column.value(row);
                    if id != last && !ids.contains(id) {
                        ids.insert(id.to_owned());
                    }
                    last = id;
                }
            }
            match file.table {
                Table::Flowsheets => {
                    counts.add(&batch, decode)?;
                    counts.add_orders(&batch, decode)?;
                }
                Table::Encounters => stays.extend(Stays::with_ids(&batch, decode)?),
                Table::Claims => count_codes(&batch, &mut codes)?,
            }
            Ok::<(), Error>(())
        })?;
    }
    let (bytes, modified) = stamp(&file.path)?;
    let day = |stay: &(Stay, String)| stay.0.1.div_euclid(1_440);
    let record = FileRecord {
        number: 0,
        table: file.table.as_str().to_owned(),
        path: file.path.display().to_string(),
        bytes,
        modified,
        read_under: read_under.to_owned(),
        sha256: file.digest()?,
        rows: file.rows,
        row_groups: file.row_groups(),
        columns: file.columns,
        unknown_columns: file.unknown_columns.clone(),
        floats_rounded: 0,
        implausible_times: 0,
        open_ends: 0,
        integer_codes: file.integer_codes,
        blank: file.is_blank(),
        least: ids.first().cloned().unwrap_or_default(),
        most: ids.last().cloned().unwrap_or_default(),
        days: stays.iter().map(day).min().zip(stays.iter().map(day).max()),
        counts: counts.counts(),
        nulls: file.nulls(),
        codes,
        quarantined: Default::default(),
    };
    let rows: Vec<Vec<String>> = ids.into_iter().map(|id| vec![id]).collect();
    keep(folder, &record.aside("ids"), &rows)?;
    if file.table == Table::Encounters {
        let row = |((key, start, id), name): &(Stay, String)| {
            vec![key.to_string(), start.to_string(), id.to_string(), name.clone()]
        };
        keep(folder, &record.aside("stays"), &stays.iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(record)
}

/// Keeps the rows of a file that cannot be used, and counts them.
pub(super) fn keep_quarantined(
    record: &mut FileRecord,
    folder: &Path,
    rows: &mut [QuarantinedRow],
) -> Result<(), Error> {
    rows.sort_unstable();
    for row in rows.iter() {
        *record.quarantined.entry(row.reason().to_owned()).or_default() += 1;
    }
    let cells = |row: &QuarantinedRow| vec![row.row.to_string(), row.column().to_owned(), row.reason().to_owned()];
    if rows.is_empty() {
        return Ok(());
    }
    keep(folder, &record.aside("quarantined"), &rows.iter().map(cells).collect::<Vec<_>>())
}

/// The rows of a file that cannot be used: row, column, reason.
pub(super) fn quarantined(record: &FileRecord, folder: &Path) -> Result<Vec<(u64, String, String)>, Error> {
    if record.quarantined.is_empty() {
        return Ok(Vec::new());
    }
    let rows = kept(folder, &record.aside("quarantined"))?;
    let cell = |row: &csv::StringRecord, at: usize| row.get(at).unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| (cell(row, 0).parse().unwrap_or(0), cell(row, 1), cell(row, 2))).collect())
}

/// Files of the last night whose paths are gone, and encounters that have no other row in their table tonight.
///
/// # Errors
/// A state that cannot be read.
pub(super) fn gone(before: &[FileRecord], tonight: &[FileRecord], folder: &Path) -> Result<Option<Gone>, Error> {
    let there: BTreeSet<_> = tonight.iter().map(FileRecord::key).collect();
    let gone: Vec<&FileRecord> = before.iter().filter(|record| !there.contains(&record.key())).collect();
    let (mut lost, mut halved) = (0, 0);
    for table in Table::ALL.map(Table::as_str) {
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for record in gone.iter().filter(|record| record.table == table) {
            missing.extend(ids(record, folder)?);
        }
        for record in tonight.iter().filter(|record| record.table == table) {
            if !missing.is_empty() && super::touched::may_hold(record, &missing) {
                ids(record, folder)?.iter().for_each(|id| {
                    missing.remove(id);
                });
            }
        }
        lost += missing.len() as u64;
        for record in tonight.iter().filter(|record| record.table != table) {
            if !missing.is_empty() && super::touched::may_hold(record, &missing) {
                for id in ids(record, folder)? {
                    halved += u64::from(missing.remove(&id));
                }
            }
        }
    }
    Ok((lost > 0).then_some(Gone { files: gone.len() as u64, encounters: lost, halved }))
}

/// The encounters of a file.
pub(super) fn ids(record: &FileRecord, folder: &Path) -> Result<Vec<String>, Error> {
    let rows = kept(folder, &record.aside("ids"))?;
    Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
}

/// The stays of an encounters file, with their ids.
pub(super) fn stays(record: &FileRecord, folder: &Path) -> Result<Vec<(Stay, String)>, Error> {
    let rows = kept(folder, &record.aside("stays"))?;
    let read = |row: &csv::StringRecord| {
        let number = |at: usize| row.get(at).and_then(|cell| cell.parse().ok());
        let start = row.get(1).and_then(|cell| cell.parse().ok())?;
        Some(((number(0)?, start, number(2)?), row.get(3)?.to_owned()))
    };
    Ok(rows.iter().filter_map(read).collect())
}
