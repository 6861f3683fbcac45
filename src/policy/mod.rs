//! Policy switches: where payers or publishers differ, layered by payer and setting, looked up by date of service.

mod conflicts;
mod feed;
mod file;
mod layers;
mod resolved;
mod switches;

pub use feed::FeedLimits;
pub use file::PolicyError;
pub use layers::{DayLimits, Origin, PolicySet, Profile, SwitchShown};
pub use resolved::ResolvedPolicies;
pub use switches::{
    BolusOfInfusedDrug, ComplexBiologicPolicy, ConcurrentChemo, HydrationDiagnoses, MidnightDateOfService, MissingStop,
    Modifier340b, PartialOverlap, Policy, PricePreference, RuleOverride, SAME_ANSWER_SWITCHES, SWITCHES,
    SameDrugRepeat, SecondSiteInitial, SplitDoseInjection, Switch, SwitchError, SwitchValue, UnitRounding,
};
