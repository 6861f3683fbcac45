//! Finds the code of a row that charts only an NDC or a name.

use super::{DrugUnit, NameMatch, Reference};
use crate::model::{Administration, Date, DrugMatch, Encounter, HcpcsCode, SubstanceClass};
use rust_decimal::Decimal;

impl Reference {
    /// Gives rows without a HCPCS code the one that their NDC or name stands for, by the tables in force on the day.
    /// A name that stands for several codes gives at most their common class; what is only like a name gives nothing.
    /// [`Administration::drug_match`] says which it was.
    pub fn resolve_drugs(&self, encounter: &mut Encounter<'_>) {
        let day = encounter.date();
        for row in &mut encounter.administrations {
            let date = row.start_time.map(crate::model::ChartTime::date).or(day);
            if let Some(code) = row.drug_code {
                self.replace_ended(row, code, date);
                continue;
            }
            if !self.resolve_ndc(row, date) {
                self.resolve_name(row, date);
            }
        }
    }

    /// A code that had ended on the day gives way to the one that replaced it, whose billing unit counts.
    fn replace_ended(&self, row: &mut Administration<'_>, code: HcpcsCode, date: Option<Date>) {
        let Some(super::InForce::Ended(_, Some(current))) = date.map(|date| self.in_force(code, date)) else { return };
        if self.drug(current).is_some() {
            row.drug_code = Some(current);
            row.drug_match = DrugMatch::Replaced;
        }
    }

    fn resolve_ndc(&self, row: &mut Administration<'_>, date: Option<Date>) -> bool {
        let (Some(ndc), Some(date)) = (row.ndc.and_then(eleven_digits), date) else { return false };
        let entries = self.ndc(&ndc, date);
        let mut codes: Vec<HcpcsCode> = entries.iter().map(|entry| entry.hcpcs).collect();
        codes.sort_unstable();
        codes.dedup();
        match codes.as_slice() {
            [] => return false,
            [code] => {
                row.drug_code = Some(*code);
                row.drug_match = DrugMatch::Ndc;
                self.units_of_vials(row, *code, entries[0].units_per_vial);
            }
            codes => self.ambiguous(row, codes),
        }
        true
    }

    /// A dose charted in vials becomes an amount in the code's own unit.
    fn units_of_vials(&self, row: &mut Administration<'_>, code: HcpcsCode, units_per_vial: Option<Decimal>) {
        let (Some(dose), Some(units), Some(drug)) = (row.dose, units_per_vial, self.drug(code)) else { return };
        let in_vials = row.dose_unit.is_some_and(|unit| {
            let unit = unit.trim().to_lowercase();
            matches!(unit.as_str(), "vial" | "vials") || DrugUnit::parse(&unit) == Some(DrugUnit::Each)
        });
        let unit = drug.unit.map(DrugUnit::as_str).filter(|_| in_vials && drug.unit != Some(DrugUnit::Each));
        if let Some(unit) = unit {
            row.dose = dose.checked_mul(units).and_then(|units| units.checked_mul(drug.billing_unit));
            row.dose_unit = Some(unit);
        }
    }

    fn resolve_name(&self, row: &mut Administration<'_>, date: Option<Date>) {
        let Some(name) = row.drug_name else { return };
        match self.drug_named(name) {
            NameMatch::One(code) => self.named(row, code, date),
            NameMatch::Several(codes) => {
                // Of codes that followed one another, those in force on the day.
                let current: Vec<HcpcsCode> = codes.iter().copied().filter(|code| self.holds(*code, date)).collect();
                match current.as_slice() {
                    [code] => self.named(row, *code, date),
                    _ => self.ambiguous(row, &codes),
                }
            }
            NameMatch::Resembles(_) => row.drug_match = DrugMatch::Resembles,
            NameMatch::Unknown => {}
        }
    }

    fn holds(&self, code: HcpcsCode, date: Option<Date>) -> bool {
        use super::InForce;
        date.is_none_or(|date| matches!(self.in_force(code, date), InForce::Yes | InForce::Unknown))
    }

    /// The class that the chart gives beats what a name says.
    fn named(&self, row: &mut Administration<'_>, code: HcpcsCode, date: Option<Date>) {
        let class = self.drug(code).and_then(|drug| drug.class);
        let contradicted = row.substance_class.is_some() && row.substance_class != class;
        if !contradicted && self.holds(code, date) {
            row.drug_code = Some(code);
            row.drug_match = DrugMatch::Name;
        }
    }

    fn ambiguous(&self, row: &mut Administration<'_>, codes: &[HcpcsCode]) {
        row.drug_match = DrugMatch::Ambiguous;
        let mut classes: Vec<Option<SubstanceClass>> =
            codes.iter().map(|code| self.drug(*code).and_then(|drug| drug.class)).collect();
        classes.sort_unstable();
        classes.dedup();
        if let ([Some(class)], None) = (classes.as_slice(), row.substance_class) {
            row.substance_class = Some(*class);
        }
    }
}

/// An NDC as the crosswalk writes it: eleven digits, from 5-4-2 with or without dashes; ten digits with dashes tell
/// which part is short.
#[must_use]
pub fn eleven_digits(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split('-').collect();
    let digits = |part: &str| part.chars().all(|letter| letter.is_ascii_digit());
    if !parts.iter().all(|part| digits(part)) {
        return None;
    }
    match parts.as_slice() {
        [whole] if whole.len() == 11 => Some((*whole).to_owned()),
        [labeler, product, package] if labeler.len() <= 5 && product.len() <= 4 && package.len() <= 2 => {
            Some(format!("{labeler:0>5}{product:0>4}{package:0>2}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ndc_is_padded_by_its_dashes_and_never_guessed() {
        assert_eq!(eleven_digits("00069-1305-10").as_deref(), Some("00069130510"));
        assert_eq!(eleven_digits("69-1305-1").as_deref(), Some("00069130501"));
        assert_eq!(eleven_digits("00069130510").as_deref(), Some("00069130510"));
        // Ten digits without dashes fit three formats.
        assert_eq!(eleven_digits("0069130510"), None);
        assert_eq!(eleven_digits("N/A"), None);
    }
}
