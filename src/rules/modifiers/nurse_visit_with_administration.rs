#![doc = include_str!("nurse_visit_with_administration.md")]

use super::administration_days;
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-M03",
    name: "nurse-visit-with-administration",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 9000,
    carc: "97;236",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("nurse_visit_with_administration.md"),
};

pub struct NurseVisitWithAdministration;

impl Rule for NurseVisitWithAdministration {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION.and(Signals::NURSE_VISIT)
    }

    fn check(&self, case: &mut Case<'_>) {
        let days = administration_days(case);
        let visits: Vec<u32> = case
            .claim_lines()
            .filter(|(_, line)| line.hcpcs == Some(codes::NURSE_VISIT) && days.contains(&line.service_date))
            .map(|(at, _)| at)
            .collect();
        for at in visits {
            let evidence = "99211 is billed on the day of a drug administration; it is never paid beside one, with or \
                            without modifier 25.";
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence.to_owned());
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a nurse visit beside an injection",
                &["b12:therapeutic IM injection 10:00-"],
                &["96372", "99211:25"],
            )
            .professional(),
            Example::clean("an injection alone", &["b12:therapeutic IM injection 10:00-"], &["96372"]).professional(),
        ];
        EXAMPLES
    }
}
