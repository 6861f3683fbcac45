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
use crate::coding::Family;
use crate::model::SubstanceClass;

/// The code family of the encounter's complex biologics under the policy in force, where no antineoplastic decides it:
/// billed in the other family they are a matter of payer policy. `None` where no such drug was given.
fn family_of_biologics(case: &Case<'_>) -> Option<Family> {
    let mut services = case.coded.services.iter();
    if services.clone().any(|service| service.class == SubstanceClass::Antineoplastic) {
        return None;
    }
    services.find(|service| service.class == SubstanceClass::ComplexBiologic).map(|service| service.family)
}
