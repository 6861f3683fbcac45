//! `infusion-audit explain RUN ENCOUNTER_ID`.

use super::fail;
use crate::explain::explain;
use crate::run::find_run;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Draw one encounter's timeline: what was given, which code it earned and why, what was billed, what was found.
#[derive(Args)]
pub struct ExplainArguments {
    /// The path of a run's folder, such as reports/latest; or the name of a run in `reports`
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The encounter
    #[arg(value_name = "ENCOUNTER_ID")]
    encounter_id: String,
    /// Columns to draw in
    #[arg(long, value_name = "N", env = "COLUMNS", default_value_t = 120)]
    width: usize,
}

pub fn run(arguments: &ExplainArguments) -> ExitCode {
    match find_run(&arguments.run).and_then(|run| explain(&run, &arguments.encounter_id, arguments.width)) {
        Ok(text) => {
            say!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
