#![doc = include_str!("hours_over_documented.md")]

use super::hours::{base_minutes, is_restart, overlap_explains, rows_of};
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T01",
    name: "hours-over-documented",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "151;150",
    rarc: "M25;N362",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("hours_over_documented.md"),
};

pub struct HoursOverDocumented;

impl Rule for HoursOverDocumented {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        for (hours, bases) in codes::HOURS {
            let extra = case.extra(hours);
            let supported = case.expected(hours) > 0 || bases.iter().any(|base| case.expected(*base) > 0);
            if extra == 0 || !supported || is_restart(case, hours) || overlap_explains(case, hours) {
                continue;
            }
            let mut explained = Explained::default();
            case.take_extra(&mut explained, hours, extra);
            explained.administrations = rows_of(case, hours, bases);
            let minutes = base_minutes(case, hours, bases);
            let evidence = format!(
                "{} unit(s) of {hours} were billed; {minutes} documented minutes support {}.",
                case.billed(hours),
                case.expected(hours)
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "one additional hour billed for exactly 90 minutes",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:30"],
                &["96365", "96366"],
            ),
            Example::clean(
                "91 minutes earn one additional hour",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:31"],
                &["96365", "96366"],
            ),
        ];
        EXAMPLES
    }
}
