//! Deterministic, realistic claims, flowsheets and encounters with planted errors.
//!
//! The generator never calls the coding engine. It chooses the correct codes first ([`visit`]), lays out
//! administrations that earn exactly them, bills them, and only then corrupts the bill or the chart ([`plant`]) and
//! adds the mess of real charting that must change nothing ([`mess`]). What it knows goes to `truth.parquet` (one row
//! per planted error) and `expected.parquet` (the correct lines of every encounter), so it can find the engine wrong.
//!
//! Every encounter draws from its own stream of ChaCha8, seeded by the run's seed and the encounter's number: output
//! does not depend on threads, and a longer run begins like a shorter one of the same months.

mod draft;
mod drugs;
mod given;
mod mess;
mod payers;
mod plan;
mod plant;
mod plant_more;
mod reference_files;
mod visit;
mod write;

use crate::error::Error;
use crate::model::Date;
use draft::Draft;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::path::PathBuf;

pub use plant::PLANTED_RULES;

/// Which errors are planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorSelection {
    All,
    None,
    /// Codes of [`PLANTED_RULES`].
    Rules(Vec<String>),
}

/// What to generate.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    pub encounters: u64,
    pub months: u32,
    pub seed: u64,
    pub out: PathBuf,
    pub errors: ErrorSelection,
    /// Of a hundred encounters, how many get an error planted.
    pub error_percent: u32,
    /// First day of the first month.
    pub start: Date,
}

/// What was generated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GenerateSummary {
    pub encounters: u64,
    pub claim_lines: u64,
    pub administrations: u64,
    pub planted: u64,
}

/// One uniform number below `limit`.
fn below(rng: &mut ChaCha8Rng, limit: i64) -> i64 {
    (rng.next_u64() % limit.max(1).unsigned_abs()).cast_signed()
}

fn between(rng: &mut ChaCha8Rng, least: i64, most: i64) -> i64 {
    least + below(rng, most - least + 1)
}

fn percent(rng: &mut ChaCha8Rng, chance: i64) -> bool {
    below(rng, 100) < chance
}

fn pick<'t, T>(rng: &mut ChaCha8Rng, items: &'t [T]) -> &'t T {
    let at = usize::try_from(below(rng, items.len() as i64)).unwrap_or(0);
    &items[at]
}

/// Writes `OUT/claims`, `OUT/flowsheets`, `OUT/encounters`, `OUT/truth.parquet`, `OUT/expected.parquet`, and in
/// `OUT/reference_files` a payer's fee schedule and a list of diagnoses, for `reference import`.
///
/// # Errors
/// A folder that holds anything, since months of an earlier set would stay in it; or one that cannot be written.
pub fn generate(options: &GenerateOptions) -> Result<GenerateSummary, Error> {
    if std::fs::read_dir(&options.out).is_ok_and(|mut held| held.next().is_some()) {
        let problem = "is not empty; name a new folder, or remove this one first";
        return Err(Error::Taken { path: options.out.display().to_string(), problem });
    }
    let mut writer = write::Writer::new(options)?;
    let mut summary = GenerateSummary::default();
    let months = u64::from(options.months.max(1));
    for month in 0..months {
        let range = options.encounters * month / months..options.encounters * (month + 1) / months;
        // A slice of a month at a time keeps memory flat.
        for slice in 0..range.clone().count().div_ceil(SLICE) {
            let first = range.start + (slice * SLICE) as u64;
            let last = (first + SLICE as u64).min(range.end);
            let drafts: Vec<Vec<Draft>> =
                (first..last).into_par_iter().map(|number| encounter(options, number, month)).collect();
            for draft in drafts.iter().flatten() {
                summary.encounters += 1;
                summary.claim_lines += draft.claims.len() as u64;
                summary.administrations += draft.rows.len() as u64;
                summary.planted += u64::from(draft.planted.is_some());
                writer.add(draft)?;
            }
        }
        writer.end_month(month)?;
    }
    writer.finish()?;
    reference_files::write(&options.out)?;
    Ok(summary)
}

const SLICE: usize = 20_000;

/// One numbered encounter, and with it the patient's second one of the day where there is one.
fn encounter(options: &GenerateOptions, number: u64, month: u64) -> Vec<Draft> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let rules: Vec<&'static str> = match &options.errors {
        ErrorSelection::None => Vec::new(),
        ErrorSelection::All => PLANTED_RULES.to_vec(),
        ErrorSelection::Rules(chosen) => {
            PLANTED_RULES.iter().copied().filter(|rule| chosen.iter().any(|one| one == rule)).collect()
        }
    };
    let erroneous = !rules.is_empty() && percent(&mut rng, i64::from(options.error_percent));
    let rule = erroneous.then(|| *pick(&mut rng, &rules));
    let mut drafts = visit::lay_out(&mut rng, options.start, month, number, rule);
    if let (Some(rule), Some(draft)) = (rule, drafts.last_mut()) {
        plant::plant(&mut rng, draft, rule);
    }
    for draft in &mut drafts {
        mess::add(&mut rng, draft);
    }
    drafts
}
