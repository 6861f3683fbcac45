#![doc = include_str!("chemo_code_for_therapeutic_drug.md")]

use super::family_of_biologics;
use crate::coding::Family;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-H07",
    name: "chemo-code-for-therapeutic-drug",
    family: "hierarchy",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("chemo_code_for_therapeutic_drug.md"),
};

pub struct ChemoCodeForTherapeuticDrug;

impl Rule for ChemoCodeForTherapeuticDrug {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        if family_of_biologics(case) == Some(Family::Therapeutic) {
            return;
        }
        let mut explained = Explained::default();
        for (chemo, therapeutic) in codes::CHEMO_AND_THERAPEUTIC {
            case.swap(&mut explained, chemo, therapeutic);
        }
        if explained.is_empty() {
            return;
        }
        let evidence = format!(
            "{} unit(s) were billed with chemotherapy codes; the drugs charted there are neither antineoplastic nor \
             complex, and the therapeutic codes of the same services are supported.",
            explained.extra_units()
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an antibiotic billed as chemotherapy",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96413"],
            ),
            Example::flagged(
                "a support drug beside chemotherapy billed in its family",
                &["paclitaxel:antineoplastic IV infusion 10:00-10:40", "ondansetron:therapeutic IV push 11:00-"],
                &["96413", "96411"],
            ),
            Example::clean(
                "an antineoplastic with its own code",
                &["paclitaxel:antineoplastic IV infusion 10:00-10:40"],
                &["96413"],
            ),
            Example::clean(
                "a complex biologic belongs to IA-H09",
                &["infliximab:complex_biologic IV infusion 10:00-10:40"],
                &["96413"],
            )
            .with(&["policy.complex_biologic_policy=therapeutic_only"]),
        ];
        EXAMPLES
    }
}
