//! P: place, form and payer.

mod ed_hydration_payer_bundled;
mod filing_limit_near;
mod inpatient_outpatient_codes;
mod professional_in_facility;
mod revenue_code_mismatch;

pub use ed_hydration_payer_bundled::EdHydrationPayerBundled;
pub use filing_limit_near::FilingLimitNear;
pub use inpatient_outpatient_codes::InpatientOutpatientCodes;
pub use professional_in_facility::ProfessionalInFacility;
pub(super) use professional_in_facility::is_in_facility;
pub use revenue_code_mismatch::RevenueCodeMismatch;
pub(super) use revenue_code_mismatch::revenue_code_apart;
