#![doc = include_str!("stop_time_missing.md")]

use crate::coding::Technique;

use super::gap::{billed_line_of, time_gap};
use crate::rules::{Case, Direction, Example, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D01",
    name: "stop-time-missing",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;252;226",
    rarc: "M127;N706",
    owner: Owner::NursingDocumentation,
    since: "0.1.0",
    page: include_str!("stop_time_missing.md"),
};

pub struct StopTimeMissing;

impl Rule for StopTimeMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "stop_time")]
    }

    fn when(&self) -> Signals {
        Signals::FLAGGED
    }

    fn check(&self, case: &mut Case<'_>) {
        let reversed = case.flagged(&["stop-before-start", "stop-equals-start"]);
        let mut rows = case.flagged(&["missing-stop"]);
        // A patient-worn pump is started here and stopped at home: its start is what is billed.
        let pumps = case.administrations_where(|service| service.technique == Technique::ProlongedInfusion);
        rows.retain(|row| !reversed.contains(row) && !pumps.contains(row));
        rows.extend(case.flagged(&["derived-stop-time"]));
        if rows.is_empty() {
            return;
        }
        let mut explained = time_gap(case, &rows);
        explained.claim_line = explained.claim_line.or_else(|| billed_line_of(case, &rows));
        let evidence = format!(
            "{} administration(s) by infusion have no charted stop time; without it the record supports at most a push, \
             and no hydration.",
            rows.len()
        );
        explained.administrations = rows;
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an antibiotic without a stop, billed as an infusion",
                &["ceftriaxone:therapeutic IV infusion 10:00-"],
                &["96365"],
            ),
            Example::flagged(
                "the same billed as the push that the record supports",
                &["ceftriaxone:therapeutic IV infusion 10:00-"],
                &["96374"],
            ),
            Example::clean("both times charted", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"]),
            Example::clean("a push needs one time only", &["ondansetron:therapeutic IV push 10:00-"], &["96374"]),
            Example::clean(
                "a home pump whose volume and rate show more than eight hours",
                &["fluorouracil:antineoplastic IV infusion 10:00- device=portable_pump volume=230 rate=5"],
                &["96416"],
            ),
        ];
        EXAMPLES
    }
}
