//! Drug amounts and their exact conversion. What does not convert exactly is `None`, never a guess.

use crate::model::Concentration;
use rust_decimal::Decimal;

/// A unit in which a drug is dosed or billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrugUnit {
    Gram,
    Milligram,
    Microgram,
    Nanogram,
    Millilitre,
    Litre,
    /// International or product units: IU counts as unit.
    Unit,
    Milliequivalent,
    /// Pieces: each, dose, vial, implant.
    Each,
}

impl DrugUnit {
    /// Reads a unit as charted; case and a plural do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = crate::model::trimmed(text);
        // As most systems write them.
        match text {
            "mg" => return Some(Self::Milligram),
            "g" => return Some(Self::Gram),
            "mcg" => return Some(Self::Microgram),
            "mL" | "ml" => return Some(Self::Millilitre),
            "unit" | "units" => return Some(Self::Unit),
            _ => {}
        }
        match text.to_lowercase().as_str() {
            "g" | "gm" | "gram" | "grams" => Some(Self::Gram),
            "mg" | "milligram" | "milligrams" => Some(Self::Milligram),
            "mcg" | "ug" | "µg" | "μg" | "microgram" | "micrograms" => Some(Self::Microgram),
            "ng" | "nanogram" | "nanograms" => Some(Self::Nanogram),
            "ml" | "cc" | "milliliter" | "milliliters" | "millilitre" | "millilitres" => Some(Self::Millilitre),
            "l" | "liter" | "liters" | "litre" | "litres" => Some(Self::Litre),
            "unit" | "units" | "u" | "iu" => Some(Self::Unit),
            "meq" => Some(Self::Milliequivalent),
            "each" | "ea" | "dose" | "doses" => Some(Self::Each),
            _ => None,
        }
    }

    /// The unit as it is billed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gram => "g",
            Self::Milligram => "mg",
            Self::Microgram => "mcg",
            Self::Nanogram => "ng",
            Self::Millilitre => "mL",
            Self::Litre => "L",
            Self::Unit => "unit",
            Self::Milliequivalent => "meq",
            Self::Each => "each",
        }
    }

    /// The dimension, and how many of its smallest unit this one holds.
    fn scale(self) -> (u8, i64) {
        match self {
            Self::Gram => (0, 1_000_000_000),
            Self::Milligram => (0, 1_000_000),
            Self::Microgram => (0, 1_000),
            Self::Nanogram => (0, 1),
            Self::Litre => (1, 1_000),
            Self::Millilitre => (1, 1),
            Self::Unit => (2, 1),
            Self::Milliequivalent => (3, 1),
            Self::Each => (4, 1),
        }
    }

    fn to(self, amount: Decimal, target: DrugUnit) -> Option<Decimal> {
        let ((dimension, scale), (target_dimension, target_scale)) = (self.scale(), target.scale());
        if dimension != target_dimension {
            return None;
        }
        if scale == target_scale {
            return Some(amount);
        }
        amount.checked_mul(Decimal::from(scale))?.checked_div(Decimal::from(target_scale))
    }
}

/// `amount` of `unit` expressed in `target`. A volume becomes an amount of drug only with a concentration.
#[must_use]
pub fn convert_dose(
    amount: Decimal,
    unit: &str,
    concentration: Option<Concentration<'_>>,
    target: DrugUnit,
) -> Option<Decimal> {
    let unit = DrugUnit::parse(unit)?;
    if let Some(converted) = unit.to(amount, target) {
        return Some(converted);
    }
    let millilitres = unit.to(amount, DrugUnit::Millilitre)?;
    let concentration = concentration?;
    let drug = millilitres.checked_mul(concentration.amount)?;
    DrugUnit::parse(concentration.unit)?.to(drug, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_exact_or_absent() {
        let ten = Decimal::from(10);
        assert_eq!(convert_dose(ten, "g", None, DrugUnit::Milligram), Some(Decimal::from(10_000)));
        assert_eq!(convert_dose(ten, "MCG", None, DrugUnit::Milligram), Some(Decimal::new(1, 2)));
        assert_eq!(convert_dose(ten, "IU", None, DrugUnit::Unit), Some(ten));
        assert_eq!(convert_dose(ten, "mL", None, DrugUnit::Milligram), None);
        let strength = Concentration { amount: Decimal::from(5), unit: "mg" };
        assert_eq!(convert_dose(ten, "mL", Some(strength), DrugUnit::Milligram), Some(Decimal::from(50)));
        assert_eq!(convert_dose(ten, "drops", Some(strength), DrugUnit::Milligram), None);
    }
}
