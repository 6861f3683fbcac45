#![doc = include_str!("denied_and_correctable.md")]

use super::{answer, denied_lines, explaining};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Phase, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-O01",
    name: "denied-and-correctable",
    family: "outcomes",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("denied_and_correctable.md"),
};

pub struct DeniedAndCorrectable;

impl Rule for DeniedAndCorrectable {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Last
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Claims, "adjustment_reason_codes")]
    }

    fn when(&self) -> Signals {
        Signals::UNPAID
    }

    fn check(&self, case: &mut Case<'_>) {
        for (at, line) in denied_lines(case) {
            let Some(rule) = explaining(case, at, line) else { continue };
            let evidence = format!("Denied with {}; {} {} says how to correct it.", answer(line), rule.code, rule.name);
            let explained = Explained::at(Some(at), Vec::new());
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a visit without 25, denied",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213 paid=0 carc=CO-97"],
            ),
            Example::clean(
                "paid",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213 paid=80 carc=CO-45"],
            ),
            Example::clean(
                "denied and nothing is wrong: IA-O02",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 paid=0 carc=CO-16"],
            ),
        ];
        EXAMPLES
    }
}
