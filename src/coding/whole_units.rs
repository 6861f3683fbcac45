//! Amounts in whole billing units, exactly.

use crate::policy::UnitRounding;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// `amount` ÷ `unit` (more than zero) in whole units, rounded as asked; `None` where `exact` does not divide, and where
/// the number is beyond all reason.
pub(super) fn whole_units(amount: Decimal, unit: Decimal, rounding: UnitRounding) -> Option<i64> {
    match Ratio::of(amount, unit) {
        Some(ratio) => ratio.rounded(rounding),
        None => rounded(amount / unit, rounding),
    }
}

/// Whether `amount` is more than `units` times `unit` (more than zero).
pub(super) fn exceeds_units(amount: Decimal, unit: Decimal, units: i64) -> bool {
    match Ratio::of(amount, unit) {
        Some(Ratio { amount, unit }) => i128::from(amount) > i128::from(unit) * i128::from(units),
        None => amount / unit > Decimal::from(units),
    }
}

/// Two amounts as whole numbers of their smallest decimal place. Decimals divide to 28 digits; a fraction of numbers
/// this small is at least 10^-19 away from every whole and half number that it is not, so both ways round alike.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    amount: i64,
    unit: i64,
}

impl Ratio {
    /// `None` where the numbers are too large or the amount is negative.
    fn of(amount: Decimal, unit: Decimal) -> Option<Self> {
        let scale = amount.scale().max(unit.scale());
        let whole = |of: Decimal| {
            let mantissa = i64::try_from(of.mantissa()).ok()?;
            let number = match scale - of.scale() {
                0 => mantissa,
                places => mantissa.checked_mul(10_i64.checked_pow(places)?)?,
            };
            // Halves are compared by doubling.
            (number < i64::MAX / 4).then_some(number)
        };
        let ratio = Self { amount: whole(amount)?, unit: whole(unit)? };
        (ratio.amount >= 0 && ratio.unit > 0).then_some(ratio)
    }

    fn rounded(self, rounding: UnitRounding) -> Option<i64> {
        let Self { amount, unit } = self;
        let (whole, rest) = (amount / unit, amount % unit);
        match rounding {
            UnitRounding::Ceil => Some(whole + i64::from(rest > 0)),
            UnitRounding::Floor => Some(whole),
            UnitRounding::Nearest => Some(whole + i64::from(rest * 2 >= unit)),
            UnitRounding::Exact => (rest == 0).then_some(whole),
        }
    }
}

/// The general way, for numbers of any size.
fn rounded(units: Decimal, rounding: UnitRounding) -> Option<i64> {
    let whole = match rounding {
        UnitRounding::Ceil => units.ceil(),
        UnitRounding::Floor => units.floor(),
        UnitRounding::Nearest => (units + Decimal::new(5, 1)).floor(),
        UnitRounding::Exact if units.fract().is_zero() => units,
        UnitRounding::Exact => return None,
    };
    whole.to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whole_numbers_round_as_decimals_do(
            amount in 0_i64..=100_000_000_000,
            scale in 0_u32..=9,
            unit in 1_i64..=2_000_000,
            unit_scale in 0_u32..=6,
            units in 0_i64..=2_000_000,
        ) {
            for amount in [Decimal::new(amount, scale), Decimal::new(units, 0) * Decimal::new(unit, unit_scale)] {
                let unit = Decimal::new(unit, unit_scale);
                prop_assert!(Ratio::of(amount, unit).is_some());
                for rounding in [UnitRounding::Ceil, UnitRounding::Floor, UnitRounding::Nearest, UnitRounding::Exact] {
                    prop_assert_eq!(whole_units(amount, unit, rounding), rounded(amount / unit, rounding));
                }
                prop_assert_eq!(exceeds_units(amount, unit, units), amount / unit > Decimal::from(units));
            }
        }
    }

    #[test]
    fn numbers_too_large_go_the_general_way() {
        let huge = Decimal::from(i64::MAX);
        assert!(Ratio::of(huge, Decimal::new(5, 1)).is_none());
        assert_eq!(whole_units(huge, Decimal::from(2), UnitRounding::Floor), Some(i64::MAX / 2));
        assert_eq!(whole_units(-Decimal::ONE, Decimal::from(2), UnitRounding::Floor), Some(-1));
    }
}
