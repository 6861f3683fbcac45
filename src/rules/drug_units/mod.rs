//! G: drug units and waste.

mod drug_units_over_dose;
mod drug_units_under_dose;
mod jw_jz_missing;
mod waste_unbilled;

pub use drug_units_over_dose::DrugUnitsOverDose;
pub use drug_units_under_dose::DrugUnitsUnderDose;
pub use jw_jz_missing::WasteModifierMissing;
pub use waste_unbilled::WasteUnbilled;

use super::Case;
use crate::model::HcpcsCode;

/// The drugs of the ledger whose units are known, in the order of codes.
fn drugs(case: &Case<'_>) -> Vec<HcpcsCode> {
    let entries = case.ledger.entries.iter().filter(|entry| !entry.undetermined);
    let mut codes: Vec<HcpcsCode> =
        entries.map(|entry| entry.code).filter(|code| case.reference.drug(*code).is_some()).collect();
    codes.dedup();
    codes
}

/// The administrations that gave a drug.
fn given(case: &Case<'_>, code: HcpcsCode) -> Vec<u32> {
    let lines = case.coded.lines.iter().filter(|line| line.code == code);
    lines.flat_map(|line| line.administrations.iter().copied()).collect()
}
