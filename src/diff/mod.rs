//! Two runs side by side: what got better or worse, by driver and dollars. A finding has the same identity in every run, so
//! what stands in both is told from what is new and from what is resolved.

mod text;

use crate::error::Error;
use crate::run::{Row, RunManifest, RunTotals, each_row};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// Findings and their dollars, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    pub findings: i64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.findings += other.findings;
        self.leakage_cents += other.leakage_cents;
        self.overpayment_cents += other.overpayment_cents;
        self.disputed_cents += other.disputed_cents;
        self.expected_loss_cents += other.expected_loss_cents;
    }

    /// Leakage, overpayment exposure and expected loss together.
    #[must_use]
    pub fn stake(&self) -> i64 {
        self.leakage_cents + self.overpayment_cents + self.expected_loss_cents
    }
}

/// What became of one group of findings. Before = resolved + gone + standing (as it was); after = new + arrived + standing
/// (as it is).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    pub before: Sums,
    pub after: Sums,
    /// In the first run alone, of encounters that are in both.
    pub resolved: Sums,
    /// In the second run alone, of encounters that are in both.
    pub new: Sums,
    /// Of encounters that only the first run holds.
    pub gone: Sums,
    /// Of encounters that only the second run holds.
    pub arrived: Sums,
    /// Findings in both runs.
    pub standing: i64,
}

/// Two runs compared.
#[derive(Debug, Clone, Serialize)]
pub struct RunDiff {
    pub before: RunShown,
    pub after: RunShown,
    /// Encounters that both runs hold.
    pub shared_encounters: u64,
    pub total: Change,
    pub by_rule: BTreeMap<String, Change>,
    pub by_department: BTreeMap<String, Change>,
    pub by_owner: BTreeMap<String, Change>,
    /// Settings that differ between the runs, so that a change may be theirs.
    pub cautions: Vec<String>,
}

/// One of the two.
#[derive(Debug, Clone, Serialize)]
pub struct RunShown {
    pub run_id: String,
    pub encounters: u64,
    pub clean_encounters: u64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

const COLUMNS: [&str; 9] = [
    "finding_id",
    "encounter_id",
    "rule_code",
    "department",
    "owner",
    "net_cents",
    "expected_loss_cents",
    "policy_switch",
    "setting",
];

/// Identity of a finding: its hexadecimal digits as a number.
fn identity(row: Row<'_>) -> u64 {
    let id = row.text(0);
    u64::from_str_radix(id, 16).unwrap_or_else(|_| xxh3_64(id.as_bytes()))
}

fn encounter(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

fn sums(row: Row<'_>) -> Sums {
    let net = row.cents(5);
    let disputed = !row.text(7).is_empty();
    let ours = |cents: i64| if disputed { 0 } else { cents.max(0) };
    Sums {
        findings: 1,
        leakage_cents: ours(net),
        overpayment_cents: ours(-net),
        disputed_cents: if disputed { net } else { 0 },
        expected_loss_cents: row.cents(6),
    }
}

fn encounters(run: &Path) -> Result<FxHashSet<u64>, Error> {
    let mut ids = FxHashSet::default();
    each_row(run, "encounters.parquet", &["encounter_id"], |row| {
        ids.insert(encounter(row.text(0)));
        Ok(())
    })?;
    Ok(ids)
}

fn shown(manifest: &RunManifest) -> RunShown {
    let RunTotals { encounters, clean_encounters, .. } = manifest.totals;
    RunShown {
        run_id: manifest.run_id.clone(),
        encounters,
        clean_encounters,
        leakage_cents: manifest.totals.leakage_cents,
        overpayment_cents: manifest.totals.overpayment_cents,
        disputed_cents: manifest.totals.disputed_cents,
        expected_loss_cents: manifest.totals.expected_loss_cents,
    }
}

/// What of the two manifests differs beside the data.
fn cautions(before: &RunManifest, after: &RunManifest) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, differ: bool| {
        if differ {
            found.push(format!("the runs differ in {what}; part of the change may be that"));
        }
    };
    differ("the version of infusion-audit", before.version != after.version);
    differ("policy files", before.policy != after.policy);
    differ("reference tables", before.reference != after.reference);
    let options = |of: &RunManifest| {
        let mut options = of.options.clone();
        options.remove("prior");
        options
    };
    differ("options", options(before) != options(after));
    found
}

impl RunDiff {
    /// Compares two run folders.
    ///
    /// # Errors
    /// A folder that is none of a run.
    pub fn read(before: &Path, after: &Path) -> Result<Self, Error> {
        let manifests = [RunManifest::read(before)?, RunManifest::read(after)?];
        let (had, has) = (encounters(before)?, encounters(after)?);
        let mut earlier: FxHashMap<u64, i64> = FxHashMap::default();
        each_row(before, "findings.parquet", &COLUMNS, |row| {
            earlier.insert(identity(row), 0);
            Ok(())
        })?;
        let mut of = Groups::default();
        // Which of the earlier findings stand is known once the later ones have been seen.
        each_row(after, "findings.parquet", &COLUMNS, |row| {
            let own = sums(row);
            let stands = earlier.get_mut(&identity(row)).map(|seen| *seen = 1).is_some();
            of.each(row, |change| {
                change.after.add(&own);
                if stands {
                    change.standing += 1;
                } else if had.contains(&encounter(row.text(1))) {
                    change.new.add(&own);
                } else {
                    change.arrived.add(&own);
                }
            });
            Ok(())
        })?;
        each_row(before, "findings.parquet", &COLUMNS, |row| {
            let own = sums(row);
            let stands = earlier.get(&identity(row)) == Some(&1);
            of.each(row, |change| {
                change.before.add(&own);
                if !stands && has.contains(&encounter(row.text(1))) {
                    change.resolved.add(&own);
                } else if !stands {
                    change.gone.add(&own);
                }
            });
            Ok(())
        })?;
        let [first, second] = &manifests;
        Ok(Self {
            before: shown(first),
            after: shown(second),
            shared_encounters: had.intersection(&has).count() as u64,
            total: of.total,
            by_rule: of.rules,
            by_department: of.departments,
            by_owner: of.owners,
            cautions: cautions(first, second),
        })
    }
}

#[derive(Default)]
struct Groups {
    total: Change,
    rules: BTreeMap<String, Change>,
    departments: BTreeMap<String, Change>,
    owners: BTreeMap<String, Change>,
}

impl Groups {
    fn each(&mut self, row: Row<'_>, mut with: impl FnMut(&mut Change)) {
        with(&mut self.total);
        with(self.rules.entry(row.text(2).to_owned()).or_default());
        with(self.departments.entry(row.text(3).to_owned()).or_default());
        with(self.owners.entry(row.text(4).to_owned()).or_default());
    }
}
