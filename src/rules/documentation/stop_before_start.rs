#![doc = include_str!("stop_before_start.md")]

use super::gap::time_gap;
use crate::rules::{Case, Direction, Example, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D03",
    name: "stop-before-start",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.1.0",
    page: include_str!("stop_before_start.md"),
};

pub struct StopBeforeStart;

impl Rule for StopBeforeStart {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "start_time"), Need::Column(Table::Flowsheets, "stop_time")]
    }

    fn when(&self) -> Signals {
        Signals::FLAGGED
    }

    fn check(&self, case: &mut Case<'_>) {
        let rows = case.flagged(&["stop-before-start", "stop-equals-start"]);
        if rows.is_empty() {
            return;
        }
        let mut explained = time_gap(case, &rows);
        explained.claim_line = None;
        let evidence = format!(
            "{} administration(s) are charted with a stop at or before the start, which is no duration; the stop counts as \
             missing.",
            rows.len()
        );
        explained.administrations = rows;
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a stop nine minutes before the start",
                &["ceftriaxone:therapeutic IV infusion 10:00-09:51"],
                &["96365"],
            ),
            Example::clean(
                "the stop after the start",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
