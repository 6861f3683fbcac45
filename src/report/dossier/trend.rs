//! Whether the share of encounters with a finding rises or falls from month to month, or only varies.

use super::groups::{CLEAN, DEPARTMENT, MONTH};
use crate::run::{Keyed, Row};
use crate::small_cells::LEAST_PATIENTS;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// Encounters and those with a finding, of one month.
type Month = (i64, i64);

/// Fewest encounters of a department that is tested.
const LEAST: i64 = 50;

/// Encounters by department and month.
#[derive(Debug, Default)]
pub(super) struct Tally {
    all: Keyed<Month>,
    /// By the place of the month.
    departments: Keyed<Vec<Month>>,
}

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// The department; empty for all.
    pub key: String,
    pub encounters: i64,
    /// Rates of the first and the last month, in hundredths of a percent.
    pub first: i64,
    pub last: i64,
    /// The statistic, in hundredths, and its two-sided probability, in ten-thousandths.
    pub z: i64,
    pub probability: i64,
    /// `rising`, `falling` or `no trend`, at 5 % in all tests together.
    pub verdict: &'static str,
}

impl Tally {
    pub(super) fn see(&mut self, row: Row<'_>) {
        let month = self.all.place(row, MONTH);
        if row.text(MONTH).is_empty() {
            return;
        }
        let with_finding = i64::from(!row.flag(CLEAN));
        let months = self.departments.of(row, DEPARTMENT);
        if months.len() <= month {
            months.resize(month + 1, Month::default());
        }
        for of in [self.all.at(month), &mut months[month]] {
            of.0 += 1;
            of.1 += with_finding;
        }
    }

    /// One test of all encounters, then one of each department that is large enough; with `pooled`, without
    /// those whose rates stand for too few.
    pub(super) fn trends(self, pooled: bool) -> Vec<Trend> {
        // Mistyped dates make months of a few encounters, far from the others.
        let most = self.all.iter().map(|(_, (encounters, _))| *encounters).max().unwrap_or(0);
        let months = self.all.iter().enumerate().filter(|(_, (month, _))| !month.is_empty());
        let mut ordinary: Vec<(&str, usize, Month)> = months
            .filter(|(_, (_, (encounters, _)))| encounters * 10 >= most)
            .map(|(place, (month, of))| (month, place, *of))
            .collect();
        ordinary.sort_unstable();
        let of = |months: &Vec<Month>| -> Vec<Month> {
            ordinary.iter().map(|(_, place, _)| months.get(*place).copied().unwrap_or_default()).collect()
        };
        let large = |months: &Vec<Month>| months.iter().map(|(encounters, _)| encounters).sum::<i64>() >= LEAST;
        let all = ordinary.iter().map(|(.., of)| *of).collect();
        let mut tested: Vec<(String, Vec<Month>)> = vec![(String::new(), all)];
        tested.extend(
            self.departments
                .sorted()
                .into_iter()
                .map(|(department, months)| (department, of(&months)))
                .filter(|(department, months)| !department.is_empty() && large(months)),
        );
        if pooled {
            tested.retain(|(_, months)| can_be_shown(months));
        }
        let tests = tested.len();
        tested.into_iter().filter_map(|(key, months)| trend(key, &months, tests)).collect()
    }
}

/// Whether the rates of the first and the last month stand for enough encounters, with a finding and without.
fn can_be_shown(months: &[Month]) -> bool {
    let small = |count: i64| (1..LEAST_PATIENTS as i64).contains(&count);
    let ends = [months.first(), months.last()];
    ends.into_iter().flatten().all(|(encounters, found)| !small(*found) && !small(encounters - found))
}

/// The Cochran-Armitage test for a linear trend of a share over months, counted one by one (Armitage 1955); a verdict holds
/// at 5 % over all tests together (Bonferroni).
#[allow(clippy::float_arithmetic, reason = "a test statistic, neither a code nor a cent")]
fn trend(key: String, months: &[Month], tests: usize) -> Option<Trend> {
    let (encounters, found) = months.iter().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    let share = found as f64 / encounters.max(1) as f64;
    let scored = || months.iter().enumerate().map(|(at, (all, found))| (at as f64, *all as f64, *found as f64));
    let distance: f64 = scored().map(|(score, all, found)| score * (found - all * share)).sum();
    let first: f64 = scored().map(|(score, all, _)| score * all).sum();
    let second: f64 = scored().map(|(score, all, _)| score * score * all).sum();
    let variance = share * (1.0 - share) * (second - first * first / encounters.max(1) as f64);
    if variance <= 0.0 {
        return None;
    }
    let z = distance / variance.sqrt();
    let probability = 2.0 * (1.0 - Normal::standard().cdf(z.abs()));
    let verdict = match probability * tests as f64 {
        joint if joint >= 0.05 => "no trend",
        _ if z > 0.0 => "rising",
        _ => "falling",
    };
    let rate = |of: Option<&Month>| of.map_or(0, |(all, found)| found * 10_000 / (*all).max(1));
    Some(Trend {
        key,
        encounters,
        first: rate(months.first()),
        last: rate(months.last()),
        z: (z * 100.0).round() as i64,
        probability: (probability * 10_000.0).round() as i64,
        verdict,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carriers of Streptococcus pyogenes by size of tonsils (Holmes and Williams, in Armitage 1955): 19 of 516, 29 of 589,
    /// 24 of 293; chi-square for the trend 7.19 on one degree of freedom.
    #[test]
    fn the_trend_is_armitage_s() {
        let found = trend(String::new(), &[(516, 19), (589, 29), (293, 24)], 1).unwrap();
        assert_eq!(found.z, 268);
        assert_eq!(found.verdict, "rising");
        assert_eq!(trend(String::new(), &[(516, 19), (589, 29), (293, 24)], 10).unwrap().verdict, "no trend");
        assert_eq!(trend(String::new(), &[(100, 5), (100, 5), (100, 5)], 1).unwrap().z, 0);
        assert!(trend(String::new(), &[(100, 0), (100, 0)], 1).is_none());
        assert!(trend(String::new(), &[(100, 7)], 1).is_none());
    }
}
