//! The stages in order: footers, first look, then decode, partition, audit and write as one sweep; reconcile, report,
//! publish. The one module that knows them all.

mod believed;
mod check;
mod facts;
mod identified;
mod nightly;
mod options;
mod quarantine;
mod read;
mod second_encounters;
mod sweep;
mod uncertainty;
mod work;

pub use believed::survey;
pub use check::{CheckSummary, Quarantined, check_inputs};
pub use nightly::{LEAF_ENCOUNTERS, Night, NightOptions, check_state, run_night};
pub use options::{NOT_GIVEN, RunOptions, RunSummary};
pub use read::decode_options;

use crate::audit::Context;
use crate::data_checks::{DataCounts, clear_diagnosis};
use crate::encounter::Excluded;
use crate::encryption;
use crate::error::{Error, file_name};
use crate::interrupt;
use crate::output::{
    Check, InputRecord, Manifest, OutputRecord, RunCounts, RunFolder, Sink, TableCounts, accounts_layout, layouts,
};
use crate::partition::{Carried, ScatterError};
use crate::profile::Stage;
use crate::progress::Progress;
use crate::report::{Shown, write_csv, write_pages, write_workbook};
use crate::rules::RunFacts;
use crate::scan;
use crate::schema::{DecodeOptions, Table, Tally};
use identified::{Identified, hide_few};
use quarantine::QuarantinedRow;
use rayon::prelude::*;
use read::{FirstLook, Input};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use work::Audit;

/// Counts and sums of a stretch of encounters.
#[derive(Default)]
struct Totals {
    counts: RunCounts,
    quarantined: Vec<QuarantinedRow>,
    excluded: Excluded,
    /// Rows by table.
    audited: [u64; 3],
    unbalanced: u64,
    /// Values that were changed or left out while rows were read, by file.
    tallies: BTreeMap<u32, Tally>,
    data: DataCounts,
    uncertainty: uncertainty::Uncertainty,
}

impl Totals {
    fn merge(&mut self, mut other: Totals) {
        self.counts.add(&other.counts);
        self.quarantined.append(&mut other.quarantined);
        for (reason, count) in other.excluded {
            *self.excluded.entry(reason).or_default() += count;
        }
        for (sum, count) in self.audited.iter_mut().zip(other.audited) {
            *sum += count;
        }
        self.unbalanced += other.unbalanced;
        for (file, tally) in other.tallies {
            self.tallies.entry(file).or_default().add(tally);
        }
        self.data.merge(other.data);
        self.uncertainty.merge(other.uncertainty);
    }
}

/// Runs a whole audit and publishes its folder.
///
/// # Errors
/// See [`Error`]; nothing is published then.
pub fn run_audit(options: &RunOptions, context: &Context, progress: &Progress) -> Result<RunSummary, Error> {
    let clock = Instant::now();
    let mut timings = BTreeMap::new();
    let mut lap = |name| timings.insert(name, format!("{:.3} s", clock.elapsed().as_secs_f64()));
    let profile = context.profile();
    if let Some(path) = options.deidentify.iter().find_map(|how| how.crosswalk.as_ref()).filter(|path| path.exists()) {
        return Err(Error::CrosswalkThere { path: path.display().to_string() });
    }
    let decode = read::decode_options(options)?;
    let input = read::open(options, &decode)?;
    let mut records = read::digests(&input)?;
    let run_id = run_id(&records, options, context);
    if options.deidentify.is_some() {
        for (at, record) in records.iter_mut().enumerate() {
            record.path = scan::nameless(at);
        }
    }
    let folder = RunFolder::create(&options.out, &run_id)?;
    let identified = Identified::new(options)?;
    let tables = identified.as_ref().map_or(folder.path(), Identified::path);
    lap("1_footers_and_digests");
    let mut look = read::first_look(&input, options, &decode, progress)?;
    look.facts = std::mem::take(&mut look.facts).decide(&context.reference);
    lap("2_first_look");
    if let Some(profile) = profile {
        profile.add(Stage::FirstLook, clock.elapsed());
    }
    let whole = Whole { input: &input, decode: &decode, look: &look, only: None, options, context, progress };
    let Audited { mut totals, spilled_rows, files } = whole.audit_into(tables, || {
        folder.empty()?;
        identified.as_ref().map_or(Ok(()), Identified::empty)
    })?;
    // What is de-identified is made of these, which nobody keeps.
    if identified.is_none() {
        files.into_iter().for_each(|(path, file)| folder.sync_later(path, file));
    }
    lap("3_audit");
    let name = |file: u32| match options.deidentify {
        None => input.files.get(file as usize).map(scan::InputFile::name),
        Some(_) => Some(scan::nameless(file as usize)),
    };
    quarantine::write(&name, &mut totals.quarantined, folder.path())?;
    let counts = table_counts(&input, &totals);
    let reconciliation = reconcile(&counts, &totals);
    if let Some(off) = reconciliation.iter().find(|check| !check.balanced) {
        return Err(Error::Unbalanced { check: off.check.clone(), left: off.left, right: off.right });
    }
    let data = believed::judge_run(options, &input, &look.facts, &totals, &counts, context)?;
    let mut manifest = Manifest {
        run_id: run_id.clone(),
        version: env!("CARGO_PKG_VERSION"),
        inputs: records,
        policy: context.policies.files().iter().cloned().collect(),
        reference: context.reference.tables().into_iter().collect(),
        options: options.shown(),
        counts,
        floats_rounded: totals.tallies.values().map(|tally| tally.floats_rounded).sum(),
        data,
        totals: totals.counts,
        reconciliation,
        warnings: warnings(input.files.iter().map(|file| (file.table, file.unknown_columns.as_slice()))),
        not_run: not_run(&look.facts),
        switches: context.policies.switches(),
        turned_off: context.policies.turned_off().into_iter().map(|(code, who)| format!("{code}: {who}")).collect(),
        time_uncertainty: options.time_uncertainty.map(|minutes| totals.uncertainty.finish(i64::from(minutes))),
        outputs: BTreeMap::new(),
        timings: BTreeMap::new(),
    };
    if let (Some(identified), Some(how)) = (identified, &options.deidentify) {
        progress.stage("de-identifying", "tables", 4);
        identified.publish(how, folder.path(), &context.reference)?;
        lap("4_deidentified");
    }
    let hidden = options.deidentify.is_some();
    let tables = listed(folder.path())?;
    // Pages cannot be encrypted; those of an encrypted run are left out where they would name patients.
    let has_pages = hidden || encryption::writing().is_none();
    let pages = || {
        let shown = Shown::read(folder.path(), &manifest.totals, &context.reference, hidden)?;
        if hidden {
            hide_few(&mut manifest, &shown.rollup);
        }
        write_pages(&folder, &shown, &manifest, options.prior.as_ref())?;
        if options.workbook {
            write_workbook(folder.path(), &shown.rollup, &manifest, &options.temp_dir)?;
        }
        Ok::<_, Error>(shown.rollup)
    };
    // The pages take longest, so they are begun first; both tables for spreadsheets and all digests fit beside them.
    let csv = || if has_pages { write_csv(&folder) } else { Ok(()) };
    let beside = || rayon::join(csv, || digests(&tables));
    let (rollup, (csv, records)) = rayon::join(|| has_pages.then(pages).transpose(), beside);
    let rollup = rollup?;
    csv?;
    manifest.outputs = records?;
    let made = listed(folder.path())?.into_iter().filter(|path| !tables.contains(path)).collect::<Vec<_>>();
    manifest.outputs.extend(digests(&made)?);
    lap("5_pages");
    interrupt::check()?;
    unchanged(&input)?;
    timings.insert("spilled_rows", spilled_rows.to_string());
    manifest.timings = timings;
    let text = serde_json::to_string_pretty(&manifest).map_err(|cause| Error::Table(cause.to_string()))?;
    folder.write("manifest.json", format!("{text}\n").as_bytes())?;
    interrupt::check()?;
    let path = folder.publish(&run_id, options.keep)?;
    clear_diagnosis(&options.out);
    progress.finish();
    Ok(RunSummary { path, manifest, rollup, spilled_rows })
}

/// Everything that an audit of some files starts from.
struct Whole<'a> {
    input: &'a Input,
    decode: &'a DecodeOptions,
    look: &'a FirstLook,
    /// The encounters that are audited; `None` for all. Where some are named, the accounts of each are written too.
    only: Option<&'a Only<'a>>,
    options: &'a RunOptions,
    context: &'a Context,
    progress: &'a Progress,
}

/// A run that builds on others: what of its input is audited, and the lasting numbers of its files.
struct Only<'a> {
    touched: &'a Touched,
    numbers: &'a [u32],
}

/// Which encounters are audited where runs build on one another.
#[derive(Debug)]
enum Touched {
    All,
    These(rustc_hash::FxHashSet<Box<[u8]>>),
}

impl Touched {
    fn contains(&self, id: &[u8]) -> bool {
        match self {
            Touched::All => true,
            Touched::These(ids) => ids.contains(id),
        }
    }
}

/// What an audit comes to.
struct Audited {
    totals: Totals,
    /// Rows that waited on disk.
    spilled_rows: u64,
    /// The tables, complete, but perhaps not on the disk yet.
    files: Vec<(PathBuf, File)>,
}

impl Whole<'_> {
    /// Audits into the tables of a folder; `again` empties it.
    fn audit_into(&self, folder: &Path, again: impl FnOnce() -> Result<(), Error>) -> Result<Audited, Error> {
        let done = match self.pass(true, create_tables(folder, self.only.is_some())?) {
            // A footer that lies about its ids costs a second pass, not a wrong result.
            Err(ScatterError::Late) => {
                again()?;
                self.pass(false, create_tables(folder, self.only.is_some())?)
            }
            done => done,
        };
        done.map_err(ScatterError::into_error)
    }

    /// Audits and writes nothing. Out: what was counted.
    fn survey(&self) -> Result<Totals, Error> {
        let done = match self.pass(true, Vec::new()) {
            Err(ScatterError::Late) => self.pass(false, Vec::new()),
            done => done,
        };
        done.map(|audited| audited.totals).map_err(ScatterError::into_error)
    }

    /// One pass over all row groups, in the order of their least ids where footers are trusted.
    fn pass(&self, trust_footers: bool, outputs: Vec<Mutex<Sink>>) -> Result<Audited, ScatterError> {
        self.progress.stage("auditing", "rows", self.input.rows());
        let partition = read::partition(Carried::Whole, &self.look.sample, self.input, self.options);
        let audit = Audit {
            input: self.input,
            decode: self.decode,
            look: self.look,
            only: self.only,
            context: self.context,
            progress: self.progress,
            time_uncertainty: self.options.time_uncertainty,
            outputs,
            totals: Mutex::default(),
        };
        sweep::sweep(&audit, &self.input.tasks(trust_footers), &partition, audit.outputs.len())?;
        let close = |output: Mutex<Sink>| output.into_inner().unwrap_or_else(PoisonError::into_inner).close();
        let files = audit.outputs.into_par_iter().map(close).collect::<Result<_, _>>()?;
        let totals = audit.totals.into_inner().unwrap_or_else(PoisonError::into_inner);
        let spilled_rows = partition.spilled_rows();
        // Deleting a large spill file is slow: another thread does it. If none can be spawned, it is deleted here.
        let _ = std::thread::Builder::new().spawn(move || drop(partition));
        Ok(Audited { totals, spilled_rows, files })
    }
}

/// Opens the result tables. Done before the long work, so that a bad path fails in the first second.
fn create_tables(folder: &Path, accounts: bool) -> Result<Vec<Mutex<Sink>>, Error> {
    let tables = layouts().into_iter().chain(accounts.then(accounts_layout));
    tables.map(|(name, schema)| Sink::create(folder, name, schema).map(Mutex::new)).collect()
}

/// Whether every input is still as it was when its footer was read.
fn unchanged(input: &Input) -> Result<(), Error> {
    input.files.iter().try_for_each(crate::scan::InputFile::check_unchanged)
}

/// The files of a folder.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |cause: std::io::Error| Error::unreadable(folder, cause);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// What the manifest says of files that are written to their end.
fn digests(paths: &[PathBuf]) -> Result<BTreeMap<String, OutputRecord>, Error> {
    let record = |path: &PathBuf| {
        let bytes = std::fs::metadata(path).map_err(|cause| Error::unreadable(path, cause))?.len();
        Ok((file_name(path), OutputRecord { bytes, sha256: scan::digest(path)? }))
    };
    paths.par_iter().map(record).collect()
}

fn table_counts(input: &Input, result: &Totals) -> BTreeMap<&'static str, TableCounts> {
    let mut counts = BTreeMap::new();
    for table in Table::ALL {
        let mut of = TableCounts {
            rows_in: input.files.iter().filter(|file| file.table == table).map(|file| file.rows).sum(),
            audited: result.audited[table as usize],
            ..TableCounts::default()
        };
        for row in result.quarantined.iter().filter(|row| row.table == table) {
            *of.quarantined.entry(row.reason().to_owned()).or_default() += 1;
        }
        for ((_, reason), count) in result.excluded.iter().filter(|((of, _), _)| *of == table) {
            of.excluded.insert((*reason).to_owned(), *count);
        }
        counts.insert(table.as_str(), of);
    }
    counts
}

fn reconcile(counts: &BTreeMap<&'static str, TableCounts>, result: &Totals) -> Vec<Check> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut checks: Vec<Check> = counts
        .iter()
        .map(|(table, of)| {
            let check = format!("{table}: rows in = audited + quarantined + excluded");
            Check::new(check, whole(of.rows_in), whole(of.accounted()))
        })
        .collect();
    let totals = &result.counts;
    checks.push(Check::new(
        "net dollars of all findings = expected - billed, in cents",
        totals.net_cents,
        totals.expected_cents - totals.billed_cents,
    ));
    checks.push(Check::new(
        "leakage - overpayment + disputed = net, in cents",
        totals.leakage_cents - totals.overpayment_cents + totals.disputed_cents,
        totals.net_cents,
    ));
    checks.push(Check::new("encounters whose ledger does not close", whole(result.unbalanced), 0));
    checks
}

/// Notes on columns that were not read; `files` are tables with their unknown columns.
fn warnings<'f>(files: impl Iterator<Item = (Table, &'f [String])>) -> Vec<String> {
    let mut unknown: BTreeMap<(&'static str, &str), u64> = BTreeMap::new();
    for (table, columns) in files {
        for column in columns {
            *unknown.entry((table.as_str(), column)).or_default() += 1;
        }
    }
    let unread = unknown.into_iter();
    unread
        .map(|((table, column), files)| {
            let column = crate::error::one_line(column);
            format!("{table}: column `{column}` is not in the contract and was not read ({files} file(s))")
        })
        .collect()
}

/// Rules that could say nothing, with the reason.
fn not_run(facts: &RunFacts) -> BTreeMap<String, String> {
    facts.not_run.iter().map(|(code, why)| ((*code).to_owned(), why.clone())).collect()
}

/// The same inputs, options, policy, tables and version give the same run.
fn run_id(inputs: &[InputRecord], options: &RunOptions, context: &Context) -> String {
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    for input in inputs {
        add(input.table);
        add(&input.sha256);
    }
    for (key, value) in options.shown() {
        add(&key);
        add(&value);
    }
    if let Some(how) = &options.deidentify {
        add(&format!("{:?}", how.key.fingerprint()));
    }
    add(&context.policies.digest());
    for (_, table) in context.reference.tables() {
        add(&table);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
