#![doc = include_str!("paid_below_schedule.md")]

use crate::compare::key_modifiers;
use crate::findings::PriceBasis;
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-O03",
    name: "paid-below-schedule",
    family: "outcomes",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Registration,
    since: "0.2.0",
    page: include_str!("paid_below_schedule.md"),
};

pub struct PaidBelowSchedule;

impl Rule for PaidBelowSchedule {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Last
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyImported(&["fee-schedule", "asp-payment-limits"])]
    }

    fn when(&self) -> Signals {
        Signals::BILLED
    }

    fn check(&self, case: &mut Case<'_>) {
        let lines: Vec<_> = case
            .claim_lines()
            .filter_map(|(at, line)| Some((at, line.hcpcs?, line, line.allowed?)))
            .filter(|(.., allowed)| allowed.0 > 0)
            .collect();
        for (at, code, line, allowed) in lines {
            let key = key_modifiers(code, line.modifiers);
            let entry = case.ledger.entries.iter().find(|entry| entry.code == code && entry.modifiers == key);
            let Some(entry) = entry.filter(|entry| entry.expected == entry.billed && !entry.undetermined) else {
                continue;
            };
            // National hospital and physician rates are adjusted by locality, so only what a payer pays everywhere counts.
            let exact = match entry.basis {
                PriceBasis::FeeSchedule => true,
                PriceBasis::DrugPaymentLimit => case.is_medicare() && case.reference.has_imported("asp-payment-limits"),
                _ => false,
            };
            let due = entry.price.total(line.units);
            let short = due - allowed;
            if !exact || short.0 * 100 <= due.0 || short.0 <= 1 {
                continue;
            }
            let mut explained = Explained::at(Some(at), Vec::new());
            explained.underpaid = short;
            let evidence = format!(
                "{allowed} was allowed for {} unit(s) of {code}; the schedule says {due}, {short} more.",
                line.units
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "paid a third of the schedule",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 allowed=40"],
            )
            .with(&["payer=NORTHWIND", "payer_type=commercial"]),
            Example::clean(
                "paid as the schedule says",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 allowed=120"],
            )
            .with(&["payer=NORTHWIND", "payer_type=commercial"]),
            Example::clean(
                "a payer without a schedule",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 allowed=40"],
            )
            .with(&["payer_type=commercial", "payer=OTHER"]),
        ];
        EXAMPLES
    }
}
