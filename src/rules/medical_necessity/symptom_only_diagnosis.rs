#![doc = include_str!("symptom_only_diagnosis.md")]

use super::{all_diagnoses, same_diagnosis};
use crate::model::HcpcsCode;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-X05",
    name: "symptom-only-diagnosis",
    family: "medical necessity",
    direction: Direction::Denial,
    severity: Severity::Low,
    probability_basis_points: 1500,
    carc: "11;50",
    rarc: "M76",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("symptom_only_diagnosis.md"),
};

pub struct SymptomOnlyDiagnosis;

impl Rule for SymptomOnlyDiagnosis {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION
    }

    fn check(&self, case: &mut Case<'_>) {
        let given = |code: HcpcsCode| case.is_administration(code) && !codes::HYDRATION.contains(&code);
        let line = case.claim_lines().find(|(_, line)| line.hcpcs.is_some_and(given));
        let Some((at, _)) = line else { return };
        let diagnoses = all_diagnoses(case);
        let symptom = |code: &&str| code.starts_with(['R', 'r']) || same_diagnosis(code, "Z79.899");
        if diagnoses.is_empty() || !diagnoses.iter().all(symptom) {
            return;
        }
        let evidence = "Every diagnosis of the encounter is a symptom or long-term drug use; payers ask for the disease \
                        that the drug treats.";
        case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged("abdominal pain alone", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .with(&["diagnoses=R10.9"]),
            Example::clean("with the infection", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .with(&["diagnoses=R10.9;N39.0"]),
            Example::clean(
                "hydration for vomiting is IA-X01's",
                &["saline:hydration IV infusion 10:00-11:00"],
                &["96360"],
            )
            .with(&["diagnoses=R11.2"]),
        ];
        EXAMPLES
    }
}
