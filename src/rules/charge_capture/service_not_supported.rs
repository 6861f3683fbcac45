#![doc = include_str!("service_not_supported.md")]

use super::key;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C03",
    name: "service-not-supported",
    family: "charge capture",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;150",
    rarc: "M127;N706",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("service_not_supported.md"),
};

pub struct ServiceNotSupported;

impl Rule for ServiceNotSupported {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Rest
    }

    fn when(&self) -> Signals {
        Signals::EXTRA
    }

    fn check(&self, case: &mut Case<'_>) {
        let open: Vec<_> = case.ledger.entries.iter().filter(|entry| entry.extra() > 0).map(key).collect();
        for (code, modifiers) in open {
            let mut explained = Explained::default();
            case.take_from(&mut explained, code, modifiers, i64::MAX);
            let evidence =
                format!("{} unit(s) of {code} were billed that the record does not support.", explained.extra_units());
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an injection that is not charted",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "96372"],
            ),
            Example::clean(
                "an injection that is charted",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ketorolac:therapeutic IM injection 10:05-"],
                &["96365", "96372"],
            ),
        ];
        EXAMPLES
    }
}
