#![doc = include_str!("complex_biologic_payer_policy.md")]

use super::family_of_biologics;
use crate::coding::Family;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-H09",
    name: "complex-biologic-payer-policy",
    family: "hierarchy",
    direction: Direction::Leakage,
    severity: Severity::Low,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("complex_biologic_payer_policy.md"),
};

pub struct ComplexBiologicPayerPolicy;

impl Rule for ComplexBiologicPayerPolicy {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        let Some(family) = family_of_biologics(case) else { return };
        let mut explained = Explained { payer_policy: Some("complex_biologic_policy"), ..Explained::default() };
        for (chemo, therapeutic) in codes::CHEMO_AND_THERAPEUTIC {
            match family {
                Family::Chemo => case.swap(&mut explained, therapeutic, chemo),
                Family::Therapeutic | Family::Hydration => case.swap(&mut explained, chemo, therapeutic),
            };
        }
        if explained.is_empty() {
            return;
        }
        // Whether the payer reads the code so is for its manual to say; nothing is at risk before that is known.
        explained.claim_line = None;
        let evidence = "A complex biologic was billed in the other code family. Payers differ: under another value of \
                        complex_biologic_policy the billed family is right. Both answers are shown.";
        case.report(&INFO, explained, evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "infliximab billed as a therapeutic infusion",
                &["infliximab:complex_biologic IV infusion 10:00-10:40"],
                &["96365"],
            ),
            Example::flagged(
                "with its hour",
                &["infliximab:complex_biologic IV infusion 10:00-11:40"],
                &["96365", "96366"],
            ),
            Example::flagged(
                "billed as chemotherapy where the payer says therapeutic",
                &["infliximab:complex_biologic IV infusion 10:00-10:40"],
                &["96413"],
            )
            .with(&["policy.complex_biologic_policy=therapeutic_only"]),
            Example::clean(
                "infliximab in the chemotherapy family",
                &["infliximab:complex_biologic IV infusion 10:00-10:40"],
                &["96413"],
            ),
            Example::clean(
                "an antineoplastic is no matter of policy",
                &["paclitaxel:antineoplastic IV infusion 10:00-10:40"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
