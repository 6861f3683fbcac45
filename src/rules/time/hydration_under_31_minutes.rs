#![doc = include_str!("hydration_under_31_minutes.md")]

use super::hours::hydration_intervals;
use crate::coding::{Technique, intervals};
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T05",
    name: "hydration-under-31-minutes",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "97;16;152",
    rarc: "N657;M25",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("hydration_under_31_minutes.md"),
};

pub struct HydrationUnder31Minutes;

impl Rule for HydrationUnder31Minutes {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let charted = intervals::union(hydration_intervals(case));
        let minutes = intervals::total(&charted);
        if charted.is_empty() || minutes >= 31 || codes::HYDRATION.iter().any(|code| case.expected(*code) > 0) {
            return;
        }
        let mut explained = Explained::default();
        for code in codes::HYDRATION {
            let units = case.extra(code);
            case.take_extra(&mut explained, code, units);
        }
        if explained.is_empty() {
            return;
        }
        explained.administrations = case.administrations_where(|service| service.technique == Technique::Hydration);
        let evidence =
            format!("Hydration was billed for {minutes} documented minutes; fewer than 31 are never billable.");
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged("half an hour of fluid billed", &["saline:hydration IV infusion 10:00-10:30"], &["96360"]),
            Example::clean("31 minutes of fluid billed", &["saline:hydration IV infusion 10:00-10:31"], &["96360"]),
        ];
        EXAMPLES
    }
}
