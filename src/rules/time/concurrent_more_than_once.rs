#![doc = include_str!("concurrent_more_than_once.md")]

use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T09",
    name: "concurrent-more-than-once",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 9000,
    carc: "151;222",
    rarc: "N362",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("concurrent_more_than_once.md"),
};

pub struct ConcurrentMoreThanOnce;

impl Rule for ConcurrentMoreThanOnce {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let billed = case.billed(codes::CONCURRENT);
        let units = case.extra(codes::CONCURRENT).min(billed - 1);
        if units <= 0 {
            return;
        }
        let mut explained = Explained::default();
        case.take_extra(&mut explained, codes::CONCURRENT, units);
        explained.administrations =
            case.supported(codes::CONCURRENT).flat_map(|line| line.administrations.iter().copied()).collect();
        let evidence =
            format!("96368 was billed {billed} times; it counts once per encounter, whatever the drugs and hours.");
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "three drugs at once, 96368 twice",
                &[
                    "a:therapeutic IV infusion 10:00-11:00",
                    "b:therapeutic IV infusion 10:00-11:00",
                    "c:therapeutic IV infusion 10:00-11:00",
                ],
                &["96365", "96368x2"],
            ),
            Example::clean(
                "three drugs at once, 96368 once",
                &[
                    "a:therapeutic IV infusion 10:00-11:00",
                    "b:therapeutic IV infusion 10:00-11:00",
                    "c:therapeutic IV infusion 10:00-11:00",
                ],
                &["96365", "96368"],
            ),
        ];
        EXAMPLES
    }
}
