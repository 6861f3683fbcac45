#![doc = include_str!("units_over_container.md")]

use super::{drugs, given, unit_error, vials};
use crate::model::{Modifier, Modifiers};
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};
use rust_decimal::Decimal;

static INFO: RuleInfo = RuleInfo {
    code: "IA-G08",
    name: "units-over-container",
    family: "drug units",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 5000,
    carc: "16;151",
    rarc: "M53;N362",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("units_over_container.md"),
};

pub struct UnitsOverContainer;

impl Rule for UnitsOverContainer {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_DRUG.and(Signals::WASTE)
    }

    fn check(&self, case: &mut Case<'_>) {
        let key = Modifiers::one(Modifier::WASTE);
        for code in drugs(case) {
            let (extra, waste_extra) = (case.open(code, Modifiers::NONE).1, case.open(code, key).1);
            let waste_billed = case
                .ledger
                .entries
                .iter()
                .any(|entry| entry.code == code && entry.modifiers == key && entry.billed > 0);
            let Some(vials) = vials(case, code).filter(|_| waste_billed && extra + waste_extra > 0) else { continue };
            let billed = case.billed(code);
            if Decimal::from(billed) <= vials.contents
                || vials.waste_is_inside_a_unit()
                || unit_error(case, code).is_some()
            {
                continue;
            }
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, Modifiers::NONE, extra);
            case.take_from(&mut explained, code, key, waste_extra);
            explained.administrations = given(case, code);
            let evidence = format!(
                "{billed} unit(s) of {code} were billed as dose and waste together; the charted vials hold {}.",
                vials.contents.normalize()
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "31 and 15 units from vials of 40",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x15:JW"],
            ),
            Example::clean(
                "31 and 9 from vials of 40",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
