#![doc = include_str!("treatment_encounter_code_misused.md")]

use super::{MONITORING, TREATMENT, same_diagnosis};
use crate::coding::is_neoplasm;
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-X04",
    name: "treatment-encounter-code-misused",
    family: "medical necessity",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 3000,
    carc: "11;16",
    rarc: "M76",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("treatment_encounter_code_misused.md"),
};

pub struct TreatmentEncounterCodeMisused;

impl Rule for TreatmentEncounterCodeMisused {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION.and(Signals::TREATMENT_MISUSED)
    }

    fn check(&self, case: &mut Case<'_>) {
        let Some(&BilledLine { at, .. }) = case.first_administration() else { return };
        let mut diagnoses = case.diagnoses();
        let treatment = |code: &str| TREATMENT.iter().any(|of| same_diagnosis(code, of));
        let evidence = if diagnoses.clone().any(treatment) && !diagnoses.clone().any(is_neoplasm) {
            "The encounter for chemotherapy or immunotherapy (Z51.11, Z51.12) is coded, and no neoplasm is."
        } else if diagnoses.next().is_some_and(|first| same_diagnosis(first, MONITORING)) {
            "Drug-level monitoring (Z51.81) is the first diagnosis of an infusion or injection; it is no reason for one."
        } else {
            return;
        };
        case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "Z51.11 without a neoplasm",
                &["paclitaxel:antineoplastic IV infusion 10:00-10:40"],
                &["96413"],
            )
            .with(&["diagnoses=Z51.11;M06.9"]),
            Example::flagged("Z51.81 first", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .with(&["diagnoses=Z51.81;N39.0"]),
            Example::clean(
                "Z51.11 with its neoplasm",
                &["paclitaxel:antineoplastic IV infusion 10:00-10:40"],
                &["96413"],
            )
            .with(&["diagnoses=Z51.11;C50.911"]),
        ];
        EXAMPLES
    }
}
