//! Sums by every way in which the report breaks its dollars down.

use super::heat::{HeatMap, heat_map};
use crate::model::HcpcsCode;
use crate::run::{Keyed, Row};
use crate::small_cells::{Cell, OTHERS, Patients, patient, pool};
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) const ENCOUNTER_COLUMNS: [&str; 15] = [
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
    "patient_id",
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
const PATIENT: usize = 14;

pub(super) const FINDING_COLUMNS: [&str; 23] = [
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
    "patient_id",
];
const FINDING_ENCOUNTER: usize = 1;
const FINDING_RULE: usize = 3;
const FINDING_OWNER: usize = 4;
const FINDING_DEPARTMENT: usize = 6;
const FINDING_NET: usize = 14;
const FINDING_LOSS: usize = 15;
const FINDING_SWITCH: usize = 16;
const FINDING_FAMILY: usize = 18;
const FINDING_LEAKAGE: usize = 19;
const FINDING_OVERPAYMENT: usize = 20;
const FINDING_PATIENT: usize = 22;

pub(super) const LINE_COLUMNS: [&str; 5] = ["code", "status", "expected_cents", "billed_cents", "encounter_id"];

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

    fn join(&mut self, other: &Sums) {
        self.encounters += other.encounters;
        self.clean += other.clean;
        self.findings += other.findings;
        self.leakage += other.leakage;
        self.overpayment += other.overpayment;
        self.disputed += other.disputed;
        self.loss += other.loss;
    }

    /// Those of one encounter's row.
    fn of_encounter(row: Row<'_>) -> Self {
        Self {
            encounters: 1,
            clean: i64::from(row.flag(CLEAN)),
            findings: row.cents(FINDINGS),
            leakage: row.cents(LEAKAGE),
            overpayment: row.cents(OVERPAYMENT),
            disputed: row.cents(DISPUTED),
            loss: row.cents(LOSS),
        }
    }

    /// Those of one finding's row.
    fn of_finding(row: Row<'_>) -> Self {
        let of = Self { findings: 1, loss: row.cents(FINDING_LOSS), ..Self::default() };
        if row.text(FINDING_SWITCH).is_empty() {
            Self { leakage: row.cents(FINDING_LEAKAGE), overpayment: row.cents(FINDING_OVERPAYMENT), ..of }
        } else {
            Self { disputed: row.cents(FINDING_NET), ..of }
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

/// The patients of a group: all, those with an encounter that has a finding, those with one that has none.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted([Patients; 3]);

impl Counted {
    pub(super) fn add(&mut self, patient: impl FnOnce() -> u64, clean: bool) {
        let [all, found, unfound] = &mut self.0;
        let of = if clean { unfound } else { found };
        // Most rows belong to groups that are large already.
        if !all.is_enough() || !of.is_enough() {
            let patient = patient();
            all.add(patient);
            of.add(patient);
        }
    }

    fn join(&mut self, other: &Counted) {
        self.0.iter_mut().zip(&other.0).for_each(|(of, other)| of.join(other));
    }

    pub(super) fn is_small(&self) -> bool {
        self.0.iter().any(Patients::is_small)
    }
}

/// A group as it is gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub group: Group,
    patients: Counted,
}

impl Cell for Gathered {
    fn size(&self) -> i64 {
        self.group.sums.encounters.max(self.group.sums.findings)
    }

    fn is_small(&self) -> bool {
        self.patients.is_small()
    }

    fn label(&self) -> &str {
        &self.group.key
    }

    fn join(&mut self, other: &Self) {
        self.group.sums.join(&other.group.sums);
        self.patients.join(&other.patients);
    }
}

/// Sums by the texts of one column.
#[derive(Debug, Default)]
struct By(Keyed<(Sums, Counted)>);

impl By {
    /// The sums of a row's text, of which one more patient is known.
    fn of(&mut self, row: Row<'_>, column: usize, patient: impl FnOnce() -> u64, clean: bool) -> &mut Sums {
        let (sums, patients) = self.0.of(row, column);
        patients.add(patient, clean);
        sums
    }

    /// The groups in the order of their keys; those of too few patients joined under a label, if there is one. With which
    /// those were.
    fn in_order(self, others: Option<&str>) -> (Vec<Group>, Vec<String>) {
        let gathered = |(key, (sums, patients))| Gathered { group: Group { key, sums }, patients };
        let mut all: Vec<Gathered> = self.0.sorted().into_iter().map(gathered).collect();
        let mut joined = Vec::new();
        if let Some(others) = others {
            (all, joined) = pool(all, gathered((others.to_owned(), Default::default())));
            all.sort_by(|one, other| one.group.key.cmp(&other.group.key));
        }
        (all.into_iter().map(|of| of.group).collect(), joined)
    }

    /// The same, most at stake first.
    fn by_stake(self, others: Option<&str>) -> (Vec<Group>, Vec<String>) {
        let (mut groups, joined) = self.in_order(others);
        groups.sort_by(|one, other| (other.sums.stake(), &one.key).cmp(&(one.sums.stake(), &other.key)));
        (groups, joined)
    }
}

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
    heat: BTreeMap<(String, String), Gathered>,
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

/// The patient of an encounter's row.
pub(super) fn whose(row: Row<'_>) -> u64 {
    patient(row.text(PATIENT), row.text(ENCOUNTER))
}

impl Groups {
    pub(super) fn add_encounter(&mut self, row: Row<'_>) {
        let (sums, clean) = (Sums::of_encounter(row), row.flag(CLEAN));
        self.totals.join(&sums);
        let groups = [
            (&mut self.months, MONTH),
            (&mut self.departments, DEPARTMENT),
            (&mut self.providers, PROVIDER),
            (&mut self.payers, PAYER),
            (&mut self.payer_types, PAYER_TYPE),
            (&mut self.settings, SETTING),
            (&mut self.classes, CLASS),
        ];
        for (by, key) in groups {
            by.of(row, key, || whose(row), clean).join(&sums);
        }
    }

    pub(super) fn add_finding(&mut self, row: Row<'_>) {
        let patient = || patient(row.text(FINDING_PATIENT), row.text(FINDING_ENCOUNTER));
        let sums = Sums::of_finding(row);
        self.rules.of(row, FINDING_RULE, patient, false).join(&sums);
        self.owners.of(row, FINDING_OWNER, patient, false).join(&sums);
        let cell = (row.text(FINDING_DEPARTMENT).to_owned(), row.text(FINDING_FAMILY).to_owned());
        let of = self.heat.entry(cell).or_default();
        of.patients.add(patient, false);
        of.group.sums.join(&sums);
    }

    /// The sums; `pooled` joins those of too few patients, where no patient must be recognised.
    pub(super) fn finish(self, pooled: bool) -> (HeatMap, Breakdown) {
        let others = pooled.then_some(OTHERS);
        let by_stake = |by: By| by.by_stake(others).0;
        let (departments, joined) = self.departments.by_stake(others);
        let heat = heat_map(self.heat, &departments, &joined, pooled);
        let finished = Breakdown {
            totals: self.totals,
            // Months that are too small stand with what has no date.
            months: self.months.in_order(pooled.then_some("")).0,
            rules: by_stake(self.rules),
            owners: by_stake(self.owners),
            departments,
            providers: by_stake(self.providers),
            payers: by_stake(self.payers),
            payer_types: by_stake(self.payer_types),
            settings: by_stake(self.settings),
            classes: by_stake(self.classes),
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
        let difference = row.cents(2) - row.cents(3);
        // The lines name no patient, so the encounter stands for one.
        let sums = self.0.of(row, 0, || patient("", row.text(4)), difference == 0);
        sums.encounters += 1;
        sums.clean += i64::from(difference == 0);
        sums.findings += i64::from(difference != 0);
        sums.leakage += difference.max(0);
        sums.overpayment += (-difference).max(0);
    }

    /// Administration codes and drugs, most at stake first; `pooled` as for the groups.
    pub(super) fn split(self, pooled: bool, is_administration: impl Fn(HcpcsCode) -> bool) -> (Vec<Group>, Vec<Group>) {
        let codes = self.0.by_stake(pooled.then_some(OTHERS)).0;
        let (mut administrations, mut drugs): (Vec<Group>, Vec<Group>) =
            codes.into_iter().partition(|group| group.key.parse().is_ok_and(&is_administration));
        administrations.truncate(MOST_CODES);
        drugs.truncate(MOST_CODES);
        (administrations, drugs)
    }
}
