//! `infusion-audit doctor`.

use super::inputs::InputArguments;
use crate::doctor::{Night, State, examine};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Look at everything that `audit` with the same options needs, and say what to mend before the first night.
#[derive(Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    inputs: InputArguments,
    /// Folder in which runs are made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Policy file on top of the built-in ones; later ones win
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Folder that `infusion-audit reference import` filled
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
}

pub fn run(arguments: &DoctorArguments) -> ExitCode {
    let night = Night { policy: arguments.policy.clone(), reference: arguments.reference.clone() };
    let found = match arguments.inputs.on_threads(|| examine(&arguments.inputs.options(arguments.out.clone()), &night))
    {
        Ok(found) => found,
        Err(cause) => return super::fail(&cause, 4),
    };
    let mut worst = State::Well;
    for one in &found {
        let word = match one.state {
            State::Well => "ok   ",
            State::Note => "note ",
            State::Stops(_) => "STOPS",
        };
        say!("{word}  {:<12} {}", one.what, one.said);
        worst = worst.max(one.state);
    }
    match worst {
        State::Stops(status) => {
            say!("a run with these options would stop with status {status}");
            ExitCode::from(status)
        }
        _ => {
            say!("a run with these options can start");
            ExitCode::SUCCESS
        }
    }
}
