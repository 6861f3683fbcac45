//! `infusion-audit verify`.

use super::fail;
use crate::run::find_run;
use crate::verify::verify;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Check a published run: its files' digests, its totals against its tables, its balances, and the log beside it.
#[derive(Args)]
pub struct VerifyArguments {
    /// The path of a run's folder, such as reports/latest; or the name of a run in `reports`
    #[arg(value_name = "RUN")]
    run: PathBuf,
}

pub fn run(arguments: &VerifyArguments) -> ExitCode {
    match find_run(&arguments.run).and_then(|run| verify(&run)) {
        Ok(checked) => {
            for one in &checked {
                match &one.problem {
                    None => say!("ok      {}", one.what),
                    Some(problem) => say!("WRONG   {}: {problem}", one.what),
                }
            }
            let wrong = checked.iter().filter(|one| one.problem.is_some()).count();
            say!("{} checks, {wrong} wrong", checked.len());
            ExitCode::from(if wrong == 0 { 0 } else { 3 })
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
