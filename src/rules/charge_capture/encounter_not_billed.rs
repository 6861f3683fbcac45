#![doc = include_str!("encounter_not_billed.md")]

use super::key;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C02",
    name: "encounter-not-billed",
    family: "charge capture",
    direction: Direction::Leakage,
    severity: Severity::High,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::ChargeCapture,
    since: "0.1.0",
    page: include_str!("encounter_not_billed.md"),
};

pub struct EncounterNotBilled;

impl Rule for EncounterNotBilled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Whole
    }

    fn when(&self) -> Signals {
        Signals::MISSING
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.encounter.claim_lines.is_empty() || case.ledger.is_empty() {
            return;
        }
        let mut explained = Explained::default();
        let open: Vec<_> = case.ledger.entries.iter().map(key).collect();
        for (code, modifiers) in open {
            case.take_from(&mut explained, code, modifiers, i64::MAX);
        }
        let evidence = format!(
            "The record supports {} unit(s) in this encounter and no claim line was found for it.",
            explained.missing_units()
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an infusion without any claim",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &[],
            ),
            Example::clean(
                "an infusion with its claim",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
