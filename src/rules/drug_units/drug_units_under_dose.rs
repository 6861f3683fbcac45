#![doc = include_str!("drug_units_under_dose.md")]

use super::drugs;
use crate::model::Modifiers;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G02",
    name: "drug-units-under-dose",
    family: "drug units",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Pharmacy,
    since: "0.1.0",
    page: include_str!("drug_units_under_dose.md"),
};

pub struct DrugUnitsUnderDose;

impl Rule for DrugUnitsUnderDose {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::MISSING_DRUG
    }

    fn check(&self, case: &mut Case<'_>) {
        for code in drugs(case) {
            let (missing, _) = case.open(code, Modifiers::NONE);
            if missing == 0 || case.billed(code) == 0 {
                continue;
            }
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, Modifiers::NONE, missing);
            let evidence = format!(
                "The charted dose is {} unit(s) of {code}; {} were billed.",
                case.expected(code),
                case.billed(code)
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "3 units billed for 305 mg",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x3", "J1745x9:JW"],
            ),
            Example::clean(
                "31 units and 9 wasted",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
