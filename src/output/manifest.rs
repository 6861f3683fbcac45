//! `manifest.json`: what went in, what came of it, and that it adds up.

use crate::data_checks::DataState;
use crate::model::Cents;
use crate::policy::SwitchShown;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One input file.
#[derive(Debug, Clone, Serialize)]
pub struct InputRecord {
    pub table: &'static str,
    pub path: String,
    pub bytes: u64,
    pub rows: u64,
    pub row_groups: usize,
    pub sha256: String,
}

/// One file of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRecord {
    pub bytes: u64,
    pub sha256: String,
}

/// Where the rows of one table went.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableCounts {
    pub rows_in: u64,
    pub audited: u64,
    pub quarantined: BTreeMap<String, u64>,
    pub excluded: BTreeMap<String, u64>,
}

impl TableCounts {
    /// Audited, quarantined and excluded together.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        self.audited + self.quarantined.values().sum::<u64>() + self.excluded.values().sum::<u64>()
    }
}

/// Counts and dollars of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunCounts {
    pub encounters: u64,
    pub claim_forms: u64,
    pub claim_lines: u64,
    pub findings: u64,
    pub clean_encounters: u64,
    pub expected_cents: i64,
    pub billed_cents: i64,
    /// Expected minus billed: the sum of every finding's net dollars, disputed ones included.
    pub net_cents: i64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    /// Net dollars of findings that rest on a payer switch; in neither of the two above.
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
    pub unpriced_units: i64,
    /// Allowed below the fee schedule on lines that agree; no part of the net.
    pub underpaid_cents: i64,
    pub findings_by_rule: BTreeMap<String, u64>,
}

/// One thing that must equal another.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    pub check: String,
    pub left: i64,
    pub right: i64,
    pub balanced: bool,
}

impl Check {
    #[must_use]
    pub fn new(check: impl Into<String>, left: i64, right: i64) -> Self {
        Self { check: check.into(), left, right, balanced: left == right }
    }
}

/// The manifest of a run; everything but `timings` is the same for the same inputs, policy and version.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    pub run_id: String,
    pub version: &'static str,
    pub inputs: Vec<InputRecord>,
    pub policy: BTreeMap<String, String>,
    pub reference: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
    pub counts: BTreeMap<&'static str, TableCounts>,
    pub floats_rounded: u64,
    /// State of the data, with the result of every data check.
    pub data: DataState,
    pub totals: RunCounts,
    pub reconciliation: Vec<Check>,
    pub warnings: Vec<String>,
    pub not_run: BTreeMap<String, String>,
    /// Every policy switch, and what layers make of it.
    pub switches: Vec<SwitchShown>,
    /// Rules that a policy layer turns off, with for whom and where.
    pub turned_off: Vec<String>,
    /// With `--time-uncertainty`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_uncertainty: Option<TimeUncertainty>,
    /// Every other file of the run by its name.
    pub outputs: BTreeMap<String, OutputRecord>,
    pub timings: BTreeMap<&'static str, String>,
}

/// Findings and dollars under moved times, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MovedTotals {
    pub findings: u64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

/// What charted stops that are some minutes off make of the run.
#[derive(Debug, Clone, Serialize)]
pub struct TimeUncertainty {
    pub minutes: i64,
    /// Every stop that many minutes earlier, and later.
    pub earlier: MovedTotals,
    pub later: MovedTotals,
    /// Of every encounter the least, and the most, of the three: the ends for errors that differ between encounters.
    pub lowest: MovedTotals,
    pub highest: MovedTotals,
    /// By rule: findings as charted that do not survive both.
    pub sensitive: BTreeMap<String, MovedTotals>,
}

impl MovedTotals {
    /// Adds the sums of some findings.
    pub fn add(&mut self, sums: &RunCounts, findings: usize) {
        self.findings += findings as u64;
        self.leakage_cents += sums.leakage_cents;
        self.overpayment_cents += sums.overpayment_cents;
        self.disputed_cents += sums.disputed_cents;
        self.expected_loss_cents += sums.expected_loss_cents;
    }

    /// One of two by `pick`, number by number.
    #[must_use]
    pub fn with(&self, other: &MovedTotals, pick: fn(i64, i64) -> i64) -> MovedTotals {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        MovedTotals {
            findings: u64::try_from(pick(count(self.findings), count(other.findings))).unwrap_or(0),
            leakage_cents: pick(self.leakage_cents, other.leakage_cents),
            overpayment_cents: pick(self.overpayment_cents, other.overpayment_cents),
            disputed_cents: pick(self.disputed_cents, other.disputed_cents),
            expected_loss_cents: pick(self.expected_loss_cents, other.expected_loss_cents),
        }
    }

    /// Adds others.
    pub fn merge(&mut self, other: &MovedTotals) {
        self.findings += other.findings;
        self.leakage_cents += other.leakage_cents;
        self.overpayment_cents += other.overpayment_cents;
        self.disputed_cents += other.disputed_cents;
        self.expected_loss_cents += other.expected_loss_cents;
    }
}

impl RunCounts {
    /// Adds the counts of another part of the run.
    pub fn add(&mut self, other: &RunCounts) {
        self.encounters += other.encounters;
        self.claim_forms += other.claim_forms;
        self.claim_lines += other.claim_lines;
        self.findings += other.findings;
        self.clean_encounters += other.clean_encounters;
        self.expected_cents += other.expected_cents;
        self.billed_cents += other.billed_cents;
        self.net_cents += other.net_cents;
        self.leakage_cents += other.leakage_cents;
        self.overpayment_cents += other.overpayment_cents;
        self.disputed_cents += other.disputed_cents;
        self.expected_loss_cents += other.expected_loss_cents;
        self.unpriced_units += other.unpriced_units;
        self.underpaid_cents += other.underpaid_cents;
        for (rule, count) in &other.findings_by_rule {
            *self.findings_by_rule.entry(rule.clone()).or_default() += count;
        }
    }

    /// Leakage and overpayment exposure of one finding's net dollars.
    #[must_use]
    pub fn split(net: Cents) -> (Cents, Cents) {
        (Cents(net.0.max(0)), Cents((-net.0).max(0)))
    }
}
