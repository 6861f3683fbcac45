//! `infusion-audit export RUN`.

use super::fail;
use crate::run::{ExportFormat, export};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print a run's findings as JSON, or as results in the form of SARIF.
#[derive(Args)]
pub struct ExportArguments {
    /// A run folder that `audit` has written
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    format: ExportFormat,
}

pub fn run(arguments: &ExportArguments) -> ExitCode {
    match export(&arguments.run, arguments.format, std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
