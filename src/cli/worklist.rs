//! `infusion-audit worklist export|import|measure`.

use super::fail;
use crate::error::Error;
use crate::import::decode;
use crate::output::write_private;
use crate::report::STATUSES;
use crate::run::find_run;
use crate::worklist::{
    Exported, Imported, State, export, export_workbook, finding_ids, is_workbook, measure, take_in_workbook,
};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The file that keeps the reviews, unless another is named.
const STATE: &str = "worklist_state.csv";

/// Hand the findings to reviewers and take their answers back; the next run's list carries them on.
#[derive(Args)]
pub struct WorklistArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a run's findings as CSV or as a workbook, most at stake first, with what is known of them so far
    Export {
        /// The path of a run's folder, such as reports/latest; or the name of a run in `reports`
        #[arg(value_name = "RUN")]
        run: PathBuf,
        /// The file to write; a workbook where its name ends in .xlsx
        #[arg(long, value_name = "FILE", default_value = "worklist.csv")]
        out: PathBuf,
        /// The file that keeps the reviews; worklist_state.csv when not given, which need not exist yet
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
    },
    /// Take status, assignee and comment of an edited list into the state file
    ///
    /// A list with a row that cannot be trusted is refused as a whole: a finding_id that a spreadsheet turned into a number,
    /// two different reviews of one finding, an unknown status.
    #[command(after_help = statuses())]
    Import {
        /// The edited list, separated by commas, semicolons or tabs; or a workbook, such as a run's audit.xlsx, whose sheet
        /// Worklist was filled in
        #[arg(value_name = "FILE")]
        list: PathBuf,
        /// The file that keeps the reviews; made when it does not exist yet
        #[arg(long, value_name = "FILE", default_value = STATE)]
        state: PathBuf,
        /// The run that the list was exported from: a list with findings that it does not have is refused
        #[arg(long, value_name = "RUN")]
        run: Option<PathBuf>,
    },
    /// Measure each rule on the reviews, and adjust a run's dollars by that
    Measure {
        /// The path of a run's folder, such as reports/latest; or the name of a run in `reports`
        #[arg(value_name = "RUN")]
        run: PathBuf,
        /// The file that keeps the reviews; worklist_state.csv when not given
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        /// Print JSON; amounts in cents
        #[arg(long)]
        json: bool,
    },
}

pub fn run(arguments: &WorklistArguments) -> ExitCode {
    match carry_out(&arguments.command) {
        Ok(text) => {
            say!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}

fn statuses() -> String {
    format!("Statuses: {}. An empty status is {}.", STATUSES.join(", "), STATUSES[0])
}

/// The reviews so far. A file that the user named must exist.
fn reviews(named: Option<&Path>) -> Result<State, Error> {
    named.map_or_else(|| State::read(Path::new(STATE)), State::read_existing)
}

fn carry_out(command: &Command) -> Result<String, Error> {
    match command {
        Command::Export { run, out, state } => {
            let (run, state) = (find_run(run)?, reviews(state.as_deref())?);
            let done = if is_workbook(out) { export_workbook(&run, &state)? } else { export(&run, &state)? };
            write_private(out, &done.list)?;
            let Exported { findings, reviewed, .. } = done;
            Ok(format!("{}: {findings} findings written, {reviewed} of them reviewed before", out.display()))
        }
        Command::Import { list, state, run } => {
            let known = run.as_deref().map(|run| find_run(run).and_then(|run| finding_ids(&run))).transpose()?;
            let mut reviews = State::read(state)?;
            let Imported { new, changed, unchanged, blank } = if is_workbook(list) {
                take_in_workbook(&mut reviews, list, known.as_ref())?
            } else {
                let bytes = std::fs::read(list).map_err(|cause| Error::unreadable(list, cause))?;
                reviews.take_in(&decode(&bytes), known.as_ref())?
            };
            reviews.write(state)?;
            Ok(format!(
                "{}: {new} reviews are new, {changed} changed, {unchanged} unchanged; {blank} rows have no review",
                state.display()
            ))
        }
        Command::Measure { run, state, json } => {
            let measured = measure(&find_run(run)?, &reviews(state.as_deref())?)?;
            if *json {
                serde_json::to_string_pretty(&measured).map_err(|cause| Error::Worklist(cause.to_string()))
            } else {
                Ok(measured.table())
            }
        }
    }
}
