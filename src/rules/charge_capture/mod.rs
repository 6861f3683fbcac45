//! C: charge capture and claim structure.

mod claim_without_record;
mod encounter_not_billed;
mod service_not_billed;
mod service_not_supported;

pub use claim_without_record::ClaimWithoutRecord;
pub use encounter_not_billed::EncounterNotBilled;
pub use service_not_billed::ServiceNotBilled;
pub use service_not_supported::ServiceNotSupported;

use crate::compare::Entry;
use crate::model::{HcpcsCode, Modifiers};

fn key(entry: &Entry) -> (HcpcsCode, Modifiers) {
    (entry.code, entry.modifiers)
}
