#![doc = include_str!("initial_below_hierarchy.md")]

use crate::model::Setting;
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-H03",
    name: "initial-below-hierarchy",
    family: "hierarchy",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 2000,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("initial_below_hierarchy.md"),
};

pub struct InitialBelowHierarchy;

impl Rule for InitialBelowHierarchy {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE).and(Signals::FACILITY)
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.setting() != Setting::Facility {
            return;
        }
        for (rank, (right, right_add_on)) in codes::INITIALS.into_iter().enumerate() {
            for (wrong, wrong_add_on) in codes::INITIALS.into_iter().skip(rank + 1) {
                let reversed = case.missing(right) > 0 && case.extra(wrong) > 0 && case.missing(wrong_add_on) > 0;
                if !reversed {
                    continue;
                }
                let mut explained = Explained::default();
                case.take_missing(&mut explained, right, 1);
                case.take_extra(&mut explained, wrong, 1);
                case.take_missing(&mut explained, wrong_add_on, 1);
                case.take_extra(&mut explained, right_add_on, 1);
                let evidence = format!(
                    "{wrong} was billed as the initial service, but the record holds a service that comes first in the \
                     facility hierarchy: {right} is the initial and {wrong_add_on} follows it."
                );
                case.report(&INFO, explained, evidence);
            }
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a push billed as initial, the infusion as its add-on",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ondansetron:therapeutic IV push 09:50-"],
                &["96374", "96367"],
            ),
            Example::flagged(
                "an antibiotic billed as initial beside chemotherapy",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "carboplatin:antineoplastic IV infusion 11:00-12:00",
                ],
                &["96365", "96417"],
            ),
            Example::clean(
                "the infusion first, whatever the clock says",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ondansetron:therapeutic IV push 09:50-"],
                &["96365", "96375"],
            ),
        ];
        EXAMPLES
    }
}
