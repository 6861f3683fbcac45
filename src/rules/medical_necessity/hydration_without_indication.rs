#![doc = include_str!("hydration_without_indication.md")]

use super::any_diagnosis;
use crate::coding::Technique;
use crate::policy::HydrationDiagnoses;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-X01",
    name: "hydration-without-indication",
    family: "medical necessity",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 2500,
    carc: "50;11",
    rarc: "M76;N115",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("hydration_without_indication.md"),
};

pub struct HydrationWithoutIndication;

impl Rule for HydrationWithoutIndication {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::HYDRATION
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.policy.hydration_diagnoses == HydrationDiagnoses::Off {
            return;
        }
        let line = case.claim_lines().find(|(_, line)| line.hcpcs.is_some_and(|code| codes::HYDRATION.contains(&code)));
        let Some((at, _)) = line else { return };
        if any_diagnosis(case, |code| case.reference.supports_hydration(code)) != Some(false) {
            return;
        }
        let rows = case.administrations_where(|service| service.technique == Technique::Hydration);
        let evidence = "Hydration is billed, and no diagnosis of the encounter is on the list that payers ask for \
                        (dehydration, vomiting, diarrhoea, low blood pressure and the like).";
        case.report(&INFO, Explained::at(Some(at), rows), evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "hydration for a urinary infection",
                &["saline:hydration IV infusion 10:00-11:00"],
                &["96360"],
            )
            .with(&["diagnoses=N39.0"]),
            Example::clean("hydration for dehydration", &["saline:hydration IV infusion 10:00-11:00"], &["96360"])
                .with(&["diagnoses=N39.0;E86.0"]),
            Example::clean("no diagnoses in the data", &["saline:hydration IV infusion 10:00-11:00"], &["96360"]),
            Example::clean("a payer without a list", &["saline:hydration IV infusion 10:00-11:00"], &["96360"])
                .with(&["diagnoses=N39.0", "policy.hydration_diagnoses=off"]),
        ];
        EXAMPLES
    }
}
