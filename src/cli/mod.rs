//! The command line: one file per subcommand, thin.

mod code;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Finds the money and the risk in infusion billing.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Code(code::CodeArguments),
}

/// Parses the arguments, runs the command, and turns what happens into an exit code.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Code(arguments) => code::run(&arguments),
    }
}

/// One line on standard error that says what is wrong and what to change.
fn fail(cause: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("infusion-audit: {cause}");
    ExitCode::from(code)
}
