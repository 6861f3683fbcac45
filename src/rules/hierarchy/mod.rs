//! H: hierarchy and initial service.

mod add_on_without_parent;
mod chemo_code_for_therapeutic_drug;
mod complex_biologic_payer_policy;
mod distinct;
mod hormonal_injection_miscoded;
mod hydration_billed_as_initial;
mod initial_below_hierarchy;
mod second_encounter_initial_missed;
mod second_initial_same_site;
mod second_site_initial_missed;
mod therapeutic_code_for_chemo_drug;

pub use add_on_without_parent::AddOnWithoutParent;
pub use chemo_code_for_therapeutic_drug::ChemoCodeForTherapeuticDrug;
pub use complex_biologic_payer_policy::ComplexBiologicPayerPolicy;
pub use hormonal_injection_miscoded::HormonalInjectionMiscoded;
pub use hydration_billed_as_initial::HydrationBilledAsInitial;
pub use initial_below_hierarchy::InitialBelowHierarchy;
pub use second_encounter_initial_missed::SecondEncounterInitialMissed;
pub use second_initial_same_site::SecondInitialSameSite;
pub use second_site_initial_missed::SecondSiteInitialMissed;
pub use therapeutic_code_for_chemo_drug::TherapeuticCodeForChemoDrug;

use super::Case;
use crate::model::SubstanceClass;

/// Whether the drugs that decide the code family are complex biologics and none is an antineoplastic, so that the family
/// is a matter of payer policy.
fn only_complex_biologics(case: &Case<'_>) -> bool {
    let has = |class| case.coded.services.iter().any(|service| service.class == class);
    has(SubstanceClass::ComplexBiologic) && !has(SubstanceClass::Antineoplastic)
}
