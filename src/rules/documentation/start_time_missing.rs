#![doc = include_str!("start_time_missing.md")]

use super::gap::{billed_line_of, time_gap};
use crate::rules::{Case, Direction, Example, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D02",
    name: "start-time-missing",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;252",
    rarc: "M127;N706",
    owner: Owner::NursingDocumentation,
    since: "0.1.0",
    page: include_str!("start_time_missing.md"),
};

pub struct StartTimeMissing;

impl Rule for StartTimeMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "start_time")]
    }

    fn when(&self) -> Signals {
        Signals::FLAGGED
    }

    fn check(&self, case: &mut Case<'_>) {
        let rows = case.flagged(&["missing-start"]);
        if rows.is_empty() {
            return;
        }
        let mut explained = time_gap(case, &rows);
        explained.claim_line = explained.claim_line.or_else(|| billed_line_of(case, &rows));
        let evidence = format!(
            "{} administration(s) by infusion have a stop but no charted start time; nothing time-based is supported.",
            rows.len()
        );
        explained.administrations = rows;
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an antibiotic with a stop only",
                &["ceftriaxone:therapeutic IV infusion -10:40"],
                &["96365"],
            ),
            Example::clean("both times charted", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"]),
        ];
        EXAMPLES
    }
}
