//! `infusion-audit export RUN`.

use super::fail;
use crate::run::{ExportFormat, export, find_run};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print a run's findings as JSON, or as results in the form of SARIF.
#[derive(Args)]
pub struct ExportArguments {
    /// The path of a run's folder, such as reports/latest; or the name of a run in `reports`
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// How findings are written
    #[arg(long, value_enum, ignore_case = true, default_value_t = ExportFormat::Jsonl)]
    format: ExportFormat,
}

pub fn run(arguments: &ExportArguments) -> ExitCode {
    match find_run(&arguments.run).and_then(|run| export(&run, arguments.format, std::io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
