//! `infusion-audit check`.

use super::fail;
use super::inputs::{ContextArguments, InputArguments};
use crate::data_checks::DataState;
use crate::error::Error;
use crate::pipeline::{CheckSummary, Quarantined, check_inputs, survey};
use crate::progress::Progress;
use crate::schema::Table;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Validate the inputs: what an audit would quarantine and why, and whether it would believe the data; writes nothing.
///
/// The exit status is 0 when every row can be audited and no data check is beyond its limit, and 3 when not.
#[derive(Args)]
pub struct CheckArguments {
    #[command(flatten)]
    inputs: InputArguments,
    #[command(flatten)]
    context: ContextArguments,
}

pub fn run(arguments: &CheckArguments) -> ExitCode {
    let options = arguments.inputs.options(PathBuf::new());
    let progress = Progress::new(arguments.inputs.quiet);
    let look = || {
        let context = arguments.context.load()?;
        let summary = check_inputs(&options, &progress)?;
        Ok::<_, Error>((summary, survey(&options, &context, &progress)?))
    };
    match arguments.inputs.on_threads(look) {
        Ok(Ok((summary, data))) => {
            print(&summary);
            print_data(&data);
            ExitCode::from(if summary.quarantined.is_empty() && data.stops().next().is_none() { 0 } else { 3 })
        }
        Ok(Err(cause)) => fail(&cause, cause.exit_code()),
        Err(cause) => fail(&cause, 2),
    }
}

/// Words that a column with a closed list takes, where a row has another.
fn accepted_words(one: &Quarantined) -> String {
    let table = Table::ALL.into_iter().find(|table| table.as_str() == one.table);
    let terms = table.and_then(|table| table.contract().terms(&one.column)).filter(|_| one.reason == "unknown-enum");
    terms.map_or_else(String::new, |terms| {
        format!("; it takes {} and the words in docs/inputs.md#words", terms.join(", "))
    })
}

/// The state of the data and every check that has something to say.
fn print_data(data: &DataState) {
    data.facts().iter().for_each(|fact| say!("{fact}"));
    for (check, word) in data.banner() {
        let limit = check.limit_percent;
        say!("{word}: {} ({}, limit {limit}%): {}", check.title, check.check, check.sentence);
    }
}

fn print(summary: &CheckSummary) {
    for (table, files, rows) in &summary.tables {
        say!("{table:<12} {files} files, {rows} rows");
    }
    for (table, column) in &summary.unknown_columns {
        say!("note: {table} column `{column}` is not in the schema and will not be read");
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
            "  {:<12} {}: {} rows, column `{}`: {} (first in row {}){}",
            one.table,
            one.file,
            one.rows,
            one.column,
            one.reason,
            one.first_row + 1,
            accepted_words(one)
        );
    }
}
