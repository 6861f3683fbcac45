//! Policy switches: where payers or publishers differ, layered by payer and setting, looked up by date of service.

mod file;
mod layers;
mod switches;

pub use file::PolicyError;
pub use layers::{PolicySet, Profile};
pub use switches::{
    BolusOfInfusedDrug, ComplexBiologicPolicy, ConcurrentChemo, MidnightDateOfService, MissingStop, PartialOverlap,
    Policy, RuleOverride, SAME_ANSWER_SWITCHES, SWITCHES, SameDrugRepeat, SecondSiteInitial, SplitDoseInjection,
    Switch, SwitchError, SwitchValue, UnitRounding,
};
