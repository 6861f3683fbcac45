//! Runs that build on one another: only encounters that new, changed or removed files touch are audited again, and the
//! results are those of one audit of everything.
//!
//! The state's folder holds what is kept of each input file, the results in leaves, and `state.json`, which names both. A
//! night writes new leaves beside the old ones, publishes a run whose tables are links to leaves, and then replaces
//! `state.json` in one step. Killed before that, the next night starts from the state as it was, and what nobody names is
//! swept away.

mod cursor;
mod deadlines;
mod inventory;
mod leaves;
mod merge;
mod publish;
mod quality;
mod saved;
mod touched;

use super::facts::{self, Counts};
use super::options::ACCEPT;
use super::quarantine::QuarantinedRow;
use super::read::{self, FirstLook, Input, Without};
use super::{Audited, Only, RunOptions, RunSummary, Touched, Whole, believed, not_run, reconcile, run_id, warnings};
use crate::audit::Context;
use crate::data_checks::{DataCounts, FileRows, clear_diagnosis};
use crate::error::Error;
use crate::output::{FolderLock, Manifest, RunFolder, ScratchFolder, TableCounts, create_private_folder};
use crate::progress::Progress;
use crate::report::{Shown, write_csv, write_pages};
use crate::rules::RunFacts;
use crate::scan::{self, InputFile};
use crate::schema::{DecodeOptions, Table, Tally};
use inventory::Inventory;
use leaves::LEAVES;
use publish::{inputs, link, table_counts, write_quarantine};
use quality::Quality;
use rayon::prelude::*;
use saved::{FileRecord, LeafTotals, Saved};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Encounters of a leaf, on average.
pub const LEAF_ENCOUNTERS: u64 = 8_192;

/// How a night is run, beside the options of any run.
#[derive(Debug, Clone)]
pub struct NightOptions {
    /// The folder of the state.
    pub state: PathBuf,
    /// Encounters of a leaf, on average. Another number audits everything again.
    pub leaf_encounters: u64,
    /// Go on when the night's new files are unlike those of the nights before.
    pub accept_feed: bool,
    /// Write the pages and CSV files too, which read all results there are.
    pub pages: bool,
}

/// What a night did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Night {
    pub number: u64,
    /// Encounters that were audited; `None` for all.
    pub touched: Option<u64>,
    /// Findings by what became of them: `new`, `resolved`, `reopened`.
    pub changes: BTreeMap<&'static str, u64>,
}

impl std::fmt::Display for Night {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |change: &str| self.changes.get(change).copied().unwrap_or(0);
        match self.touched {
            None => write!(out, "night {}: all encounters audited", self.number)?,
            Some(touched) => write!(out, "night {}: {touched} encounters audited", self.number)?,
        }
        write!(out, "; findings: {} new, {} resolved, {} reopened", of("new"), of("resolved"), of("reopened"))
    }
}

/// Audits what changed since the night before and publishes the whole.
///
/// # Errors
/// See [`Error`]; state and published runs are as they were then.
pub fn run_night(
    options: &RunOptions,
    night: &NightOptions,
    context: &Context,
    progress: &Progress,
) -> Result<(RunSummary, Night), Error> {
    let clock = Instant::now();
    let mut timings = BTreeMap::new();
    let mut lap = |name| timings.insert(name, format!("{:.3} s", clock.elapsed().as_secs_f64()));
    let state = night.state.as_path();
    let _lock = FolderLock::take(state)?;
    for folder in [LEAVES, inventory::FILES] {
        create_private_folder(&state.join(folder))?;
    }
    let mut saved = Saved::read(state)?;
    sweep(state, &saved)?;
    let decode = read::decode_options(options)?;
    let basis = basis(options, night, context);
    let mut everything = saved.basis != basis;
    let before = saved.files.clone();
    if everything {
        // What is kept of files hangs on the options too; the leaves stay for the history of their findings.
        saved.files.clear();
    }
    let inventory = Inventory::take(read::find(options)?, &mut saved)?;
    let (files, mut records, is_new) = look(&inventory, state, &decode, (saved.next_number, &basis))?;
    lap("1_inventory");
    let run_id = night_run_id(&records, options, context);
    let folder = RunFolder::create(&options.out, &run_id)?;
    let facts = facts(&records, options).decide(&context.reference);
    everything = everything || saved.facts != as_text(&facts);
    let temporary = ScratchFolder::create(&options.temp_dir)?;
    let tonight = temporary.path().join("tables");
    create_private_folder(&tonight)?;
    let (input, look, touched, ids, by_date) = if everything {
        let input = all(&records, files, &decode)?;
        let mut look = read::first_look(&input, options, &decode, progress)?;
        look.facts = facts.clone();
        (input, look, Touched::All, BTreeSet::new(), BTreeSet::new())
    } else {
        let dates = (saved.as_of.parse().ok(), options.as_of);
        let moved = deadlines::moved(state, &saved.leaves, dates, &context.policies)?;
        let found = touched::find(state, moved, &inventory, &records, &is_new)?;
        let input = some(state, &records, files, &found.ids, &decode)?;
        let sample = read::sample_ids(&input)?;
        let look = FirstLook { second_encounters: found.second, facts: facts.clone(), sample };
        let set = found.ids.iter().map(|id| id.as_bytes().into()).collect();
        (input, look, Touched::These(set), found.ids, found.by_date)
    };
    lap("2_touched");
    let by_key: BTreeMap<_, u32> = records.iter().map(|record| (record.key(), record.number)).collect();
    let numbers: Vec<u32> = input.files.iter().filter_map(|file| by_key.get(&key(file)).copied()).collect();
    let only = Only { touched: &touched, numbers: &numbers };
    let whole = Whole { input: &input, decode: &decode, look: &look, only: Some(&only), options, context, progress };
    // Tonight's tables are merged into leaves and thrown away: they need not be on the disk.
    let Audited { mut totals, spilled_rows, .. } = whole.audit_into(&tonight, || {
        std::fs::remove_dir_all(&tonight).map_err(|cause| Error::spill(&tonight, cause))?;
        create_private_folder(&tonight)
    })?;
    lap("3_audit");
    settle(&mut records, &is_new, &input, &mut totals, state)?;
    let gone = inventory::gone(&before, &records, state)?.filter(|_| !night.accept_feed);
    // A file that is replaced under its name is a correction, not a feed.
    let known: BTreeSet<_> = before.iter().map(FileRecord::key).collect();
    let new = records.iter().zip(&is_new).filter(|(record, new)| **new && !known.contains(&record.key()));
    let new = new.map(|(record, _)| record);
    // A first night holds all there is, and is no measure for the others.
    if let Touched::These(_) = touched {
        let quality = Quality::of(new, &tonight, &by_date)?;
        let alarms = quality.alarms(&saved.quality, &context.policies.feed);
        if !alarms.is_empty() && !night.accept_feed {
            return Err(Error::Feed(alarms.join("; ")));
        }
        alarms.iter().for_each(|alarm| tracing::warn!("feed: {alarm}"));
        quality.enter(&mut saved.quality);
    }
    input.files.iter().try_for_each(InputFile::check_unchanged)?;
    progress.stage("merging", "leaves", saved.leaves.len() as u64);
    let merge = merge::Merge {
        folder: state,
        tonight: &tonight,
        touched: &touched,
        leaf_encounters: night.leaf_encounters,
        night: saved.nights + 1,
        published: folder.path(),
    };
    let (leaves, changes) = merge::merge(&merge, &saved.leaves, &mut ids.iter().map(String::as_str))?;
    temporary.close()?;
    lap("4_merge");
    let mut sums = LeafTotals::default();
    leaves.iter().for_each(|leaf| sums.join(&leaf.totals));
    let outputs = link(state, &leaves, folder.path())?;
    write_quarantine(state, &records, &leaves, folder.path())?;
    totals.counts = sums.counts.clone();
    let mut counts = table_counts(&records, &sums);
    let reconciliation = reconcile(&counts, &totals);
    if let Some(off) = reconciliation.iter().find(|check| !check.balanced) {
        return Err(Error::Unbalanced { check: off.check.clone(), left: off.left, right: off.right });
    }
    let columns = worst_columns(&records, state)?;
    let found = believed::Facts { gone, columns, ..data_facts(&records, &facts, &sums.data, &counts) };
    let data = believed::believe(options, believed::state(options, &found, context))?;
    let mut manifest = Manifest {
        run_id: run_id.clone(),
        version: env!("CARGO_PKG_VERSION"),
        inputs: inputs(&records),
        policy: context.policies.files().iter().cloned().collect(),
        reference: context.reference.tables().into_iter().collect(),
        options: options.shown(),
        counts: std::mem::take(&mut counts),
        floats_rounded: records.iter().map(|record| record.floats_rounded).sum(),
        data,
        totals: sums.counts,
        reconciliation,
        warnings: warnings(records.iter().filter_map(|of| Some((of.table()?, of.unknown_columns.as_slice())))),
        not_run: not_run(&facts),
        switches: context.policies.switches(),
        turned_off: context.policies.turned_off().into_iter().map(|(code, who)| format!("{code}: {who}")).collect(),
        time_uncertainty: None,
        outputs,
        timings: BTreeMap::new(),
    };
    let mut rollup = None;
    if night.pages {
        let read = || Shown::read(folder.path(), &manifest.totals, &context.reference, false);
        let (shown, csv) = rayon::join(read, || write_csv(&folder));
        csv?;
        let shown = shown?;
        write_pages(&folder, &shown, &manifest, options.prior.as_ref())?;
        rollup = Some(shown.rollup);
    }
    manifest.outputs.extend(super::digests(&super::listed(folder.path())?)?);
    lap("5_published");
    timings.insert("spilled_rows", spilled_rows.to_string());
    manifest.timings = timings;
    let text = serde_json::to_string_pretty(&manifest).map_err(|cause| Error::Table(cause.to_string()))?;
    folder.write("manifest.json", format!("{text}\n").as_bytes())?;
    crate::interrupt::check()?;
    let path = folder.publish(&run_id, options.keep)?;
    clear_diagnosis(&options.out);
    let next_number = records.iter().map(|record| record.number + 1).max().unwrap_or(0).max(saved.next_number);
    let told = Night {
        number: saved.nights + 1,
        touched: matches!(touched, Touched::These(_)).then_some(ids.len() as u64),
        changes,
    };
    Saved {
        nights: saved.nights + 1,
        next_number,
        basis,
        as_of: options.as_of.map(|day| day.to_string()).unwrap_or_default(),
        facts: as_text(&facts),
        quality: saved.quality,
        files: records,
        leaves,
        ..Saved::default()
    }
    .write(state)?;
    progress.finish();
    Ok((RunSummary { path, manifest, rollup, spilled_rows }, told))
}

/// Looks whether a state can be used: its folder can be written, nobody holds it, and it can be read. Out: its nights;
/// `None` where there is no state yet.
///
/// # Errors
/// Faults that would stop a night.
pub fn check_state(folder: &Path) -> Result<Option<u64>, Error> {
    if !folder.exists() {
        return Ok(None);
    }
    let _lock = FolderLock::take(folder)?;
    let saved = Saved::read(folder)?;
    Ok((saved.nights > 0).then_some(saved.nights))
}

/// Everything but the input that results depend on.
fn basis(options: &RunOptions, night: &NightOptions, context: &Context) -> String {
    let mut digest = Sha256::new();
    let mut shown = options.shown();
    // An earlier run is only compared with, and a check that is accepted changes no result.
    shown.remove("prior");
    shown.remove(ACCEPT);
    // Another day touches those whose deadlines it moves; a first one everybody.
    shown.insert("as_of".to_owned(), options.as_of.is_some().to_string());
    let parts = [
        env!("CARGO_PKG_VERSION").to_owned(),
        context.policies.digest(),
        format!("{:?}", context.reference.tables()),
        format!("{shown:?}"),
        night.leaf_encounters.to_string(),
    ];
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Facts as text, for a comparison; what another day changes is looked at by itself.
fn as_text(facts: &RunFacts) -> String {
    format!("{:?}", RunFacts { as_of: None, ..facts.clone() })
}

/// Removes what a killed night left.
fn sweep(state: &Path, saved: &Saved) -> Result<(), Error> {
    let named = saved.leaves.iter().map(|leaf| leaf.name.clone()).collect();
    leaves::sweep(state, LEAVES, &named)?;
    let asides = saved.files.iter().flat_map(|file| ["ids", "stays", "quarantined"].map(|what| file.aside(what)));
    leaves::sweep(state, inventory::FILES, &asides.collect())
}

/// New files, opened; the records of all files in their order; and which of those are new.
type Looked = (Vec<InputFile>, Vec<FileRecord>, Vec<bool>);

/// Opens and looks through the new files.
fn look(
    inventory: &Inventory,
    state: &Path,
    decode: &DecodeOptions,
    (first_number, basis): (u32, &str),
) -> Result<Looked, Error> {
    let read_under = basis.get(..16).unwrap_or(basis);
    let new = inventory.files.iter().filter(|(.., record)| record.is_none());
    let new: Vec<(Table, PathBuf)> = new.map(|(table, path, _)| (*table, path.clone())).collect();
    let files = scan::open_all(&new, decode)?;
    let looked: Vec<FileRecord> =
        files.par_iter().map(|file| inventory::look_at(file, state, decode, read_under)).collect::<Result<_, _>>()?;
    let mut looked = looked.into_iter().zip(first_number..).map(|(record, number)| FileRecord { number, ..record });
    let is_new: Vec<bool> = inventory.files.iter().map(|(.., record)| record.is_none()).collect();
    let records = inventory.files.iter().filter_map(|(.., record)| record.clone().or_else(|| looked.next()));
    Ok((files, records.collect(), is_new))
}

fn facts(records: &[FileRecord], options: &RunOptions) -> RunFacts {
    let mut counts = Counts::default();
    records.iter().for_each(|record| counts.join(&record.counts));
    let columns: Vec<(Table, u64)> =
        records.iter().filter_map(|record| Some((record.table()?, record.columns))).collect();
    let of = |table: Table| records.iter().filter(move |record| record.table() == Some(table));
    let rows = of(Table::Flowsheets).map(|record| record.rows).sum();
    let has_encounters = of(Table::Encounters).next().is_some();
    let blank = records.iter().filter_map(|record| Some((record.table()?, record.blank)));
    let Without { claims, charts } = Without::of(options, blank);
    let facts = counts.facts(facts::absent_columns(&columns), has_encounters, rows, options.as_of);
    RunFacts { without_claims: claims, without_charts: charts, ..facts }
}

/// For each table and reason, the column in which most rows of all files are unreadable.
fn worst_columns(records: &[FileRecord], state: &Path) -> Result<BTreeMap<(Table, String), String>, Error> {
    let mut rows = Vec::new();
    for record in records.iter().filter(|record| !record.quarantined.is_empty()) {
        let Some(table) = record.table() else { continue };
        rows.extend(
            inventory::quarantined(record, state)?.into_iter().map(|(_, column, reason)| (table, reason, column)),
        );
    }
    Ok(believed::worst_columns(rows.iter().map(|(table, reason, column)| (*table, reason.as_str(), column.as_str()))))
}

/// Evidence for the data checks, from the records of all files and the sums of all leaves.
fn data_facts<'a>(
    records: &[FileRecord],
    facts: &RunFacts,
    data: &'a DataCounts,
    tables: &'a BTreeMap<&'static str, TableCounts>,
) -> believed::Facts<'a> {
    let unreadable = |record: &FileRecord| {
        let keys = ["foreign-key-unmatched", "duplicate-key"];
        record.quarantined.iter().filter(|(reason, _)| !keys.contains(&reason.as_str())).map(|(_, rows)| rows).sum()
    };
    let rows = records.iter().filter_map(|record| {
        let name = crate::error::file_name(Path::new(&record.path));
        Some(FileRows { table: record.table()?, name, rows: record.rows, quarantined: unreadable(record) })
    });
    let sum = |of: fn(&FileRecord) -> u64| records.iter().map(of).sum();
    believed::Facts {
        data,
        tables,
        files: rows.collect(),
        columns: BTreeMap::new(),
        tally: Tally {
            floats_rounded: 0,
            implausible_times: sum(|record| record.implausible_times),
            open_ends: sum(|record| record.open_ends),
        },
        integer_codes: records.iter().any(|record| record.integer_codes),
        gone: None,
        without_claims: facts.without_claims,
        without_charts: facts.without_charts,
    }
}

fn has_encounters(records: &[FileRecord]) -> bool {
    records.iter().any(|record| record.table() == Some(Table::Encounters))
}

/// The files of some records, in the order of the records; those that are open already are taken from `files`.
fn opened(
    records: &[&FileRecord],
    files: Vec<InputFile>,
    has_encounters: bool,
    decode: &DecodeOptions,
) -> Result<Input, Error> {
    let mut open: BTreeMap<_, InputFile> = files.into_iter().map(|file| (key(&file), file)).collect();
    let closed = records.iter().filter(|record| !open.contains_key(&record.key()));
    let closed: Vec<(Table, PathBuf)> =
        closed.filter_map(|record| Some((record.table()?, PathBuf::from(&record.path)))).collect();
    open.extend(scan::open_all(&closed, decode)?.into_iter().map(|file| (key(&file), file)));
    let mut files = Vec::new();
    for record in records {
        let Some(file) = open.remove(&record.key()) else { continue };
        // Between the inventory and now somebody may have written to it.
        if inventory::stamp(&file.path)? != (record.bytes, record.modified) {
            return Err(Error::Changed { file: record.path.clone() });
        }
        files.push(file);
    }
    Ok(Input { files, has_encounters })
}

fn all(records: &[FileRecord], files: Vec<InputFile>, decode: &DecodeOptions) -> Result<Input, Error> {
    opened(&records.iter().collect::<Vec<_>>(), files, has_encounters(records), decode)
}

/// The files that hold a row of one of the encounters.
fn some(
    state: &Path,
    records: &[FileRecord],
    files: Vec<InputFile>,
    ids: &BTreeSet<String>,
    decode: &DecodeOptions,
) -> Result<Input, Error> {
    let holds = |record: &&FileRecord| -> Result<bool, Error> {
        Ok(touched::may_hold(record, ids) && inventory::ids(record, state)?.iter().any(|id| ids.contains(id)))
    };
    let open: BTreeSet<_> = files.iter().map(key).collect();
    let is_open = |record: &FileRecord| open.contains(&record.key());
    let mut needed = Vec::new();
    for record in records {
        if is_open(record) || holds(&record)? {
            needed.push(record);
        }
    }
    opened(&needed, files, has_encounters(records), decode)
}

/// What tells an open file from others, as its record does.
fn key(file: &InputFile) -> (String, String) {
    (file.table.as_str().to_owned(), file.path.display().to_string())
}

/// Enters into the records of new files what reading them told.
fn settle(
    records: &mut [FileRecord],
    is_new: &[bool],
    input: &Input,
    totals: &mut super::Totals,
    state: &Path,
) -> Result<(), Error> {
    if totals.unbalanced > 0 {
        let left = i64::try_from(totals.unbalanced).unwrap_or(i64::MAX);
        let check = "encounters whose ledger does not close".to_owned();
        return Err(Error::Unbalanced { check, left, right: 0 });
    }
    let mut rows: BTreeMap<u32, Vec<QuarantinedRow>> = BTreeMap::new();
    for row in std::mem::take(&mut totals.quarantined) {
        rows.entry(row.file).or_default().push(row);
    }
    let places: BTreeMap<_, u32> = input.files.iter().map(key).zip(0..).collect();
    for (record, _) in records.iter_mut().zip(is_new).filter(|(_, new)| **new) {
        let Some(at) = places.get(&record.key()).copied() else { continue };
        let tally = totals.tallies.get(&at).copied().unwrap_or_default();
        record.floats_rounded = tally.floats_rounded;
        (record.implausible_times, record.open_ends) = (tally.implausible_times, tally.open_ends);
        inventory::keep_quarantined(record, state, &mut rows.remove(&at).unwrap_or_default())?;
    }
    Ok(())
}

/// Tells runs of a state from others of the same input, whose folders look otherwise.
fn night_run_id(records: &[FileRecord], options: &RunOptions, context: &Context) -> String {
    let id = run_id(&inputs(records), options, context);
    crate::output::hex(format!("state {id}").as_bytes()).get(..16).unwrap_or_default().to_owned()
}
