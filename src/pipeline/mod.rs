//! The stages in order: footers, decode and scatter, audit bucket by bucket, write, reconcile, report, publish. The one
//! module that knows them all.

mod check;
mod facts;
mod options;
mod read;
mod second_encounters;

pub use check::{CheckSummary, Quarantined, check_inputs};
pub use options::{RunOptions, RunSummary};

use crate::audit::Context;
use crate::encounter::{BucketRows, Excluded, SetAside};
use crate::error::Error;
use crate::output::{Check, InputRecord, Manifest, Rows, RunCounts, RunFolder, Sink, TableCounts, layouts};
use crate::progress::Progress;
use crate::rules::RunFacts;
use crate::schema::Table;
use arrow::array::RecordBatch;
use rayon::prelude::*;
use read::{Input, QuarantinedRow};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Instant;

/// What a bucket came to.
struct BucketResult {
    tables: [RecordBatch; 4],
    counts: RunCounts,
    aside: Vec<SetAside>,
    excluded: Excluded,
    /// Rows by table.
    audited: [u64; 3],
    unbalanced: u64,
}

/// Runs a whole audit and publishes its folder. `reports` is called inside the unpublished folder, once its tables are
/// complete.
///
/// # Errors
/// See [`Error`]; nothing is published then.
pub fn run_audit(
    options: &RunOptions,
    context: &Context,
    progress: &Progress,
    reports: &dyn Fn(&std::path::Path, &Manifest) -> Result<(), Error>,
) -> Result<RunSummary, Error> {
    let started = Instant::now();
    let mut manifest_timings = BTreeMap::new();
    let input = read::open(options)?;
    let records = read::digests(&input)?;
    let run_id = run_id(&records, options, context);
    let folder = RunFolder::create(&options.out, &run_id)?;
    // Every output is opened before the long run, so that a bad path fails in the first second.
    let mut sinks = Vec::new();
    for (name, schema) in layouts() {
        sinks.push(Sink::create(folder.path(), name, schema)?);
    }
    let mut read = read::scatter(&input, options, progress)?;
    read.facts = std::mem::take(&mut read.facts).decide(&context.reference);
    manifest_timings.insert("read", format!("{:.3} s", started.elapsed().as_secs_f64()));
    let result = audit_buckets(&input, &read, context, progress, &mut sinks)?;
    manifest_timings.insert("read_and_audit", format!("{:.3} s", started.elapsed().as_secs_f64()));
    for sink in sinks {
        sink.finish()?;
    }
    let mut quarantined = read.quarantined;
    quarantined.extend(result.aside.iter().map(QuarantinedRow::from));
    read::write_quarantine(&input, &mut quarantined, folder.path())?;
    let counts = table_counts(&input, &quarantined, &result);
    let reconciliation = reconcile(&counts, &result);
    if let Some(off) = reconciliation.iter().find(|check| !check.balanced) {
        return Err(Error::Unbalanced { check: off.check.clone(), left: off.left, right: off.right });
    }
    let mut manifest = Manifest {
        run_id: run_id.clone(),
        version: env!("CARGO_PKG_VERSION"),
        inputs: records,
        policy: context.policies.files().iter().cloned().collect(),
        reference: context.reference.tables().into_iter().collect(),
        options: options.shown(),
        counts,
        floats_rounded: read.floats_rounded,
        totals: result.counts,
        reconciliation,
        warnings: warnings(&input),
        not_run: not_run(&read.facts),
        turned_off: context.policies.turned_off().into_iter().map(|(code, who)| format!("{code}: {who}")).collect(),
        timings: BTreeMap::new(),
    };
    reports(folder.path(), &manifest)?;
    manifest_timings.insert("all", format!("{:.3} s", started.elapsed().as_secs_f64()));
    manifest_timings.insert("spilled_rows", read.buckets.spilled_rows().to_string());
    manifest.timings = manifest_timings;
    let text = serde_json::to_string_pretty(&manifest).map_err(|cause| Error::Table(cause.to_string()))?;
    folder.write("manifest.json", format!("{text}\n").as_bytes())?;
    let path = folder.publish(&run_id)?;
    progress.finish();
    Ok(RunSummary { path, manifest, spilled_rows: read.buckets.spilled_rows() })
}

/// Audits the buckets on every core, a few at a time, and writes them in order.
fn audit_buckets(
    input: &Input,
    read: &read::Read,
    context: &Context,
    progress: &Progress,
    sinks: &mut [Sink],
) -> Result<BucketResult, Error> {
    let rows: u64 = input.files.iter().map(|file| file.rows).sum();
    progress.stage("auditing", "rows", rows);
    let mut total: Option<BucketResult> = None;
    let order: Vec<usize> = (0..read.buckets.count()).collect();
    for window in order.chunks(rayon::current_num_threads() * 2) {
        let done: Vec<BucketResult> = window
            .par_iter()
            .map(|&bucket| audit_bucket(bucket, input, read, context, progress))
            .collect::<Result<_, Error>>()?;
        // Each table is written in the order of the buckets, the tables beside one another.
        sinks.par_iter_mut().enumerate().try_for_each(|(at, sink)| {
            let tables = done.iter().map(|result| &result.tables[at]);
            tables.filter(|table| table.num_rows() > 0).try_for_each(|table| sink.write(table.clone()))
        })?;
        for mut result in done {
            match &mut total {
                None => total = Some(result),
                Some(total) => {
                    total.counts.add(&result.counts);
                    total.aside.append(&mut result.aside);
                    for (reason, count) in result.excluded {
                        *total.excluded.entry(reason).or_default() += count;
                    }
                    for (sum, count) in total.audited.iter_mut().zip(result.audited) {
                        *sum += count;
                    }
                    total.unbalanced += result.unbalanced;
                }
            }
        }
    }
    total.ok_or_else(|| Error::Table("no bucket".to_owned()))
}

fn audit_bucket(
    bucket: usize,
    input: &Input,
    read: &read::Read,
    context: &Context,
    progress: &Progress,
) -> Result<BucketResult, Error> {
    let taken = read.buckets.take(bucket)?;
    let rows_here: usize = taken.tables.iter().flatten().map(RecordBatch::num_rows).sum();
    let rows = BucketRows::new(&taken)?;
    drop(taken);
    let reader = rows.reader();
    let mut out = Rows::new(context.reference.versions());
    let (mut aside, mut excluded) = (Vec::new(), Excluded::new());
    let (mut audited, mut unbalanced) = ([0; 3], 0);
    for place in rows.encounters() {
        let second = |id: &str| read.second_encounters.contains(id);
        let built = reader.build(&place, input.has_encounters, second, &mut aside, &mut excluded);
        let Some(mut encounter) = built else { continue };
        context.reference.resolve_drugs(&mut encounter);
        let result = context.audit(&encounter, &read.facts);
        audited[Table::Claims as usize] += encounter.claim_lines.len() as u64;
        audited[Table::Encounters as usize] += u64::from(input.has_encounters);
        count_administrations(&encounter, &result, &mut audited, &mut excluded);
        unbalanced += result.sides.iter().filter(|side| !side.balances()).count() as u64;
        out.add(&encounter, &result);
    }
    progress.add(rows_here as u64);
    let (tables, counts) = out.finish()?;
    Ok(BucketResult { tables, counts, aside, excluded, audited, unbalanced })
}

/// Charted rows that step 1 leaves out are excluded by reason; all others were audited.
fn count_administrations(
    encounter: &crate::model::Encounter<'_>,
    result: &crate::audit::EncounterAudit,
    audited: &mut [u64; 3],
    excluded: &mut Excluded,
) {
    let Some(side) = result.sides.first() else { return };
    let mut left_out = 0;
    for one in side.coded.not_billed.iter().filter(|one| crate::coding::INELIGIBLE.contains(&one.reason)) {
        left_out += 1;
        *excluded.entry((Table::Flowsheets, one.reason)).or_default() += 1;
    }
    audited[Table::Flowsheets as usize] += encounter.administrations.len() as u64 - left_out;
}

fn table_counts(
    input: &Input,
    quarantined: &[QuarantinedRow],
    result: &BucketResult,
) -> BTreeMap<&'static str, TableCounts> {
    let mut counts = BTreeMap::new();
    for table in Table::ALL {
        let mut of = TableCounts {
            rows_in: input.files.iter().filter(|file| file.table == table).map(|file| file.rows).sum(),
            audited: result.audited[table as usize],
            ..TableCounts::default()
        };
        for row in quarantined.iter().filter(|row| row.table == table) {
            *of.quarantined.entry(row.reason.to_owned()).or_default() += 1;
        }
        for ((_, reason), count) in result.excluded.iter().filter(|((of, _), _)| *of == table) {
            of.excluded.insert((*reason).to_owned(), *count);
        }
        counts.insert(table.as_str(), of);
    }
    counts
}

fn reconcile(counts: &BTreeMap<&'static str, TableCounts>, result: &BucketResult) -> Vec<Check> {
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

fn warnings(input: &Input) -> Vec<String> {
    let mut unknown: BTreeMap<(&'static str, &str), u64> = BTreeMap::new();
    for file in &input.files {
        for column in &file.unknown_columns {
            *unknown.entry((file.table.as_str(), column)).or_default() += 1;
        }
    }
    let unread = unknown.into_iter();
    unread
        .map(|((table, column), files)| {
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
    add(&context.policies.digest());
    for (_, table) in context.reference.tables() {
        add(&table);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
