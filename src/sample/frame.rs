//! The list from which a sample is drawn.

use crate::error::Error;
use crate::reference::{CodeRole, Reference};
use crate::run::each_row;
use rustc_hash::FxHashMap;
use std::path::Path;

/// Which amount of a unit is audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Amount {
    /// What the billed codes are worth at the run's prices.
    Billed,
    /// What the payer allowed on the lines.
    Allowed,
    /// What the payer paid on the lines.
    Paid,
}

impl Amount {
    /// As the design names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Amount::Billed => "billed",
            Amount::Allowed => "allowed",
            Amount::Paid => "paid",
        }
    }
}

/// One encounter under one claim form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub encounter_id: String,
    pub setting: String,
    pub date: String,
    pub payer: String,
    pub department: String,
    pub class: String,
    pub amount_cents: i64,
    pub expected_cents: i64,
    pub findings: i64,
    pub traits: Traits,
}

/// What the seeds of a stratified sample look for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Traits {
    /// Different infusion, push and injection codes that are billed.
    pub administrations: u32,
    /// Amount on chemotherapy lines.
    pub chemotherapy_cents: i64,
    /// A visit is billed.
    pub visit: bool,
}

#[derive(Default)]
struct Lines {
    amount_cents: i64,
    traits: Traits,
}

/// Billed units of a run, in the order of their ids.
pub(super) fn read(run: &Path, reference: &Reference, amount: Amount) -> Result<Vec<Unit>, Error> {
    let mut lines: FxHashMap<(String, String), Lines> = FxHashMap::default();
    let columns =
        ["encounter_id", "setting", "code", "status", "billed_units", "billed_cents", "allowed_cents", "paid_cents"];
    each_row(run, "lines.parquet", &columns, |row| {
        if row.cents(4) == 0 {
            return Ok(());
        }
        let of = lines.entry((row.text(0).to_owned(), row.text(1).to_owned())).or_default();
        let known = row.text(2).parse().ok().and_then(|code| reference.administration(code));
        of.traits.visit |= known.is_some_and(|code| code.role == CodeRole::Visit);
        if row.text(3) == "out_of_scope" {
            return Ok(());
        }
        let cents = match amount {
            Amount::Billed => row.cents(5),
            Amount::Allowed => row.cents(6),
            Amount::Paid => row.cents(7),
        };
        of.amount_cents += cents;
        if let Some(code) = known.filter(|code| code.role == CodeRole::Administration) {
            of.traits.administrations += 1;
            of.traits.chemotherapy_cents += if code.chemo { cents } else { 0 };
        }
        Ok(())
    })?;
    let mut units = Vec::new();
    let columns = [
        "encounter_id",
        "setting",
        "service_date",
        "payer",
        "department",
        "encounter_class",
        "expected_cents",
        "findings",
    ];
    each_row(run, "encounters.parquet", &columns, |row| {
        let key = (row.text(0).to_owned(), row.text(1).to_owned());
        if let Some(of) = lines.get(&key) {
            units.push(Unit {
                encounter_id: key.0,
                setting: key.1,
                date: row.day(2).map(|day| day.to_string()).unwrap_or_default(),
                payer: row.text(3).to_owned(),
                department: row.text(4).to_owned(),
                class: row.text(5).to_owned(),
                amount_cents: of.amount_cents,
                expected_cents: row.cents(6),
                findings: row.cents(7),
                traits: of.traits,
            });
        }
        Ok(())
    })?;
    if !units.is_empty() && units.iter().all(|unit| unit.amount_cents == 0) {
        let what = format!("no line of the run has an amount {}; choose another --amount", amount.as_str());
        return Err(Error::Sample(what));
    }
    Ok(units)
}
