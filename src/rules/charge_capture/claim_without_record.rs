#![doc = include_str!("claim_without_record.md")]

use super::key;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C04",
    name: "claim-without-record",
    family: "charge capture",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;252;226",
    rarc: "M127;N706",
    owner: Owner::Registration,
    since: "0.1.0",
    page: include_str!("claim_without_record.md"),
};

pub struct ClaimWithoutRecord;

impl Rule for ClaimWithoutRecord {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Whole
    }

    fn when(&self) -> Signals {
        Signals::EXTRA.and(Signals::NO_RECORD)
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.encounter.administrations.is_empty() {
            return;
        }
        let open: Vec<_> = case.ledger.entries.iter().filter(|entry| entry.extra() > 0).map(key).collect();
        let infusion = case.claim_lines().any(|(_, line)| line.hcpcs.is_some_and(|code| case.is_administration(code)));
        if !infusion {
            return;
        }
        for (code, modifiers) in open {
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, modifiers, i64::MAX);
            let evidence = format!(
                "{} unit(s) of {code} were billed and no flowsheet row of this encounter was found; the record may be \
                 missing from the data.",
                explained.extra_units()
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged("an infusion billed without any flowsheet", &[], &["96365", "96366"]),
            Example::clean(
                "an infusion with its flowsheet",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            ),
            Example::clean("a visit without any flowsheet", &[], &["99213"]),
        ];
        EXAMPLES
    }
}
