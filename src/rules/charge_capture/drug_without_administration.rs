#![doc = include_str!("drug_without_administration.md")]

use crate::model::{EncounterClass, HcpcsCode, SubstanceClass};
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C05",
    name: "drug-without-administration",
    family: "charge capture",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 2500,
    carc: "16;107",
    rarc: "M51;N657",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("drug_without_administration.md"),
};

pub struct DrugWithoutAdministration;

impl Rule for DrugWithoutAdministration {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::DRUG_ALONE
    }

    fn check(&self, case: &mut Case<'_>) {
        let anywhere = case.encounter.claim_lines.iter();
        if anywhere.filter_map(|line| line.hcpcs).any(|code| case.is_administration(code)) {
            return;
        }
        let needs_one = |code: HcpcsCode| {
            case.reference.drug(code).is_some_and(|drug| {
                !drug.flush && !drug.unclassified && drug.class.is_some_and(|class| class != SubstanceClass::Hydration)
            })
        };
        let inpatient = case.encounter.encounter_class == Some(EncounterClass::Inpatient);
        let lines: Vec<_> = case
            .claim_lines()
            .filter(|(_, line)| !inpatient && !line.is_inpatient_bill())
            .filter_map(|(at, line)| line.hcpcs.filter(|code| needs_one(*code)).map(|code| (at, code)))
            .collect();
        let mut seen: Vec<HcpcsCode> = Vec::new();
        for (at, code) in lines {
            if seen.contains(&code) {
                continue;
            }
            seen.push(code);
            let evidence = format!("{code} is billed, and no line of the encounter says how it was given.");
            let rows = case.supported(code).flat_map(|line| line.administrations.iter().copied()).collect();
            case.report(&INFO, Explained::at(Some(at), rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a drug without its infusion",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["J1745x31", "J1745x9:JW"],
            ),
            Example::clean(
                "with it",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
            Example::clean("a bag of saline alone", &[], &["J7030"]),
        ];
        EXAMPLES
    }
}
