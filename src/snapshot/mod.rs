//! The denial snapshot: two printed pages for a client, in which no patient can be recognised.
//!
//! It holds sums alone. Groups of fewer than eleven patients are joined with the next larger ones, so that neither they
//! nor what is left of a total stands alone (the cell suppression of CMS); days are months.

mod page;
mod plan;

pub use page::render;
pub use plan::{Driver, Effort};

use crate::error::Error;
use crate::model::{Date, EncounterClass, PayerType, Setting};
use crate::policy::{PolicySet, Profile};
use crate::rules;
use crate::run::{Row, RunManifest, each_row};
use crate::small_cells::{Cell, LEAST_PATIENTS, Patients, patient, pool};
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Sums of a group, money in cents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    pub findings: i64,
    pub encounters: i64,
    pub leakage: i64,
    pub overpayment: i64,
    pub loss: i64,
    /// Leakage whose filing limit has not passed on the day of the snapshot.
    pub open: i64,
    /// The month in which the first of the open leakage is lost, as months since year 0.
    #[serde(skip)]
    pub act_by: Option<i64>,
    #[serde(skip)]
    pub patients: Patients,
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.findings += other.findings;
        self.encounters += other.encounters;
        self.leakage += other.leakage;
        self.overpayment += other.overpayment;
        self.loss += other.loss;
        self.open += other.open;
        self.act_by = [self.act_by, other.act_by].into_iter().flatten().min();
        self.patients.join(&other.patients);
    }

    /// Everything at stake.
    #[must_use]
    pub fn stake(&self) -> i64 {
        self.leakage + self.overpayment + self.loss
    }
}

/// A group with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub label: String,
    #[serde(flatten)]
    pub sums: Sums,
}

/// What the two pages show.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    pub run_id: String,
    pub version: String,
    pub encounters: u64,
    pub clean_encounters: u64,
    pub disputed: i64,
    /// First and last month of service that hold as many encounters as a month does.
    pub period: String,
    /// State of the data, as the template shows it.
    #[serde(skip)]
    pub data: Option<serde_json::Value>,
    pub first_month: String,
    pub last_month: String,
    /// The day on which filing limits are judged, as its month.
    pub as_of: String,
    pub total: Sums,
    pub drivers: Vec<Driver>,
    /// Those that are joined under one label, in the order of their codes and without their sums.
    pub small: Vec<Driver>,
    pub payer_types: Vec<Part>,
    pub departments: Vec<Part>,
    pub months: Vec<Part>,
}

impl Cell for Part {
    fn size(&self) -> i64 {
        self.sums.encounters
    }

    fn is_small(&self) -> bool {
        self.sums.patients.is_small()
    }

    fn label(&self) -> &str {
        &self.label
    }

    fn join(&mut self, other: &Self) {
        self.sums.add(&other.sums);
    }
}

const COLUMNS: [&str; 13] = [
    "encounter_id",
    "rule_code",
    "setting",
    "payer",
    "payer_type",
    "encounter_class",
    "department",
    "service_date",
    "net_cents",
    "expected_loss_cents",
    "policy_switch",
    "month",
    "patient_id",
];

/// Sums by key, with how many different encounters each holds: rows of one encounter stand together.
#[derive(Default)]
struct By(BTreeMap<String, (String, Sums)>);

impl By {
    fn add(&mut self, key: &str, encounter: &str, own: &Sums) {
        if !self.0.contains_key(key) {
            self.0.insert(key.to_owned(), Default::default());
        }
        if let Some((last, sums)) = self.0.get_mut(key) {
            sums.add(own);
            if last != encounter {
                encounter.clone_into(last);
                sums.encounters += 1;
            }
        }
    }

    /// Groups large enough to stand alone, most at stake first, and behind them what was joined; and its labels. Empty when
    /// all together are too few.
    fn parts(self, others: &str) -> (Vec<Part>, Vec<String>) {
        let named = |key: String| if key.is_empty() { "not given".to_owned() } else { key };
        let parts = self.0.into_iter().map(|(key, (_, sums))| Part { label: named(key), sums });
        let rest = Part { label: others.to_owned(), sums: Sums::default() };
        let (mut parts, joined) = pool(parts.collect(), rest);
        parts.sort_by(|one, other| {
            let order = |of: &Part| (of.label == others, -of.sums.stake());
            order(one).cmp(&order(other)).then_with(|| one.label.cmp(&other.label))
        });
        (parts, joined)
    }
}

/// Filing limits in days, by everything that a policy can tell payers apart by.
struct Limits<'p> {
    policies: &'p PolicySet,
    known: FxHashMap<u128, i64>,
}

impl Limits<'_> {
    fn days(&mut self, row: Row<'_>, date: Date) -> i64 {
        let of = Profile {
            setting: row.text(2).parse().unwrap_or(Setting::Facility),
            payer_type: row.text(4).parse::<PayerType>().ok(),
            payer: Some(row.text(3)).filter(|payer| !payer.is_empty()),
            encounter_class: row.text(5).parse::<EncounterClass>().ok(),
            date: Some(date),
        };
        match self.policies.held(&of) {
            Some(held) => *self.known.entry(held).or_insert_with(|| self.policies.resolve(&of).filing_limit_days),
            None => self.policies.resolve(&of).filing_limit_days,
        }
    }
}

/// Months since year 0.
fn month_number(date: Date) -> i64 {
    let (year, month) = date.year_and_month();
    i64::from(year) * 12 + i64::from(month) - 1
}

/// `2026-03`.
fn month_name(number: i64) -> String {
    format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1)
}

impl Snapshot {
    /// Sums a run. `as_of` is the day on which filing limits are judged; the last day of service that an ordinary month
    /// holds when not given.
    ///
    /// # Errors
    /// A folder that is none of a run, or a run with too few encounters to say anything of without naming one.
    pub fn read(run: &Path, policies: &PolicySet, as_of: Option<Date>) -> Result<Self, Error> {
        let manifest = RunManifest::read(run)?;
        let mut months: BTreeMap<i64, (i64, Date)> = BTreeMap::new();
        each_row(run, "encounters.parquet", &["service_date"], |row| {
            if let Some(day) = row.day(0) {
                let of = months.entry(month_number(day)).or_insert((0, day));
                of.0 += 1;
                of.1 = of.1.max(day);
            }
            Ok(())
        })?;
        // Mistyped dates make months of a few encounters.
        let most = months.values().map(|(count, _)| *count).max().unwrap_or(0);
        let whole = |(_, (count, _)): &(&i64, &(i64, Date))| *count >= LEAST_PATIENTS as i64 && count * 10 >= most;
        let ordinary: Vec<(i64, Date)> =
            months.iter().filter(whole).map(|(month, (_, last))| (*month, *last)).collect();
        let (Some((first, _)), Some((last, last_day))) = (ordinary.first(), ordinary.last()) else {
            return Err(Error::Snapshot(
                "no month of the run holds eleven encounters, so nothing can be shown of it".to_owned(),
            ));
        };
        let judged = as_of.unwrap_or(*last_day);
        let mut limits = Limits { policies, known: FxHashMap::default() };
        let mut by_rule = By::default();
        let (mut by_payer_type, mut by_department, mut by_month) = (By::default(), By::default(), By::default());
        let mut total = By::default();
        let mut disputed = 0;
        each_row(run, "findings.parquet", &COLUMNS, |row| {
            // What rests on a payer's policy is neither leakage nor overpayment, but it is denied all the same.
            let rests_on_policy = !row.text(10).is_empty();
            disputed += if rests_on_policy { row.cents(8) } else { 0 };
            let net = if rests_on_policy { 0 } else { row.cents(8) };
            let mut own = Sums {
                findings: 1,
                leakage: net.max(0),
                overpayment: (-net).max(0),
                loss: row.cents(9),
                ..Sums::default()
            };
            own.patients.add(patient(row.text(12), row.text(0)));
            if let Some(day) = row.day(7).filter(|_| net > 0) {
                let limit = i64::from(day.0) + limits.days(row, day);
                if limit >= i64::from(judged.0) {
                    own.open = net;
                    own.act_by = Some(month_number(Date(i32::try_from(limit).unwrap_or(i32::MAX))));
                }
            }
            let encounter = row.text(0);
            total.add("", encounter, &own);
            by_rule.add(row.text(1), encounter, &own);
            by_payer_type.add(row.text(4), encounter, &own);
            by_department.add(row.text(6), encounter, &own);
            by_month.add(row.text(11), encounter, &own);
            Ok(())
        })?;
        let total = total.parts("").0.into_iter().next().map(|part| part.sums);
        let Some(total) = total else {
            return Err(Error::Snapshot("fewer than eleven patients have a finding, so none can be shown".to_owned()));
        };
        let (drivers, small) = by_rule.parts(plan::OTHERS);
        let mut by_month = by_month.parts("other months").0;
        by_month.sort_by(|one, other| one.label.cmp(&other.label));
        let (first_month, last_month) = (month_name(*first), month_name(*last));
        Ok(Self {
            data: manifest.data.map(|data| data.shown()),
            run_id: manifest.run_id,
            version: manifest.version,
            encounters: manifest.totals.encounters,
            clean_encounters: manifest.totals.clean_encounters,
            disputed,
            period: format!("{first_month} to {last_month}"),
            first_month,
            last_month,
            as_of: month_name(month_number(judged)),
            total,
            drivers: drivers.into_iter().map(|part| Driver::new(part, rules::info_of)).collect(),
            small: small
                .into_iter()
                .map(|label| Driver::new(Part { label, sums: Sums::default() }, rules::info_of))
                .collect(),
            payer_types: by_payer_type.parts("other payers").0,
            departments: by_department.parts("other departments").0,
            months: by_month,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_names() {
        assert_eq!(month_name(month_number("2026-03-31".parse().unwrap())), "2026-03");
        assert_eq!(month_name(month_number("2025-12-01".parse().unwrap())), "2025-12");
    }
}
