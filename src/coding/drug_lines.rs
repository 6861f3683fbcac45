//! Step 8: drug lines. Per HCPCS and date of service, what was given in whole billing units.

use super::eligible::Given;
use super::whole_units::whole_units;
use super::{CodedLine, Coder, LineKind, Reason, Service};
use crate::model::{ChartTime, Date, HcpcsCode, Indexes, Modifiers, one_index};
use crate::reference::{Drug, convert_dose};
use rust_decimal::Decimal;
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// More billing units than any dose makes; a charting error, not a supported line.
const MOST_UNITS: i64 = 1_000_000;

/// Drug lines are per HCPCS and date of service.
type DrugDay = (HcpcsCode, Option<Date>);

/// What was given of one drug on one day.
pub(super) struct DayTotal<'e> {
    pub drug: &'e Drug,
    pub rows: Indexes,
    /// Those of them whose dose is in the amount.
    pub dosed: Indexes,
    /// In the drug's billing unit of measure.
    pub amount: Decimal,
}

impl<'e> Coder<'e> {
    /// Adds the drug lines. Every eligible administration earns its drug line, whether or not it earns an
    /// administration line; what cannot be computed exactly is flagged and earns none.
    pub(super) fn drug_lines(&mut self, given: &[Given], services: &[Service], lines: &mut Vec<CodedLine>) {
        let mut totals: SmallVec<[(DrugDay, DayTotal<'e>); 4]> = SmallVec::new();
        let mut unclassified: BTreeMap<DrugDay, (Vec<String>, Indexes)> = BTreeMap::new();
        let service_of = self.service_of_rows(services);
        for one in given {
            let lead = one.rows[0];
            let Some(code) = self.encounter.administrations[lead as usize].drug_code else { continue };
            let service = services.get(service_of[lead as usize] as usize);
            let date = service.and_then(|service| service.start).map(ChartTime::date).or(self.date);
            let Some(drug) = self.rows[lead as usize].drug else {
                self.flag(lead, "drug-not-in-table");
                continue;
            };
            if drug.unclassified {
                let entry = unclassified.entry((code, date)).or_default();
                let name = self.encounter.administrations[lead as usize].drug_name.unwrap_or_default();
                let name = name.trim().to_lowercase();
                if !entry.0.contains(&name) {
                    entry.0.push(name);
                }
                entry.1.extend_from_slice(&one.rows);
                continue;
            }
            match self.amount_given(one, drug) {
                Ok((amount, dosed)) => match totals.iter_mut().find(|(of, _)| *of == (code, date)) {
                    Some((_, total)) => {
                        total.rows.extend_from_slice(&one.rows);
                        total.dosed.push(dosed);
                        total.amount += amount;
                    }
                    None => {
                        let (rows, dosed) = (Indexes::from_slice(&one.rows), one_index(dosed));
                        totals.push(((code, date), DayTotal { drug, rows, dosed, amount }));
                    }
                },
                // A rate change or a further row of one bag need not repeat the dose.
                Err("dose-missing") if service.is_some_and(|service| self.another_doses(service, lead)) => {}
                Err(flag) => self.flag(lead, flag),
            }
        }
        // Lines are put in order at the end; the order of flags does not matter either.
        for ((code, date), total) in totals {
            self.drug_line(code, date, &total, lines);
        }
        if unclassified.is_empty() {
            return;
        }
        for ((code, date), (names, rows)) in unclassified {
            let reason = Reason::new("drug-units", "one unit per unclassified drug and day");
            lines.push(drug_line(code, names.len() as i64, date, &rows, reason));
        }
    }

    /// By row, the place of its service; a place beyond all where it has none.
    fn service_of_rows(&self, services: &[Service]) -> SmallVec<[u32; 8]> {
        let mut service_of = smallvec::smallvec![u32::MAX; self.encounter.administrations.len()];
        for (at, service) in services.iter().enumerate() {
            for &row in &service.administrations {
                service_of[row as usize] = at as u32;
            }
        }
        service_of
    }

    /// Whether another row of the merged service charts the dose of the same drug.
    fn another_doses(&self, service: &Service, row: u32) -> bool {
        let rows = &self.encounter.administrations;
        let code = rows[row as usize].drug_code;
        let others = service.administrations.iter().filter(|&&other| other != row);
        others.map(|&other| &rows[other as usize]).any(|other| other.drug_code == code && other.dose.is_some())
    }

    fn drug_line(&mut self, code: HcpcsCode, date: Option<Date>, total: &DayTotal<'e>, lines: &mut Vec<CodedLine>) {
        let rounding = self.policy.unit_rounding;
        let Some(units) = whole_units(total.amount, total.drug.billing_unit, rounding) else {
            self.flag_all(&total.rows, "dose-not-a-whole-number-of-units");
            return;
        };
        if units > MOST_UNITS {
            self.flag_all(&total.rows, "dose-implausible");
            return;
        }
        let reason = Reason::new("drug-units", "given amount in billing units");
        let mut line = drug_line(code, units, date, &total.rows, reason);
        let waste = self.waste(date, total, units);
        line.modifiers = waste.dose_modifiers;
        lines.push(line);
        if waste.units > 0 {
            let reason = Reason::new("drug-waste", "whole units left in single-dose containers");
            let mut line = drug_line(code, waste.units, date, &total.rows, reason);
            line.modifiers = Modifiers::one(crate::model::Modifier::WASTE);
            lines.push(line);
        }
    }

    /// The amount of an administration in the drug's billing unit of measure and the row that charts it, or the flag
    /// that says what is missing.
    fn amount_given(&self, one: &Given, drug: &Drug) -> Result<(Decimal, u32), &'static str> {
        let target = drug.unit.ok_or("drug-unit-unknown")?;
        let charted = one.rows.iter().find_map(|&index| {
            let row = &self.encounter.administrations[index as usize];
            Some((row.dose?, row.dose_unit?, row.concentration, index))
        });
        let (dose, unit, concentration, index) = charted.ok_or("dose-missing")?;
        let amount = convert_dose(dose, unit, concentration, target).ok_or("dose-unit-not-convertible")?;
        Ok((amount, index))
    }
}

fn drug_line(code: HcpcsCode, units: i64, service_date: Option<Date>, rows: &[u32], reason: Reason) -> CodedLine {
    CodedLine {
        kind: LineKind::Drug,
        code,
        modifiers: Modifiers::NONE,
        units,
        service_date,
        site: None,
        administrations: Indexes::from_slice(rows),
        reason,
    }
}
