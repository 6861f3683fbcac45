//! Reads a reviewed sample back and tells what it says of the whole.

use super::draw::COLUMNS;
use super::{DESIGN, Design, Estimate, Estimates, Observation, StratumData, TABLE, estimate};
use crate::error::Error;
use crate::import::{decode, has_decimal_comma, separator};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

/// Whole cents of a dollar amount as people type it (`1,234.50`, `$12`); `None` with a decimal comma, too.
fn cents(text: &str) -> Option<i64> {
    let plain: String = text.trim().chars().filter(|letter| !matches!(letter, '$' | ' ')).collect();
    if has_decimal_comma(plain.trim_start_matches('-')) {
        return None;
    }
    let amount = plain.replace(',', "").parse::<Decimal>().ok()?.checked_mul(Decimal::ONE_HUNDRED)?;
    amount.is_integer().then(|| amount.to_i64()).flatten()
}

/// Estimates from a sample's folder, once every row has its correct amount.
///
/// # Errors
/// A folder that is no sample, rows that are not reviewed or do not read, strata that lost or gained rows.
pub fn estimate_folder(folder: &Path) -> Result<(Design, Estimates), Error> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map(|bytes| decode(&bytes)).map_err(|cause| match cause.kind() {
            ErrorKind::NotFound => {
                Error::Sample(format!("{} has no {name}; name a folder that `sample` wrote", folder.display()))
            }
            _ => Error::unreadable(&path, cause),
        })
    };
    let design: Design =
        serde_json::from_str(&read(DESIGN)?).map_err(|cause| Error::Sample(format!("{DESIGN}: {cause}")))?;
    let text = read(TABLE)?;
    // Spreadsheets put a mark in front of what they save.
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator(text)).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|cause| Error::Sample(format!("{TABLE}: {cause}")))?.clone();
    let place = |name: &str| {
        let at = headers.iter().position(|header| header.trim() == name);
        at.ok_or_else(|| {
            Error::Sample(format!("{TABLE} has no column `{name}`; keep the columns {}", COLUMNS.join(", ")))
        })
    };
    let (number, stratum, amount, correct) =
        (place("sample_number")?, place("stratum")?, place("amount_dollars")?, place("correct_dollars")?);
    let mut samples: BTreeMap<&str, Vec<Observation>> =
        design.strata.iter().map(|of| (of.name.as_str(), Vec::new())).collect();
    let (mut blank, mut numbers) = (Vec::new(), std::collections::BTreeSet::new());
    for row in reader.records() {
        let row = row.map_err(|cause| Error::Sample(format!("{TABLE}: {cause}")))?;
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        let line = row.position().map_or(0, csv::Position::line);
        if !numbers.insert(cell(number).to_owned()) {
            return Err(Error::Sample(format!("{TABLE}, line {line}: sample number stands twice")));
        }
        if cell(correct).is_empty() {
            blank.push(cell(number).to_owned());
            continue;
        }
        let dollars = |at: usize, name: &str| {
            cents(cell(at)).ok_or_else(|| {
                Error::Sample(format!("{TABLE}, line {line}: {name} is no amount of dollars such as 1234.50"))
            })
        };
        let (audited, right) = (dollars(amount, "amount_dollars")?, dollars(correct, "correct_dollars")?);
        let sample = samples.get_mut(cell(stratum));
        let sample = sample.ok_or_else(|| Error::Sample(format!("{TABLE}, line {line}: unknown stratum")))?;
        sample.push(Observation { amount: audited as f64, difference: audited.saturating_sub(right) as f64 });
    }
    if !blank.is_empty() {
        let some: Vec<&str> = blank.iter().take(10).map(String::as_str).collect();
        let what = format!(
            "{} of {} rows have no correct_dollars yet (numbers {})",
            blank.len(),
            numbers.len(),
            some.join(", ")
        );
        return Err(Error::Sample(format!("{what}; a unit that cannot be reviewed counts as drawn, so decide on it")));
    }
    let mut strata = Vec::new();
    for of in design.strata.iter().filter(|of| of.drawn > 0 || of.units > 0) {
        let sample = samples.remove(of.name.as_str()).unwrap_or_default();
        if sample.len() as u64 != of.drawn {
            return Err(Error::Sample(format!(
                "stratum `{}` has {} rows and {} were drawn; restore the rows of the sample",
                of.name,
                sample.len(),
                of.drawn
            )));
        }
        strata.push(StratumData { units: of.units as f64, total: of.total_cents as f64, sample });
    }
    let found = estimate(&strata)?;
    Ok((design, found))
}

#[allow(clippy::float_arithmetic, reason = "estimates are shown to the cent")]
fn dollars(cents: f64) -> String {
    crate::model::Cents(cents.round() as i64).to_string()
}

impl Estimates {
    /// The estimates in words and numbers.
    #[must_use]
    pub fn table(&self, design: &Design) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{} of {} units reviewed ({}, {} stratum or strata, {} amounts, seed {}, run {}); {} with an error",
            self.reviewed,
            self.units,
            design.method,
            design.strata.len(),
            design.amount,
            design.seed,
            design.run_id,
            self.with_error
        );
        let _ = writeln!(
            text,
            "\n{:<34}{:>18}{:>18}{:>40}",
            "net overpayment of all units", "point", "standard error", "two-sided interval"
        );
        let mut rows = |name: &str, of: &Estimate| {
            for (at, (level, lower, upper)) in of.intervals.iter().enumerate() {
                let (name, point, error) = match at {
                    0 => (name, dollars(of.point), dollars(of.standard_error)),
                    _ => ("", String::new(), String::new()),
                };
                let interval = format!("{level} %: {} to {}", dollars(*lower), dollars(*upper));
                let _ = writeln!(text, "{name:<34}{point:>18}{error:>18}{interval:>40}");
            }
        };
        rows("difference estimator", &self.difference);
        rows("ratio estimator", &self.ratio);
        let percent = |share: f64| format!("{:.1} %", hundredfold(share));
        let _ = writeln!(text, "\n{:<34}{:>18}", "units with an error", percent(self.error_rate.point));
        for (level, lower, upper) in &self.error_rate.intervals {
            let _ = writeln!(
                text,
                "{:<34}{:>18}",
                format!("  {level} %"),
                format!("{} to {}", percent(*lower), percent(*upper))
            );
        }
        text.push_str(
            "\nA negative amount is underpaid. Federal auditors recover at the lower limit of the two-sided 90 % interval.\n",
        );
        text
    }
}

#[allow(clippy::float_arithmetic, reason = "a share as percent")]
fn hundredfold(share: f64) -> f64 {
    share * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_type_them() {
        assert_eq!(cents("$1,234.50"), Some(123_450));
        assert_eq!(cents("-3"), Some(-300));
        assert_eq!(cents("1.005"), None);
        assert_eq!(cents("none"), None);
    }
}
