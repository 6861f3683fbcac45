//! What a reviewed sample says of all units: totals with intervals, by the estimators of federal auditors.
//!
//! Stratified expansion ("difference estimator" where the values are differences) and the combined ratio estimator, with the
//! finite population correction and t quantiles (Cochran, Sampling Techniques, 3rd ed., chapters 5 and 6; HHS-OIG RAT-STATS
//! uses the same formulas for its variable appraisals).

#![allow(clippy::float_arithmetic, reason = "statistics of a sample; no code, unit or cent of a claim comes from here")]

use crate::error::Error;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// One reviewed unit, in cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// The audited amount.
    pub amount: f64,
    /// Amount minus the correct amount: positive where too much was billed.
    pub difference: f64,
}

/// One stratum: how many units it holds and what their amounts come to, and the reviewed ones.
#[derive(Debug, Clone, PartialEq)]
pub struct StratumData {
    pub units: f64,
    pub total: f64,
    pub sample: Vec<Observation>,
}

/// A point with the interval of each level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    pub point: f64,
    pub standard_error: f64,
    /// Level in percent, lower and upper limit.
    pub intervals: Vec<(u32, f64, f64)>,
}

/// All that a reviewed sample says; dollars in cents, rates in shares of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimates {
    pub units: u64,
    pub reviewed: u64,
    pub with_error: u64,
    /// Total difference, by expansion of the mean difference.
    pub difference: Estimate,
    /// Total difference, by its ratio to the amounts, which are known of all units.
    pub ratio: Estimate,
    pub error_rate: Estimate,
}

const LEVELS: [u32; 3] = [80, 90, 95];

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count().max(1) as f64;
    values.sum::<f64>() / count
}

/// Variance of a sample around its mean; nothing of a single value.
fn variance(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    if values.len() < 2 { 0.0 } else { squares / (values.len() - 1) as f64 }
}

/// Variance of the expansion of one stratum.
fn expanded(stratum: &StratumData, values: &[f64]) -> f64 {
    let drawn = values.len() as f64;
    let fraction = drawn / stratum.units;
    stratum.units.powi(2) * (1.0 - fraction) * variance(values) / drawn
}

fn estimated(point: f64, variance: f64, freedom: f64, within: (f64, f64)) -> Result<Estimate, Error> {
    let error = variance.max(0.0).sqrt();
    let student = StudentsT::new(0.0, 1.0, freedom).map_err(|cause| Error::Sample(cause.to_string()))?;
    let intervals = LEVELS.map(|level| {
        let reach = student.inverse_cdf(0.5 + f64::from(level) / 200.0) * error;
        (level, (point - reach).max(within.0), (point + reach).min(within.1))
    });
    Ok(Estimate { point, standard_error: error, intervals: intervals.to_vec() })
}

/// Estimates from reviewed strata.
///
/// # Errors
/// A stratum with fewer than two reviewed units that is not reviewed whole, or with none at all: it has no variance.
pub fn estimate(strata: &[StratumData]) -> Result<Estimates, Error> {
    let short = |stratum: &&StratumData| {
        let drawn = stratum.sample.len();
        drawn == 0 || (drawn < 2 && (drawn as f64) < stratum.units)
    };
    if strata.iter().any(|stratum| short(&stratum)) {
        return Err(Error::Sample("a stratum has fewer than two reviewed units; draw a larger sample".to_owned()));
    }
    let reviewed: usize = strata.iter().map(|stratum| stratum.sample.len()).sum();
    let freedom = (reviewed as f64 - strata.len() as f64).max(1.0);
    let everything = (f64::NEG_INFINITY, f64::INFINITY);
    let values =
        |stratum: &StratumData, of: fn(&Observation) -> f64| stratum.sample.iter().map(of).collect::<Vec<f64>>();
    let total = |of: fn(&Observation) -> f64| -> f64 {
        strata.iter().map(|stratum| stratum.units * mean(values(stratum, of).into_iter())).sum()
    };
    let spread = |of: fn(&Observation) -> f64| -> f64 {
        strata.iter().map(|stratum| expanded(stratum, &values(stratum, of))).sum()
    };
    let difference = total(|one| one.difference);
    let amounts = total(|one| one.amount);
    let ratio = if amounts == 0.0 { 0.0 } else { difference / amounts };
    let known: f64 = strata.iter().map(|stratum| stratum.total).sum();
    // The variance of what the ratio leaves unexplained, within each stratum.
    let left: f64 = strata
        .iter()
        .map(|stratum| {
            let rest: Vec<f64> = stratum.sample.iter().map(|one| one.difference - ratio * one.amount).collect();
            expanded(stratum, &rest)
        })
        .sum();
    let scale = if amounts == 0.0 { 0.0 } else { known / amounts };
    let wrong = |one: &Observation| if one.difference == 0.0 { 0.0 } else { 1.0 };
    let units: f64 = strata.iter().map(|stratum| stratum.units).sum();
    let with_error = strata.iter().flat_map(|stratum| &stratum.sample).filter(|one| one.difference != 0.0).count();
    Ok(Estimates {
        units: units as u64,
        reviewed: reviewed as u64,
        with_error: with_error as u64,
        difference: estimated(difference, spread(|one| one.difference), freedom, everything)?,
        ratio: estimated(ratio * known, left * scale * scale, freedom, everything)?,
        error_rate: estimated(total(wrong) / units, spread(wrong) / units.powi(2), freedom, (0.0, 1.0))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f64, other: f64, by: f64) {
        assert!((one - other).abs() <= by, "{one} is not {other}");
    }

    /// Hours of television in three places (Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, chapter on stratified
    /// random sampling): mean 27.7 hours, variance of the mean 1.97.
    #[test]
    fn a_stratified_total_is_the_textbook_s() {
        let stratum = |units: f64, values: &[f64]| StratumData {
            units,
            total: units,
            sample: values.iter().map(|value| Observation { amount: 1.0, difference: *value }).collect(),
        };
        let strata = [
            stratum(
                155.0,
                &[35., 43., 36., 39., 28., 28., 29., 25., 38., 27., 26., 32., 29., 40., 35., 41., 37., 31., 45., 34.],
            ),
            stratum(62.0, &[27., 15., 4., 41., 49., 25., 10., 30.]),
            stratum(93.0, &[8., 14., 12., 15., 30., 32., 21., 20., 34., 7., 11., 24.]),
        ];
        let found = estimate(&strata).unwrap();
        near(found.difference.point / 310.0, 27.7, 0.05);
        near((found.difference.standard_error / 310.0).powi(2), 1.97, 0.005);
        // 37 degrees of freedom: t is 2.026 at 95 %.
        let (level, lower, upper) = found.difference.intervals[2];
        assert_eq!(level, 95);
        near((upper - lower) / 2.0 / found.difference.standard_error, 2.026, 0.001);
    }

    /// Sugar in a truckload of oranges of 1,800 pounds (the same book, chapter on ratio estimation): 101.79 pounds, with a
    /// bound of 6.3 on the error, which is two standard errors.
    #[test]
    fn a_ratio_total_is_the_textbook_s() {
        let sugar = [0.021, 0.030, 0.025, 0.022, 0.033, 0.027, 0.019, 0.021, 0.023, 0.025];
        let weight = [0.40, 0.48, 0.43, 0.42, 0.50, 0.46, 0.39, 0.41, 0.42, 0.44];
        let sample = sugar.into_iter().zip(weight).map(|(difference, amount)| Observation { amount, difference });
        // The number of oranges is unknown and large.
        let units = 1_800.0 / 0.435;
        let found = estimate(&[StratumData { units, total: 1_800.0, sample: sample.collect() }]).unwrap();
        near(found.ratio.point, 101.79, 0.01);
        near(2.0 * found.ratio.standard_error, 6.3, 0.05);
    }

    #[test]
    fn a_sample_of_everything_leaves_no_doubt() {
        let sample = vec![Observation { amount: 10.0, difference: 1.0 }, Observation { amount: 20.0, difference: 0.0 }];
        let found = estimate(&[StratumData { units: 2.0, total: 30.0, sample }]).unwrap();
        assert_eq!((found.difference.point, found.difference.standard_error), (1.0, 0.0));
        assert_eq!(found.error_rate.point, 0.5);
        let one = StratumData { units: 9.0, total: 9.0, sample: vec![Observation { amount: 1.0, difference: 0.0 }] };
        assert!(estimate(&[one]).is_err());
    }
}
