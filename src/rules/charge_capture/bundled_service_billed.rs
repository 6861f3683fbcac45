#![doc = include_str!("bundled_service_billed.md")]

use crate::model::Date;
use crate::rules::{
    BilledLine, Case, CodeKind, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes,
};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C08",
    name: "bundled-service-billed",
    family: "charge capture",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 8500,
    carc: "97;236",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("bundled_service_billed.md"),
};

pub struct BundledServiceBilled;

impl Rule for BundledServiceBilled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION.and(Signals::INCLUDED)
    }

    fn check(&self, case: &mut Case<'_>) {
        let given = |day: Date| {
            let mut administrations = case.billed.iter().filter(|one| one.kind == CodeKind::Administration);
            administrations.any(|one| one.line.service_date == day)
        };
        let lines: Vec<_> = case
            .billed
            .iter()
            .filter(|one| codes::INCLUDED.contains(&one.code) && !one.line.modifiers.has_distinct_service())
            .filter(|one| given(one.line.service_date))
            .collect();
        for &&BilledLine { at, code, .. } in &lines {
            let evidence = format!(
                "{code} is billed on the day of an infusion, push or injection, which includes access, draws and flushes \
                 of the line."
            );
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "starting the line billed beside the infusion",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "36000"],
            ),
            Example::flagged(
                "a port flush beside the infusion",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "96523"],
            ),
            Example::clean("a port flush alone", &[], &["96523"]),
            Example::clean(
                "another day",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "96523 date=2026-01-17"],
            ),
        ];
        EXAMPLES
    }
}
