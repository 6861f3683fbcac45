//! The command line: one file per subcommand, thin.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line is what prints")]

/// Prints a line; a reader that has gone away is no error.
macro_rules! say {
    ($($arguments:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stdout().lock(), $($arguments)*);
    }};
}

mod audit;
mod check;
mod code;
mod diff;
mod doctor;
mod explain;
mod export;
mod generate;
mod inputs;
mod outcome;
mod policy;
mod reference;
mod rules;
mod sample;
mod snapshot;
mod verify;
mod worklist;

use crate::encryption::{self, Keyring};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Finds the money and the risk in infusion billing.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    /// How log lines and errors are written on standard error
    #[arg(long, value_enum, ignore_case = true, global = true, default_value = "text", value_name = "FORM")]
    log: LogForm,
    /// File of keys for encrypted Parquet, `name = hexadecimal digits` a line; without it the environment's
    /// INFUSION_AUDIT_PARQUET_KEYS. Keys are stored nowhere
    #[arg(long, global = true, value_name = "FILE")]
    parquet_keys: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogForm {
    Text,
    /// One object a line, errors too.
    Json,
}

/// Whether errors are log lines.
static JSON: AtomicBool = AtomicBool::new(false);

#[derive(Subcommand)]
enum Command {
    Audit(Box<audit::AuditArguments>),
    Check(check::CheckArguments),
    Code(code::CodeArguments),
    Explain(explain::ExplainArguments),
    Snapshot(snapshot::SnapshotArguments),
    Worklist(worklist::WorklistArguments),
    Export(export::ExportArguments),
    Doctor(Box<doctor::DoctorArguments>),
    Verify(verify::VerifyArguments),
    Diff(diff::DiffArguments),
    Sample(sample::SampleArguments),
    Estimate(sample::EstimateArguments),
    Rules(rules::RulesArguments),
    Policy(policy::PolicyArguments),
    Reference(reference::ReferenceArguments),
    Generate(generate::GenerateArguments),
}

/// Parses the arguments, runs the command, and turns what happens into an exit code.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(cause) => match expanded_glob(&cause) {
            Some(problem) => return fail(&problem, 2),
            None => cause.exit(),
        },
    };
    // Nothing else in the program prints on standard error.
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).with_ansi(false);
    match arguments.log {
        LogForm::Text => log.init(),
        LogForm::Json => {
            log.json().flatten_event(true).init();
            JSON.store(true, Ordering::Relaxed);
        }
    }
    crate::guard::quiet_panics();
    no_core_dumps();
    if let Err(cause) = crate::interrupt::listen() {
        return fail(&format!("cannot listen for signals: {cause}"), 4);
    }
    let writing = match &arguments.command {
        Command::Audit(arguments) => arguments.encrypt.as_deref(),
        _ => None,
    };
    let keys = Keyring::load(arguments.parquet_keys.as_deref());
    if let Err(cause) = keys.and_then(|keys| encryption::install(keys, writing)) {
        return fail(&cause, cause.exit_code());
    }
    match arguments.command {
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Code(arguments) => code::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        Command::Worklist(arguments) => worklist::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Sample(arguments) => sample::run_sample(&arguments),
        Command::Estimate(arguments) => sample::run_estimate(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Policy(arguments) => policy::run(&arguments),
        Command::Reference(arguments) => reference::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
    }
}

/// Advice for an argument that the shell made of a glob without quotes; `None` for any other fault.
fn expanded_glob(cause: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = cause.get(ContextKind::InvalidArg) else { return None };
    let path = Path::new(argument);
    let parquet = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    let unexpected = cause.kind() == ErrorKind::UnknownArgument && !argument.starts_with('-');
    (unexpected && (parquet || path.exists())).then(|| {
        format!(
            "unexpected argument {argument}: the shell makes several arguments of a glob; put the glob in quotes, such as \
             --claims \"data/claims/*.parquet\""
        )
    })
}

/// A core dump would hold the rows that were in memory.
fn no_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // A system that refuses keeps the limit it had.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

/// Whether log lines are JSON.
fn is_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// One line on standard error that says what is wrong and what to change.
fn fail(cause: &dyn std::fmt::Display, code: u8) -> ExitCode {
    let cause = crate::error::one_line(&cause.to_string());
    if is_json() {
        tracing::error!(exit_status = code, "{cause}");
    } else {
        eprintln!("infusion-audit: {cause}");
    }
    ExitCode::from(code)
}
