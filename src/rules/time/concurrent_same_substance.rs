#![doc = include_str!("concurrent_same_substance.md")]

use super::infusions;
use crate::coding::Service;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T10",
    name: "concurrent-same-substance",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 3000,
    carc: "97;236",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("concurrent_same_substance.md"),
};

pub struct ConcurrentSameSubstance;

impl Rule for ConcurrentSameSubstance {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let units = case.extra(codes::CONCURRENT);
        if units == 0 || case.expected(codes::CONCURRENT) > 0 {
            return;
        }
        let infusions: Vec<&Service> = infusions(case);
        let mixed = infusions.iter().any(|service| service.drugs.len() > 1);
        let mut drugs: Vec<&[u32]> = infusions.iter().map(|service| service.drugs.as_slice()).collect();
        drugs.sort_unstable();
        drugs.dedup();
        if infusions.is_empty() || (drugs.len() > 1 && !mixed) {
            return;
        }
        let mut explained = Explained::default();
        case.take_extra(&mut explained, codes::CONCURRENT, units);
        explained.administrations = infusions.iter().flat_map(|service| service.administrations.clone()).collect();
        let evidence = if mixed {
            "96368 was billed for drugs that ran mixed in one bag: one infusate, which is never concurrent with itself."
        } else {
            "96368 was billed, but every infusion of the encounter holds the same drug."
        };
        case.report(&INFO, explained, evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "one drug alone",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "96368"],
            ),
            Example::flagged(
                "two drugs in one bag",
                &["a:therapeutic IV infusion 10:00-10:40 bag=B1", "b:therapeutic IV infusion 10:00-10:40 bag=B1"],
                &["96365", "96368"],
            ),
            Example::clean(
                "two drugs side by side",
                &["a:therapeutic IV infusion 10:00-11:00", "b:therapeutic IV infusion 10:00-11:00"],
                &["96365", "96368"],
            ),
        ];
        EXAMPLES
    }
}
