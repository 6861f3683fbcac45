//! C: charge capture and claim structure.

mod service_not_billed;
mod encounter_not_billed;
mod service_not_supported;
mod claim_without_record;

pub use service_not_billed::ServiceNotBilled;
pub use encounter_not_billed::EncounterNotBilled;
pub use service_not_supported::ServiceNotSupported;
pub use claim_without_record::ClaimWithoutRecord;

use crate::compare::Entry;
use crate::model::{HcpcsCode, Modifiers};

fn key(entry: &Entry) -> (HcpcsCode, Modifiers) {
    (entry.code, entry.modifiers)
}
