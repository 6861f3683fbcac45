//! Statistically valid audit samples of a run, and what a reviewed sample says of the whole.
//!
//! The sampling unit is an encounter under one claim form that was billed. Units are drawn without replacement, with equal
//! chances within a stratum, from a list in the order of encounter ids, by a seeded generator that gives the same numbers on
//! every machine: the same run, method, size and seed give the same sample.

mod draw;
mod estimate;
mod frame;
mod review;

pub use draw::{Method, Sample, SampleOptions, draw};
pub use estimate::{Estimate, Estimates, Observation, StratumData, estimate};
pub use frame::Amount;
pub use review::estimate_folder;

use serde::{Deserialize, Serialize};

/// What a sample was drawn from, as `sample_design.json` keeps it; money in cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Design {
    pub run_id: String,
    pub version: String,
    pub method: String,
    /// Which amount of a unit is audited: `billed`, `allowed` or `paid`.
    pub amount: String,
    pub seed: u64,
    pub strata: Vec<Stratum>,
}

/// One stratum of a design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    pub name: String,
    /// Units in the run.
    pub units: u64,
    /// Their amounts together.
    pub total_cents: i64,
    /// Units drawn.
    pub drawn: u64,
}

const TABLE: &str = "sample.csv";
const DESIGN: &str = "sample_design.json";
