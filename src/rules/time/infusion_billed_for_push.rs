#![doc = include_str!("infusion_billed_for_push.md")]

use crate::coding::{Service, Technique};
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T03",
    name: "infusion-billed-for-push",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("infusion_billed_for_push.md"),
};

pub struct InfusionBilledForPush;

impl Rule for InfusionBilledForPush {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        let documented =
            |service: &Service| service.technique == Technique::Push && service.timed && service.minutes() <= 15;
        let rows = case.administrations_where(documented);
        if rows.is_empty() {
            return;
        }
        let mut explained = Explained::default();
        for (infusion, push) in codes::INFUSION_AND_PUSH {
            let units = case.extra(infusion).min(case.missing(push));
            case.take_extra(&mut explained, infusion, units);
            case.take_missing(&mut explained, push, units);
        }
        if explained.is_empty() {
            return;
        }
        explained.administrations.retain(|row| rows.contains(row));
        let minutes = case.coded.services.iter().filter(|service| documented(service)).map(Service::minutes).max();
        let evidence = format!(
            "An infusion was billed, but the record documents {} minutes: 15 or fewer are a push.",
            minutes.unwrap_or_default()
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "12 documented minutes billed as an infusion",
                &["famotidine:therapeutic IV infusion 10:00-10:12"],
                &["96365"],
            ),
            Example::clean(
                "16 minutes are an infusion",
                &["famotidine:therapeutic IV infusion 10:00-10:16"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
