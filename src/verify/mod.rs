//! Checks a published run: that its files are the ones it wrote, that its tables come to its totals, that its rows balance,
//! and that the log beside it is whole.

use crate::error::Error;
use crate::output::{LogEntry, RUN_LOG, manifest_digest, read_log, waits_for_its_place};
use crate::run::{each_row, unopened};
use crate::scan;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub what: String,
    /// What is wrong; `None` where all is well.
    pub problem: Option<String>,
}

#[derive(Default)]
struct Report(Vec<Checked>);

impl Report {
    fn add(&mut self, what: impl Into<String>, problem: Option<String>) {
        self.0.push(Checked { what: what.into(), problem });
    }

    fn equal(&mut self, what: &str, manifest: i64, table: i64) {
        let problem = (manifest != table).then(|| format!("the manifest says {manifest}, the tables come to {table}"));
        self.add(what, problem);
    }
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// Looks a run over.
///
/// # Errors
/// A folder that is none of a run; what is wrong inside one is in the answer.
pub fn verify(run: &Path) -> Result<Vec<Checked>, Error> {
    let text =
        std::fs::read_to_string(run.join("manifest.json")).map_err(|cause| unopened(run, "manifest.json", &cause))?;
    let manifest: Value =
        serde_json::from_str(&text).map_err(|cause| Error::not_a_run(run, format!("manifest.json: {cause}")))?;
    let mut report = Report::default();
    files(run, &manifest, &mut report)?;
    // Tables that are not what was written would only say so again.
    if report.0.iter().all(|one| one.problem.is_none()) {
        totals(run, &manifest, &mut report)?;
        rows(run, &manifest, &mut report)?;
    }
    log(run, &manifest, &mut report)?;
    Ok(report.0)
}

/// Every file is there, as it was written, and no other.
fn files(run: &Path, manifest: &Value, report: &mut Report) -> Result<(), Error> {
    let none = serde_json::Map::new();
    let recorded = manifest["outputs"].as_object().unwrap_or(&none);
    if recorded.is_empty() {
        report.add("files", Some("the manifest names none; the run is of a version before 0.3".to_owned()));
    }
    for (name, record) in recorded {
        let path = run.join(name);
        let problem = match std::fs::symlink_metadata(&path) {
            Err(_) => Some("is missing".to_owned()),
            Ok(found) if !found.is_file() => Some("is no plain file".to_owned()),
            Ok(_) if scan::digest(&path)? != record["sha256"].as_str().unwrap_or_default() => {
                Some("is not what the run wrote".to_owned())
            }
            Ok(_) => None,
        };
        report.add(name.clone(), problem);
    }
    for name in names(run, "")? {
        if name != "manifest.json" && !recorded.contains_key(&name) {
            report.add(name, Some("is no file of the run".to_owned()));
        }
    }
    Ok(())
}

/// The files of a run, those of tables in parts with their folder.
fn names(run: &Path, within: &str) -> Result<Vec<String>, Error> {
    let failed = |cause: std::io::Error| Error::unreadable(run, cause);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(run.join(within)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        if within.is_empty() && entry.file_type().map_err(failed)?.is_dir() {
            found.extend(names(run, &format!("{name}/"))?);
        } else {
            found.push(name);
        }
    }
    Ok(found)
}

/// The tables come to the totals of the manifest.
fn totals(run: &Path, manifest: &Value, report: &mut Report) -> Result<(), Error> {
    let totals = &manifest["totals"];
    let mut sums = [0_i64; 4];
    let (mut findings, mut ids) = (0, BTreeSet::new());
    let columns =
        ["net_cents", "expected_loss_cents", "leakage_cents", "overpayment_cents", "policy_switch", "finding_id"];
    each_row(run, "findings.parquet", &columns, |row| {
        findings += 1;
        ids.insert(row.text(5).to_owned());
        let disputed = !row.text(4).is_empty();
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum += if disputed && at > 1 { 0 } else { row.cents(at) };
        }
        Ok(())
    })?;
    report.equal("findings", whole(&totals["findings"]), findings);
    report.equal("identities of findings", findings, i64::try_from(ids.len()).unwrap_or(0));
    for (at, name) in ["net_cents", "expected_loss_cents", "leakage_cents", "overpayment_cents"].into_iter().enumerate()
    {
        report.equal(&format!("{name} of the findings"), whole(&totals[name]), sums[at]);
    }
    let (mut encounters, mut clean) = (BTreeSet::new(), BTreeMap::new());
    let mut of_encounters = [0_i64; 3];
    let columns = ["expected_cents", "billed_cents", "net_cents", "encounter_id", "clean"];
    each_row(run, "encounters.parquet", &columns, |row| {
        for (at, sum) in of_encounters.iter_mut().enumerate() {
            *sum += row.cents(at);
        }
        encounters.insert(row.text(3).to_owned());
        *clean.entry(row.text(3).to_owned()).or_insert(true) &= row.flag(4);
        Ok(())
    })?;
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    report.equal("encounters", whole(&totals["encounters"]), count(encounters.len()));
    let clean = clean.values().filter(|clean| **clean).count();
    report.equal("encounters without a finding", whole(&totals["clean_encounters"]), count(clean));
    for (at, name) in ["expected_cents", "billed_cents", "net_cents"].into_iter().enumerate() {
        report.equal(&format!("{name} of the encounters"), whole(&totals[name]), of_encounters[at]);
    }
    let mut of_lines = [0_i64; 2];
    each_row(run, "lines.parquet", &["expected_cents", "billed_cents"], |row| {
        for (at, sum) in of_lines.iter_mut().enumerate() {
            *sum += row.cents(at);
        }
        Ok(())
    })?;
    for (at, name) in ["expected_cents", "billed_cents"].into_iter().enumerate() {
        report.equal(&format!("{name} of the lines"), whole(&totals[name]), of_lines[at]);
    }
    Ok(())
}

/// Every input row is somewhere, and the quarantine holds what the manifest counts.
fn rows(run: &Path, manifest: &Value, report: &mut Report) -> Result<(), Error> {
    let mut quarantined: BTreeMap<String, i64> = BTreeMap::new();
    each_row(run, "quarantine.parquet", &["table"], |row| {
        *quarantined.entry(row.text(0).to_owned()).or_default() += 1;
        Ok(())
    })?;
    for (table, counts) in manifest["counts"].as_object().into_iter().flatten() {
        let sum =
            |name: &str| counts[name].as_object().into_iter().flatten().map(|(_, count)| whole(count)).sum::<i64>();
        let accounted = whole(&counts["audited"]) + sum("quarantined") + sum("excluded");
        report.equal(&format!("{table}: rows in"), whole(&counts["rows_in"]), accounted);
        let held = quarantined.get(table).copied().unwrap_or(0);
        report.equal(&format!("{table}: rows in quarantine"), sum("quarantined"), held);
    }
    for check in manifest["reconciliation"].as_array().into_iter().flatten() {
        let balanced = check["left"] == check["right"] && check["balanced"] == true;
        let problem = (!balanced).then(|| format!("{} against {}", check["left"], check["right"]));
        report.add(check["check"].as_str().unwrap_or_default(), problem);
    }
    Ok(())
}

/// The log beside the run is whole and names it last as it is.
fn log(run: &Path, manifest: &Value, report: &mut Report) -> Result<(), Error> {
    // Through a link such as `latest` to where the run is.
    let run = run.canonicalize().map_err(|cause| Error::unreadable(run, cause))?;
    let Some(out) = run.parent() else { return Ok(()) };
    let problem = match read_log(out) {
        Err(cause @ Error::BrokenLog { .. }) => Some(cause.to_string()),
        Err(cause) => return Err(cause),
        Ok(entries) => {
            let digest = manifest_digest(&run)?;
            let own = |entry: &&LogEntry| Some(entry.run_id.as_str()) == manifest["run_id"].as_str();
            match entries.iter().rev().filter(own).find(|entry| !waits_for_its_place(out, entry)) {
                _ if entries.is_empty() => Some("there is none beside the run".to_owned()),
                None => Some("it has no entry of this run".to_owned()),
                Some(entry) if entry.manifest_sha256 != digest => {
                    Some("the run's manifest was changed after it was published".to_owned())
                }
                Some(_) => None,
            }
        }
    };
    report.add(RUN_LOG, problem);
    Ok(())
}
