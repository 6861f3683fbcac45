//! Exact drug quantities.

use rust_decimal::Decimal;
use std::str::FromStr;

/// The most that any dose, volume, rate or vial can be: beyond it, sums and products of amounts could lose digits.
pub const MOST_QUANTITY: i64 = 1_000_000_000;

/// Whether an amount is more than [`MOST_QUANTITY`].
#[must_use]
pub fn is_absurd_quantity(value: Decimal) -> bool {
    value.abs() > Decimal::from(MOST_QUANTITY)
}

/// Reads a decimal number written as text (`12.5`, `1e-3`), exactly; `None` when it is not one.
#[must_use]
pub fn parse_quantity(text: &str) -> Option<Decimal> {
    let text = text.trim();
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok().map(|value| value.normalize())
}

/// The decimal that a person would write for a binary floating-point number: its shortest exact text. `0.1` becomes
/// one tenth, so an extract that stores doses as doubles still converts exactly. `None` for NaN, infinities and
/// magnitudes no dose has.
#[must_use]
pub fn quantity_from_f64(value: f64) -> Option<Decimal> {
    Decimal::from_str(&value.to_string()).ok().map(|value| value.normalize())
}
