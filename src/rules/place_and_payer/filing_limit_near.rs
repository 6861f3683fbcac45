#![doc = include_str!("filing_limit_near.md")]

use crate::model::Cents;
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-P05",
    name: "filing-limit-near",
    family: "place and payer",
    direction: Direction::Leakage,
    severity: Severity::High,
    probability_basis_points: 0,
    carc: "29",
    rarc: "N211",
    owner: Owner::Registration,
    since: "0.2.0",
    page: include_str!("filing_limit_near.md"),
};

pub struct FilingLimitNear;

impl Rule for FilingLimitNear {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Last
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AsOf]
    }

    fn when(&self) -> Signals {
        Signals::FOUND
    }

    fn check(&self, case: &mut Case<'_>) {
        let Some(age) = case.facts.age(case.encounter).filter(|age| *age >= 0) else { return };
        let left = case.policy.filing_limit_days - age;
        let open: Cents = case
            .findings
            .iter()
            .filter(|finding| finding.payer_policy.is_none() && !finding.missing.is_empty())
            .map(|finding| finding.net)
            .filter(|net| net.0 > 0)
            .sum();
        if left > case.policy.filing_warning_days || open.is_zero() {
            return;
        }
        let claimed = if case.encounter.claim_lines.is_empty() { "unbilled" } else { "correctable" };
        let evidence = if left < 0 {
            format!(
                "{open} is {claimed}, and the payer's filing limit of {} days has passed.",
                case.policy.filing_limit_days
            )
        } else {
            format!("{open} is {claimed}, and the payer's filing limit ends in {left} day(s).")
        };
        case.report(&INFO, Explained::default(), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "unbilled eleven months later",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &[],
            )
            .with(&["as_of=2026-12-20"]),
            Example::flagged(
                "a missing hour near the limit",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:40"],
                &["96365"],
            )
            .with(&["as_of=2027-01-10"]),
            Example::clean("two months later", &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"], &[])
                .with(&["as_of=2026-03-20"]),
            Example::clean("nothing open", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .with(&["as_of=2026-12-20"]),
        ];
        EXAMPLES
    }
}
