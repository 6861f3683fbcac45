//! Policy switches: where payers or publishers differ, layered by payer and setting, looked up by date of service.

mod choices;
mod conflicts;
mod feed;
mod file;
mod layers;
mod resolved;
mod switch_list;
mod switches;

pub use choices::{
    BolusOfInfusedDrug, ComplexBiologicPolicy, ConcurrentChemo, HydrationDiagnoses, MidnightDateOfService, MissingStop,
    Modifier340b, PartialOverlap, PricePreference, SameDrugRepeat, SecondSiteInitial, SplitDoseInjection, UnitRounding,
};
pub use feed::FeedLimits;
pub use file::PolicyError;
pub use layers::{DayLimits, Origin, PolicySet, Profile, SwitchShown};
pub use resolved::ResolvedPolicies;
pub use switch_list::{SAME_ANSWER_SWITCHES, SWITCHES, Switch};
pub use switches::{Policy, RuleOverride, SwitchError, SwitchValue};
