#![doc = include_str!("paid_despite_risk.md")]

use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Phase, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-O04",
    name: "paid-despite-risk",
    family: "outcomes",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("paid_despite_risk.md"),
};

pub struct PaidDespiteRisk;

impl Rule for PaidDespiteRisk {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Last
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Claims, "adjustment_reason_codes")]
    }

    fn when(&self) -> Signals {
        Signals::ANSWERED.and(Signals::FOUND)
    }

    fn check(&self, case: &mut Case<'_>) {
        const LIKELY: u32 = 5_000;
        let lines: Vec<_> = case
            .claim_lines()
            .filter(|(_, line)| line.paid.is_some_and(|paid| paid.0 > 0) && line.adjustment_reason_codes.is_some())
            .collect();
        for (at, line) in lines {
            let found = case.findings.iter().find(|finding| {
                finding.claim_line == Some(at)
                    && finding.payer_policy.is_none()
                    && (!finding.extra.is_empty() || finding.risk_basis_points >= LIKELY)
            });
            let (Some(finding), Some(paid)) = (found, line.paid) else { continue };
            let evidence = format!(
                "{paid} was paid although {} {} stands on the line: the payer can take it back.",
                finding.rule.code, finding.rule.name
            );
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an hour too many, paid",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "96366 paid=30 carc=CO-45"],
            ),
            Example::clean(
                "denied",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "96366 paid=0 carc=CO-151"],
            ),
            Example::clean(
                "nothing wrong",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 paid=60 carc=CO-45"],
            ),
        ];
        EXAMPLES
    }
}
