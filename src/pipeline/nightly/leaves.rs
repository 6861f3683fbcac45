//! Results in leaves: stretches of some thousand encounters in the order of their ids. Where a leaf begins hangs on the ids
//! alone, so any history of arrivals ends in the same leaves.

use super::saved::{LeafRecord, LeafTotals};
use crate::error::Error;
use crate::output::{
    DATA, DEADLINE, OutputRecord, Piece, QUARANTINED, RunCounts, Sink, accounts_layout, create_private_folder,
    history_layout, layouts,
};
use crate::run::{Row, rows_of_batch};
use crate::scan;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The folder of leaves in the state's folder.
pub(super) const LEAVES: &str = "leaves";

/// The tables of a leaf, in the order in which they are merged.
pub(super) fn tables() -> Vec<(&'static str, Arc<Schema>)> {
    layouts().into_iter().chain([accounts_layout(), history_layout()]).collect()
}

pub(super) const FINDINGS: usize = 0;
pub(super) const ACCOUNTS: usize = 4;
pub(super) const ACCOUNTS_NAME: &str = "accounts.parquet";
pub(super) const HISTORY: usize = 5;

/// Whether a leaf begins with this encounter; one of `encounters` does.
pub(super) fn begins(id: &str, encounters: u64) -> bool {
    xxh3_64_with_seed(id.as_bytes(), 0x1eaf).is_multiple_of(encounters)
}

/// Writes a leaf, unless there is one of the same contents; its place among tonight's leaves tells it from others that are
/// written at the same time.
pub(super) fn write(folder: &Path, (at, first): (usize, String), batches: &[RecordBatch]) -> Result<LeafRecord, Error> {
    let leaves = folder.join(LEAVES);
    let partial = leaves.join(format!(".partial-{at}"));
    if partial.exists() {
        std::fs::remove_dir_all(&partial).map_err(|cause| Error::unwritable(&partial, cause))?;
    }
    create_private_folder(&partial)?;
    let written = |((table, schema), batch): ((&str, Arc<Schema>), &RecordBatch)| {
        let mut sink = Sink::create(&partial, table, schema)?;
        sink.write(&Piece::from(batch))?;
        sink.finish()?;
        let path = partial.join(table);
        let bytes = std::fs::metadata(&path).map_err(|cause| Error::unreadable(&path, cause))?.len();
        Ok((table.to_owned(), OutputRecord { bytes, sha256: scan::digest(&path)? }))
    };
    let records: Vec<(String, OutputRecord)> =
        tables().into_par_iter().zip(batches).map(written).collect::<Result<_, Error>>()?;
    let name: String = records.iter().map(|(_, record)| record.sha256.as_str()).collect();
    let name = crate::output::hex(name.as_bytes()).get(..32).unwrap_or_default().to_owned();
    let place = leaves.join(&name);
    if place.exists() {
        std::fs::remove_dir_all(&partial).map_err(|cause| Error::unwritable(&partial, cause))?;
    } else {
        std::fs::rename(&partial, &place).map_err(|cause| Error::unwritable(&place, cause))?;
    }
    Ok(LeafRecord { first, name, tables: records.into_iter().collect(), totals: totals(batches)? })
}

/// Sums of the tables of a leaf.
fn totals(batches: &[RecordBatch]) -> Result<LeafTotals, Error> {
    let mut all = LeafTotals::default();
    let counts = &mut all.counts;
    let columns = ["net_cents", "expected_loss_cents", "underpaid_cents", "policy_switch", "rule_code"];
    rows_of_batch(&batches[FINDINGS], &columns, |row| add_finding(counts, row))?;
    let columns = ["encounter_id", "clean", "billed_lines", "expected_cents", "billed_cents", "payer"];
    let mut clean: BTreeMap<String, bool> = BTreeMap::new();
    rows_of_batch(&batches[2], &columns, |row| {
        counts.claim_forms += 1;
        counts.claim_lines += u64::try_from(row.cents(2)).unwrap_or(0);
        counts.expected_cents += row.cents(3);
        counts.billed_cents += row.cents(4);
        if !row.text(5).is_empty() {
            all.data.add_payer(row.text(5));
        }
        *clean.entry(row.text(0).to_owned()).or_insert(true) &= row.flag(1);
    })?;
    counts.encounters = clean.len() as u64;
    counts.clean_encounters = clean.values().filter(|clean| **clean).count() as u64;
    rows_of_batch(&batches[ACCOUNTS], &["table", "part", "reason", "rows"], |row| {
        let rows = u64::try_from(row.cents(3)).unwrap_or(0);
        match row.text(1) {
            "unpriced" => all.counts.unpriced_units += row.cents(3),
            DATA => all.data.add_encoded(row.text(2)),
            DEADLINE => {
                let day = row.cents(3);
                let days = all.deadline_days.map_or((day, day), |(first, last)| (first.min(day), last.max(day)));
                all.deadline_days = Some(days);
            }
            part => *all.of(row.text(0), part, row.text(2)) += rows,
        }
    })?;
    Ok(all)
}

fn add_finding(counts: &mut RunCounts, row: Row<'_>) {
    counts.findings += 1;
    counts.net_cents += row.cents(0);
    counts.expected_loss_cents += row.cents(1);
    counts.underpaid_cents += row.cents(2);
    *counts.findings_by_rule.entry(row.text(4).to_owned()).or_default() += 1;
    if row.text(3).is_empty() {
        let (leakage, overpayment) = RunCounts::split(crate::model::Cents(row.cents(0)));
        counts.leakage_cents += leakage.0;
        counts.overpayment_cents += overpayment.0;
    } else {
        counts.disputed_cents += row.cents(0);
    }
}

/// The tables of leaves that follow one another.
pub(super) fn paths(folder: &Path, leaves: &[LeafRecord], table: &str) -> Vec<PathBuf> {
    leaves.iter().map(|leaf| folder.join(LEAVES).join(&leaf.name).join(table)).collect()
}

/// Whether rows of a leaf are in quarantine.
pub(super) fn has_quarantined(leaf: &LeafRecord) -> bool {
    leaf.totals.rows.values().any(|parts| parts.get(QUARANTINED).is_some_and(|reasons| !reasons.is_empty()))
}

/// Removes leaves, and what else is in the folder, that no record names.
pub(super) fn sweep(folder: &Path, within: &str, named: &BTreeSet<String>) -> Result<(), Error> {
    let path = folder.join(within);
    let failed = |cause: std::io::Error| Error::unwritable(&path, cause);
    for entry in std::fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !named.contains(entry.file_name().to_string_lossy().as_ref()) {
            let gone = match entry.file_type() {
                Ok(kind) if kind.is_dir() => std::fs::remove_dir_all(entry.path()),
                _ => std::fs::remove_file(entry.path()),
            };
            gone.map_err(failed)?;
        }
    }
    Ok(())
}
