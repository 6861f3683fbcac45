//! Departments and providers against the rate of all, with limits that are fair to small numbers.

use super::groups::{CLEAN, Counted, whose};
use crate::run::{Keyed, Row};
use crate::statistics::wilson;
use serde::Serialize;

/// Fewer encounters than this show no rate (the CMS cell suppression policy for published counts).
const LEAST: i64 = 11;

/// Rows of a scorecard: those with most encounters.
const MOST: usize = 40;

/// Encounters with a finding, of all, by one key.
#[derive(Debug, Default)]
pub(super) struct Tally(Keyed<(i64, i64, Counted)>);

/// Rates of one kind of unit.
#[derive(Debug, Serialize)]
pub struct Scorecard {
    pub kind: &'static str,
    /// The rate of all, in hundredths of a percent.
    pub center: i64,
    pub cards: Vec<Card>,
    /// Units with too few encounters for a rate.
    pub suppressed: usize,
}

/// One unit: its rate and the limits of a unit of its size, in hundredths of a percent.
#[derive(Debug, Serialize)]
pub struct Card {
    pub key: String,
    pub encounters: i64,
    pub with_finding: i64,
    pub rate: i64,
    /// Limits of 95 % and of 99.8 %, lower and upper.
    pub inner: (i64, i64),
    pub outer: (i64, i64),
    /// `within`, `above`, `far above`, `below` or `far below`.
    pub place: &'static str,
}

impl Tally {
    /// Counts an encounter with the unit that its row names in a column.
    pub(super) fn see(&mut self, column: usize, row: Row<'_>) {
        let (encounters, with_finding, patients) = self.0.of(row, column);
        *encounters += 1;
        *with_finding += i64::from(!row.flag(CLEAN));
        patients.add(|| whose(row), row.flag(CLEAN));
    }

    /// The card; with `pooled`, without units of which few patients have a finding, or few have none.
    pub(super) fn card(self, kind: &'static str, pooled: bool) -> Scorecard {
        let all_units = self.0.sorted();
        let units = all_units.len();
        let (all, found) = all_units.iter().fold((0, 0), |sum, (_, of)| (sum.0 + of.0, sum.1 + of.1));
        let large =
            |(_, (all, _, patients)): &(String, (i64, i64, Counted))| *all >= LEAST && !(pooled && patients.is_small());
        let mut shown: Vec<(String, (i64, i64, Counted))> = all_units.into_iter().filter(large).collect();
        let suppressed = units - shown.len();
        shown.sort_by(|(one, of), (other, other_of)| (other_of.0, one).cmp(&(of.0, other)));
        shown.truncate(MOST);
        let cards = shown.into_iter().map(|(key, (encounters, with_finding, _))| {
            let rate = hundredths(with_finding, encounters);
            let (inner, outer) = (limits(found, all, encounters, 1.96), limits(found, all, encounters, 3.09));
            let place = match rate {
                rate if rate > outer.1 => "far above",
                rate if rate < outer.0 => "far below",
                rate if rate > inner.1 => "above",
                rate if rate < inner.0 => "below",
                _ => "within",
            };
            Card { key, encounters, with_finding, rate, inner, outer, place }
        });
        Scorecard { kind, center: hundredths(found, all), cards: cards.collect(), suppressed }
    }
}

fn hundredths(part: i64, of: i64) -> i64 {
    (part * 10_000 + of / 2) / of.max(1)
}

/// Limits of the rate of a unit with `encounters` when it differs from the rate of all by chance alone: the Wilson score
/// interval around the rate of all (funnel plots after Spiegelhalter 2005).
#[allow(clippy::float_arithmetic, reason = "a limit of a rate, neither a code nor a cent")]
fn limits(found: i64, all: i64, encounters: i64, z: f64) -> (i64, i64) {
    let (lower, upper) = wilson(found as f64 / all.max(1) as f64, encounters.max(1) as f64, z);
    let whole = |share: f64| (share * 10_000.0).round() as i64;
    (whole(lower), whole(upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_wilson_s() {
        // The interval of 10 of 100 at 95 %: 5.52 % to 17.44 %.
        assert_eq!(limits(10, 100, 100, 1.96), (552, 1744));
        // A small unit has wide limits, and none below nothing.
        assert_eq!(limits(0, 100, 11, 1.96).0, 0);
        assert!(limits(10, 100, 11, 1.96).1 > limits(10, 100, 1_000, 1.96).1);
    }
}
