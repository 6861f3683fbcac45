#![doc = include_str!("sequential_billed_for_concurrent.md")]

use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T07",
    name: "sequential-billed-for-concurrent",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 2000,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("sequential_billed_for_concurrent.md"),
};

pub struct SequentialBilledForConcurrent;

impl Rule for SequentialBilledForConcurrent {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let mut concurrent: Vec<u32> =
            case.supported(codes::CONCURRENT).flat_map(|line| line.administrations.iter().copied()).collect();
        concurrent.sort_unstable();
        let units = case.extra(codes::SEQUENTIAL).min(concurrent.len() as i64);
        if units == 0 || (case.missing(codes::CONCURRENT) == 0 && case.restart_billed_as_new()) {
            return;
        }
        let mut explained = Explained::default();
        case.take_extra(&mut explained, codes::SEQUENTIAL, units);
        case.take_missing(&mut explained, codes::CONCURRENT, 1);
        explained.administrations = concurrent;
        let evidence = format!(
            "{units} unit(s) of 96367 were billed for a drug that ran at the same time as another on the access site; \
             that is 96368, once per encounter."
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "two drugs over the same hour, the second billed as sequential",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:00", "vancomycin:therapeutic IV infusion 10:00-11:00"],
                &["96365", "96367"],
            ),
            Example::clean(
                "billed as concurrent",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:00", "vancomycin:therapeutic IV infusion 10:00-11:00"],
                &["96365", "96368"],
            ),
        ];
        EXAMPLES
    }
}
