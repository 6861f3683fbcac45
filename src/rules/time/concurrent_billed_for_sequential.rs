#![doc = include_str!("concurrent_billed_for_sequential.md")]

use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T08",
    name: "concurrent-billed-for-sequential",
    family: "time",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("concurrent_billed_for_sequential.md"),
};

pub struct ConcurrentBilledForSequential;

impl Rule for ConcurrentBilledForSequential {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        let units = case.extra(codes::CONCURRENT).min(case.missing(codes::SEQUENTIAL));
        if units == 0 {
            return;
        }
        let mut explained = Explained::default();
        case.take_missing(&mut explained, codes::SEQUENTIAL, units);
        case.take_extra(&mut explained, codes::CONCURRENT, units);
        explained.claim_line = None;
        let evidence = "96368 was billed for a drug that ran before or after the others on its access site, not at the \
                        same time; that is 96367.";
        case.report(&INFO, explained, evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "one antibiotic after the other billed as concurrent",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96368"],
            ),
            Example::clean(
                "billed as sequential",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96367"],
            ),
        ];
        EXAMPLES
    }
}
