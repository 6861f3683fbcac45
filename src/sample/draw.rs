//! Draws a sample and writes it with blank review columns.

use super::frame::{self, Amount, Unit};
use super::{DESIGN, Design, Stratum, TABLE};
use crate::error::Error;
use crate::output::{create_private_folder, write_private};
use crate::reference::Reference;
use crate::run::RunManifest;
use rand::RngExt;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::path::{Path, PathBuf};

/// How strata are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// One stratum: every unit has the same chance.
    Simple,
    /// Strata that hold equal dollars each, so that large amounts are looked at more often.
    Dollars,
    /// What auditors look for: observation with infusion, emergency visit with infusion, high-dollar chemotherapy, several
    /// administration codes; all others.
    Seeds,
}

/// What to draw.
#[derive(Debug, Clone)]
pub struct SampleOptions {
    pub method: Method,
    /// Units in all.
    pub size: usize,
    /// Strata of the method `dollars`.
    pub strata: usize,
    pub amount: Amount,
    pub seed: u64,
    /// Leave out what the run expects, so that the reviewer is not led by it.
    pub blind: bool,
    pub out: PathBuf,
}

/// A sample that was drawn.
#[derive(Debug, Clone)]
pub struct Sample {
    pub folder: PathBuf,
    pub design: Design,
}

/// Several administration codes on one bill, from here on.
const SEVERAL: u32 = 3;

/// The names and the members of each stratum, by their places in the frame.
type Strata = Vec<(String, Vec<usize>)>;

fn by_dollars(frame: &[Unit], count: usize) -> Strata {
    let mut order: Vec<usize> = (0..frame.len()).collect();
    order.sort_by_key(|&at| (frame[at].amount_cents, at));
    let total: i128 = frame.iter().map(|unit| i128::from(unit.amount_cents.max(0))).sum();
    let mut strata: Strata = Vec::new();
    let mut held: i128 = 0;
    for at in order {
        // The stratum in which the unit's place on the scale of all dollars falls.
        let place =
            if total == 0 { 0 } else { usize::try_from(held * count as i128 / total).unwrap_or(0).min(count - 1) };
        held += i128::from(frame[at].amount_cents.max(0));
        while strata.len() <= place {
            strata.push((String::new(), Vec::new()));
        }
        strata[place].1.push(at);
    }
    strata.retain(|(_, members)| !members.is_empty());
    for (number, (name, members)) in strata.iter_mut().enumerate() {
        let most = members.iter().map(|&at| frame[at].amount_cents).max().unwrap_or(0);
        *name = format!("{} up to {}", number + 1, crate::model::Cents(most));
    }
    strata
}

fn by_seeds(frame: &[Unit]) -> Strata {
    let names = [
        "observation with infusion",
        "emergency visit with infusion",
        "high-dollar chemotherapy",
        "several administration codes",
        "other",
    ];
    let mut chemotherapy: Vec<i64> =
        frame.iter().map(|unit| unit.traits.chemotherapy_cents).filter(|cents| *cents > 0).collect();
    chemotherapy.sort_unstable();
    // The upper tenth.
    let high = chemotherapy.get(chemotherapy.len() * 9 / 10).copied().unwrap_or(i64::MAX);
    let mut strata: Strata = names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect();
    for (at, unit) in frame.iter().enumerate() {
        let of = unit.traits;
        let infused = of.administrations > 0;
        let place = match unit.class.as_str() {
            "observation" if infused => 0,
            "emergency" if infused && of.visit => 1,
            _ if of.chemotherapy_cents >= high => 2,
            _ if of.administrations >= SEVERAL => 3,
            _ => 4,
        };
        strata[place].1.push(at);
    }
    strata.retain(|(_, members)| !members.is_empty());
    strata
}

/// Equal shares of the size for every stratum; what a small one cannot use goes to the others.
fn allocate(size: usize, strata: &Strata) -> Vec<usize> {
    let mut shares = vec![0; strata.len()];
    let mut left = size.min(strata.iter().map(|(_, members)| members.len()).sum());
    while left > 0 {
        for (share, (_, members)) in shares.iter_mut().zip(strata) {
            if left > 0 && *share < members.len() {
                *share += 1;
                left -= 1;
            }
        }
    }
    shares
}

/// Draws a sample of a run and writes `sample.csv` and `sample_design.json` into its folder.
///
/// # Errors
/// A folder that is none of a run, holds nothing billed, or cannot be written; a folder that holds a sample already.
pub fn draw(run: &Path, reference: &Reference, options: &SampleOptions) -> Result<Sample, Error> {
    let manifest = RunManifest::read(run)?;
    if [TABLE, DESIGN].iter().any(|name| options.out.join(name).exists()) {
        let problem = "holds a sample already; name a new folder, or remove this one first";
        return Err(Error::Taken { path: options.out.display().to_string(), problem });
    }
    let frame = frame::read(run, reference, options.amount)?;
    if frame.is_empty() {
        return Err(Error::Sample("the run holds no billed encounter to draw from".to_owned()));
    }
    let strata = match options.method {
        Method::Simple => vec![("all".to_owned(), (0..frame.len()).collect())],
        Method::Dollars => by_dollars(&frame, options.strata.max(1)),
        Method::Seeds => by_seeds(&frame),
    };
    let shares = allocate(options.size, &strata);
    let short = |(share, (_, members)): (&usize, &(String, Vec<usize>))| *share < members.len().min(2);
    if shares.iter().zip(&strata).any(short) {
        let least = strata.len() * 2;
        return Err(Error::Sample(format!(
            "--size {} is too small for {} strata; draw {least} or more",
            options.size,
            strata.len()
        )));
    }
    let mut random = ChaCha20Rng::seed_from_u64(options.seed);
    let mut drawn: Vec<(usize, usize)> = Vec::new();
    let mut design = Design {
        run_id: manifest.run_id,
        version: manifest.version,
        method: format!("{:?}", options.method).to_lowercase(),
        amount: options.amount.as_str().to_owned(),
        seed: options.seed,
        strata: Vec::new(),
    };
    for (stratum, ((name, members), share)) in strata.into_iter().zip(shares).enumerate() {
        design.strata.push(Stratum {
            name,
            units: members.len() as u64,
            total_cents: members.iter().map(|&at| frame[at].amount_cents).sum(),
            drawn: share as u64,
        });
        let mut members = members;
        // The first steps of a Fisher-Yates shuffle: each unit with the same chance, none twice.
        for place in 0..share {
            let other = random.random_range(place as u64..members.len() as u64) as usize;
            members.swap(place, other);
        }
        members.truncate(share);
        members.sort_unstable();
        drawn.extend(members.into_iter().map(|at| (stratum, at)));
    }
    create_private_folder(&options.out)?;
    write_private(&options.out.join(TABLE), &table(&frame, &drawn, &design, options.blind)?)?;
    let text = serde_json::to_string_pretty(&design).map_err(|cause| Error::Sample(cause.to_string()))?;
    write_private(&options.out.join(DESIGN), format!("{text}\n").as_bytes())?;
    Ok(Sample { folder: options.out.clone(), design })
}

/// The columns of `sample.csv`; the last four are for the reviewer.
pub(super) const COLUMNS: [&str; 14] = [
    "sample_number",
    "stratum",
    "encounter_id",
    "setting",
    "service_date",
    "payer",
    "department",
    "amount_dollars",
    "expected_dollars",
    "findings",
    "correct_dollars",
    "error",
    "reviewer",
    "comment",
];

fn table(frame: &[Unit], drawn: &[(usize, usize)], design: &Design, blind: bool) -> Result<Vec<u8>, Error> {
    let failed = |cause: csv::Error| Error::Sample(cause.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    for (number, (stratum, at)) in drawn.iter().enumerate() {
        let unit = &frame[*at];
        let safe = crate::report::defused;
        let dollars = crate::report::dollars;
        writer
            .write_record([
                (number + 1).to_string(),
                design.strata.get(*stratum).map(|of| of.name.clone()).unwrap_or_default(),
                safe(&unit.encounter_id).into_owned(),
                unit.setting.clone(),
                unit.date.clone(),
                safe(&unit.payer).into_owned(),
                safe(&unit.department).into_owned(),
                dollars(unit.amount_cents),
                if blind { String::new() } else { dollars(unit.expected_cents) },
                if blind { String::new() } else { unit.findings.to_string() },
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ])
            .map_err(failed)?;
    }
    writer.into_inner().map_err(|cause| Error::Sample(cause.to_string()))
}
