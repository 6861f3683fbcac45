//! From files to a plan: footers, digests, and the first look at the few columns that all rows must have been seen in
//! before the first encounter is audited.

use super::facts::{self, FactCounts};
use super::options::RunOptions;
use super::second_encounters::{self, STAY_BYTES, SecondEncounters, Stays};
use crate::error::Error;
use crate::output::InputRecord;
use crate::partition::{Carried, Partition, Ranges};
use crate::progress::Progress;
use crate::rules::RunFacts;
use crate::scan::{self, InputFile, Task};
use crate::schema::{DecodeOptions, Table, read_text};
use arrow::array::Array;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Ids sampled to find balanced ranges.
const SAMPLE: u64 = 131_072;

/// Row groups of each table from which they come.
const SAMPLED_GROUPS: usize = 512;

/// Rows that one bucket should hold, where memory allows.
const ROWS_A_BUCKET: u64 = 49_152;

/// What a stored row takes, roughly, in bytes; only the number of buckets depends on it.
const ROW_BYTES: u64 = 224;

/// The files of a run, footers read.
#[derive(Debug)]
pub(super) struct Input {
    pub files: Vec<InputFile>,
    pub has_encounters: bool,
}

/// A side that a run goes without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Without {
    pub claims: bool,
    pub charts: bool,
}

impl Without {
    /// A table is not given where an option says so, or where none of its rows has a value in any column: a table of blank
    /// rows stands for one that is not there.
    pub(super) fn of(options: &RunOptions, files: impl Iterator<Item = (Table, bool)> + Clone) -> Self {
        let blank = |table: Table| {
            let mut of = files.clone().filter(|(of, _)| *of == table).peekable();
            of.peek().is_some() && of.all(|(_, blank)| blank)
        };
        let without = |table: Table| options.without(table) || blank(table);
        Self { claims: without(Table::Claims), charts: without(Table::Flowsheets) }
    }
}

/// What the first look told.
pub(super) struct FirstLook {
    pub second_encounters: SecondEncounters,
    pub facts: RunFacts,
    pub sample: Vec<Box<[u8]>>,
}

impl Input {
    pub(super) fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    fn rows_of(&self, table: Table) -> u64 {
        self.files.iter().filter(|file| file.table == table).map(|file| file.rows).sum()
    }

    fn tasks_of(&self, table: Table) -> Vec<Task> {
        let files = self.files.iter().enumerate().filter(|(_, file)| file.table == table);
        files.flat_map(|(at, file)| file.tasks(at)).collect()
    }

    /// Every row group, in the order of the least id that it may hold; where footers are not to be trusted, that is
    /// none.
    pub(super) fn tasks(&self, trust_footers: bool) -> Vec<(Box<[u8]>, Task)> {
        let tasks = self.files.iter().enumerate().flat_map(|(at, file)| file.tasks(at));
        let least = |task: Task| {
            let of = &self.files[task.file];
            (if trust_footers { of.least_id(task.row_group).into() } else { Box::default() }, task)
        };
        let mut tasks: Vec<(Box<[u8]>, Task)> = tasks.map(least).collect();
        tasks.sort_by(|(one, task), (other, other_task)| {
            one.cmp(other).then(task.file.cmp(&other_task.file)).then(task.row_group.cmp(&other_task.row_group))
        });
        tasks
    }
}

/// Finds the files.
pub(super) fn find(options: &RunOptions) -> Result<Vec<(Table, PathBuf)>, Error> {
    if !options.listed.is_empty() {
        return Ok(options.listed.clone());
    }
    if options.without(Table::Claims) && options.without(Table::Flowsheets) {
        return Err(Error::NothingGiven);
    }
    let mut files = Vec::new();
    let sources = [
        (Table::Claims, "--claims", Some(&options.claims)),
        (Table::Flowsheets, "--flowsheets", Some(&options.flowsheets)),
        (Table::Encounters, "--encounters", options.encounters.as_ref()),
    ];
    for (table, option, pattern) in sources {
        let Some(pattern) = pattern.filter(|_| !options.without(table)) else { continue };
        files.extend(scan::find(option, pattern)?.into_iter().map(|path| (table, path)));
    }
    Ok(files)
}

/// Finds the files and reads every footer.
pub(super) fn open(options: &RunOptions, decode: &DecodeOptions) -> Result<Input, Error> {
    let files = find(options)?;
    let has_encounters = files.iter().any(|(table, _)| *table == Table::Encounters);
    Ok(Input { files: scan::open_all(&files, decode)?, has_encounters })
}

/// Files of other kinds in the input folders, such as `3 .csv`.
pub(super) fn files_left_out(options: &RunOptions) -> Vec<String> {
    let folders = [Some(&options.claims), Some(&options.flowsheets), options.encounters.as_ref()];
    let mut others: BTreeMap<&'static str, u64> = BTreeMap::new();
    for folder in folders.into_iter().flatten().filter(|_| options.listed.is_empty()) {
        for (ending, files) in scan::left_out(folder) {
            *others.entry(ending).or_default() += files;
        }
    }
    others.into_iter().map(|(ending, files)| format!("{files} .{ending}")).collect()
}

/// What the manifest says of each file.
pub(super) fn digests(input: &Input) -> Result<Vec<InputRecord>, Error> {
    let record = |file: &InputFile| {
        Ok(InputRecord {
            table: file.table.as_str(),
            path: file.path.display().to_string(),
            bytes: file.bytes,
            rows: file.rows,
            row_groups: file.row_groups(),
            sha256: file.digest()?,
        })
    };
    input.files.par_iter().map(record).collect()
}

/// Forms of times and money under these options.
///
/// # Errors
/// A time zone that is not known.
pub fn decode_options(options: &RunOptions) -> Result<DecodeOptions, Error> {
    let zone = options
        .time_zone
        .as_ref()
        .map(|name| jiff::tz::TimeZone::get(name).map_err(|_| Error::TimeZone { name: name.clone() }));
    Ok(DecodeOptions {
        time_zone: zone.transpose()?,
        utc_times: options.utc_times,
        date_formats: options.date_formats.clone(),
        integer_money: options.integer_money,
    })
}

/// Looks through the columns that tell facts of the whole run: orders and copied times, second encounters of a day, and
/// a sample of the ids.
pub(super) fn first_look(
    input: &Input,
    options: &RunOptions,
    decode: &DecodeOptions,
    progress: &Progress,
) -> Result<FirstLook, Error> {
    let sample = sample_ids(input)?;
    let counts = FactCounts::default();
    let charted = input.tasks_of(Table::Flowsheets);
    let stays_at_once = (options.memory_budget as u64 / 8 / STAY_BYTES).max(1);
    let shares = input.rows_of(Table::Encounters).div_ceil(stays_at_once).max(1);
    let stayed = if input.has_encounters { input.tasks_of(Table::Encounters) } else { Vec::new() };
    let rows = input.rows_of(Table::Flowsheets) + input.rows_of(Table::Encounters) * shares;
    progress.stage("looking", "rows", rows);
    charted.par_iter().try_for_each(|task| {
        let wanted = |name: &str| facts::COLUMNS.contains(&name);
        input.files[task.file].read(task.row_group, wanted, |batch| {
            progress.add(batch.num_rows() as u64);
            counts.add(&batch, decode)
        })
    })?;
    if !counts.tell_of_orders(input.rows_of(Table::Flowsheets)) {
        charted.par_iter().try_for_each(|task| {
            let wanted = |name: &str| facts::ORDER_COLUMNS.contains(&name);
            input.files[task.file].read(task.row_group, wanted, |batch| counts.add_orders(&batch, decode))
        })?;
    }
    let mut second_encounters = SecondEncounters::default();
    for share in 0..shares {
        let stays = Stays::new(share, shares);
        stayed.par_iter().try_for_each(|task| {
            let wanted = |name: &str| second_encounters::COLUMNS.contains(&name);
            input.files[task.file].read(task.row_group, wanted, |batch| {
                progress.add(batch.num_rows() as u64);
                stays.add(&batch, decode)
            })
        })?;
        second_encounters.extend(stays);
    }
    let columns: Vec<(Table, u64)> = input.files.iter().map(|file| (file.table, file.columns)).collect();
    let absent = facts::absent_columns(&columns);
    let rows = input.rows_of(Table::Flowsheets);
    let blank = input.files.iter().map(|file| (file.table, file.is_blank()));
    let facts = counts.counts().facts(absent, input.has_encounters, rows, options.as_of);
    let Without { claims, charts } = Without::of(options, blank);
    let facts = RunFacts { without_claims: claims, without_charts: charts, ..facts };
    Ok(FirstLook { second_encounters, facts, sample })
}

/// Ids from the whole range of ids: of the encounters where there is such a table, since it names each once, else of both
/// others in proportion to their rows. Row groups are picked in the order of their least ids, so that no month is left out.
pub(super) fn sample_ids(input: &Input) -> Result<Vec<Box<[u8]>>, Error> {
    let mut tasks: Vec<(Task, usize)> = Vec::new();
    let tables: &[Table] =
        if input.rows_of(Table::Encounters) > 0 { &[Table::Encounters] } else { &[Table::Claims, Table::Flowsheets] };
    let all_rows: u64 = tables.iter().map(|table| input.rows_of(*table)).sum();
    for table in tables {
        let mut all = input.tasks_of(*table);
        all.sort_by_cached_key(|task| {
            (input.files[task.file].least_id(task.row_group).to_vec(), task.file, task.row_group)
        });
        let some: Vec<Task> = all.iter().copied().step_by(all.len().div_ceil(SAMPLED_GROUPS).max(1)).collect();
        let rows: u64 = some.iter().map(|task| task.rows).sum();
        let wanted = SAMPLE * input.rows_of(*table) / all_rows.max(1);
        let every = usize::try_from(rows / wanted.max(1)).unwrap_or(1).max(1);
        tasks.extend(some.into_iter().map(|task| (task, every)));
    }
    let ids = |(task, every): &(Task, usize)| -> Result<Vec<Box<[u8]>>, Error> {
        let mut ids: Vec<Box<[u8]>> = Vec::new();
        let mut next = 0;
        input.files[task.file].read(
            task.row_group,
            |name| name == "encounter_id",
            |batch| {
                let Some(column) = batch.column_by_name("encounter_id") else { return Ok(()) };
                let column = read_text(column)?;
                while next < column.len() {
                    if column.is_valid(next) {
                        ids.push(column.value(next).as_bytes().into());
                    }
                    next += every;
                }
                next -= column.len();
                Ok::<(), Error>(())
            },
        )?;
        Ok(ids)
    };
    let ids: Vec<Vec<Box<[u8]>>> = tasks.par_iter().map(ids).collect::<Result<_, Error>>()?;
    Ok(ids.into_iter().flatten().collect())
}

/// The empty partition of a run, by a sample of its ids.
pub(super) fn partition(carried: Carried, sample: &[Box<[u8]>], input: &Input, options: &RunOptions) -> Partition {
    let budget = options.row_budget();
    let rows = input.rows();
    let buckets = options.buckets.unwrap_or_else(|| {
        let by_size = rows.div_ceil(ROWS_A_BUCKET);
        let by_budget = (rows * ROW_BYTES).div_ceil((budget as u64 / 4).max(1));
        // A few at least, so that every core has its share of a small run.
        usize::try_from(by_size.max(by_budget).clamp(8, 16_384)).unwrap_or(8)
    });
    Partition::new(carried, Ranges::from_sample(sample.to_vec(), buckets), budget, &options.temp_dir, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{ErrorSelection, GenerateOptions, generate};

    #[test]
    fn buckets_are_even_however_many_months_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let made = GenerateOptions {
            encounters: 4_000,
            months: 40,
            seed: 7,
            out: folder.path().to_owned(),
            errors: ErrorSelection::None,
            error_percent: 0,
            start: "2022-01-01".parse().unwrap(),
        };
        generate(&made).unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for encounters in [Some(at("encounters")), None] {
            let options = RunOptions {
                claims: at("claims"),
                flowsheets: at("flowsheets"),
                encounters,
                out: folder.path().to_owned(),
                buckets: Some(40),
                ..RunOptions::new(1 << 30, folder.path().to_owned())
            };
            let input = open(&options, &DecodeOptions::default()).unwrap();
            let partition = partition(Carried::Whole, &sample_ids(&input).unwrap(), &input, &options);
            let mut held = vec![0; partition.ranges().count()];
            for at in 0..4_000 {
                held[partition.ranges().bucket_of(format!("E{at:09}").as_bytes())] += 1;
            }
            assert!(held.len() >= 35 && held.iter().all(|held| *held <= 300), "{held:?}");
        }
    }
}
