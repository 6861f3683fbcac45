//! Step 9: JW and JZ on separately payable drugs from single-dose containers (CMS Pub 100-04 ch. 17 section 40).

use super::Coder;
use super::drug_lines::DayTotal;
use crate::model::{Administration, Container, Date, Modifier, Modifiers, PayerType, Setting, SubstanceClass};
use crate::policy::UnitRounding;
use crate::reference::{Drug, OppsStatus, convert_dose};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// What step 9 says about one drug line.
#[derive(Default)]
pub(super) struct Waste {
    pub dose_modifiers: Modifiers,
    /// Units of the second line, with JW.
    pub units: i64,
}

/// JW is reported from 2017-01-01, JZ from 2023-07-01.
fn from(year: i16, month: i8) -> Option<Date> {
    Date::from_ymd(year, month, 1)
}

impl Coder<'_> {
    /// The modifiers of a drug's dose line and the units of its waste line.
    pub(super) fn waste(&mut self, drug: &Drug, date: Option<Date>, total: &DayTotal, dose_units: i64) -> Waste {
        let medicare = self.encounter.payer_type == Some(PayerType::Medicare);
        if !self.policy.jw_jz.unwrap_or(medicare) || date < from(2017, 1) {
            return Waste::default();
        }
        let rows = total.rows.clone();
        let multi_dose = rows.iter().all(|&row| self.is_multi_dose(row, drug));
        if multi_dose || !self.separately_payable(drug, date, &rows) {
            return Waste::default();
        }
        let Some(contents) = self.contents(&total.dosed, drug) else {
            self.flag_all(&rows, "jw-or-jz-unknown");
            return Waste::default();
        };
        if contents < total.amount {
            self.flag_all(&rows, "dose-exceeds-vials");
        }
        // Vials that hold more than any dose are charted wrongly: what was discarded is not known.
        if contents / drug.billing_unit > Decimal::from(1_000_000) {
            self.flag_all(&rows, "jw-or-jz-unknown");
            return Waste::default();
        }
        let container_units = (contents / drug.billing_unit).floor().to_i64().unwrap_or(i64::MAX);
        let left = match self.policy.unit_rounding {
            UnitRounding::Floor => ((contents - total.amount) / drug.billing_unit).floor().to_i64().unwrap_or(i64::MAX),
            _ => container_units - dose_units,
        };
        if left >= 1 {
            Waste { dose_modifiers: Modifiers::NONE, units: left }
        } else if date >= from(2023, 7) {
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
        let mut contents = Decimal::ZERO;
        for &row in rows {
            let row = &self.encounter.administrations[row as usize];
            let held = vial_contents(row, row.dose?)?;
            contents += convert_dose(held, row.dose_unit?, row.concentration, drug.unit?)?;
        }
        Some(contents)
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
