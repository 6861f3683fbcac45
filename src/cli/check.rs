//! `infusion-audit check`.

use super::fail;
use super::inputs::InputArguments;
use crate::pipeline::{CheckSummary, check_inputs};
use crate::progress::Progress;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Validate the inputs and say what an audit would quarantine, and why; writes nothing.
///
/// The exit status is 0 when every row can be audited and 3 when some cannot.
#[derive(Args)]
pub struct CheckArguments {
    #[command(flatten)]
    inputs: InputArguments,
}

pub fn run(arguments: &CheckArguments) -> ExitCode {
    let options = arguments.inputs.options(PathBuf::new());
    let progress = Progress::new(arguments.inputs.quiet);
    match arguments.inputs.on_threads(|| check_inputs(&options, &progress)) {
        Ok(Ok(summary)) => {
            print(&summary);
            ExitCode::from(if summary.quarantined.is_empty() { 0 } else { 3 })
        }
        Ok(Err(cause)) => fail(&cause, cause.exit_code()),
        Err(cause) => fail(&cause, 2),
    }
}

fn print(summary: &CheckSummary) {
    for (table, files, rows) in &summary.tables {
        say!("{table:<12} {files} file(s), {rows} row(s)");
    }
    for (table, column) in &summary.unknown_columns {
        say!("note: {table} column `{column}` is not in the contract and will not be read");
    }
    if summary.floats_rounded > 0 {
        say!("note: {} floating-point amounts will be rounded to the cent", summary.floats_rounded);
    }
    if summary.quarantined.is_empty() {
        say!("every row can be audited");
        return;
    }
    say!("would be quarantined:");
    for one in &summary.quarantined {
        say!(
            "  {:<12} {}: {} row(s), column `{}`: {} (first at row {})",
            one.table,
            one.file,
            one.rows,
            one.column,
            one.reason,
            one.first_row
        );
    }
}
