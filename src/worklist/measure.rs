//! How often a rule was right, and what that makes of the dollars.

#![allow(clippy::float_arithmetic, reason = "a measured share and its interval; the cents of findings stay whole")]

use super::State;
use crate::error::Error;
use crate::model::Cents;
use crate::rules;
use crate::run::each_row;
use crate::statistics::wilson;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Reviews of a rule from which its own precision is taken; with fewer that of all rules is.
const ENOUGH: u64 = 10;

/// Quantile of the normal distribution for 95 %, two-sided.
const Z: f64 = 1.959_964;

/// How often findings were confirmed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Precision {
    pub confirmed: u64,
    pub rejected: u64,
    /// Share confirmed and its Wilson score interval at 95 %, of one.
    pub share: f64,
    pub lower: f64,
    pub upper: f64,
}

impl Precision {
    fn of(confirmed: u64, rejected: u64) -> Self {
        let reviewed = (confirmed + rejected) as f64;
        if confirmed + rejected == 0 {
            return Self { share: 1.0, lower: 0.0, upper: 1.0, ..Self::default() };
        }
        let share = confirmed as f64 / reviewed;
        let (lower, upper) = wilson(share, reviewed, Z);
        Self { confirmed, rejected, share, lower, upper }
    }

    fn reviewed(&self) -> u64 {
        self.confirmed + self.rejected
    }
}

/// A run's dollars in the light of its reviews, in cents.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub all: Precision,
    pub rules: BTreeMap<String, Precision>,
    /// Leakage and overpayment exposure as found, undisputed.
    pub leakage: i64,
    pub overpayment: i64,
    /// Rejected findings left out, confirmed ones whole, others by their rule's precision (of all rules where fewer than
    /// ten were reviewed); with the ends of the interval.
    pub adjusted_leakage: (i64, i64, i64),
    pub adjusted_overpayment: (i64, i64, i64),
}

/// What a status says of the finding: right, wrong, or nothing yet.
fn judgement(status: &str) -> Option<bool> {
    match status {
        "confirmed" | "corrected" | "appealed" => Some(true),
        "rejected" => Some(false),
        _ => None,
    }
}

/// Measures the rules on every review, and adjusts a run's dollars.
///
/// # Errors
/// A folder that is none of a run.
pub fn measure(run: &Path, state: &State) -> Result<Measured, Error> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for entry in state.entries() {
        match judgement(&entry.status) {
            Some(true) => counts.entry(entry.rule_code.clone()).or_default().0 += 1,
            Some(false) => counts.entry(entry.rule_code.clone()).or_default().1 += 1,
            None => {}
        }
    }
    let (right, wrong) = counts.values().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    let all = Precision::of(right, wrong);
    let rules: BTreeMap<String, Precision> =
        counts.into_iter().map(|(rule, (right, wrong))| (rule, Precision::of(right, wrong))).collect();
    let (mut leakage, mut overpayment) = (0, 0);
    let (mut less, mut more) = ([0.0; 3], [0.0; 3]);
    each_row(run, "findings.parquet", &["finding_id", "rule_code", "net_cents", "policy_switch"], |row| {
        if !row.text(3).is_empty() {
            return Ok(());
        }
        let net = row.cents(2);
        let shares = match state.get(row.text(0)).and_then(|entry| judgement(&entry.status)) {
            Some(true) => [1.0; 3],
            Some(false) => [0.0; 3],
            None => {
                let of = rules.get(row.text(1)).filter(|of| of.reviewed() >= ENOUGH).unwrap_or(&all);
                [of.share, of.lower, of.upper]
            }
        };
        let (found, adjusted) = if net > 0 { (&mut leakage, &mut less) } else { (&mut overpayment, &mut more) };
        *found += net.abs();
        for (sum, share) in adjusted.iter_mut().zip(shares) {
            *sum += net.abs() as f64 * share;
        }
        Ok(())
    })?;
    let whole = |sums: [f64; 3]| {
        let [point, lower, upper] = sums.map(|sum| sum.round() as i64);
        (point, lower, upper)
    };
    Ok(Measured { all, rules, leakage, overpayment, adjusted_leakage: whole(less), adjusted_overpayment: whole(more) })
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

impl Measured {
    /// The measures as a table for the terminal.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:<44}{:>10}{:>10}{:>12}{:>22}",
            "rule", "confirmed", "rejected", "precision", "95 % interval"
        );
        let mut row = |name: &str, of: &Precision| {
            let (share, interval) = match of.reviewed() {
                0 => ("-".to_owned(), "-".to_owned()),
                _ => (percent(of.share), format!("{} to {}", percent(of.lower), percent(of.upper))),
            };
            let _ = writeln!(text, "{name:<44}{:>10}{:>10}{share:>12}{interval:>22}", of.confirmed, of.rejected);
        };
        for (rule, of) in &self.rules {
            row(&format!("{rule} {}", rules::info_of(rule).map_or("", |info| info.name)), of);
        }
        row("all", &self.all);
        let money = |cents: i64| Cents(cents).to_string();
        for (name, found, (point, lower, upper)) in [
            ("leakage", self.leakage, self.adjusted_leakage),
            ("overpayment exposure", self.overpayment, self.adjusted_overpayment),
        ] {
            let _ = write!(
                text,
                "\n{name}: {} as found; {} in the light of the reviews ({} to {})",
                money(found),
                money(point),
                money(lower),
                money(upper)
            );
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilson_s() {
        // 8 of 10: 49.0 % to 94.3 %.
        let of = Precision::of(8, 2);
        assert!((of.lower - 0.490).abs() < 0.001 && (of.upper - 0.943).abs() < 0.001, "{of:?}");
        let none = Precision::of(0, 0);
        assert_eq!((none.share, none.lower, none.upper), (1.0, 0.0, 1.0));
    }
}
