#![doc = include_str!("second_encounter_initial_missed.md")]

use super::distinct::missed_initials;
use crate::rules::{Case, Direction, Example, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-H05",
    name: "second-encounter-initial-missed",
    family: "hierarchy",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("second_encounter_initial_missed.md"),
};

pub struct SecondEncounterInitialMissed;

impl Rule for SecondEncounterInitialMissed {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Encounters, "patient_id"), Need::Column(Table::Encounters, "start_time")]
    }

    fn when(&self) -> Signals {
        Signals::MISSING_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.encounter.second_encounter_of_day || case.claim_lines().next().is_none() {
            return;
        }
        for (initial, explained) in missed_initials(case) {
            let evidence = format!(
                "This is the patient's second encounter of the day: it earns its own initial service {initial} with the \
                 distinct-encounter modifier; an add-on or nothing was billed for it."
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "the evening dose of a patient who came back, billed as sequential",
                &["vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96367"],
            )
            .second_encounter(),
            Example::clean(
                "billed as an initial of its own with 59",
                &["vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365:59"],
            )
            .second_encounter(),
            Example::clean(
                "the first encounter of the day",
                &["vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
