//! `infusion-audit sample RUN` and `infusion-audit estimate SAMPLE`.

use super::fail;
use crate::error::Error;
use crate::reference::Reference;
use crate::run::find_run;
use crate::sample::{Amount, Method, SampleOptions, draw, estimate_folder};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Draw an audit sample from a run: a worklist with blank review columns, reproducible by its seed.
#[derive(Args)]
pub struct SampleArguments {
    /// The path of a run's folder, such as reports/latest; or the name of a run in `reports`
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// New folder for `sample.csv` and `sample_design.json`
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How strata are made
    #[arg(long, value_enum, ignore_case = true, default_value_t = Method::Simple)]
    method: Method,
    /// Encounters to draw in all
    #[arg(long, value_name = "N", default_value_t = 100)]
    size: usize,
    /// Strata of the method `dollars`
    #[arg(long, value_name = "N", default_value_t = 4)]
    strata: usize,
    /// The amount that is audited
    #[arg(long, value_enum, ignore_case = true, default_value_t = Amount::Billed)]
    amount: Amount,
    /// The same seed draws the same sample from the same run
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Leave out what the run expects and how much it found, so that the reviewer is not led by it
    #[arg(long)]
    blind: bool,
    /// Folder of imported reference tables, as for `audit`
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
}

pub fn run_sample(arguments: &SampleArguments) -> ExitCode {
    let options = SampleOptions {
        method: arguments.method,
        size: arguments.size,
        strata: arguments.strata,
        amount: arguments.amount,
        seed: arguments.seed,
        blind: arguments.blind,
        out: arguments.out.clone(),
    };
    let drawn = Reference::load(arguments.reference.as_deref())
        .and_then(|reference| draw(&find_run(&arguments.run)?, &reference, &options));
    match drawn {
        Ok(sample) => {
            say!("{:<40}{:>12}{:>20}{:>10}", "stratum", "encounters", "dollars", "drawn");
            for of in &sample.design.strata {
                let dollars = crate::model::Cents(of.total_cents).to_string();
                say!("{:<40}{:>12}{dollars:>20}{:>10}", of.name, of.units, of.drawn);
            }
            let folder = sample.folder.display();
            say!("\nfill in correct_dollars in {folder}/sample.csv, then: infusion-audit estimate {folder}");
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}

/// Extrapolate a reviewed sample: totals with 80, 90 and 95 % intervals, and the error rate.
#[derive(Args)]
pub struct EstimateArguments {
    /// The folder that `sample` wrote, with the review filled in
    #[arg(value_name = "SAMPLE")]
    sample: PathBuf,
    /// Print JSON; amounts in cents
    #[arg(long)]
    json: bool,
}

pub fn run_estimate(arguments: &EstimateArguments) -> ExitCode {
    let text = estimate_folder(&arguments.sample).and_then(|(design, found)| {
        if arguments.json {
            let both = serde_json::json!({ "design": design, "estimates": found });
            serde_json::to_string_pretty(&both).map_err(|cause| Error::Sample(cause.to_string()))
        } else {
            Ok(found.table(&design))
        }
    });
    match text {
        Ok(text) => {
            say!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(cause) => fail(&cause, cause.exit_code()),
    }
}
