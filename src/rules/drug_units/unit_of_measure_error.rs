#![doc = include_str!("unit_of_measure_error.md")]

use super::{UnitError, drugs, given, unit_error};
use crate::model::{Modifier, Modifiers};
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G14",
    name: "unit-of-measure-error",
    family: "drug units",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 5000,
    carc: "16;151",
    rarc: "M53;N362",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("unit_of_measure_error.md"),
};

pub struct UnitOfMeasureError;

impl Rule for UnitOfMeasureError {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::OPEN
    }

    fn check(&self, case: &mut Case<'_>) {
        for code in drugs(case) {
            let Some(error) = unit_error(case, code) else { continue };
            let (billed, expected) = (case.billed(code), case.expected(code));
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, Modifiers::NONE, i64::MAX);
            if error == UnitError::WholeVial {
                case.take_from(&mut explained, code, Modifiers::one(Modifier::WASTE), i64::MAX);
            }
            explained.administrations = given(case, code);
            let which = match error {
                UnitError::DoseInItsOwnUnit => "the number is the dose in its own unit of measure".to_owned(),
                UnitError::WholeVial => "the number is what the vials held".to_owned(),
                UnitError::OrderedDose => "the number is the ordered dose, not the given one".to_owned(),
                UnitError::PowerOfTen(times) => format!("the two differ by a factor of {times}"),
            };
            let evidence = format!("{billed} unit(s) of {code} were billed and {expected} are supported: {which}.");
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "milligrams billed as units",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x300:JZ"],
            ),
            Example::flagged(
                "a tenth of the units",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x3:JZ"],
            ),
            Example::flagged(
                "the whole vials as the dose",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x40"],
            ),
            Example::flagged(
                "the ordered dose",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100 ordered_dose=350"],
                &["96413", "96415", "J1745x35:JZ"],
            ),
            Example::clean(
                "a plain miscount is IA-G01",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x32:JZ"],
            ),
            Example::clean(
                "the right units",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
