//! H: hierarchy and initial service.

mod hydration_billed_as_initial;
mod second_initial_same_site;
mod initial_below_hierarchy;
mod second_site_initial_missed;
mod second_encounter_initial_missed;
mod add_on_without_parent;

pub use hydration_billed_as_initial::HydrationBilledAsInitial;
pub use second_initial_same_site::SecondInitialSameSite;
pub use initial_below_hierarchy::InitialBelowHierarchy;
pub use second_site_initial_missed::SecondSiteInitialMissed;
pub use second_encounter_initial_missed::SecondEncounterInitialMissed;
pub use add_on_without_parent::AddOnWithoutParent;
