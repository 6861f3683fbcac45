//! Intervals of shares.

#![allow(clippy::float_arithmetic, reason = "statistics; no code, unit or cent of a claim comes from here")]

/// The Wilson score interval around a share of `size` trials, `z` standard errors wide (Wilson 1927). It stays between 0 and
/// 1 however small the size.
#[must_use]
pub fn wilson(share: f64, size: f64, z: f64) -> (f64, f64) {
    let middle = share + z * z / (2.0 * size);
    let reach = z * (share * (1.0 - share) / size + z * z / (4.0 * size * size)).sqrt();
    let scale = 1.0 + z * z / size;
    (((middle - reach) / scale).max(0.0), ((middle + reach) / scale).min(1.0))
}
