//! Judges whether the data of a run can be believed, before anything of it is published.

use super::options::RunOptions;
use super::quarantine::QuarantinedRow;
use super::read::{self, Input};
use super::{Totals, Whole, table_counts};
use crate::audit::Context;
use crate::data_checks::{Check, DataCounts, DataState, Evidence, FileRows, Gone, Stop, count, judge, write_diagnosis};
use crate::error::Error;
use crate::output::TableCounts;
use crate::progress::Progress;
use crate::rules::RunFacts;
use crate::scan;
use crate::schema::{Table, Tally};
use std::collections::{BTreeMap, BTreeSet};

/// Facts that the checks need besides the counts.
pub(super) struct Facts<'a> {
    pub data: &'a DataCounts,
    pub tables: &'a BTreeMap<&'static str, TableCounts>,
    pub files: Vec<FileRows>,
    pub columns: BTreeMap<(Table, String), String>,
    pub tally: Tally,
    pub integer_codes: bool,
    pub gone: Option<Gone>,
    pub without_claims: bool,
    pub without_charts: bool,
}

/// For each table and reason, the column in which most rows are unreadable.
pub(super) fn worst_columns<'r>(
    rows: impl Iterator<Item = (Table, &'r str, &'r str)>,
) -> BTreeMap<(Table, String), String> {
    let mut counts: BTreeMap<(Table, &str), BTreeMap<&str, u64>> = BTreeMap::new();
    for (table, reason, column) in rows {
        *counts.entry((table, reason)).or_default().entry(column).or_default() += 1;
    }
    let worst = counts.into_iter().filter_map(|((table, reason), columns)| {
        let most = columns.into_iter().max_by_key(|(column, rows)| (*rows, std::cmp::Reverse(*column)))?;
        Some(((table, reason.to_owned()), most.0.to_owned()))
    });
    worst.collect()
}

/// Rows of each file and how many of them cannot be read.
pub(super) fn file_rows(options: &RunOptions, input: &Input, quarantined: &[QuarantinedRow]) -> Vec<FileRows> {
    let mut files: Vec<FileRows> = input
        .files
        .iter()
        .enumerate()
        .map(|(at, file)| FileRows {
            table: file.table,
            name: if options.deidentify.is_some() { scan::nameless(at) } else { file.name() },
            rows: file.rows,
            quarantined: 0,
        })
        .collect();
    for row in quarantined.iter().filter(|row| row.is_unreadable()) {
        if let Some(file) = files.get_mut(row.file as usize) {
            file.quarantined += 1;
        }
    }
    files
}

/// The state of a run's data.
pub(super) fn state(options: &RunOptions, facts: &Facts<'_>, context: &Context) -> DataState {
    let left_out = read::files_left_out(options);
    let named: BTreeSet<String> = context.named_payers();
    let mut state = judge(&Evidence {
        counts: facts.data,
        tables: facts.tables,
        files: &facts.files,
        columns: &facts.columns,
        implausible_times: facts.tally.implausible_times,
        open_ends: facts.tally.open_ends,
        integer_codes: facts.integer_codes,
        files_left_out: &left_out,
        named_payers: &named,
        gone: facts.gone,
        without_claims: facts.without_claims,
        without_charts: facts.without_charts,
        limits: &context.policies.checks,
        accepted: &options.accept,
    });
    if options.deidentify.is_some() {
        // Months of few patients, and months that moved dates do not show.
        state.by_month.clear();
        (state.charts, state.claims) = Default::default();
        // These name true months, and departments of perhaps a few patients.
        let naming = [Check::UnpairedMonths, Check::UnpairedGroups].map(Check::as_str);
        for check in state.checks.iter_mut().filter(|of| naming.contains(&of.check.as_str()) && !of.sentence.is_empty())
        {
            check.sentence = format!("{} of {} encounters lack one side", count(check.part), count(check.of));
        }
    }
    state
}

/// Publishes nothing but a diagnosis where a check is beyond its limit.
///
/// # Errors
/// [`Error::NotBelieved`] then; a folder that cannot be written.
pub(super) fn believe(options: &RunOptions, state: DataState) -> Result<DataState, Error> {
    let checks: Vec<_> = state.stops().cloned().collect();
    if checks.is_empty() {
        return Ok(state);
    }
    let page = write_diagnosis(&options.out, &state)?;
    Err(Error::NotBelieved(Stop { checks, page: Some(page) }))
}

/// The facts of a run that read all of its files.
pub(super) fn facts_of<'a>(
    options: &RunOptions,
    input: &Input,
    facts: &RunFacts,
    totals: &'a Totals,
    tables: &'a BTreeMap<&'static str, TableCounts>,
) -> Facts<'a> {
    let mut tally = Tally::default();
    totals.tallies.values().for_each(|of| tally.add(*of));
    Facts {
        data: &totals.data,
        tables,
        files: file_rows(options, input, &totals.quarantined),
        columns: worst_columns(totals.quarantined.iter().map(|row| (row.table, row.reason(), row.column()))),
        tally,
        integer_codes: input.files.iter().any(|file| file.table == Table::Claims && file.integer_codes),
        gone: None,
        without_claims: facts.without_claims,
        without_charts: facts.without_charts,
    }
}

/// Reads and audits everything, writes nothing, and judges the data as an audit with the same options would.
///
/// # Errors
/// Faults that stop an audit before its data are judged: see [`Error`].
pub fn survey(options: &RunOptions, context: &Context, progress: &Progress) -> Result<DataState, Error> {
    let decode = read::decode_options(options)?;
    let input = read::open(options, &decode)?;
    let mut look = read::first_look(&input, options, &decode, progress)?;
    look.facts = std::mem::take(&mut look.facts).decide(&context.reference);
    let whole = Whole { input: &input, decode: &decode, look: &look, only: None, options, context, progress };
    let totals = whole.survey()?;
    progress.finish();
    let tables = table_counts(&input, &totals);
    Ok(state(options, &facts_of(options, &input, &look.facts, &totals, &tables), context))
}

/// Judges a whole audit. Out: the state of its data.
///
/// # Errors
/// See [`believe`].
pub(super) fn judge_run(
    options: &RunOptions,
    input: &Input,
    facts: &RunFacts,
    totals: &Totals,
    tables: &BTreeMap<&'static str, TableCounts>,
    context: &Context,
) -> Result<DataState, Error> {
    believe(options, state(options, &facts_of(options, input, facts, totals, tables), context))
}
