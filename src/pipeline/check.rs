//! Validates inputs only: what would be quarantined, and why.

use super::options::RunOptions;
use super::quarantine::QuarantinedRow;
use super::read::{self, Input};
use super::sweep::{Work, sweep};
use super::work::read_task;
use super::{Only, Totals, Touched};
use crate::encounter::{BucketRows, Builder, EncounterRows, KeyCheck, SetAside};
use crate::error::Error;
use crate::partition::{BucketBytes, Carried, Partition, ScatterError};
use crate::progress::Progress;
use crate::scan::Task;
use crate::schema::{DecodeOptions, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

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

/// What a check works on.
struct Inputs<'a> {
    input: &'a Input,
    decode: &'a DecodeOptions,
    sample: &'a [Box<[u8]>],
    options: &'a RunOptions,
    progress: &'a Progress,
}

/// The work of a check: everything but coding and writing.
struct Validation<'a> {
    of: &'a Inputs<'a>,
    carried: Carried,
    /// The encounters that are looked at; `None` for all.
    only: Option<&'a Only<'a>>,
    totals: Mutex<Totals>,
    twins: Mutex<Twins>,
}

/// Encounters some rows of which have the same key, and the row groups in which any of theirs stand.
#[derive(Debug, Default)]
struct Twins {
    ids: rustc_hash::FxHashSet<Box<[u8]>>,
    /// What the ids take, roughly, in bytes.
    bytes: usize,
    /// By file and row group.
    groups: BTreeSet<(usize, usize)>,
}

/// What an id takes beside its own bytes.
const BESIDE_ID: usize = 48;

impl Twins {
    fn add(&mut self, rows: &BucketRows<'_>, of: &EncounterRows, input: &Input) {
        let id = rows.encounter_id(of).as_bytes();
        self.bytes += id.len() + BESIDE_ID;
        self.ids.insert(id.into());
        for source in rows.sources(of) {
            let file = source.file as usize;
            self.groups.insert((file, input.files[file].row_group_of(source.row)));
        }
    }

    /// Adds others; ids that take more than so many bytes are dropped, all of them.
    fn merge(&mut self, other: Twins, most_bytes: usize) {
        self.bytes += other.bytes;
        if self.bytes > most_bytes {
            (self.ids, self.groups) = Default::default();
            return;
        }
        self.ids.extend(other.ids);
        self.groups.extend(other.groups);
    }
}

impl Validation<'_> {
    fn add(&self, totals: Totals) {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).merge(totals);
    }

    /// Checks the encounters of a bucket by the keys of their rows; those that keys do not decide are put aside whole.
    fn check_keys(&self, rows: &BucketRows<'_>, aside: &mut Vec<SetAside>) {
        let mut check = KeyCheck::new(rows, self.of.input.has_encounters);
        let mut twins = Twins::default();
        for place in rows.encounters() {
            if !check.check(&place, aside) {
                twins.add(rows, &place, self.of.input);
            }
        }
        if !twins.ids.is_empty() {
            let most_bytes = self.of.options.row_budget();
            self.twins.lock().unwrap_or_else(PoisonError::into_inner).merge(twins, most_bytes);
        }
    }
}

impl Work for Validation<'_> {
    type Piece = ();

    fn read(&self, task: &Task, partition: &Partition) -> Result<(), ScatterError> {
        let mut totals = Totals::default();
        read_task(self.of.input, task, (self.of.decode, self.only), partition, &mut totals, None)?;
        self.of.progress.add(task.rows);
        // Where some encounters are looked at again, what is wrong with single rows was told the first time.
        if self.only.is_none() {
            self.add(totals);
        }
        Ok(())
    }

    fn bucket(&self, bytes: &BucketBytes) -> Result<Vec<()>, Error> {
        let rows = BucketRows::new(bytes);
        let (mut totals, mut aside) = (Totals::default(), Vec::new());
        match self.carried {
            Carried::Keys => self.check_keys(&rows, &mut aside),
            Carried::Whole => {
                let mut builder = Builder::new(&rows, self.of.input.has_encounters);
                for place in rows.encounters() {
                    builder.check(&place, &mut aside);
                }
            }
        }
        totals.quarantined.extend(aside.iter().map(QuarantinedRow::from));
        totals.quarantined.extend(bytes.refused.iter().map(QuarantinedRow::too_many));
        self.add(totals);
        Ok(Vec::new())
    }

    fn write(&self, _: usize, (): ()) -> Result<(), Error> {
        Ok(())
    }
}

impl Inputs<'_> {
    /// Goes through the row groups that are wanted.
    fn pass(
        &self,
        carried: Carried,
        only: Option<&Only<'_>>,
        wanted: impl Fn(&Task) -> bool,
    ) -> Result<(Totals, Twins), Error> {
        let run = |trust_footers| {
            let mut tasks = self.input.tasks(trust_footers);
            tasks.retain(|(_, task)| wanted(task));
            self.progress.stage("checking", "rows", tasks.iter().map(|(_, task)| task.rows).sum());
            let partition = read::partition(carried, self.sample, self.input, self.options);
            let (totals, twins) = (Mutex::default(), Mutex::default());
            let work = Validation { of: self, carried, only, totals, twins };
            sweep(&work, &tasks, &partition, 0)?;
            let totals = work.totals.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok((totals, work.twins.into_inner().unwrap_or_else(PoisonError::into_inner)))
        };
        let done = match run(true) {
            Err(ScatterError::Late) => run(false),
            done => done,
        };
        done.map_err(ScatterError::into_error)
    }

    /// Goes through everything by the keys of rows; then, with whole rows, through the encounters that have twins, which are
    /// few. Where they are not, their ids would take more memory than there is, and every encounter is looked at again.
    fn check(&self) -> Result<Totals, Error> {
        let (mut totals, Twins { ids, bytes, groups }) = self.pass(Carried::Keys, None, |_| true)?;
        if bytes > self.options.row_budget() {
            return Ok(self.pass(Carried::Whole, None, |_| true)?.0);
        }
        if !ids.is_empty() {
            let only = Only { touched: &Touched::These(ids), numbers: &[] };
            let wanted = |task: &Task| groups.contains(&(task.file, task.row_group));
            let (again, _) = self.pass(Carried::Whole, Some(&only), wanted)?;
            totals.merge(again);
        }
        Ok(totals)
    }
}

/// Reads and validates everything, audits nothing, writes nothing.
///
/// # Errors
/// What would stop a run: see [`Error`].
pub fn check_inputs(options: &RunOptions, progress: &Progress) -> Result<CheckSummary, Error> {
    let decode = read::decode_options(options)?;
    let input = read::open(options, &decode)?;
    let sample = read::sample_ids(&input)?;
    let read = Inputs { input: &input, decode: &decode, sample: &sample, options, progress }.check()?;
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
        floats_rounded: read.tallies.values().map(|tally| tally.floats_rounded).sum(),
    })
}
