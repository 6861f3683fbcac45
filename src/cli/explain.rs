//! `infusion-audit explain RUN ENCOUNTER_ID`.

use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Draw one encounter's timeline: what was given, which code it earned and why, what was billed, what was found.
#[derive(Args)]
pub struct ExplainArguments {
    /// A run folder that `audit` has written
    run: PathBuf,
    /// The encounter
    encounter_id: String,
}

pub fn run(_arguments: &ExplainArguments) -> ExitCode {
    ExitCode::SUCCESS
}
