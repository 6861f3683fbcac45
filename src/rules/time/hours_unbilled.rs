#![doc = include_str!("hours_unbilled.md")]

use super::hours::{base_minutes, is_restart};
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T02",
    name: "hours-unbilled",
    family: "time",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("hours_unbilled.md"),
};

pub struct HoursUnbilled;

impl Rule for HoursUnbilled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::MISSING_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        for (hours, bases) in codes::HOURS {
            let missing = case.missing(hours);
            let begun = case.billed(hours) > 0 || bases.iter().any(|base| case.billed(*base) > 0);
            if missing == 0 || !begun || is_restart(case, hours) {
                continue;
            }
            let mut explained = Explained::default();
            case.take_missing(&mut explained, hours, missing);
            let minutes = base_minutes(case, hours, bases);
            let evidence = format!(
                "{minutes} documented minutes support {} unit(s) of {hours}; {} were billed.",
                case.expected(hours),
                case.billed(hours)
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "two hours of immune globulin billed as one",
                &["globulin:therapeutic IV infusion 08:00-10:00"],
                &["96365"],
            ),
            Example::clean("90 minutes are one unit", &["globulin:therapeutic IV infusion 08:00-09:30"], &["96365"]),
        ];
        EXAMPLES
    }
}
