//! H: hierarchy and initial service.

mod add_on_without_parent;
mod distinct;
mod hydration_billed_as_initial;
mod initial_below_hierarchy;
mod second_encounter_initial_missed;
mod second_initial_same_site;
mod second_site_initial_missed;

pub use add_on_without_parent::AddOnWithoutParent;
pub use hydration_billed_as_initial::HydrationBilledAsInitial;
pub use initial_below_hierarchy::InitialBelowHierarchy;
pub use second_encounter_initial_missed::SecondEncounterInitialMissed;
pub use second_initial_same_site::SecondInitialSameSite;
pub use second_site_initial_missed::SecondSiteInitialMissed;
