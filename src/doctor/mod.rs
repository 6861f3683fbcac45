//! Looks at everything a night run needs before the first night: what would stop it, what may, and what to mend.

use crate::audit::Context;
use crate::data_checks::Verdict;
use crate::error::Error;
use crate::output::check_folder;
use crate::partition::free_bytes;
use crate::pipeline::{RunOptions, check_state, decode_options, survey};
use crate::policy::PolicySet;
use crate::progress::Progress;
use crate::reference::Reference;
use crate::scan;
use crate::schema::Table;
use std::path::{Path, PathBuf};

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Well,
    /// The run will go through; someone should look.
    Note,
    /// The run will stop, with this exit status.
    Stops(u8),
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub state: State,
    pub what: &'static str,
    /// What was seen, and what to mend.
    pub said: String,
}

/// What a night run is started with, beside its options.
#[derive(Debug, Clone, Default)]
pub struct Night {
    pub policy: Vec<PathBuf>,
    pub reference: Option<PathBuf>,
    pub state: Option<PathBuf>,
}

/// Share of the inputs' bytes that a run's folder takes, in percent; measured on zstd Parquet.
const OUTPUT_PERCENT: u64 = 150;

struct Findings(Vec<Finding>);

impl Findings {
    fn well(&mut self, what: &'static str, said: impl Into<String>) {
        self.0.push(Finding { state: State::Well, what, said: said.into() });
    }

    fn note(&mut self, what: &'static str, said: impl Into<String>) {
        self.0.push(Finding { state: State::Note, what, said: said.into() });
    }

    fn stops(&mut self, what: &'static str, cause: &Error) {
        self.0.push(Finding { state: State::Stops(cause.exit_code()), what, said: cause.to_string() });
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// Looks at policy, tables, inputs, folders, disk, memory and state, in the order in which a run needs them; then reads all
/// rows and makes the data checks, if nothing else stops the run.
#[must_use]
pub fn examine(options: &RunOptions, night: &Night, progress: &Progress) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    let policies = PolicySet::load(&night.policy);
    match &policies {
        Ok(policies) => found.well("policy", format!("{} files can be used", policies.files().len())),
        Err(cause) => found.stops("policy", &cause.clone().into()),
    }
    let reference = Reference::load(night.reference.as_deref());
    match &reference {
        Ok(reference) => found.well("tables", format!("{} tables can be used", reference.tables().len())),
        Err(cause) => found.stops("tables", cause),
    }
    if let Some(name) = &options.time_zone {
        match jiff::tz::TimeZone::get(name) {
            Ok(_) => found.well("time zone", name.clone()),
            Err(_) => found.stops("time zone", &Error::TimeZone { name: name.clone() }),
        }
    }
    let bytes = inputs(options, &mut found);
    out(&options.out, bytes, &mut found);
    temporary(&options.temp_dir, bytes, &mut found);
    memory(options, &mut found);
    if let Some(folder) = &night.state {
        state(folder, &mut found);
    }
    let may_start = found.0.iter().all(|one| !matches!(one.state, State::Stops(_)));
    if let (Ok(policies), Ok(reference), true) = (policies, reference, may_start) {
        data(options, &Context::new(policies, reference), progress, &mut found);
    }
    found.0
}

/// The folder of a state: it can be written, nobody holds it, and what is in it can be read.
fn state(folder: &Path, found: &mut Findings) {
    match check_state(folder) {
        Ok(None) => found.well("--state", "will be made by the first night"),
        Ok(Some(nights)) => found.well("--state", format!("can be used, {nights} nights so far, nobody holds it")),
        Err(cause) => found.stops("--state", &cause),
    }
}

/// The data checks, as an audit with the same options makes them.
fn data(options: &RunOptions, context: &Context, progress: &Progress, found: &mut Findings) {
    let judged = match survey(options, context, progress) {
        Ok(judged) => judged,
        Err(cause) => return found.stops("data", &cause),
    };
    for fact in judged.facts() {
        found.well("data", fact);
    }
    for check in judged.checks {
        let said = format!("{}: {}", check.check, check.sentence);
        match check.verdict {
            Verdict::Ok => {}
            Verdict::Note | Verdict::Accepted => found.note("data", said),
            Verdict::Stop => found.0.push(Finding { state: State::Stops(3), what: "data", said }),
        }
    }
}

/// Opens every footer. Out: bytes of all files.
fn inputs(options: &RunOptions, found: &mut Findings) -> u64 {
    let mut bytes = 0;
    // A time zone that is not known was named already.
    let decode = decode_options(options).unwrap_or_default();
    let sources = [
        (Table::Claims, "--claims", Some(&options.claims)),
        (Table::Flowsheets, "--flowsheets", Some(&options.flowsheets)),
        (Table::Encounters, "--encounters", options.encounters.as_ref()),
    ];
    for (table, option, pattern) in sources {
        if table != Table::Encounters && options.without(table) {
            found.note(table.as_str(), "not given: nothing is compared");
            continue;
        }
        let Some(pattern) = pattern else {
            found.note(table.as_str(), "not given: rules that need department, class or diagnoses will say less");
            continue;
        };
        let files = scan::find(option, pattern).map(|paths| paths.into_iter().map(|path| (table, path)).collect());
        let files = files.and_then(|files: Vec<_>| scan::open_all(&files, &decode));
        let files = match files {
            Ok(files) => files,
            Err(cause) => {
                found.stops(table.as_str(), &cause);
                continue;
            }
        };
        let (rows, size) = files.iter().fold((0, 0), |sum, file| (sum.0 + file.rows, sum.1 + file.bytes));
        bytes += size;
        found.well(table.as_str(), format!("{} files, {rows} rows, {}", files.len(), megabytes(size)));
        let mut unknown: Vec<&str> = files.iter().flat_map(|file| &file.unknown_columns).map(String::as_str).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            found.note(table.as_str(), format!("columns that the contract does not know: {}", unknown.join(", ")));
        }
        let absent =
            table.contract().columns.iter().filter(|column| !files.iter().any(|file| file.has_column(&column.name)));
        let absent: Vec<&str> = absent.map(|column| column.name.as_str()).collect();
        if !absent.is_empty() {
            found.note(table.as_str(), format!("optional columns that no file has: {}", absent.join(", ")));
        }
    }
    bytes
}

fn out(out: &Path, bytes: u64, found: &mut Findings) {
    if let Err(cause) = check_folder(out) {
        found.stops("--out", &cause);
        return;
    }
    let needed = bytes * OUTPUT_PERCENT / 100;
    match free_bytes(out) {
        Ok(free) if free < needed => {
            let cause = format!("{} are free and a run may take {}", megabytes(free), megabytes(needed));
            found.stops("--out", &Error::unwritable(out, cause));
        }
        Ok(free) => found.well("--out", format!("can be written, nobody holds it, {} are free", megabytes(free))),
        Err(cause) => found.stops("--out", &Error::unwritable(out, cause)),
    }
}

fn temporary(folder: &Path, bytes: u64, found: &mut Findings) {
    let tried = tempfile::tempfile_in(folder).and_then(|_| free_bytes(folder));
    // Rows wait packed, and take about as much as in the files.
    match tried {
        Ok(free) if free < bytes => found.note(
            "--temp-dir",
            format!("{} are free; a run larger than memory may need {}", megabytes(free), megabytes(bytes)),
        ),
        Ok(free) => found.well("--temp-dir", format!("can be written, {} are free", megabytes(free))),
        Err(cause) => found.stops("--temp-dir", &Error::spill(folder, cause)),
    }
}

fn memory(options: &RunOptions, found: &mut Findings) {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let free = system.cgroup_limits().map_or(system.available_memory(), |limits| limits.free_memory);
    let limit = options.memory_budget as u64;
    let said = format!("limit {}, free now {}", megabytes(limit), megabytes(free));
    if limit > free {
        found.note("memory", format!("{said}: lower --memory-limit, or the system may end the run"));
    } else {
        found.well("memory", said);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = rayon::current_num_threads();
    if threads > cores {
        found.note("threads", format!("{threads} on {cores} cores: more than there are only wait for one another"));
    } else {
        found.well("threads", format!("{threads} on {cores} cores"));
    }
}
