#![doc = include_str!("visit_without_25.md")]

use super::{administration_days, is_visit};
use crate::model::Modifier;
use crate::rules::codes;
use crate::rules::{
    BilledLine, Case, CodeKind, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals,
};

static INFO: RuleInfo = RuleInfo {
    code: "IA-M01",
    name: "visit-without-25",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 8500,
    carc: "97;4",
    rarc: "N822;M15",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("visit_without_25.md"),
};

pub struct VisitWithout25;

impl Rule for VisitWithout25 {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION.and(Signals::VISIT_WITHOUT_25)
    }

    fn check(&self, case: &mut Case<'_>) {
        let days = administration_days(case);
        let others = case.billed.iter().filter(|one| one.kind == CodeKind::Other);
        let visits: Vec<_> = others
            .filter(|one| one.code != codes::NURSE_VISIT && is_visit(case, one.code))
            .filter(|one| !one.line.modifiers.contains(Modifier::SEPARATE_VISIT))
            .filter(|one| days.contains(&one.line.service_date))
            .collect();
        for &&BilledLine { at, code, .. } in &visits {
            let evidence = format!(
                "Visit {code} is billed on the day of a drug administration without modifier 25; payers bundle it."
            );
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a visit beside an infusion, no 25",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213"],
            ),
            Example::clean(
                "a visit with 25",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213:25"],
            ),
            Example::clean("a visit alone", &[], &["99213"]),
        ];
        EXAMPLES
    }
}
