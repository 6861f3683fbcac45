#![doc = include_str!("slow_push_by_syringe.md")]

use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D07",
    name: "slow-push-by-syringe",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Low,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("slow_push_by_syringe.md"),
};

pub struct SlowPushBySyringe;

impl Rule for SlowPushBySyringe {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "device")]
    }

    fn when(&self) -> Signals {
        Signals::FLAGGED
    }

    fn check(&self, case: &mut Case<'_>) {
        let rows = case.flagged(&["slow-push-by-syringe"]);
        if rows.is_empty() {
            return;
        }
        let minutes = rows.iter().filter_map(|&row| case.row(row)?.charted_minutes());
        let evidence = format!(
            "Charted as a push by syringe over {} minutes: coded as a push, though 16 minutes or more by pump or gravity \
             would be an infusion. The chart does not show which it was.",
            minutes.max().unwrap_or_default()
        );
        case.report(&INFO, Explained::at(None, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "20 minutes by syringe",
                &["furosemide:therapeutic IV push 10:00-10:20 device=syringe"],
                &["96374"],
            ),
            Example::clean(
                "5 minutes by syringe",
                &["furosemide:therapeutic IV push 10:00-10:05 device=syringe"],
                &["96374"],
            ),
            Example::clean(
                "20 minutes by pump",
                &["furosemide:therapeutic IV infusion 10:00-10:20 device=pump"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
