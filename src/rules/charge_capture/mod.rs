//! C: charge capture and claim structure.

mod administration_without_drug;
mod bundled_service_billed;
mod claim_without_record;
mod date_mismatch;
mod drug_without_administration;
mod duplicate_line;
mod encounter_not_billed;
mod facility_professional_mismatch;
mod service_not_billed;
mod service_not_supported;

pub use administration_without_drug::AdministrationWithoutDrug;
pub use bundled_service_billed::BundledServiceBilled;
pub use claim_without_record::ClaimWithoutRecord;
pub use date_mismatch::DateMismatch;
pub use drug_without_administration::DrugWithoutAdministration;
pub use duplicate_line::DuplicateLine;
pub use encounter_not_billed::EncounterNotBilled;
pub use facility_professional_mismatch::FacilityProfessionalMismatch;
pub use service_not_billed::ServiceNotBilled;
pub use service_not_supported::ServiceNotSupported;

use crate::compare::Entry;
use crate::model::{HcpcsCode, Modifiers};

fn key(entry: &Entry) -> (HcpcsCode, Modifiers) {
    (entry.code, entry.modifiers)
}
