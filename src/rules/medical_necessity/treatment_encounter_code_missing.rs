#![doc = include_str!("treatment_encounter_code_missing.md")]

use super::{TREATMENT, same_diagnosis};
use crate::coding::{Service, is_neoplasm};
use crate::model::{EncounterClass, HcpcsCode, SubstanceClass};
use crate::rules::{Case, CodeKind, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-X03",
    name: "treatment-encounter-code-missing",
    family: "medical necessity",
    direction: Direction::Denial,
    severity: Severity::Low,
    probability_basis_points: 1500,
    carc: "11;16",
    rarc: "M76",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("treatment_encounter_code_missing.md"),
};

pub struct TreatmentEncounterCodeMissing;

impl Rule for TreatmentEncounterCodeMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::CHEMOTHERAPY.and(Signals::ANTINEOPLASTIC).and(Signals::TREATMENT_NOT_FIRST)
    }

    fn check(&self, case: &mut Case<'_>) {
        // An unlisted chemotherapy service alone does not say what was given.
        if !case.billed.iter().any(|one| one.kind == CodeKind::Administration && one.facts.chemo) {
            return;
        }
        // A patient who comes for something else and is given chemotherapy too has another first diagnosis.
        let other_reason =
            matches!(case.encounter.encounter_class, Some(EncounterClass::Emergency | EncounterClass::Observation));
        let chemo = |code: HcpcsCode| {
            code != codes::HORMONAL_INJECTION && case.reference.administration(code).is_some_and(|known| known.chemo)
        };
        let line = case.claim_lines().find(|(_, line)| line.hcpcs.is_some_and(chemo)).map(|(at, _)| at);
        let treated = |service: &Service| service.class == SubstanceClass::Antineoplastic;
        let rows = case.administrations_where(treated);
        let (Some(at), false, false) = (line, other_reason, rows.is_empty()) else { return };
        let diagnoses = case.diagnoses();
        let first = diagnoses.clone().next().unwrap_or_default();
        let neoplasm = diagnoses.clone().any(is_neoplasm);
        if !neoplasm || TREATMENT.iter().any(|code| same_diagnosis(first, code)) {
            return;
        }
        let evidence = "An antineoplastic was given for a neoplasm, and the first diagnosis is not the encounter for \
                        chemotherapy (Z51.11) or immunotherapy (Z51.12).";
        case.report(&INFO, Explained::at(Some(at), rows), evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged("the neoplasm alone", &["paclitaxel:antineoplastic IV infusion 10:00-10:40"], &["96413"])
                .with(&["diagnoses=C50.911"]),
            Example::flagged("Z51.11 second", &["paclitaxel:antineoplastic IV infusion 10:00-10:40"], &["96413"])
                .with(&["diagnoses=C50.911;Z51.11"]),
            Example::clean("Z51.11 first", &["paclitaxel:antineoplastic IV infusion 10:00-10:40"], &["96413"])
                .with(&["diagnoses=Z51.11;C50.911"]),
            Example::clean("no neoplasm", &["paclitaxel:antineoplastic IV infusion 10:00-10:40"], &["96413"])
                .with(&["diagnoses=M06.9"]),
        ];
        EXAMPLES
    }
}
