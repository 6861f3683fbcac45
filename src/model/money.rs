//! Money without floating point.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount in US cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cents(pub i64);

impl Cents {
    pub const ZERO: Cents = Cents(0);

    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add for Cents {
    type Output = Cents;
    fn add(self, other: Cents) -> Cents {
        Cents(self.0.saturating_add(other.0))
    }
}

impl Sub for Cents {
    type Output = Cents;
    fn sub(self, other: Cents) -> Cents {
        Cents(self.0.saturating_sub(other.0))
    }
}

impl Neg for Cents {
    type Output = Cents;
    fn neg(self) -> Cents {
        Cents(-self.0)
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Cents) {
        *self = *self + other;
    }
}

impl SubAssign for Cents {
    fn sub_assign(&mut self, other: Cents) {
        *self = *self - other;
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(amounts: I) -> Cents {
        amounts.fold(Cents::ZERO, Add::add)
    }
}

impl fmt::Display for Cents {
    /// Dollars with thousands separators, as `-$1,234.50`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = (self.0.unsigned_abs() / 100).to_string();
        let mut grouped = String::with_capacity(whole.len() + whole.len() / 3 + 5);
        if self.0 < 0 {
            grouped.push('-');
        }
        grouped.push('$');
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped.push_str(&format!(".{:02}", self.0.unsigned_abs() % 100));
        out.pad(&grouped)
    }
}

/// The price of one billing unit, in millionths of a cent: payment limits have three decimals of a dollar, and an
/// allowed amount divided by its units need not end at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnitPrice(pub i64);

impl UnitPrice {
    const SCALE: i64 = 1_000_000;

    /// From whole cents for one unit.
    #[must_use]
    pub fn from_cents(cents: Cents) -> Self {
        Self(cents.0.saturating_mul(1_000_000))
    }

    /// `amount` spread over `units` (at least one), to the millionth of a cent.
    #[must_use]
    pub fn from_total(amount: Cents, units: i64) -> Self {
        let units = units.max(1);
        // Sums of this size are rare, and their division is slow.
        let Some(scaled) = amount.0.checked_mul(Self::SCALE) else {
            let price = i128::from(amount.0) * i128::from(Self::SCALE) / i128::from(units);
            return Self(i64::try_from(price).unwrap_or(i64::MAX));
        };
        Self(scaled / units)
    }

    /// A share of it in hundredths, to the millionth of a cent.
    #[must_use]
    pub fn percent(self, hundredths: i64) -> Self {
        let share = match self.0.checked_mul(hundredths) {
            Some(share) => i128::from(share / 100),
            None => i128::from(self.0) * i128::from(hundredths) / 100,
        };
        Self(i64::try_from(share).unwrap_or(i64::MAX))
    }

    /// What `units` cost, rounded half-even to the cent. Differences of this function over a growing number of units
    /// add up exactly, which is what keeps the ledger's totals true to the cent.
    #[must_use]
    pub fn total(self, units: i64) -> Cents {
        let Some(exact) = self.0.checked_mul(units) else {
            let (exact, scale) = (i128::from(self.0) * i128::from(units), i128::from(Self::SCALE));
            let (floor, rest) = (exact.div_euclid(scale), exact.rem_euclid(scale));
            let up = rest * 2 > scale || (rest * 2 == scale && floor.rem_euclid(2) == 1);
            return Cents(i64::try_from(floor + i128::from(up)).unwrap_or(i64::MAX));
        };
        let (floor, rest) = (exact.div_euclid(Self::SCALE), exact.rem_euclid(Self::SCALE));
        let up = rest * 2 > Self::SCALE || (rest * 2 == Self::SCALE && floor.rem_euclid(2) == 1);
        Cents(floor + i64::from(up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_print_as_dollars() {
        assert_eq!(Cents(123_456_789).to_string(), "$1,234,567.89");
        assert_eq!(Cents(-5).to_string(), "-$0.05");
        assert_eq!(Cents(100_000).to_string(), "$1,000.00");
    }

    #[test]
    fn totals_round_half_even() {
        assert_eq!(UnitPrice(500_000).total(1), Cents(0));
        assert_eq!(UnitPrice(500_000).total(3), Cents(2));
        assert_eq!(UnitPrice::from_total(Cents(10_000), 3).total(3), Cents(10_000));
        assert_eq!(UnitPrice(-500_000).total(3), Cents(-2));
        // Beyond 64 bits on the way, with the same rounding.
        let price = UnitPrice::from_cents(Cents(5_000_000_000_000));
        assert_eq!(price.total(1_000), Cents(5_000_000_000_000_000));
        assert_eq!(UnitPrice::from_total(Cents(50_000_000_000_000), 100_000_000), UnitPrice(500_000_000_000));
        assert_eq!(price.percent(300), UnitPrice(i64::MAX));
    }
}
