//! What is known about a whole run before the first encounter is audited.

use super::RULES;
use crate::model::{Date, Encounter};
use crate::policy::Policy;
use crate::reference::Reference;
use crate::schema::Table;
use std::collections::{BTreeMap, BTreeSet};

/// Something without which a rule says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A column in at least one file of the table.
    Column(Table, &'static str),
    /// One of several columns.
    AnyOf(Table, &'static [&'static str]),
    /// The day as of which the run looks at deadlines.
    AsOf,
    /// A table that the user imports.
    Imported(&'static str),
    /// One of several such tables.
    AnyImported(&'static [&'static str]),
    /// Orders on most rows of the run.
    Orders,
}

impl Need {
    /// What is needed, in words.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Need::Column(table, column) => format!("`{}.{column}`", table.as_str()),
            Need::AnyOf(table, columns) => {
                let all: Vec<String> = columns.iter().map(|column| format!("`{}.{column}`", table.as_str())).collect();
                all.join(" or ")
            }
            Need::AsOf => "`--as-of`".to_owned(),
            Need::Imported(kind) => format!("an imported `{kind}` table"),
            Need::AnyImported(kinds) => {
                let all: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
                format!("an imported {} table", all.join(" or "))
            }
            Need::Orders => "orders on most flowsheet rows".to_owned(),
        }
    }
}

/// Facts of a run: what its files hold, and what only all rows together can show.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// The day as of which deadlines are judged.
    pub as_of: Option<Date>,
    /// Columns of the contracts that no file has.
    pub absent: BTreeSet<(Table, String)>,
    /// The run has no encounters table.
    pub no_encounters: bool,
    /// The run has no claims: charts alone are audited.
    pub without_claims: bool,
    /// The run has no flowsheets: claims alone are audited.
    pub without_charts: bool,
    /// At least half of the charted rows carry an order.
    pub orders_charted: bool,
    /// Units (department, else source system) in which start times are copied from the order.
    pub copied_time_units: BTreeSet<String>,
    /// Rules that say nothing in this run, with the reason; filled by [`RunFacts::decide`].
    pub not_run: BTreeMap<&'static str, String>,
    /// The same rules, as a set of places in the order of work.
    pub silent: u128,
}

impl RunFacts {
    /// Works out which rules cannot say anything, and why.
    #[must_use]
    pub fn decide(mut self, reference: &Reference) -> Self {
        let missing = |need: &Need| self.missing(*need, reference);
        let rules = RULES.iter().filter_map(|rule| {
            let why = rule.needs().iter().find_map(missing)?;
            Some((rule.info().code, why))
        });
        self.not_run = rules.collect();
        self.silent = super::work_order::steps_of(self.not_run.keys().copied());
        self
    }

    fn missing(&self, need: Need, reference: &Reference) -> Option<String> {
        let absent = |table: Table, column: &str| self.absent.contains(&(table, column.to_owned()));
        match need {
            Need::Column(Table::Encounters, _) if self.no_encounters => Some("no encounters table is given".to_owned()),
            Need::Column(table, column) if absent(table, column) => {
                Some(format!("no {} file has the column `{column}`", table.as_str()))
            }
            Need::AnyOf(table, columns) if columns.iter().all(|column| absent(table, column)) => {
                Some(format!("no {} file has any of the columns `{}`", table.as_str(), columns.join("`, `")))
            }
            Need::AsOf if self.as_of.is_none() => Some("the run has no --as-of date".to_owned()),
            Need::Imported(kind) if !reference.has_imported(kind) => {
                Some(format!("no {kind} table is imported (infusion-audit reference import {kind})"))
            }
            Need::AnyImported(kinds) if !kinds.iter().any(|kind| reference.has_imported(kind)) => {
                Some(format!("none of the tables {} is imported (infusion-audit reference import)", kinds.join(", ")))
            }
            Need::Orders if !self.orders_charted => Some("most flowsheet rows carry no order".to_owned()),
            _ => None,
        }
    }

    /// True if nothing can be compared: an encounter without a claim is still within the days that its claim may take, or
    /// the side that it lacks was not given to the run at all.
    #[must_use]
    pub fn is_pending(&self, encounter: &Encounter<'_>, policy: &Policy) -> bool {
        if self.without_claims && encounter.claim_lines.is_empty()
            || self.without_charts && encounter.administrations.is_empty()
        {
            return true;
        }
        let Some(age) = self.age(encounter) else { return false };
        encounter.claim_lines.is_empty() && policy.unbilled_grace_days > 0 && age < policy.unbilled_grace_days
    }

    /// Days from the encounter to the run's as-of date.
    #[must_use]
    pub fn age(&self, encounter: &Encounter<'_>) -> Option<i64> {
        Some(i64::from(self.as_of?.0) - i64::from(encounter.date()?.0))
    }
}
