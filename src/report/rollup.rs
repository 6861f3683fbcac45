//! Sums over the findings of a run, in integer cents, read from its table.

use crate::error::Error;
use crate::model::Cents;
use crate::output::RunCounts;
use crate::run::{Keyed, Row, each_row};
use crate::small_cells::{Cell, OTHERS, Patients, patient, pool};
use serde::Serialize;
use std::path::Path;

/// What is read of each finding.
const COLUMNS: [&str; 29] = [
    "finding_id",
    "encounter_id",
    "rule_code",
    "owner",
    "month",
    "department",
    "payer",
    "encounter_class",
    "carc",
    "service_date",
    "claim_id",
    "line_number",
    "expected_codes",
    "billed_codes",
    "net_cents",
    "leakage_cents",
    "overpayment_cents",
    "expected_loss_cents",
    "risk_basis_points",
    "price_basis",
    "price_table",
    "policy_switch",
    "policy_other_value",
    "answer_codes",
    "answer_cents",
    "alternative_codes",
    "alternative_cents",
    "evidence",
    "patient_id",
];
const FINDING: usize = 0;
const ENCOUNTER: usize = 1;
const RULE: usize = 2;
const OWNER: usize = 3;
const MONTH: usize = 4;
const DEPARTMENT: usize = 5;
const PAYER: usize = 6;
const CLASS: usize = 7;
const CARC: usize = 8;
const DAY: usize = 9;
const CLAIM: usize = 10;
const LINE: usize = 11;
const EXPECTED: usize = 12;
const BILLED: usize = 13;
const NET: usize = 14;
const LEAKAGE: usize = 15;
const OVERPAYMENT: usize = 16;
const LOSS: usize = 17;
const RISK: usize = 18;
const BASIS: usize = 19;
const PRICE_TABLE: usize = 20;
const SWITCH: usize = 21;
const OTHER_VALUE: usize = 22;
const ANSWER: usize = 23;
const ANSWER_CENTS: usize = 24;
const ALTERNATIVE: usize = 25;
const ALTERNATIVE_CENTS: usize = 26;
const EVIDENCE: usize = 27;
const PATIENT: usize = 28;

/// Sums of one group of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    pub key: String,
    pub findings: i64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

/// Sums of the whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub encounters: i64,
    pub clean_encounters: i64,
    pub expected_cents: i64,
    pub billed_cents: i64,
    pub findings: i64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

/// One finding as the worklist shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WorkItem {
    pub encounter_id: String,
    pub rule_code: String,
    pub date: String,
    pub department: String,
    pub payer: String,
    pub claim: String,
    pub expected: String,
    pub billed: String,
    pub net_cents: i64,
    pub expected_loss_cents: i64,
    pub basis: String,
    pub table: String,
    pub disputed: String,
    /// Both answers of a disputed finding, in words; else empty.
    pub answers: String,
    pub evidence: String,
}

/// Everything the reports show.
#[derive(Debug, Clone)]
pub struct Rollup {
    pub totals: Totals,
    pub by_rule: Vec<Group>,
    pub by_month: Vec<Group>,
    pub by_department: Vec<Group>,
    pub by_payer: Vec<Group>,
    pub by_class: Vec<Group>,
    pub by_owner: Vec<Group>,
    /// By claim adjustment reason codes, of findings with risk.
    pub by_carc: Vec<Group>,
    pub by_dollars: Vec<WorkItem>,
    pub by_risk: Vec<WorkItem>,
}

/// Rows of each worklist on the page; the tables hold them all.
const WORKLIST: usize = 200;

/// A group, and who is in it.
#[derive(Debug, Default)]
struct Counted(Group, Patients);

impl Cell for Counted {
    fn size(&self) -> i64 {
        self.0.findings
    }

    fn is_small(&self) -> bool {
        self.1.is_small()
    }

    fn label(&self) -> &str {
        &self.0.key
    }

    fn join(&mut self, other: &Self) {
        self.0.findings += other.0.findings;
        self.0.leakage_cents += other.0.leakage_cents;
        self.0.overpayment_cents += other.0.overpayment_cents;
        self.0.disputed_cents += other.0.disputed_cents;
        self.0.expected_loss_cents += other.0.expected_loss_cents;
        self.1.join(&other.1);
    }
}

/// Sums by one key; a finding without it counts under the empty key.
#[derive(Debug, Default)]
struct Sums(Keyed<Counted>);

impl Sums {
    fn add(&mut self, key: usize, row: Row<'_>) {
        let Counted(group, patients) = self.0.of(row, key);
        if !patients.is_enough() {
            patients.add(patient(row.text(PATIENT), row.text(ENCOUNTER)));
        }
        group.findings += 1;
        group.expected_loss_cents += row.cents(LOSS);
        if row.text(SWITCH).is_empty() {
            group.leakage_cents += row.cents(LEAKAGE);
            group.overpayment_cents += row.cents(OVERPAYMENT);
        } else {
            group.disputed_cents += row.cents(NET);
        }
    }

    fn groups(self, pooled: bool) -> Vec<Group> {
        let named = |(key, Counted(group, patients))| Counted(Group { key, ..group }, patients);
        let mut groups: Vec<Counted> = self.0.sorted().into_iter().map(named).collect();
        if pooled {
            let others = Group { key: OTHERS.to_owned(), ..Group::default() };
            groups = pool(groups, Counted(others, Patients::default())).0;
            groups.sort_by(|one, other| one.label().cmp(other.label()));
        }
        groups.into_iter().map(|counted| counted.0).collect()
    }
}

/// The findings with most at stake, ties in the order of their identity.
#[derive(Debug, Default)]
struct Worklist {
    items: Vec<(i64, String, WorkItem)>,
    /// What an item must beat since the list was last trimmed.
    least: Option<(i64, String)>,
}

impl Worklist {
    fn add(&mut self, stake: i64, row: Row<'_>) {
        let id = row.text(FINDING);
        let out = self.least.as_ref().is_some_and(|(least, other)| (-stake, id) > (-least, other.as_str()));
        if stake > 0 && !out {
            self.items.push((stake, id.to_owned(), item(row)));
            if self.items.len() >= WORKLIST * 2 {
                self.trim();
            }
        }
    }

    fn trim(&mut self) {
        self.items.sort_unstable_by(|(one, id, _), (other, other_id, _)| (-one, id).cmp(&(-other, other_id)));
        self.items.truncate(WORKLIST);
        self.least = self.items.get(WORKLIST - 1).map(|(stake, id, _)| (*stake, id.clone()));
    }

    fn items(mut self) -> Vec<WorkItem> {
        self.trim();
        self.items.into_iter().map(|(_, _, item)| item).collect()
    }
}

fn item(row: Row<'_>) -> WorkItem {
    let text = |at: usize| row.text(at).to_owned();
    let both = row.integer(ANSWER_CENTS).zip(row.integer(ALTERNATIVE_CENTS)).map(|(answer, alternative)| {
        format!(
            "as the policy stands {} ({}); with {} = {} {} ({})",
            row.text(ANSWER),
            Cents(answer),
            row.text(SWITCH),
            row.text(OTHER_VALUE),
            row.text(ALTERNATIVE),
            Cents(alternative)
        )
    });
    WorkItem {
        encounter_id: text(ENCOUNTER),
        rule_code: text(RULE),
        date: row.day(DAY).map(|date| date.to_string()).unwrap_or_default(),
        department: text(DEPARTMENT),
        payer: text(PAYER),
        claim: row.integer(LINE).map(|line| format!("{}/{line}", row.text(CLAIM))).unwrap_or_default(),
        expected: text(EXPECTED),
        billed: text(BILLED),
        net_cents: row.cents(NET),
        expected_loss_cents: row.cents(LOSS),
        basis: text(BASIS),
        table: text(PRICE_TABLE),
        disputed: text(SWITCH),
        answers: both.unwrap_or_default(),
        evidence: text(EVIDENCE),
    }
}

impl Rollup {
    /// Sums the findings of a run's folder; `counts` are the totals of the run. With `pooled`, nothing is shown of too few
    /// patients.
    ///
    /// # Errors
    /// A folder that is none of a run.
    pub fn read(run: &Path, counts: &RunCounts, pooled: bool) -> Result<Self, Error> {
        let mut all: [Sums; 7] = Default::default();
        let (mut by_dollars, mut by_risk) = (Worklist::default(), Worklist::default());
        each_row(run, "findings.parquet", &COLUMNS, |row| {
            for (sums, key) in all.iter_mut().zip([RULE, MONTH, DEPARTMENT, PAYER, CLASS, OWNER]) {
                sums.add(key, row);
            }
            if row.cents(RISK) > 0 {
                all[6].add(CARC, row);
            }
            by_dollars.add(row.cents(NET).abs(), row);
            by_risk.add(row.cents(LOSS), row);
            Ok(())
        })?;
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let [by_rule, by_month, by_department, by_payer, by_class, by_owner, by_carc] =
            all.map(|sums| sums.groups(pooled));
        Ok(Rollup {
            totals: Totals {
                encounters: whole(counts.encounters),
                clean_encounters: whole(counts.clean_encounters),
                expected_cents: counts.expected_cents,
                billed_cents: counts.billed_cents,
                findings: whole(counts.findings),
                leakage_cents: counts.leakage_cents,
                overpayment_cents: counts.overpayment_cents,
                disputed_cents: counts.disputed_cents,
                expected_loss_cents: counts.expected_loss_cents,
            },
            by_rule,
            by_month,
            by_department,
            by_payer,
            by_class,
            by_owner,
            by_carc,
            by_dollars: by_dollars.items(),
            by_risk: by_risk.items(),
        })
    }
}
