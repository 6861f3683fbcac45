//! G: drug units and waste.

mod biosimilar_code_mismatch;
mod code_not_in_force;
mod drug_not_billed;
mod drug_units_over_dose;
mod drug_units_under_dose;
mod jw_jz_conflict;
mod jw_jz_missing;
mod jw_on_multi_dose;
mod jw_within_rounded_unit;
mod self_administered_drug;
mod specific_code_exists;
mod unclassified_drug_incomplete;
mod unit_of_measure_error;
mod units_over_container;
mod vials_not_fewest;
mod waste_unbilled;

pub use biosimilar_code_mismatch::BiosimilarCodeMismatch;
pub use code_not_in_force::CodeNotInForce;
pub use drug_not_billed::DrugNotBilled;
pub use drug_units_over_dose::DrugUnitsOverDose;
pub use drug_units_under_dose::DrugUnitsUnderDose;
pub use jw_jz_conflict::WasteModifierConflict;
pub use jw_jz_missing::WasteModifierMissing;
pub use jw_on_multi_dose::WasteOnMultiDose;
pub use jw_within_rounded_unit::WasteWithinRoundedUnit;
pub use self_administered_drug::SelfAdministeredDrug;
pub use specific_code_exists::SpecificCodeExists;
pub use unclassified_drug_incomplete::UnclassifiedDrugIncomplete;
pub use unit_of_measure_error::UnitOfMeasureError;
pub use units_over_container::UnitsOverContainer;
pub use vials_not_fewest::VialsNotFewest;
pub use waste_unbilled::WasteUnbilled;

use super::{Carried, Case, CodeKind};
use crate::coding::vial_contents;
use crate::model::{HcpcsCode, Modifier, Modifiers};
use crate::reference::convert_dose;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use smallvec::SmallVec;

/// The drugs of one encounter.
type Codes = SmallVec<[HcpcsCode; 8]>;

/// The drugs of the ledger whose units are known, in the order of codes.
fn drugs(case: &Case<'_>) -> Codes {
    let entries = case.ledger.entries.iter().filter(|entry| !entry.undetermined);
    let mut codes: Codes =
        entries.map(|entry| entry.code).filter(|code| case.reference.drug(*code).is_some()).collect();
    codes.dedup();
    codes
}

/// The administrations that gave a drug.
fn given(case: &Case<'_>, code: HcpcsCode) -> Vec<u32> {
    let lines = case.coded.lines.iter().filter(|line| line.code == code);
    lines.flat_map(|line| line.administrations.iter().copied()).collect()
}

/// The drugs that are billed with one of these modifiers, in the order of codes.
fn drugs_billed_with(case: &Case<'_>, modifiers: Carried) -> Codes {
    let billed = case.billed.iter().filter(|one| one.kind == CodeKind::Drug && one.carried.any(modifiers));
    let mut codes: Codes = billed.map(|one| one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// What the charted vials of a drug held and gave, in billing units before rounding.
struct Vials {
    contents: Decimal,
    given: Decimal,
    /// The dose in whole units, as it is billed.
    dose: Decimal,
}

impl Vials {
    /// Something was discarded, and the rounded dose pays for it already.
    fn waste_is_inside_a_unit(&self) -> bool {
        self.contents > self.given && self.contents - self.dose < Decimal::ONE
    }
}

/// The vials of a drug; `None` where they are not charted or the drug was given by no row.
fn vials(case: &Case<'_>, code: HcpcsCode) -> Option<Vials> {
    let drug = case.reference.drug(code)?;
    let mut rows = given(case, code);
    rows.sort_unstable();
    rows.dedup();
    let (mut contents, mut amount) = (Decimal::ZERO, Decimal::ZERO);
    for row in rows.iter().filter_map(|&at| case.row(at)) {
        let Some(dose) = row.dose else { continue };
        let unit = row.dose_unit?;
        contents += convert_dose(vial_contents(row, dose)?, unit, row.concentration, drug.unit?)?;
        amount += convert_dose(dose, unit, row.concentration, drug.unit?)?;
    }
    let given = amount.checked_div(drug.billing_unit)?;
    let contents = contents.checked_div(drug.billing_unit)?;
    (!contents.is_zero()).then_some(Vials { contents, given, dose: given.ceil() })
}

/// What a number of drug units was mistaken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnitError {
    DoseInItsOwnUnit,
    WholeVial,
    OrderedDose,
    /// So many times too much or too little.
    PowerOfTen(i64),
}

/// The slip that explains why the billed units of a drug differ from those supported; `None` where they agree or none
/// does.
fn unit_error(case: &Case<'_>, code: HcpcsCode) -> Option<UnitError> {
    let entry = |modifiers: Modifiers| {
        case.ledger.entries.iter().find(|entry| entry.code == code && entry.modifiers == modifiers)
    };
    let dose = entry(Modifiers::NONE).filter(|entry| entry.missing() > 0 || entry.extra() > 0)?;
    let (expected, billed) = (dose.expected, dose.billed);
    if expected <= 0 || billed <= 0 || dose.undetermined {
        return None;
    }
    let drug = case.reference.drug(code)?;
    let rows: Vec<_> = {
        let mut rows = given(case, code);
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().filter_map(|at| case.row(at)).filter(|row| row.dose.is_some()).collect()
    };
    let sum = |of: &dyn Fn(&crate::model::Administration<'_>) -> Option<Decimal>| {
        rows.iter().map(|row| of(row)).sum::<Option<Decimal>>()
    };
    let converted = |row: &crate::model::Administration<'_>, amount: Option<Decimal>| {
        convert_dose(amount?, row.dose_unit?, row.concentration, drug.unit?)
    };
    let billed_is = |amount: Option<Decimal>| amount.filter(|_| !rows.is_empty()) == Some(Decimal::from(billed));
    if billed_is(sum(&|row| converted(row, row.dose))) || billed_is(sum(&|row| row.dose)) {
        return Some(UnitError::DoseInItsOwnUnit);
    }
    let waste = entry(Modifiers::one(Modifier::WASTE)).map_or(0, |entry| entry.expected);
    let whole = vials(case, code).and_then(|vials| vials.contents.floor().to_i64());
    if waste > 0 && whole == Some(billed) {
        return Some(UnitError::WholeVial);
    }
    let ordered = sum(&|row| converted(row, row.ordered_dose)).and_then(|all| all.checked_div(drug.billing_unit));
    if billed_is(ordered.map(|units| units.ceil())) {
        return Some(UnitError::OrderedDose);
    }
    let (less, more) = (expected.min(billed), expected.max(billed));
    let times = more / less;
    let power = (1..=6).map(|exponent| 10_i64.pow(exponent)).find(|power| *power == times && less * power == more);
    power.map(UnitError::PowerOfTen)
}

/// The least contents, in billing units, of vials of these sizes that hold a dose; at most `limit`. `None` where the sizes
/// are unknown or the numbers are too fine to compare.
fn fewest(dose: Decimal, sizes: &[Decimal], limit: Decimal) -> Option<Decimal> {
    const STEPS: usize = 200_000;
    let scale = sizes.iter().chain([&dose, &limit]).map(Decimal::scale).max().filter(|scale| *scale <= 4)?;
    let whole = |amount: Decimal| (amount * Decimal::from(10_i64.pow(scale))).to_usize();
    let sizes: Vec<usize> = sizes.iter().map(|size| whole(*size).filter(|size| *size > 0)).collect::<Option<_>>()?;
    let (dose, limit) = (whole(dose)?, whole(limit)?);
    if sizes.is_empty() || limit > STEPS {
        return None;
    }
    let mut reachable = vec![false; limit + 1];
    reachable[0] = true;
    for sum in 1..=limit {
        reachable[sum] = sizes.iter().any(|size| sum >= *size && reachable[sum - size]);
    }
    let least = (dose..=limit).find(|sum| reachable[*sum])?;
    Some(Decimal::from(least) / Decimal::from(10_i64.pow(scale)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_contents_are_found_among_all_combinations() {
        let amounts = |all: &[i64]| all.iter().map(|one| Decimal::from(*one)).collect::<Vec<_>>();
        let least = |dose: i64, sizes: &[i64], limit: i64| {
            fewest(Decimal::from(dose), &amounts(sizes), Decimal::from(limit)).and_then(|least| least.to_i64())
        };
        assert_eq!(least(60, &[10, 50], 100), Some(60));
        assert_eq!(least(65, &[10, 50], 100), Some(70));
        assert_eq!(least(140, &[20, 80, 160], 160), Some(140));
        assert_eq!(least(30, &[40], 40), Some(40));
        assert_eq!(least(30, &[], 40), None);
    }
}
