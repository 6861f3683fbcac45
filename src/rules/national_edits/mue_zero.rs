#![doc = include_str!("mue_zero.md")]

use crate::model::Setting;
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-N03",
    name: "mue-zero",
    family: "national edits",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 9500,
    carc: "96;170",
    rarc: "N56",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("mue_zero.md"),
};

pub struct UnitLimitZero;

impl Rule for UnitLimitZero {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Last
    }

    fn when(&self) -> Signals {
        Signals::LIMIT_ZERO
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.policy.ncci_edits {
            return;
        }
        for &BilledLine { at, code, line, .. } in case.billed {
            let limit = case.reference.unit_limit(case.setting(), code, line.service_date);
            if limit.is_some_and(|limit| limit.units == 0) {
                let setting = match case.setting() {
                    Setting::Facility => "an outpatient hospital",
                    Setting::Professional => "a practitioner",
                };
                let evidence = format!("The national limit of {code} for {setting} is 0 units: it is not paid there.");
                case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
            }
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "96376 on a practice's claim",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 11:00-"],
                &["96374", "96376"],
            )
            .professional(),
            Example::clean(
                "96376 on a hospital's",
                &["morphine:therapeutic IV push 10:00-", "morphine:therapeutic IV push 11:00-"],
                &["96374", "96376"],
            ),
        ];
        EXAMPLES
    }
}
