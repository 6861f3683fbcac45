//! `infusion-audit doctor`.

use super::audit::AuditArguments;
use crate::doctor::{Night, State, examine};
use crate::progress::Progress;
use clap::Args;
use std::process::ExitCode;

/// Check options, tables, folders, disk and data before the first run, and say what to fix: takes every option of `audit`.
///
/// All rows are read and audited for the data checks; nothing is written.
#[derive(Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    audit: AuditArguments,
}

pub fn run(arguments: &DoctorArguments) -> ExitCode {
    let AuditArguments { inputs, context, out, state, .. } = &arguments.audit;
    let night = Night { policy: context.policy.clone(), reference: context.reference.clone(), state: state.clone() };
    let options = inputs.options(out.clone());
    let progress = Progress::new(inputs.quiet);
    let found = match inputs.on_threads(|| examine(&options, &night, &progress)) {
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
