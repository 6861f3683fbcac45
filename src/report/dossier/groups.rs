//! Sums by every way in which the report breaks its dollars down.

use crate::model::HcpcsCode;
use crate::run::Row;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) const ENCOUNTER_COLUMNS: [&str; 14] = [
    "encounter_id",
    "setting",
    "payer",
    "payer_type",
    "encounter_class",
    "department",
    "rendering_provider",
    "month",
    "leakage_cents",
    "overpayment_cents",
    "disputed_cents",
    "expected_loss_cents",
    "findings",
    "clean",
];
pub(super) const ENCOUNTER: usize = 0;
const SETTING: usize = 1;
const PAYER: usize = 2;
const PAYER_TYPE: usize = 3;
const CLASS: usize = 4;
pub(super) const DEPARTMENT: usize = 5;
pub(super) const PROVIDER: usize = 6;
pub(super) const MONTH: usize = 7;
pub(super) const LEAKAGE: usize = 8;
pub(super) const OVERPAYMENT: usize = 9;
const DISPUTED: usize = 10;
pub(super) const LOSS: usize = 11;
const FINDINGS: usize = 12;
pub(super) const CLEAN: usize = 13;

pub(super) const FINDING_COLUMNS: [&str; 22] = [
    "finding_id",
    "encounter_id",
    "service_date",
    "rule_code",
    "owner",
    "severity",
    "department",
    "rendering_provider",
    "payer",
    "setting",
    "claim_id",
    "line_number",
    "expected_codes",
    "billed_codes",
    "net_cents",
    "expected_loss_cents",
    "policy_switch",
    "evidence",
    "rule_family",
    "leakage_cents",
    "overpayment_cents",
    "rule_name",
];
const FINDING_RULE: usize = 3;
const FINDING_OWNER: usize = 4;
const FINDING_DEPARTMENT: usize = 6;
const FINDING_NET: usize = 14;
const FINDING_LOSS: usize = 15;
const FINDING_SWITCH: usize = 16;
const FINDING_FAMILY: usize = 18;
const FINDING_LEAKAGE: usize = 19;
const FINDING_OVERPAYMENT: usize = 20;

pub(super) const LINE_COLUMNS: [&str; 4] = ["code", "status", "expected_cents", "billed_cents"];

/// Sums of a group, money in cents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Encounters, one for each claim form that billed them.
    pub encounters: i64,
    pub clean: i64,
    pub findings: i64,
    pub leakage: i64,
    pub overpayment: i64,
    pub disputed: i64,
    pub loss: i64,
}

impl Sums {
    /// What is at stake: dollars not billed, billed without support, and expected to be denied.
    #[must_use]
    pub fn stake(&self) -> i64 {
        self.leakage + self.overpayment + self.loss
    }

    fn add_encounter(&mut self, row: Row<'_>) {
        self.encounters += 1;
        self.clean += i64::from(row.flag(CLEAN));
        self.findings += row.cents(FINDINGS);
        self.leakage += row.cents(LEAKAGE);
        self.overpayment += row.cents(OVERPAYMENT);
        self.disputed += row.cents(DISPUTED);
        self.loss += row.cents(LOSS);
    }

    fn add_finding(&mut self, row: Row<'_>) {
        self.findings += 1;
        self.loss += row.cents(FINDING_LOSS);
        if row.text(FINDING_SWITCH).is_empty() {
            self.leakage += row.cents(FINDING_LEAKAGE);
            self.overpayment += row.cents(FINDING_OVERPAYMENT);
        } else {
            self.disputed += row.cents(FINDING_NET);
        }
    }
}

/// One group with its key; a key of no text is what has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    pub key: String,
    #[serde(flatten)]
    pub sums: Sums,
}

/// Sums by key. Every row of a run asks, so keys are found by hash and sorted once at the end.
#[derive(Debug, Default)]
struct By {
    places: FxHashMap<String, usize>,
    groups: Vec<Group>,
}

impl By {
    fn of(&mut self, key: &str) -> &mut Sums {
        let at = match self.places.get(key) {
            Some(at) => *at,
            None => {
                self.places.insert(key.to_owned(), self.groups.len());
                self.groups.push(Group { key: key.to_owned(), sums: Sums::default() });
                self.groups.len() - 1
            }
        };
        &mut self.groups[at].sums
    }

    fn in_order(mut self) -> Vec<Group> {
        self.groups.sort_by(|one, other| one.key.cmp(&other.key));
        self.groups
    }

    /// Most at stake first.
    fn by_stake(self) -> Vec<Group> {
        let mut groups = self.in_order();
        groups.sort_by(|one, other| (other.sums.stake(), &one.key).cmp(&(one.sums.stake(), &other.key)));
        groups
    }
}

/// Dollars at stake by department and family of rules.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct HeatMap {
    pub departments: Vec<String>,
    pub families: Vec<String>,
    /// Department, family, cents at stake, findings.
    pub cells: Vec<(usize, usize, i64, i64)>,
}

/// Departments that the heat map shows.
const MOST_DEPARTMENTS: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Groups {
    pub totals: Sums,
    months: By,
    rules: By,
    owners: By,
    departments: By,
    providers: By,
    payers: By,
    payer_types: By,
    settings: By,
    classes: By,
    heat: BTreeMap<(String, String), Sums>,
}

/// Every breakdown of encounters and findings.
#[derive(Debug)]
pub struct Breakdown {
    pub totals: Sums,
    pub months: Vec<Group>,
    pub rules: Vec<Group>,
    pub owners: Vec<Group>,
    pub departments: Vec<Group>,
    pub providers: Vec<Group>,
    pub payers: Vec<Group>,
    pub payer_types: Vec<Group>,
    pub settings: Vec<Group>,
    pub classes: Vec<Group>,
}

impl Groups {
    pub(super) fn add_encounter(&mut self, row: Row<'_>) {
        self.totals.add_encounter(row);
        self.months.of(row.text(MONTH)).add_encounter(row);
        self.departments.of(row.text(DEPARTMENT)).add_encounter(row);
        self.providers.of(row.text(PROVIDER)).add_encounter(row);
        self.payers.of(row.text(PAYER)).add_encounter(row);
        self.payer_types.of(row.text(PAYER_TYPE)).add_encounter(row);
        self.settings.of(row.text(SETTING)).add_encounter(row);
        self.classes.of(row.text(CLASS)).add_encounter(row);
    }

    pub(super) fn add_finding(&mut self, row: Row<'_>) {
        self.rules.of(row.text(FINDING_RULE)).add_finding(row);
        self.owners.of(row.text(FINDING_OWNER)).add_finding(row);
        let cell = (row.text(FINDING_DEPARTMENT).to_owned(), row.text(FINDING_FAMILY).to_owned());
        self.heat.entry(cell).or_default().add_finding(row);
    }

    pub(super) fn finish(self) -> (HeatMap, Breakdown) {
        let departments = self.departments.by_stake();
        let mut families: Vec<String> = self.heat.keys().map(|(_, family)| family.clone()).collect();
        families.sort_unstable();
        families.dedup();
        let shown: Vec<String> = departments.iter().take(MOST_DEPARTMENTS).map(|group| group.key.clone()).collect();
        let place = |of: &[String], key: &String| of.iter().position(|other| other == key);
        let cells = self.heat.iter().filter_map(|((department, family), sums)| {
            Some((place(&shown, department)?, place(&families, family)?, sums.stake(), sums.findings))
        });
        let heat = HeatMap { cells: cells.collect(), departments: shown, families };
        let finished = Breakdown {
            totals: self.totals,
            months: self.months.in_order(),
            rules: self.rules.by_stake(),
            owners: self.owners.by_stake(),
            departments,
            providers: self.providers.by_stake(),
            payers: self.payers.by_stake(),
            payer_types: self.payer_types.by_stake(),
            settings: self.settings.by_stake(),
            classes: self.classes.by_stake(),
        };
        (heat, finished)
    }
}

/// Codes shown of each kind.
const MOST_CODES: usize = 40;

/// Expected against billed, by code.
#[derive(Debug, Default)]
pub(super) struct Codes(By);

impl Codes {
    pub(super) fn add(&mut self, row: Row<'_>) {
        if row.text(1) == "out_of_scope" {
            return;
        }
        let sums = self.0.of(row.text(0));
        let difference = row.cents(2) - row.cents(3);
        sums.encounters += 1;
        sums.clean += i64::from(difference == 0);
        sums.findings += i64::from(difference != 0);
        sums.leakage += difference.max(0);
        sums.overpayment += (-difference).max(0);
    }

    /// Administration codes and drugs, most at stake first.
    pub(super) fn split(self, is_administration: impl Fn(HcpcsCode) -> bool) -> (Vec<Group>, Vec<Group>) {
        let (mut administrations, mut drugs): (Vec<Group>, Vec<Group>) =
            self.0.by_stake().into_iter().partition(|group| group.key.parse().is_ok_and(&is_administration));
        administrations.truncate(MOST_CODES);
        drugs.truncate(MOST_CODES);
        (administrations, drugs)
    }
}
