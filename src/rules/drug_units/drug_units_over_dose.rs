#![doc = include_str!("drug_units_over_dose.md")]

use super::{drugs, given};
use crate::model::Modifiers;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G01",
    name: "drug-units-over-dose",
    family: "drug units",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;151",
    rarc: "M53;M123;N362",
    owner: Owner::Pharmacy,
    since: "0.1.0",
    page: include_str!("drug_units_over_dose.md"),
};

pub struct DrugUnitsOverDose;

impl Rule for DrugUnitsOverDose {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_DRUG
    }

    fn check(&self, case: &mut Case<'_>) {
        for code in drugs(case) {
            let (_, extra) = case.open(code, Modifiers::NONE);
            if extra == 0 || case.expected(code) == 0 {
                continue;
            }
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, Modifiers::NONE, extra);
            explained.administrations = given(case, code);
            let evidence = format!(
                "{} unit(s) of {code} were billed; the charted dose is {} unit(s).",
                case.billed(code),
                case.expected(code)
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "32 units billed for 300 mg",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x32:JZ"],
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
