//! Denial risk of a billed line: no line risks more than it can pay.

use crate::model::Cents;
use rust_decimal::{Decimal, MathematicalOps};
use std::sync::OnceLock;

const CERTAIN: i128 = 10_000;

/// −ln(1 − p) for the probabilities in use, in ten-thousandths, as whole billionths: the shares of a line's risk without
/// floating point. Each is worked out once, when it is first asked for.
#[derive(Debug)]
pub struct RiskWeights(Vec<OnceLock<i64>>);

impl RiskWeights {
    #[must_use]
    pub fn new() -> Self {
        Self((0..10_000).map(|_| OnceLock::new()).collect())
    }

    fn of(&self, basis_points: u32) -> i64 {
        let weight = || {
            let keep = Decimal::new(10_000 - i64::from(basis_points), 4);
            let billionths = -keep.checked_ln().unwrap_or_default() * Decimal::from(1_000_000_000);
            i64::try_from(billionths.round()).unwrap_or(0)
        };
        self.0.get(basis_points as usize).map_or(0, |known| *known.get_or_init(weight))
    }
}

impl Default for RiskWeights {
    fn default() -> Self {
        Self::new()
    }
}

/// Shares a line's expected loss among its findings.
///
/// In: the line's allowed amount and each finding's probability in ten-thousandths. Out: the cents of each. They add
/// up to allowed × (1 − Π(1 − pᵢ)), rounded half up to the cent, in proportion to −ln(1 − pᵢ); leftover cents go to
/// the largest remainders, earlier findings first.
#[must_use]
pub fn share_risk(allowed: Cents, probabilities: &[u32], weights: &RiskWeights) -> Vec<Cents> {
    let allowed = i128::from(allowed.0.max(0));
    // Kept in 10^-9 so that many findings cannot overflow.
    let scale: i128 = 1_000_000_000;
    let keep = probabilities.iter().fold(scale, |keep, &p| keep * (CERTAIN - i128::from(p.min(9_999))) / CERTAIN);
    let loss = (allowed * (scale - keep) * 2 + scale) / (2 * scale);
    let shares: Vec<i128> = probabilities.iter().map(|&p| i128::from(weights.of(p))).collect();
    let all: i128 = shares.iter().sum();
    if all == 0 {
        return vec![Cents::ZERO; probabilities.len()];
    }
    let mut cents: Vec<i128> = shares.iter().map(|share| loss * share / all).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(loss * shares[at] % all));
    let left = loss - cents.iter().sum::<i128>();
    for &at in order.iter().take(usize::try_from(left).unwrap_or(0)) {
        cents[at] += 1;
    }
    cents.into_iter().map(|cents| Cents(i64::try_from(cents).unwrap_or(i64::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_never_risks_more_than_it_pays_and_shares_add_up() {
        let weights = RiskWeights::new();
        let shares = share_risk(Cents(10_000), &[5_000, 5_000], &weights);
        assert_eq!(shares, [Cents(3_750), Cents(3_750)]);
        let shares = share_risk(Cents(21_731), &[9_999, 8_500, 1], &weights);
        assert!(shares.iter().copied().sum::<Cents>() <= Cents(21_731));
        assert_eq!(share_risk(Cents(100), &[], &weights), []);
        assert_eq!(share_risk(Cents(100), &[0], &weights), [Cents(0)]);
        assert_eq!(share_risk(Cents(101), &[3_333], &weights), [Cents(34)]);
    }
}
