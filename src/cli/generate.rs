//! `infusion-audit generate`.

use super::fail;
use crate::generate::{ErrorSelection, GenerateOptions, PLANTED_RULES, generate};
use crate::model::Date;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Make realistic claims, flowsheets and encounters with known errors planted in them.
///
/// The same options give the same bytes. What was planted is in OUT/truth.parquet, the correct lines of every encounter
/// in OUT/expected.parquet; OUT/reference_files holds a payer's fee schedule and a list of diagnoses by drug for
/// `reference import`. All of it is invented.
#[derive(Args)]
pub struct GenerateArguments {
    /// How many encounters
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    encounters: u64,
    /// Over how many months
    #[arg(long, value_name = "M", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    months: u32,
    /// Seed of the random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Errors to plant: all, none, or rule codes such as IA-H01 or H01 separated by commas
    #[arg(long, value_name = "RULES", default_value = "all")]
    errors: String,
    /// Of a hundred encounters, how many get an error
    #[arg(long, value_name = "PERCENT", default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=100))]
    error_percent: u32,
    /// First month
    #[arg(long, value_name = "YYYY-MM", default_value = "2026-01")]
    start: String,
}

pub fn run(arguments: &GenerateArguments) -> ExitCode {
    let errors = match arguments.errors.trim().to_lowercase().as_str() {
        "all" => ErrorSelection::All,
        "none" => ErrorSelection::None,
        list => {
            let code = |rule: &str| {
                let rule = rule.trim().to_uppercase();
                if rule.starts_with("IA-") { rule } else { format!("IA-{rule}") }
            };
            let rules: Vec<String> = list.split(',').map(code).collect();
            if let Some(unknown) = rules.iter().find(|rule| !PLANTED_RULES.contains(&rule.as_str())) {
                let known = PLANTED_RULES.join(", ");
                return fail(
                    &format!("--errors {unknown}: no error can be planted for it; take all, none, or of: {known}"),
                    2,
                );
            }
            ErrorSelection::Rules(rules)
        }
    };
    let Ok(start) = format!("{}-01", arguments.start).parse::<Date>() else {
        return fail(&format!("--start {}: takes a month such as 2026-01", arguments.start), 2);
    };
    let options = GenerateOptions {
        encounters: arguments.encounters,
        months: arguments.months,
        seed: arguments.seed,
        out: arguments.out.clone(),
        errors,
        error_percent: arguments.error_percent,
        start,
    };
    match generate(&options) {
        Ok(made) => {
            say!(
                "{} encounters, {} claim lines, {} flowsheet rows, {} errors planted, in {}",
                made.encounters,
                made.claim_lines,
                made.administrations,
                made.planted,
                arguments.out.display()
            );
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
