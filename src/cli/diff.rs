//! `infusion-audit diff RUN1 RUN2`.

use super::fail;
use crate::diff::RunDiff;
use crate::run::find_run;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Compare two runs: what got better or worse, new and resolved findings, by driver and dollars.
#[derive(Args)]
pub struct DiffArguments {
    /// The earlier run's folder, or its name in `reports`
    #[arg(value_name = "RUN1")]
    before: PathBuf,
    /// The later run's folder, or its name in `reports`
    #[arg(value_name = "RUN2")]
    after: PathBuf,
    /// Print JSON with every group instead of the table
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &DiffArguments) -> ExitCode {
    let compared = find_run(&arguments.before)
        .and_then(|before| find_run(&arguments.after).and_then(|after| RunDiff::read(&before, &after)));
    match compared {
        Ok(diff) if arguments.json => match serde_json::to_string_pretty(&diff) {
            Ok(text) => {
                say!("{text}");
                ExitCode::SUCCESS
            }
            Err(cause) => fail(&cause, 2),
        },
        Ok(diff) => {
            say!("{}", diff.table().trim_end());
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
