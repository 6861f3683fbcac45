#![doc = include_str!("service_not_billed.md")]

use super::key;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C01",
    name: "service-not-billed",
    family: "charge capture",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::ChargeCapture,
    since: "0.1.0",
    page: include_str!("service_not_billed.md"),
};

pub struct ServiceNotBilled;

impl Rule for ServiceNotBilled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Rest
    }

    fn when(&self) -> Signals {
        Signals::MISSING
    }

    fn check(&self, case: &mut Case<'_>) {
        let open: Vec<_> = case.ledger.entries.iter().filter(|entry| entry.missing() > 0).map(key).collect();
        for (code, modifiers) in open {
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, modifiers, i64::MAX);
            let reason = case.supported(code).next().map_or(String::new(), |line| format!(" ({})", line.reason));
            let evidence = format!(
                "The record supports {} unit(s) of {code}{reason} that were not billed.",
                explained.missing_units()
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an injection nobody billed",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ketorolac:therapeutic IM injection 10:05-"],
                &["96365"],
            ),
            Example::clean(
                "everything billed",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ketorolac:therapeutic IM injection 10:05-"],
                &["96365", "96372"],
            ),
        ];
        EXAMPLES
    }
}
