#![doc = include_str!("repeat_push_unbilled.md")]

use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T12",
    name: "repeat-push-unbilled",
    family: "time",
    direction: Direction::Leakage,
    severity: Severity::Low,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("repeat_push_unbilled.md"),
};

pub struct RepeatPushUnbilled;

impl Rule for RepeatPushUnbilled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::MISSING_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let units = case.missing(codes::REPEAT_PUSH);
        if units == 0 || !case.bills_administration() {
            return;
        }
        let mut explained = Explained::default();
        case.take_missing(&mut explained, codes::REPEAT_PUSH, units);
        let evidence = format!(
            "{units} push(es) of a drug already given, more than 30 minutes after the last reported one, earn 96376 and \
             were not billed."
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a second dose of morphine after an hour",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 11:00-"],
                &["96374"],
            ),
            Example::clean(
                "billed as 96376",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 11:00-"],
                &["96374", "96376"],
            ),
            Example::clean(
                "a practice has no such code",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 11:00-"],
                &["96374"],
            )
            .professional(),
        ];
        EXAMPLES
    }
}
