//! `infusion-audit policy`.

use super::fail;
use crate::error::{Error, one_line};
use crate::model::{Date, EncounterClass, PayerType, Setting, is_same_name};
use crate::partition::default_memory_limit;
use crate::pipeline::RunOptions;
use crate::policy::{PolicySet, Profile};
use crate::policy_change::{Side, change};
use crate::progress::Progress;
use crate::run::find_run;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

/// Show the policy that would decide an encounter, or check a policy file.
#[derive(Args)]
pub struct PolicyArguments {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    Show(ShowArguments),
    Check(CheckArguments),
    Diff(DiffArguments),
}

/// Print every switch with its effective value, and which file and line set it.
#[derive(Args)]
struct ShowArguments {
    /// The payer as claims name it
    #[arg(long, value_name = "NAME")]
    payer: Option<String>,
    /// medicare, medicare_advantage, medicaid, commercial or other
    #[arg(long, value_name = "TYPE", value_parser = term::<PayerType>)]
    payer_type: Option<PayerType>,
    /// facility or professional
    #[arg(long, value_name = "SETTING", default_value = "facility", value_parser = term::<Setting>)]
    setting: Setting,
    /// infusion_center, emergency, observation, clinic, office or inpatient
    #[arg(long, value_name = "CLASS", value_parser = term::<EncounterClass>)]
    encounter_class: Option<EncounterClass>,
    /// The day of service
    #[arg(long, value_name = "DATE", value_parser = date)]
    date: Date,
    /// Policy file on top of the built-in ones; later ones win
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
}

/// Read policy files and say whether they can be used.
#[derive(Args)]
struct CheckArguments {
    /// Policy files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Audit a run's inputs under two policies, or two versions of the tables, and compare: what adopting the second would
/// change.
#[derive(Args)]
struct DiffArguments {
    /// Policy file of the first side; `built-in` for none
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// Policy file of the second side; `built-in` for none
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// The run whose inputs are audited; they must be where they were, and as they were
    #[arg(long, value_name = "RUN")]
    on: PathBuf,
    /// Imported tables of the first side
    #[arg(long, value_name = "DIR")]
    reference_before: Option<PathBuf>,
    /// Imported tables of the second side
    #[arg(long, value_name = "DIR")]
    reference_after: Option<PathBuf>,
    /// Folder for what is written in between
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
    /// No progress
    #[arg(long)]
    quiet: bool,
    /// Print JSON with every group instead of the table
    #[arg(long)]
    json: bool,
}

fn term<T>(text: &str) -> Result<T, String>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    // All of these words are in lower case.
    text.to_lowercase().parse().map_err(|cause: T::Err| cause.to_string())
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "takes a date such as 2026-01-15".to_owned())
}

pub fn run(arguments: &PolicyArguments) -> ExitCode {
    let done = match &arguments.command {
        PolicyCommand::Show(arguments) => show(arguments),
        PolicyCommand::Check(arguments) => check(arguments),
        PolicyCommand::Diff(arguments) => diff(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}

fn show(arguments: &ShowArguments) -> Result<(), Error> {
    let policies = PolicySet::load(&arguments.policy)?;
    let profile = Profile {
        setting: arguments.setting,
        payer_type: arguments.payer_type,
        payer: arguments.payer.as_deref(),
        encounter_class: arguments.encounter_class,
        date: Some(arguments.date),
    };
    let told = |value: Option<&str>| value.unwrap_or("any").to_owned();
    say!(
        "For {}, payer {}, payer type {}, encounter class {}, on {}:",
        arguments.setting,
        told(arguments.payer.as_deref()),
        told(arguments.payer_type.map(PayerType::as_str)),
        told(arguments.encounter_class.map(EncounterClass::as_str)),
        arguments.date
    );
    let origins = policies.origins(&profile);
    let width = origins.iter().map(|one| one.key.len()).max().unwrap_or_default();
    let value_width = origins.iter().map(|one| one.value.len().min(24)).max().unwrap_or_default();
    for one in origins {
        let set_by = one.set_by.map_or_else(|| "default".to_owned(), |(file, line)| format!("{file}, line {line}"));
        say!("{:<width$}  {:<value_width$}  {set_by}", one.key, one.value);
    }
    if let Some(payer) = arguments.payer.as_deref() {
        let named = policies.payers();
        if named.is_empty() {
            say!("note: no layer names a payer; give the payer's file with --policy");
        } else if !named.iter().any(|named| is_same_name(named, payer)) {
            say!("note: no layer names the payer {}; payers named: {}", one_line(payer), one_line(&named.join(", ")));
        }
    }
    Ok(())
}

fn check(arguments: &CheckArguments) -> Result<(), Error> {
    // Each alone, so that the first bad one is named; then together, as a run would read them.
    for file in &arguments.files {
        PolicySet::load(&[file])?;
        say!("{}: can be used", file.display());
    }
    PolicySet::load(&arguments.files)?;
    Ok(())
}

/// The word for no policy file.
const BUILT_IN: &str = "built-in";

fn diff(arguments: &DiffArguments) -> Result<(), Error> {
    let side = |policy: &PathBuf, reference: &Option<PathBuf>| Side {
        policy: if policy.as_os_str() == BUILT_IN { Vec::new() } else { vec![policy.clone()] },
        reference: reference.clone(),
    };
    let before = side(&arguments.before, &arguments.reference_before);
    let after = side(&arguments.after, &arguments.reference_after);
    let temp_dir = arguments.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    let options = RunOptions::new(default_memory_limit(), temp_dir);
    let diff = change(&find_run(&arguments.on)?, [&before, &after], &options, &Progress::new(arguments.quiet))?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&diff).map_err(|cause| Error::Report(cause.to_string()))?;
        say!("{text}");
    } else {
        say!("{}", diff.table().trim_end());
    }
    Ok(())
}
