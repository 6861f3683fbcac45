//! `infusion-audit worklist export|import|measure`.

use super::fail;
use crate::error::Error;
use crate::output::write_private;
use crate::worklist::{State, export, export_workbook, is_workbook, measure, take_in_workbook};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

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
        /// A run folder that `audit` has written
        #[arg(value_name = "RUN")]
        run: PathBuf,
        /// The file to write; a workbook where its name ends in .xlsx
        #[arg(long, value_name = "FILE", default_value = "worklist.csv")]
        out: PathBuf,
        /// The file that keeps the reviews; it need not exist yet
        #[arg(long, value_name = "FILE", default_value = "worklist_state.csv")]
        state: PathBuf,
    },
    /// Take status, assignee and comment of an edited list into the state file
    Import {
        /// The edited list; or a workbook, such as a run's audit.xlsx, whose sheet Worklist was filled in
        #[arg(value_name = "FILE")]
        list: PathBuf,
        /// The file that keeps the reviews
        #[arg(long, value_name = "FILE", default_value = "worklist_state.csv")]
        state: PathBuf,
    },
    /// Measure each rule on the reviews, and adjust a run's dollars by that
    Measure {
        /// A run folder that `audit` has written
        #[arg(value_name = "RUN")]
        run: PathBuf,
        /// The file that keeps the reviews
        #[arg(long, value_name = "FILE", default_value = "worklist_state.csv")]
        state: PathBuf,
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

fn carry_out(command: &Command) -> Result<String, Error> {
    match command {
        Command::Export { run, out, state } => {
            let state = State::read(state)?;
            let (list, known) = if is_workbook(out) { export_workbook(run, &state)? } else { export(run, &state)? };
            write_private(out, &list)?;
            Ok(format!("{}: {known} findings were looked at before", out.display()))
        }
        Command::Import { list, state } => {
            let mut reviews = State::read(state)?;
            let changed = if is_workbook(list) {
                take_in_workbook(&mut reviews, list)?
            } else {
                reviews.take_in(&std::fs::read_to_string(list).map_err(|cause| Error::unreadable(list, cause))?)?
            };
            reviews.write(state)?;
            Ok(format!("{}: {changed} reviews are new or changed", state.display()))
        }
        Command::Measure { run, state, json } => {
            let measured = measure(run, &State::read(state)?)?;
            if *json {
                serde_json::to_string_pretty(&measured).map_err(|cause| Error::Worklist(cause.to_string()))
            } else {
                Ok(measured.table())
            }
        }
    }
}
