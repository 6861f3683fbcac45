//! `infusion-audit audit`.

use super::fail;
use super::inputs::{ContextArguments, InputArguments};
use super::outcome::{Threshold, line, passed, write_metrics};
use crate::deidentify::{Dates, Deidentify, Key};
use crate::error::Error;
use crate::model::Date;
use crate::pipeline::{LEAF_ENCOUNTERS, NightOptions, RunOptions, RunSummary, run_audit, run_night};
use crate::progress::Progress;
use crate::run::{RunManifest, find_run};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Audit months of claims against months of flowsheets; write the run folder and the two reports.
#[derive(Args)]
pub struct AuditArguments {
    #[command(flatten)]
    pub(super) inputs: InputArguments,
    /// Folder in which the run's own folder is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) context: ContextArguments,
    /// The day as of which deadlines are judged, such as 2026-03-31; without it they are not
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// An earlier run's folder, with which the report compares its headline numbers
    #[arg(long, value_name = "RUN")]
    prior: Option<PathBuf>,
    /// Audit again with every charted stop this many minutes earlier and later: which findings survive, and between which
    /// totals the truth may lie
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(1..=120))]
    time_uncertainty: Option<u16>,
    /// Write the workbook `audit.xlsx` too
    #[arg(long)]
    xlsx: bool,
    /// Publish no identifier: keyed hashes for ids, dates moved by patient (`shift`, the default) or to the first of their
    /// month, no free text, no cell of fewer than eleven patients
    #[arg(long, value_name = "DATES", num_args = 0..=1, require_equals = true, default_missing_value = "shift")]
    deidentify: Option<Dates>,
    /// Encrypt the tables, and a state, under this key of --parquet-keys. Pages, CSV files and workbooks are not written,
    /// unless they are de-identified
    #[arg(long, value_name = "NAME", conflicts_with_all = ["xlsx", "pages"])]
    pub(super) encrypt: Option<String>,
    /// File that holds the key of the hashes; without it the environment's INFUSION_AUDIT_KEY. The key is stored nowhere
    #[arg(long, value_name = "FILE", requires = "deidentify")]
    key_file: Option<PathBuf>,
    /// Write which pseudonym is whose to a new file, to be kept where the patients' names are
    #[arg(long, value_name = "FILE", requires = "deidentify")]
    crosswalk: Option<PathBuf>,
    /// End with status 1 when a measure is over this: findings, leakage, overpayment, denial-risk (dollars) or quarantined
    /// (rows), such as leakage=25000; can be given several times
    #[arg(long, value_name = "NAME=MOST")]
    fail_on: Vec<Threshold>,
    /// Keep so many runs in the folder, the new one included, and remove the oldest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
    /// Write the run's metrics for Prometheus' textfile collector, also when it fails
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// Folder of a state: audit only the encounters that new, changed or removed files touch since the last run with it.
    /// The results are those of an audit of everything; tables are folders of parts. Another policy, table or option audits
    /// everything again; another --as-of those whose deadlines it moves
    #[arg(long, value_name = "DIR", conflicts_with_all = ["deidentify", "time_uncertainty", "xlsx"])]
    pub(super) state: Option<PathBuf>,
    /// With --state: go on when tonight's new files are unlike those of the nights before (rows, values that columns lack,
    /// codes, encounters without a claim or a charted row), or when files are gone
    #[arg(long, requires = "state")]
    accept_feed: bool,
    /// With --state: write the pages and CSV files too, which read all results there are
    #[arg(long, requires = "state")]
    pages: bool,
    /// Print where the time went: by stage and by rule
    #[arg(long)]
    profile: bool,
}

pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "takes a date such as 2026-03-31".to_owned())
}

pub fn run(arguments: &AuditArguments) -> ExitCode {
    let clock = Instant::now();
    let outcome = match arguments.inputs.on_threads(|| audit(arguments)) {
        Ok(outcome) => outcome,
        Err(cause) => return fail(&cause, 4),
    };
    let passed = outcome.as_ref().map_or(Vec::new(), |summary| passed(&arguments.fail_on, &summary.manifest));
    let mut status = outcome.as_ref().map_or_else(Error::exit_code, |_| u8::from(!passed.is_empty()));
    match &outcome {
        Ok(summary) => {
            if arguments.inputs.quiet || super::is_json() {
                tracing::info!("{}", line(summary));
            }
            for what in passed {
                tracing::warn!("--fail-on: {what}");
            }
        }
        Err(cause) => {
            if let (Error::NotBelieved(stop), false) = (cause, arguments.inputs.quiet) {
                for check in &stop.checks {
                    say!("STOPS: {} ({}): {}", check.title, check.check, check.sentence);
                }
            }
            fail(cause, status);
        }
    }
    if let Some(path) = &arguments.metrics
        && let Err(cause) = write_metrics(path, outcome.as_ref(), status, clock.elapsed())
    {
        // The audit stands; who watches the metrics must still hear of it.
        fail(&cause, cause.exit_code());
        status = if status == 0 { cause.exit_code() } else { status };
    }
    ExitCode::from(status)
}

fn audit(arguments: &AuditArguments) -> Result<RunSummary, Error> {
    let context = arguments.context.load()?;
    let context = if arguments.profile { context.with_profile() } else { context };
    let prior =
        arguments.prior.as_deref().map(|run| find_run(run).and_then(|run| RunManifest::read(&run))).transpose()?;
    let deidentify = arguments.deidentify.map(|dates| {
        let key = Key::load(arguments.key_file.as_deref())?;
        Ok::<_, Error>(Deidentify { key, dates, crosswalk: arguments.crosswalk.clone() })
    });
    let options = RunOptions {
        deidentify: deidentify.transpose()?,
        keep: arguments.keep.map(usize::from),
        as_of: arguments.as_of,
        prior,
        workbook: arguments.xlsx,
        time_uncertainty: arguments.time_uncertainty,
        ..arguments.inputs.options(arguments.out.clone())
    };
    let progress = Progress::new(arguments.inputs.quiet);
    let summary = match &arguments.state {
        None => run_audit(&options, &context, &progress)?,
        Some(state) => {
            let night = NightOptions {
                state: state.clone(),
                leaf_encounters: LEAF_ENCOUNTERS,
                accept_feed: arguments.accept_feed,
                pages: arguments.pages,
            };
            let (summary, told) = run_night(&options, &night, &context, &progress)?;
            tracing::info!("{told}");
            summary
        }
    };
    if !arguments.inputs.quiet {
        say!("{}", crate::report::summary(&summary));
    }
    if let Some(profile) = context.profile() {
        say!("\n{}", profile.table());
    }
    Ok(summary)
}
