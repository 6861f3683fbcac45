#![doc = include_str!("repeat_push_unsupported.md")]

use super::repeated_pushes;
use crate::model::Setting;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T11",
    name: "repeat-push-unsupported",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 3000,
    carc: "97;236",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("repeat_push_unsupported.md"),
};

pub struct RepeatPushUnsupported;

impl Rule for RepeatPushUnsupported {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let units = case.extra(codes::REPEAT_PUSH);
        if units == 0 {
            return;
        }
        let repeated = repeated_pushes(case);
        let professional = case.setting() == Setting::Professional;
        if repeated.is_empty() && !professional {
            return;
        }
        let mut explained = Explained::default();
        case.take_extra(&mut explained, codes::REPEAT_PUSH, units);
        explained.administrations = repeated;
        let evidence = if professional {
            "96376 was billed on a professional claim; it is a facility code."
        } else {
            "96376 was billed for a push of the same drug 30 minutes or less after the last reported one."
        };
        case.report(&INFO, explained, evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "25 minutes after the first",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 10:25-"],
                &["96374", "96376"],
            ),
            Example::flagged(
                "on a professional claim",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 11:00-"],
                &["96374", "96376"],
            )
            .professional(),
            Example::clean(
                "45 minutes after the first",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 10:45-"],
                &["96374", "96376"],
            ),
            Example::clean(
                "without any second push it is IA-C03",
                &["morphine:therapeutic IV push 10:00-"],
                &["96374", "96376"],
            ),
        ];
        EXAMPLES
    }
}
