//! A night's run from leaves and records: links to tables, quarantine, and what the manifest counts.

use super::inventory;
use super::leaves::{self, LEAVES};
use super::saved::{FileRecord, LeafRecord, LeafTotals};
use crate::error::Error;
use crate::output::{InputRecord, OutputRecord, QUARANTINED, TableCounts, create_private_folder};
use crate::pipeline::quarantine::{self, QuarantinedRow};
use crate::run::each_row;
use crate::schema::Table;
use std::collections::BTreeMap;
use std::path::Path;

/// Puts the tables of all leaves into a run's folder, as links where the disk is the same.
pub(super) fn link(state: &Path, leaves: &[LeafRecord], run: &Path) -> Result<BTreeMap<String, OutputRecord>, Error> {
    let mut outputs = BTreeMap::new();
    for (table, _) in leaves::tables() {
        if table == leaves::ACCOUNTS_NAME {
            continue;
        }
        let folder = run.join(table);
        create_private_folder(&folder)?;
        for (at, leaf) in leaves.iter().enumerate() {
            let (from, name) = (state.join(LEAVES).join(&leaf.name).join(table), format!("part-{at:06}.parquet"));
            let to = folder.join(&name);
            if std::fs::hard_link(&from, &to).is_err() {
                std::fs::copy(&from, &to).map_err(|cause| Error::unwritable(&to, cause))?;
            }
            if let Some(record) = leaf.tables.get(table) {
                outputs.insert(format!("{table}/{name}"), record.clone());
            }
        }
        std::fs::File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|cause| Error::unwritable(&folder, cause))?;
    }
    Ok(outputs)
}

/// Writes all rows that cannot be audited: those of files, and those of encounters.
pub(super) fn write_quarantine(
    state: &Path,
    records: &[FileRecord],
    leaves: &[LeafRecord],
    run: &Path,
) -> Result<(), Error> {
    let mut rows = Vec::new();
    let places: BTreeMap<u32, u32> = records.iter().zip(0..).map(|(record, at)| (record.number, at)).collect();
    for (record, at) in records.iter().zip(0..) {
        let Some(table) = record.table() else { continue };
        for (row, column, reason) in inventory::quarantined(record, state)? {
            rows.push(QuarantinedRow::named(table, at, row, &column, &reason));
        }
    }
    for leaf in leaves.iter().filter(|leaf| leaves::has_quarantined(leaf)) {
        let columns = ["part", "table", "file", "row", "column", "reason"];
        each_row(&state.join(LEAVES).join(&leaf.name), leaves::ACCOUNTS_NAME, &columns, |row| {
            let table = Table::ALL.into_iter().find(|table| table.as_str() == row.text(1));
            let file = row.integer(2).and_then(|file| u32::try_from(file).ok()).and_then(|file| places.get(&file));
            if let (QUARANTINED, Some(table), Some(file)) = (row.text(0), table, file) {
                let at = u64::try_from(row.cents(3)).unwrap_or(0);
                rows.push(QuarantinedRow::named(table, *file, at, row.text(4), row.text(5)));
            }
            Ok(())
        })?;
    }
    let name = |file: u32| records.get(file as usize).map(|record| crate::error::file_name(Path::new(&record.path)));
    quarantine::write(&name, &mut rows, run)
}

pub(super) fn table_counts(records: &[FileRecord], sums: &LeafTotals) -> BTreeMap<&'static str, TableCounts> {
    let mut counts = BTreeMap::new();
    for table in Table::ALL {
        let part = |name: &str| {
            let of = sums.rows.get(table.as_str()).and_then(|parts| parts.get(name));
            of.cloned().unwrap_or_default()
        };
        let mut of = TableCounts {
            audited: part("audited").values().sum(),
            excluded: part("excluded"),
            quarantined: part(QUARANTINED),
            ..TableCounts::default()
        };
        for record in records.iter().filter(|record| record.table() == Some(table)) {
            of.rows_in += record.rows;
            for (reason, rows) in &record.quarantined {
                *of.quarantined.entry(reason.clone()).or_default() += rows;
            }
        }
        counts.insert(table.as_str(), of);
    }
    counts
}

pub(super) fn inputs(records: &[FileRecord]) -> Vec<InputRecord> {
    let record = |of: &FileRecord| {
        Some(InputRecord {
            table: of.table()?.as_str(),
            path: of.path.clone(),
            bytes: of.bytes,
            rows: of.rows,
            row_groups: of.row_groups,
            sha256: of.sha256.clone(),
        })
    };
    records.iter().filter_map(record).collect()
}
