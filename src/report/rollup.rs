//! Sums over the findings and encounters of a run, in integer cents, gathered while it goes on.

use crate::output::{FindingRow, RunCounts};
use serde::Serialize;
use std::collections::BTreeMap;

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

/// Sums by one key; a finding without it counts under the empty key.
#[derive(Debug, Default)]
struct Sums(BTreeMap<String, Group>);

impl Sums {
    fn add(&mut self, key: &str, row: &FindingRow<'_>) {
        let group = match self.0.get_mut(key) {
            Some(group) => group,
            None => self.0.entry(key.to_owned()).or_insert_with(|| Group { key: key.to_owned(), ..Group::default() }),
        };
        group.findings += 1;
        group.expected_loss_cents += row.finding.expected_loss.0;
        if row.is_disputed() {
            group.disputed_cents += row.finding.net.0;
        } else {
            group.leakage_cents += row.leakage.0;
            group.overpayment_cents += row.overpayment.0;
        }
    }

    fn merge(&mut self, other: Sums) {
        for (key, group) in other.0 {
            let into = self.0.entry(key).or_insert_with_key(|key| Group { key: key.clone(), ..Group::default() });
            into.findings += group.findings;
            into.leakage_cents += group.leakage_cents;
            into.overpayment_cents += group.overpayment_cents;
            into.disputed_cents += group.disputed_cents;
            into.expected_loss_cents += group.expected_loss_cents;
        }
    }

    fn groups(self) -> Vec<Group> {
        self.0.into_values().collect()
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
    fn add(&mut self, stake: i64, row: &FindingRow<'_>) {
        let out = self.least.as_ref().is_some_and(|(least, id)| (-stake, &row.finding_id) > (-least, id));
        if stake > 0 && !out {
            self.items.push((stake, row.finding_id.clone(), item(row)));
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

    fn merge(&mut self, other: Worklist) {
        self.items.extend(other.items);
        self.trim();
    }

    fn items(mut self) -> Vec<WorkItem> {
        self.trim();
        self.items.into_iter().map(|(_, _, item)| item).collect()
    }
}

fn item(row: &FindingRow<'_>) -> WorkItem {
    let finding = row.finding;
    let both = finding.answers.as_ref().map(|both| {
        format!(
            "as the policy stands {} ({}); with {} = {} {} ({})",
            both.answer.0,
            both.answer.1,
            finding.payer_policy.unwrap_or_default(),
            both.other_value,
            both.alternative.0,
            both.alternative.1
        )
    });
    WorkItem {
        encounter_id: row.encounter.encounter_id.to_owned(),
        rule_code: finding.rule.code.to_owned(),
        date: row.date.map(|date| date.to_string()).unwrap_or_default(),
        department: row.encounter.department.unwrap_or_default().to_owned(),
        payer: row.encounter.payer.unwrap_or_default().to_owned(),
        claim: row.line.map(|line| format!("{}/{}", line.claim_id, line.line_number)).unwrap_or_default(),
        expected: row.expected_codes.clone(),
        billed: row.billed_codes.clone(),
        net_cents: finding.net.0,
        expected_loss_cents: finding.expected_loss.0,
        basis: row.price_basis.clone(),
        table: row.price_table.clone(),
        disputed: finding.payer_policy.unwrap_or_default().to_owned(),
        answers: both.unwrap_or_default(),
        evidence: finding.evidence.clone(),
    }
}

/// The sums of a part of a run; parts merge into the same whole in any order.
#[derive(Debug, Default)]
pub struct RollupPart {
    by_rule: Sums,
    by_month: Sums,
    by_department: Sums,
    by_payer: Sums,
    by_class: Sums,
    by_owner: Sums,
    by_carc: Sums,
    by_dollars: Worklist,
    by_risk: Worklist,
}

impl RollupPart {
    /// Counts one finding.
    pub fn add(&mut self, row: &FindingRow<'_>) {
        let (finding, encounter) = (row.finding, row.encounter);
        self.by_rule.add(finding.rule.code, row);
        self.by_month.add(&row.month, row);
        self.by_department.add(encounter.department.unwrap_or_default(), row);
        self.by_payer.add(encounter.payer.unwrap_or_default(), row);
        self.by_class.add(encounter.encounter_class.map_or("", |class| class.as_str()), row);
        self.by_owner.add(finding.rule.owner.as_str(), row);
        if finding.risk_basis_points > 0 {
            self.by_carc.add(finding.rule.carc, row);
        }
        self.by_dollars.add(finding.net.0.abs(), row);
        self.by_risk.add(finding.expected_loss.0, row);
    }

    /// Adds another part.
    pub fn merge(&mut self, other: RollupPart) {
        self.by_rule.merge(other.by_rule);
        self.by_month.merge(other.by_month);
        self.by_department.merge(other.by_department);
        self.by_payer.merge(other.by_payer);
        self.by_class.merge(other.by_class);
        self.by_owner.merge(other.by_owner);
        self.by_carc.merge(other.by_carc);
        self.by_dollars.merge(other.by_dollars);
        self.by_risk.merge(other.by_risk);
    }

    /// The whole, with the totals of the run.
    #[must_use]
    pub fn finish(self, counts: &RunCounts) -> Rollup {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Rollup {
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
            by_rule: self.by_rule.groups(),
            by_month: self.by_month.groups(),
            by_department: self.by_department.groups(),
            by_payer: self.by_payer.groups(),
            by_class: self.by_class.groups(),
            by_owner: self.by_owner.groups(),
            by_carc: self.by_carc.groups(),
            by_dollars: self.by_dollars.items(),
            by_risk: self.by_risk.items(),
        }
    }
}
