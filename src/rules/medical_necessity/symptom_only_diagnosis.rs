#![doc = include_str!("symptom_only_diagnosis.md")]

use super::{LONG_TERM_DRUG_USE, same_diagnosis};
use crate::rules::{
    BilledLine, Case, CodeKind, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes,
};

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
        Signals::ADMINISTRATION.and(Signals::SYMPTOMS_ALONE)
    }

    fn check(&self, case: &mut Case<'_>) {
        let given =
            |one: &&BilledLine<'_>| one.kind == CodeKind::Administration && !codes::HYDRATION.contains(&one.code);
        let Some(&BilledLine { at, .. }) = case.billed.iter().find(given) else { return };
        let symptom = |code: &str| code.starts_with(['R', 'r']) || same_diagnosis(code, LONG_TERM_DRUG_USE);
        // Most encounters show another diagnosis at once.
        let billed = case.claim_lines().flat_map(|(_, line)| line.diagnoses());
        let mut diagnoses = billed.chain(case.encounter.diagnosis_codes()).peekable();
        if diagnoses.peek().is_none() || !diagnoses.all(symptom) {
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
