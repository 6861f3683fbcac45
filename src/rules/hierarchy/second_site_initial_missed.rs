#![doc = include_str!("second_site_initial_missed.md")]

use super::distinct::missed_initials;
use crate::rules::{Case, Direction, Example, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-H04",
    name: "second-site-initial-missed",
    family: "hierarchy",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("second_site_initial_missed.md"),
};

pub struct SecondSiteInitialMissed;

impl Rule for SecondSiteInitialMissed {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "access_site")]
    }

    fn when(&self) -> Signals {
        Signals::MISSING_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.encounter.second_encounter_of_day || case.claim_lines().next().is_none() {
            return;
        }
        for (initial, explained) in missed_initials(case) {
            let evidence = format!(
                "A second access site is charted and earns its own initial service {initial} with the distinct-site \
                 modifier; an add-on or nothing was billed for it."
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a second site billed as sequential",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96367"],
            ),
            Example::flagged(
                "a second site not billed at all",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365"],
            ),
            Example::clean(
                "both initials billed, the second with 59",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96365:59"],
            ),
            Example::clean(
                "one site",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96367"],
            ),
        ];
        EXAMPLES
    }
}
