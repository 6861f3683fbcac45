#![doc = include_str!("waste_unbilled.md")]

use super::drugs;
use crate::model::{Modifier, Modifiers};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-G07",
    name: "waste-unbilled",
    family: "drug units",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Pharmacy,
    since: "0.1.0",
    page: include_str!("waste_unbilled.md"),
};

pub struct WasteUnbilled;

impl Rule for WasteUnbilled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(Table::Flowsheets, &["vial_size", "amount_wasted"])]
    }

    fn when(&self) -> Signals {
        Signals::MISSING_DRUG
    }

    fn check(&self, case: &mut Case<'_>) {
        let waste = Modifiers::one(Modifier::WASTE);
        for code in drugs(case) {
            let (missing, _) = case.open(code, waste);
            if missing == 0 || case.billed(code) == 0 {
                continue;
            }
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, waste, missing);
            let evidence = format!(
                "{} whole unit(s) of {code} were left in single-dose containers and are not billed with JW.",
                explained.missing_units()
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "95 mg discarded and not billed",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31"],
            ),
            Example::clean(
                "the waste on its own line",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
