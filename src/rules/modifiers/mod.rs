//! M: modifiers and visits.

mod distinct_modifier_missing;
mod distinct_modifier_unsupported;
mod nurse_visit_with_administration;
mod visit_without_25;

pub use distinct_modifier_missing::DistinctModifierMissing;
pub use distinct_modifier_unsupported::DistinctModifierUnsupported;
pub use nurse_visit_with_administration::NurseVisitWithAdministration;
pub use visit_without_25::VisitWithout25;

use super::Case;
use crate::model::{Date, HcpcsCode};
use crate::reference::CodeRole;

/// Days on which an infusion, push or injection is billed.
fn administration_days(case: &Case<'_>) -> Vec<Date> {
    let administrations =
        case.claim_lines().filter(|(_, line)| line.hcpcs.is_some_and(|code| case.is_administration(code)));
    administrations.map(|(_, line)| line.service_date).collect()
}

fn is_visit(case: &Case<'_>, code: HcpcsCode) -> bool {
    case.reference.administration(code).is_some_and(|known| known.role == CodeRole::Visit)
}
