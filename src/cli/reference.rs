//! `infusion-audit reference`.

use super::fail;
use crate::error::Error;
use crate::import::{ImportError, ImportOptions, Kind, import};
use crate::model::Date;
use crate::reference::Reference;
use clap::{Args, Subcommand};
use rust_decimal::Decimal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Import official and payers' reference files; list what is there.
#[derive(Args)]
pub struct ReferenceArguments {
    #[command(subcommand)]
    command: ReferenceCommand,
}

#[derive(Subcommand)]
enum ReferenceCommand {
    Import(ImportArguments),
    List(ListArguments),
}

/// Read files as CMS and payers publish them into a folder of versioned tables, for `audit --reference DIR`.
///
/// The day of service picks the version. The first and last day come from the file, from its name, or from the options.
#[derive(Args)]
#[command(after_help = kinds())]
struct ImportArguments {
    /// What the files are; see below
    #[arg(value_name = "KIND", value_parser = |text: &str| text.parse::<Kind>())]
    kind: Kind,
    /// Files as published, saved as CSV or text
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Folder of the tables
    #[arg(long, value_name = "DIR", default_value = "reference")]
    into: PathBuf,
    /// First day of service for which the file holds
    #[arg(long, value_name = "DATE", value_parser = date)]
    effective_from: Option<Date>,
    /// Last day of service for which it holds; without it, until a later version begins
    #[arg(long, value_name = "DATE", value_parser = date)]
    effective_to: Option<Date>,
    /// The payer of a fee schedule that has no payer column
    #[arg(long, value_name = "NAME")]
    payer: Option<String>,
    /// Dollars per relative value unit, where not the file's own
    #[arg(long, value_name = "DOLLARS")]
    conversion_factor: Option<Decimal>,
}

/// List the tables that a run would use, with their digests.
#[derive(Args)]
struct ListArguments {
    /// Folder of imported tables; without it, the built-in ones alone
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
}

fn kinds() -> String {
    let lines: Vec<String> = Kind::ALL.iter().map(|kind| format!("  {:<23}{}", kind.as_str(), kind.about())).collect();
    format!("Kinds:\n{}", lines.join("\n"))
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "takes a date such as 2026-01-01".to_owned())
}

pub fn run(arguments: &ReferenceArguments) -> ExitCode {
    match &arguments.command {
        ReferenceCommand::Import(arguments) => match import_all(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(cause) => fail(&cause, cause.exit_code()),
        },
        ReferenceCommand::List(arguments) => list(arguments),
    }
}

fn import_all(arguments: &ImportArguments) -> Result<(), ImportError> {
    let options = ImportOptions {
        effective_from: arguments.effective_from,
        effective_to: arguments.effective_to,
        payer: arguments.payer.clone(),
        conversion_factor: arguments.conversion_factor,
    };
    std::fs::create_dir_all(&arguments.into).map_err(|cause| Error::unwritable_folder(&arguments.into, cause))?;
    for file in &arguments.files {
        let done = import(arguments.kind, file, &arguments.into, &options)?;
        let until = done.table.effective_to.map_or_else(|| "on".to_owned(), |to| format!("to {to}"));
        say!(
            "{}: {} rows, from {} {until}{}",
            done.record.kind,
            done.record.rows,
            done.record.effective_from,
            if done.replaced { ", in place of an earlier import" } else { "" }
        );
        let mut reasons: Vec<(&str, u64, u64)> = Vec::new();
        for skipped in &done.table.skipped {
            match reasons.iter_mut().find(|(reason, ..)| *reason == skipped.reason) {
                Some((_, count, _)) => *count += 1,
                None => reasons.push((skipped.reason, 1, skipped.line)),
            }
        }
        for (reason, count, line) in reasons {
            say!("  {count} rows skipped: {reason} (the first in line {line})");
        }
    }
    Ok(())
}

fn list(arguments: &ListArguments) -> ExitCode {
    match Reference::load(arguments.reference.as_deref()) {
        Ok(reference) => {
            for (name, digest) in reference.tables() {
                say!("{:<48}{}", name, digest.get(..16).unwrap_or_default());
            }
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
