//! Reads one encounter's rows from a run's tables.

use crate::error::Error;
use crate::run::{Row, each_row_of};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One encounter under one claim form.
pub(super) struct Story {
    pub heading: String,
    pub administrations: Vec<Administration>,
    pub lines: Vec<Line>,
    pub findings: Vec<Finding>,
}

pub(super) struct Administration {
    pub id: String,
    pub drug: String,
    pub family: String,
    pub technique: String,
    pub site: String,
    /// Seconds on the local clock.
    pub start: Option<i64>,
    pub stop: Option<i64>,
    pub minutes: Option<i64>,
    pub codes: String,
    pub reason: String,
}

pub(super) struct Line {
    pub code: String,
    pub modifiers: String,
    pub status: String,
    pub expected_units: Option<i64>,
    pub billed_units: Option<i64>,
    pub expected_cents: Option<i64>,
    pub billed_cents: Option<i64>,
    pub reason: String,
}

pub(super) struct Finding {
    pub rule_code: String,
    pub rule_name: String,
    pub net_cents: i64,
    pub expected_loss_cents: i64,
    pub price_basis: String,
    pub price_table: String,
    pub underpaid_cents: i64,
    pub policy_switch: String,
    /// The switch's other value, and both answers with their cents.
    pub other_value: String,
    pub answer: (String, i64),
    pub alternative: (String, i64),
    pub evidence: String,
    pub administrations: String,
}

impl Administration {
    /// Drug, minutes and the codes it earned.
    pub(super) fn label(&self) -> String {
        let minutes = self.minutes.map_or_else(String::new, |minutes| format!(" {minutes} min"));
        let codes = if self.codes.is_empty() { "no code".to_owned() } else { self.codes.replace(';', " ") };
        format!("{} {}{minutes} → {codes}", self.id, self.drug)
    }

    pub(super) fn earned_nothing(&self) -> bool {
        self.reason.contains(NOTHING)
    }

    /// Why it earned no administration line.
    pub(super) fn why_not(&self) -> &str {
        self.reason.split(NOTHING).nth(1).unwrap_or_default()
    }
}

const NOTHING: &str = "no administration line: ";

/// Calls `each` for the encounter's rows in one table of the run, with the columns asked for behind the setting, and
/// collects what it makes of them, by setting.
fn rows<T>(
    run: &Path,
    table: &str,
    encounter_id: &str,
    columns: &[&str],
    each: impl Fn(Row<'_>) -> T,
) -> Result<BTreeMap<String, Vec<T>>, Error> {
    let ids = BTreeSet::from([encounter_id.to_owned()]);
    let mut all: BTreeMap<String, Vec<T>> = BTreeMap::new();
    each_row_of(&ids, run, table, &[&["encounter_id", "setting"], columns].concat(), |row| {
        all.entry(row.text(1).to_owned()).or_default().push(each(row));
        Ok(())
    })?;
    Ok(all)
}

pub(super) fn stories(run: &Path, encounter_id: &str) -> Result<Vec<Story>, Error> {
    let columns = ["encounter_class", "department", "payer"];
    let encounters = rows(run, "encounters.parquet", encounter_id, &columns, |row| {
        let known: Vec<&str> = (2..5).map(|at| row.text(at)).filter(|text| !text.is_empty()).collect();
        format!("Encounter {encounter_id}, {} claim  ({})", row.text(1), known.join(", "))
    })?;
    let mut administrations = rows(run, "administrations.parquet", encounter_id, &ADMINISTRATION, administration)?;
    let mut lines = rows(run, "lines.parquet", encounter_id, &LINE, line)?;
    let mut findings = rows(run, "findings.parquet", encounter_id, &FINDING, finding)?;
    let stories = encounters.into_iter().filter_map(|(setting, headings)| {
        let mut given = administrations.remove(&setting).unwrap_or_default();
        given.sort_by(|one, other| (one.start.or(one.stop), &one.id).cmp(&(other.start.or(other.stop), &other.id)));
        Some(Story {
            heading: headings.into_iter().next()?,
            administrations: given,
            lines: lines.remove(&setting).unwrap_or_default(),
            findings: findings.remove(&setting).unwrap_or_default(),
        })
    });
    Ok(stories.collect())
}

const ADMINISTRATION: [&str; 12] = [
    "administration_id",
    "drug_name",
    "drug_code",
    "substance_class",
    "family",
    "technique",
    "access_site",
    "start_time",
    "stop_time",
    "minutes",
    "codes",
    "reason",
];

fn administration(row: Row<'_>) -> Administration {
    let text = |at: usize| row.text(at).to_owned();
    let seconds = |at: usize| row.minute(at).map(|minute| minute * 60);
    Administration {
        id: text(2),
        drug: (3..6).map(text).find(|name| !name.is_empty()).unwrap_or_default(),
        family: text(6),
        technique: text(7),
        site: text(8),
        start: seconds(9),
        stop: seconds(10),
        minutes: row.integer(11),
        codes: text(12),
        reason: text(13),
    }
}

const LINE: [&str; 8] =
    ["code", "modifiers", "status", "expected_units", "billed_units", "expected_cents", "billed_cents", "reason"];

fn line(row: Row<'_>) -> Line {
    let text = |at: usize| row.text(at).to_owned();
    Line {
        code: text(2),
        modifiers: text(3),
        status: text(4),
        expected_units: row.integer(5),
        billed_units: row.integer(6),
        expected_cents: row.integer(7),
        billed_cents: row.integer(8),
        reason: text(9),
    }
}

const FINDING: [&str; 15] = [
    "rule_code",
    "rule_name",
    "net_cents",
    "expected_loss_cents",
    "price_basis",
    "price_table",
    "underpaid_cents",
    "policy_switch",
    "policy_other_value",
    "answer_codes",
    "answer_cents",
    "alternative_codes",
    "alternative_cents",
    "evidence",
    "administration_ids",
];

fn finding(row: Row<'_>) -> Finding {
    let text = |at: usize| row.text(at).to_owned();
    Finding {
        rule_code: text(2),
        rule_name: text(3),
        net_cents: row.cents(4),
        expected_loss_cents: row.cents(5),
        price_basis: text(6),
        price_table: text(7),
        underpaid_cents: row.cents(8),
        policy_switch: text(9),
        other_value: text(10),
        answer: (text(11), row.cents(12)),
        alternative: (text(13), row.cents(14)),
        evidence: text(15),
        administrations: text(16),
    }
}
