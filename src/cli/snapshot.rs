//! `infusion-audit snapshot RUN`.

use super::fail;
use crate::error::Error;
use crate::model::Date;
use crate::output::write_private;
use crate::policy::PolicySet;
use crate::run::find_run;
use crate::snapshot::{Snapshot, render};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the denial snapshot of a run: two pages to print, with drivers and a fix plan, and no patient in them.
#[derive(Args)]
pub struct SnapshotArguments {
    /// The path of a run's folder, such as reports/latest; or the name of a run in `reports`
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "denial_snapshot.html")]
    out: PathBuf,
    /// What stands on top, such as the client's name
    #[arg(long, default_value = "Denial snapshot")]
    title: String,
    /// Policy file, as for `audit`: it sets each payer's filing limit
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// The day on which filing limits are judged; the last day of service in the run when not given
    #[arg(long, value_name = "DATE", value_parser = super::audit::date)]
    as_of: Option<Date>,
}

pub fn run(arguments: &SnapshotArguments) -> ExitCode {
    match write(arguments) {
        Ok(()) => {
            say!("{}", arguments.out.display());
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}

fn write(arguments: &SnapshotArguments) -> Result<(), Error> {
    let policies = PolicySet::load(&arguments.policy)?;
    let snapshot = Snapshot::read(&find_run(&arguments.run)?, &policies, arguments.as_of)?;
    let page = render(&snapshot, &arguments.title)?;
    write_private(&arguments.out, page.as_bytes())
}
