//! M: modifiers and visits.

mod distinct_modifier_missing;
mod distinct_modifier_unsupported;
mod global_period_79_missing;
mod modifier_not_applicable;
mod nurse_visit_with_administration;
mod off_campus_modifier_missing;
mod program_340b_modifier_wrong;
mod teaching_modifier_missing;
mod visit_25_unsupported;
mod visit_without_25;

pub use distinct_modifier_missing::DistinctModifierMissing;
pub use distinct_modifier_unsupported::DistinctModifierUnsupported;
pub use global_period_79_missing::GlobalPeriod79Missing;
pub use modifier_not_applicable::ModifierNotApplicable;
pub use nurse_visit_with_administration::NurseVisitWithAdministration;
pub use off_campus_modifier_missing::OffCampusModifierMissing;
pub use program_340b_modifier_wrong::Program340bModifierWrong;
pub use teaching_modifier_missing::TeachingModifierMissing;
pub use visit_25_unsupported::Visit25Unsupported;
pub use visit_without_25::VisitWithout25;

use super::{Case, CodeKind};
use crate::model::{Date, HcpcsCode};
use crate::reference::CodeRole;

/// Days on which an infusion, push or injection is billed.
fn administration_days(case: &Case<'_>) -> Vec<Date> {
    let administrations = case.billed.iter().filter(|one| one.kind == CodeKind::Administration);
    administrations.map(|one| one.line.service_date).collect()
}

fn is_visit(case: &Case<'_>, code: HcpcsCode) -> bool {
    case.reference.administration(code).is_some_and(|known| known.role == CodeRole::Visit)
}
