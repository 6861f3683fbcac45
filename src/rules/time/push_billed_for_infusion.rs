#![doc = include_str!("push_billed_for_infusion.md")]

use crate::coding::{Service, Technique};
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T04",
    name: "push-billed-for-infusion",
    family: "time",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 1500,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("push_billed_for_infusion.md"),
};

pub struct PushBilledForInfusion;

impl Rule for PushBilledForInfusion {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        let documented = |service: &Service| service.technique == Technique::Infusion;
        let rows = case.administrations_where(documented);
        if rows.is_empty() {
            return;
        }
        let mut explained = Explained::default();
        for (infusion, push) in codes::INFUSION_AND_PUSH {
            let units = case.missing(infusion).min(case.extra(push));
            case.take_missing(&mut explained, infusion, units);
            case.take_extra(&mut explained, push, units);
        }
        if explained.is_empty() {
            return;
        }
        let minutes = explained
            .administrations
            .iter()
            .filter_map(|row| case.coded.services.iter().find(|service| service.administrations.contains(row)))
            .map(Service::minutes)
            .max();
        let evidence = format!(
            "A push was billed, but the record documents {} minutes: 16 or more are an infusion.",
            minutes.unwrap_or_default()
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a 30-minute antibiotic billed as a push",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:30"],
                &["96374"],
            ),
            Example::clean("15 minutes are a push", &["ceftriaxone:therapeutic IV infusion 10:00-10:15"], &["96374"]),
        ];
        EXAMPLES
    }
}
