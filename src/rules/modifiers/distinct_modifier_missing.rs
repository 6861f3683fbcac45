#![doc = include_str!("distinct_modifier_missing.md")]

use crate::model::{Modifier, Modifiers};
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-M05",
    name: "distinct-modifier-missing",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 8500,
    carc: "236;97",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("distinct_modifier_missing.md"),
};

pub struct DistinctModifierMissing;

impl Rule for DistinctModifierMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        let distinct = Modifiers::one(Modifier::DISTINCT);
        for (initial, _) in codes::INITIALS {
            let units = case.open(initial, distinct).0.min(case.open(initial, Modifiers::NONE).1);
            if units == 0 {
                continue;
            }
            let mut explained = Explained::default();
            case.take_from(&mut explained, initial, distinct, units);
            case.take_from(&mut explained, initial, Modifiers::NONE, units);
            let evidence = format!(
                "A second site or encounter earns its own {initial}, but the line carries no distinct-service modifier; \
                 payers deny it as a duplicate initial."
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "two sites, two initials, no 59",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96365"],
            ),
            Example::clean(
                "the second with 59",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96365:59"],
            ),
        ];
        EXAMPLES
    }
}
