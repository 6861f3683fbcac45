//! The two pages.

use super::{Snapshot, Sums};
use crate::error::Error;
use crate::model::Cents;
use crate::report::DATA_TEMPLATE;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde_json::json;

const TEMPLATE: &str = include_str!("snapshot.html");

/// Drivers that have room on the first page, and in the plan on the second.
const SHOWN: usize = 8;
const PLANNED: usize = 6;

/// Months of the trend: the last ones.
const MONTHS: usize = 18;

/// Lines of text that the second page has for the plan, and letters of a line.
const ROOM: i64 = 52;
const LINE: usize = 105;

/// Steps of a driver that are shown.
const STEPS: usize = 4;

/// Lines that a driver takes in the plan: its head, why, steps, facts, and what is between two drivers.
fn lines(driver: &super::Driver) -> i64 {
    let steps = driver.steps.iter().take(STEPS).map(|step| step.len().div_ceil(LINE));
    let text = driver.why.len().div_ceil(LINE) + steps.sum::<usize>();
    i64::try_from(text).unwrap_or(ROOM) + 5
}

/// Whole dollars, which is what a page for a glance needs.
fn dollars(cents: i64) -> String {
    let rounded = cents.saturating_add(if cents < 0 { -50 } else { 50 }) / 100;
    let text = Cents(rounded * 100).to_string();
    text.split('.').next().unwrap_or_default().to_owned()
}

/// The pages as one HTML file for print. `title` names the client or the occasion.
///
/// # Errors
/// Only if the template does not hold what is asked of it.
pub fn render(snapshot: &Snapshot, title: &str) -> Result<String, Error> {
    let failed = |cause: minijinja::Error| Error::Report(format!("{cause:#}"));
    let longest = snapshot.drivers.iter().map(|driver| driver.sums.stake()).max().unwrap_or(0).max(1);
    let bar = |cents: i64| i64::try_from(i128::from(cents) * 600 / i128::from(longest)).unwrap_or(0);
    let bars = |sums: &Sums| {
        let widths = [bar(sums.leakage), bar(sums.overpayment), bar(sums.loss)];
        json!({ "leakage": widths[0], "overpayment": widths[1], "loss": widths[2] })
    };
    let drivers: Vec<_> =
        snapshot.drivers.iter().take(SHOWN).map(|driver| json!({ "of": driver, "bar": bars(&driver.sums) })).collect();
    // Drivers that are joined with others come last, and with nothing that counts.
    let named = snapshot.drivers.iter().chain(&snapshot.small);
    let mut room = ROOM;
    let fits = |driver: &&super::Driver| {
        room -= lines(driver);
        room >= 0
    };
    let plan: Vec<_> = named.filter(|driver| !driver.steps.is_empty()).take_while(fits).take(PLANNED).collect();
    let more: Sums = snapshot.drivers.iter().skip(SHOWN).fold(Sums::default(), |mut sum, driver| {
        sum.add(&driver.sums);
        sum
    });
    let whole = snapshot.encounters.max(1);
    let clean = (snapshot.clean_encounters * 1_000 + whole / 2) / whole;
    let ordinary = snapshot.first_month.as_str()..=snapshot.last_month.as_str();
    let months: Vec<_> = snapshot.months.iter().filter(|part| ordinary.contains(&part.label.as_str())).collect();
    let months = &months[months.len().saturating_sub(MONTHS)..];
    let highest = months.iter().map(|part| part.sums.stake()).max().unwrap_or(0).max(1);
    let high = |cents: i64| i64::try_from(i128::from(cents) * 70 / i128::from(highest)).unwrap_or(0);
    let columns: Vec<_> = months
        .iter()
        .map(|part| {
            let sums = &part.sums;
            let (leakage, overpayment, loss) = (high(sums.leakage), high(sums.overpayment), high(sums.loss));
            json!({ "label": part.label, "leakage": leakage, "overpayment": overpayment, "loss": loss, "stake": sums.stake() })
        })
        .collect();
    let facts = json!({
        "columns": columns, "steps": STEPS,
        "title": title, "data": snapshot.data, "of": snapshot, "drivers": drivers, "plan": plan, "more": more,
        "more_drivers": snapshot.drivers.len().saturating_sub(SHOWN),
        "clean": format!("{}.{} %", clean / 10, clean % 10),
    });
    let mut environment = Environment::new();
    environment.add_filter("dollars", dollars);
    environment.add_template(DATA_TEMPLATE.0, DATA_TEMPLATE.1).map_err(failed)?;
    environment.add_template("snapshot.html", TEMPLATE).map_err(failed)?;
    environment.get_template("snapshot.html").and_then(|page| page.render(Value::from(Serde(&facts)))).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn dollars_are_whole() {
        assert_eq!(dollars(123_450), "$1,235");
        assert_eq!(dollars(-149), "-$1");
        assert_eq!(dollars(49), "$0");
    }
}
