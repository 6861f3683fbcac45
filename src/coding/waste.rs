//! Step 9: JW and JZ on separately payable drugs from single-dose containers (CMS Pub 100-04 ch. 17 section 40).

use super::Coder;
use super::drug_lines::DayTotal;
use super::whole_units::{exceeds_units, whole_units};
use crate::model::{Administration, Container, Date, Modifier, Modifiers, PayerType, Setting, SubstanceClass};
use crate::policy::UnitRounding;
use crate::reference::{Drug, OppsStatus, convert_dose};
use rust_decimal::Decimal;

/// What step 9 says about one drug line.
#[derive(Default)]
pub(super) struct Waste {
    pub dose_modifiers: Modifiers,
    /// Units of the second line, with JW.
    pub units: i64,
}

/// The first day of JW: 2017-01-01.
const JW_FROM: Date = Date(17_167);
/// The first day of JZ: 2023-07-01.
const JZ_FROM: Date = Date(19_539);

/// More units than any vial holds.
const MOST_UNITS: i64 = 1_000_000;

impl Coder<'_> {
    /// The modifiers of a drug's dose line and the units of its waste line.
    pub(super) fn waste(&mut self, date: Option<Date>, total: &DayTotal<'_>, dose_units: i64) -> Waste {
        let medicare = self.encounter.payer_type == Some(PayerType::Medicare);
        if !self.policy.jw_jz.unwrap_or(medicare) || date < Some(JW_FROM) {
            return Waste::default();
        }
        let DayTotal { drug, rows, .. } = total;
        let multi_dose = rows.iter().all(|&row| self.is_multi_dose(row, drug));
        if multi_dose || !self.separately_payable(drug, date, rows) {
            return Waste::default();
        }
        let Some(contents) = self.contents(&total.dosed, drug) else {
            self.flag_all(rows, "jw-or-jz-unknown");
            return Waste::default();
        };
        if contents < total.amount {
            self.flag_all(rows, "dose-exceeds-vials");
        }
        // Vials that hold more than any dose are charted wrongly: what was discarded is not known.
        if exceeds_units(contents, drug.billing_unit, MOST_UNITS) {
            self.flag_all(rows, "jw-or-jz-unknown");
            return Waste::default();
        }
        let down = |amount| whole_units(amount, drug.billing_unit, UnitRounding::Floor).unwrap_or(i64::MAX);
        let left = match self.policy.unit_rounding {
            UnitRounding::Floor => down(contents - total.amount),
            _ => down(contents) - dose_units,
        };
        if left >= 1 {
            Waste { dose_modifiers: Modifiers::NONE, units: left }
        } else if date >= Some(JZ_FROM) {
            Waste { dose_modifiers: Modifiers::one(Modifier::NO_WASTE), units: 0 }
        } else {
            Waste::default()
        }
    }

    /// Facility: OPPS status G, K or K1. Professional: any drug with a payment limit. Never hydration, never
    /// unclassified.
    fn separately_payable(&mut self, drug: &Drug, date: Option<Date>, rows: &[u32]) -> bool {
        if drug.class == Some(SubstanceClass::Hydration) || drug.unclassified {
            return false;
        }
        match (self.setting, self.reference.drug_status(drug, date)) {
            (Setting::Professional, _) => drug.payment_limit.is_some(),
            (Setting::Facility, OppsStatus::SeparatelyPayable) => true,
            (Setting::Facility, OppsStatus::Unknown) => {
                self.flag_all(rows, "payment-status-unknown");
                false
            }
            (Setting::Facility, OppsStatus::Packaged | OppsStatus::NotPayable) => false,
        }
    }

    fn is_multi_dose(&self, row: u32, drug: &Drug) -> bool {
        match self.encounter.administrations[row as usize].container {
            Some(container) => container == Container::MultiDose,
            None => drug.multi_dose_only,
        }
    }

    /// What the vials held, in the billing unit of measure; `None` when a row's vials are unknown.
    fn contents(&self, rows: &[u32], drug: &Drug) -> Option<Decimal> {
        let mut contents: Option<Decimal> = None;
        for &row in rows {
            let row = &self.encounter.administrations[row as usize];
            let held = vial_contents(row, row.dose?)?;
            let held = convert_dose(held, row.dose_unit?, row.concentration, drug.unit?)?;
            contents = Some(contents.map_or(held, |contents| contents + held));
        }
        contents
    }
}

/// Contents of the vials of one row in its dose unit: size times number; one vial when the dose fits and no number is
/// charted; dose plus waste when only waste is charted.
pub fn vial_contents(row: &Administration<'_>, dose: Decimal) -> Option<Decimal> {
    match (row.vial_size, row.vials_used) {
        (Some(size), Some(count)) => Some(size * Decimal::from(count)),
        (Some(size), None) if dose <= size => Some(size),
        (Some(_), None) => None,
        (None, _) => row.amount_wasted.map(|waste| dose + waste),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waste_modifiers_have_their_first_days() {
        assert_eq!(Some(JW_FROM), Date::from_ymd(2017, 1, 1));
        assert_eq!(Some(JZ_FROM), Date::from_ymd(2023, 7, 1));
    }
}
