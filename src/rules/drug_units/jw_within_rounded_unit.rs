#![doc = include_str!("jw_within_rounded_unit.md")]

use super::{drugs, given, vials};
use crate::model::{Modifier, Modifiers};
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G06",
    name: "jw-within-rounded-unit",
    family: "drug units",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 3000,
    carc: "16;151",
    rarc: "N822;N362",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("jw_within_rounded_unit.md"),
};

pub struct WasteWithinRoundedUnit;

impl Rule for WasteWithinRoundedUnit {
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
            let extra = case.open(code, key).1;
            let Some(vials) = vials(case, code).filter(|vials| extra > 0 && vials.waste_is_inside_a_unit()) else {
                continue;
            };
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, key, extra);
            explained.administrations = given(case, code);
            let evidence = format!(
                "{extra} unit(s) of {code} were billed with JW; the vials held {} unit(s) and the dose took {}, rounded up: \
                 what was discarded is already paid with the dose.",
                vials.contents.normalize(),
                vials.given.normalize()
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "5 mg of a 10 mg unit discarded",
                &["J1745 IV infusion 10:00-12:00 dose=395mg vials=4x100"],
                &["96413", "96415", "J1745x40:JZ", "J1745x1:JW"],
            ),
            Example::clean(
                "9 whole units discarded",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
