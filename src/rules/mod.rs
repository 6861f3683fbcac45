//! The catalogue: one folder per family, one file per rule.
//!
//! A rule is a small type with its [`RuleInfo`], one `check` that looks at a [`Case`] and reports, and examples that
//! must and must not be flagged. Its `.md` is its only documentation: the command line, the reports and the docs print
//! it. [`RULES`] is the catalogue; its order is the order of reports.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

mod carried;
mod case;
mod charge_capture;
mod codes;
mod documentation;
mod drug_units;
mod example;
mod facts;
mod hierarchy;
mod info;
#[cfg(test)]
mod laws;
mod medical_necessity;
mod modifiers;
mod national_edits;
mod outcomes;
mod place_and_payer;
mod signals;
mod time;
mod work_order;

pub use carried::Carried;
pub use case::{BilledLine, BilledLines, Case, CodeKind, Explained};
pub use example::{Example, ExampleError};
pub use facts::{Need, RunFacts};
pub use info::{Direction, Owner, RuleInfo, Severity};
pub use signals::Signals;
pub use work_order::run;

/// When a rule looks at the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before all others: the services stand on a form on which they do not belong.
    Form,
    /// The encounter has no bill, or no record.
    Whole,
    /// One code billed in place of another, or one line billed twice: before rules that count units of one code.
    Pair,
    /// In the order of the catalogue.
    Specific,
    /// What no rule explained, so that the ledger always ends empty.
    Rest,
    /// What needs all other findings: national edits that nothing else explains, outcomes, deadlines.
    Last,
}

/// One rule of the catalogue.
pub trait Rule: Sync {
    fn info(&self) -> &'static RuleInfo;

    fn phase(&self) -> Phase {
        Phase::Specific
    }

    /// Signals without which the rule finds nothing.
    fn when(&self) -> Signals;

    /// Columns, options and tables without which the rule says nothing; a run that lacks one says so.
    fn needs(&self) -> &'static [Need] {
        &[]
    }

    /// Looks at one encounter under one setting; consumes the ledger units that the rule explains and reports.
    fn check(&self, case: &mut Case<'_>);

    /// At least one that is flagged and one that is not.
    fn examples(&self) -> &'static [Example];
}

/// Every rule, in the order of the catalogue.
pub static RULES: &[&dyn Rule] = &[
    &hierarchy::HydrationBilledAsInitial,
    &hierarchy::SecondInitialSameSite,
    &hierarchy::InitialBelowHierarchy,
    &hierarchy::SecondSiteInitialMissed,
    &hierarchy::SecondEncounterInitialMissed,
    &hierarchy::AddOnWithoutParent,
    &hierarchy::ChemoCodeForTherapeuticDrug,
    &hierarchy::TherapeuticCodeForChemoDrug,
    &hierarchy::ComplexBiologicPayerPolicy,
    &hierarchy::HormonalInjectionMiscoded,
    &time::HoursOverDocumented,
    &time::HoursUnbilled,
    &time::InfusionBilledForPush,
    &time::PushBilledForInfusion,
    &time::HydrationUnder31Minutes,
    &time::HydrationDuringInfusion,
    &time::SequentialBilledForConcurrent,
    &time::ConcurrentBilledForSequential,
    &time::ConcurrentMoreThanOnce,
    &time::ConcurrentSameSubstance,
    &time::RepeatPushUnsupported,
    &time::RepeatPushUnbilled,
    &time::ProlongedInfusionMiscoded,
    &time::RestartBilledAsNew,
    &time::ChemoSequentialMiscoded,
    &documentation::StopTimeMissing,
    &documentation::StartTimeMissing,
    &documentation::StopBeforeStart,
    &documentation::TimesCopiedFromOrder,
    &documentation::TimeDerivedFromRate,
    &documentation::SourcesDisagree,
    &documentation::SlowPushBySyringe,
    &documentation::AccessSiteMissing,
    &documentation::SecondSiteReasonMissing,
    &documentation::WasteNotCharted,
    &documentation::OrderMissing,
    &documentation::VolumeRateTimeConflict,
    &documentation::ImplausibleDuration,
    &documentation::DoseMissing,
    &charge_capture::ServiceNotBilled,
    &charge_capture::EncounterNotBilled,
    &charge_capture::ServiceNotSupported,
    &charge_capture::ClaimWithoutRecord,
    &charge_capture::DrugWithoutAdministration,
    &charge_capture::AdministrationWithoutDrug,
    &charge_capture::DuplicateLine,
    &charge_capture::BundledServiceBilled,
    &charge_capture::FacilityProfessionalMismatch,
    &charge_capture::DateMismatch,
    &drug_units::DrugUnitsOverDose,
    &drug_units::DrugUnitsUnderDose,
    &drug_units::WasteModifierMissing,
    &drug_units::WasteModifierConflict,
    &drug_units::WasteOnMultiDose,
    &drug_units::WasteWithinRoundedUnit,
    &drug_units::WasteUnbilled,
    &drug_units::UnitsOverContainer,
    &drug_units::VialsNotFewest,
    &drug_units::UnclassifiedDrugIncomplete,
    &drug_units::SpecificCodeExists,
    &drug_units::BiosimilarCodeMismatch,
    &drug_units::CodeNotInForce,
    &drug_units::UnitOfMeasureError,
    &drug_units::DrugNotBilled,
    &drug_units::SelfAdministeredDrug,
    &modifiers::VisitWithout25,
    &modifiers::Visit25Unsupported,
    &modifiers::NurseVisitWithAdministration,
    &modifiers::DistinctModifierUnsupported,
    &modifiers::DistinctModifierMissing,
    &modifiers::ModifierNotApplicable,
    &modifiers::Program340bModifierWrong,
    &modifiers::GlobalPeriod79Missing,
    &modifiers::OffCampusModifierMissing,
    &modifiers::TeachingModifierMissing,
    &national_edits::NationalCodePair,
    &national_edits::UnitLimitExceeded,
    &national_edits::UnitLimitZero,
    &medical_necessity::HydrationWithoutIndication,
    &medical_necessity::DrugDiagnosisMismatch,
    &medical_necessity::TreatmentEncounterCodeMissing,
    &medical_necessity::TreatmentEncounterCodeMisused,
    &medical_necessity::SymptomOnlyDiagnosis,
    &place_and_payer::ProfessionalInFacility,
    &place_and_payer::InpatientOutpatientCodes,
    &place_and_payer::RevenueCodeMismatch,
    &place_and_payer::EdHydrationPayerBundled,
    &place_and_payer::FilingLimitNear,
    &outcomes::DeniedAndCorrectable,
    &outcomes::DeniedUnpredicted,
    &outcomes::PaidBelowSchedule,
    &outcomes::PaidDespiteRisk,
];

/// The rule of a code.
#[must_use]
pub fn info_of(code: &str) -> Option<&'static RuleInfo> {
    all().find(|info| info.code == code)
}

/// Every rule's information, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static RuleInfo> {
    RULES.iter().map(|rule| rule.info())
}

/// The place of a rule in the catalogue, by its code.
#[must_use]
pub fn place_of(code: &str) -> Option<usize> {
    static PLACES: LazyLock<FxHashMap<&'static str, usize>> =
        LazyLock::new(|| all().enumerate().map(|(place, info)| (info.code, place)).collect());
    PLACES.get(code).copied()
}
