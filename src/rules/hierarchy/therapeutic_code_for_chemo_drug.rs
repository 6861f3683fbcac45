#![doc = include_str!("therapeutic_code_for_chemo_drug.md")]

use super::family_of_biologics;
use crate::coding::Family;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-H08",
    name: "therapeutic-code-for-chemo-drug",
    family: "hierarchy",
    direction: Direction::Leakage,
    severity: Severity::High,
    probability_basis_points: 1500,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("therapeutic_code_for_chemo_drug.md"),
};

pub struct TherapeuticCodeForChemoDrug;

impl Rule for TherapeuticCodeForChemoDrug {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        if family_of_biologics(case) == Some(Family::Chemo) {
            return;
        }
        let mut explained = Explained::default();
        for (chemo, therapeutic) in codes::CHEMO_AND_THERAPEUTIC {
            case.swap(&mut explained, therapeutic, chemo);
        }
        if explained.is_empty() {
            return;
        }
        let evidence = format!(
            "{} unit(s) were billed with therapeutic codes; an antineoplastic or complex drug is charted there, which \
             earns the chemotherapy codes.",
            explained.extra_units()
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "chemotherapy billed as a therapeutic infusion",
                &["paclitaxel:antineoplastic IV infusion 10:00-10:40"],
                &["96365"],
            ),
            Example::flagged(
                "two hours of it",
                &["paclitaxel:antineoplastic IV infusion 10:00-11:40"],
                &["96365", "96366"],
            ),
            Example::clean(
                "chemotherapy with its own code",
                &["paclitaxel:antineoplastic IV infusion 10:00-10:40"],
                &["96413"],
            ),
            Example::clean(
                "a complex biologic belongs to IA-H09",
                &["infliximab:complex_biologic IV infusion 10:00-10:40"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
