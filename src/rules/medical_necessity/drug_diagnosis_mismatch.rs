#![doc = include_str!("drug_diagnosis_mismatch.md")]

use super::all_diagnoses;
use crate::model::HcpcsCode;
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-X02",
    name: "drug-diagnosis-mismatch",
    family: "medical necessity",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 5000,
    carc: "11;50",
    rarc: "M76;N115",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("drug_diagnosis_mismatch.md"),
};

pub struct DrugDiagnosisMismatch;

impl Rule for DrugDiagnosisMismatch {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Imported("drug-diagnoses")]
    }

    fn when(&self) -> Signals {
        Signals::BILLED
    }

    fn check(&self, case: &mut Case<'_>) {
        let diagnoses = all_diagnoses(case);
        if diagnoses.is_empty() {
            return;
        }
        let plain = |code: &str| code.replace('.', "").to_uppercase();
        let mut told: Vec<HcpcsCode> = Vec::new();
        for &BilledLine { at, code, line, .. } in case.billed {
            let Some(list) = case.reference.drug_diagnoses(code, line.service_date) else { continue };
            let covers = |listed: &String| match listed.strip_suffix('*') {
                Some(prefix) => diagnoses.iter().any(|code| plain(code).starts_with(prefix)),
                None => diagnoses.iter().any(|code| plain(code) == *listed),
            };
            if list.iter().any(covers) || told.contains(&code) {
                continue;
            }
            told.push(code);
            let evidence = format!("No diagnosis of the encounter is on the imported list of diagnoses for {code}.");
            let rows = case.supported(code).flat_map(|line| line.administrations.iter().copied()).collect();
            case.report(&INFO, Explained::at(Some(at), rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "infliximab for a urinary infection",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30:JZ"],
            )
            .with(&["diagnoses=N39.0"]),
            Example::clean(
                "infliximab for Crohn's disease",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30:JZ"],
            )
            .with(&["diagnoses=K50.90"]),
            Example::clean(
                "a drug without a list",
                &["J0696 IV infusion 10:00-10:40 dose=1000mg"],
                &["96365", "J0696x4"],
            )
            .with(&["diagnoses=N39.0"]),
        ];
        EXAMPLES
    }
}
