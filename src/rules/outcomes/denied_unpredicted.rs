#![doc = include_str!("denied_unpredicted.md")]

use super::{answer, denied_lines, explaining};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Phase, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-O02",
    name: "denied-unpredicted",
    family: "outcomes",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("denied_unpredicted.md"),
};

pub struct DeniedUnpredicted;

impl Rule for DeniedUnpredicted {
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
            if explaining(case, at, line).is_some() {
                continue;
            }
            let evidence = format!(
                "Denied with {}, and no rule finds anything wrong with the line: learn what the payer saw.",
                answer(line)
            );
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a clean line denied",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 paid=0 carc=CO-16"],
            ),
            Example::clean(
                "patient's deductible",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 paid=0 carc=PR-1"],
            ),
            Example::clean(
                "a wrong line denied: IA-O01",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213 paid=0 carc=CO-97"],
            ),
        ];
        EXAMPLES
    }
}
