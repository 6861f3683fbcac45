#![doc = include_str!("ed_hydration_payer_bundled.md")]

use crate::coding::Technique;
use crate::findings::PolicyAnswers;
use crate::model::Cents;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-P04",
    name: "ed-hydration-payer-bundled",
    family: "place and payer",
    direction: Direction::Overpayment,
    severity: Severity::Low,
    probability_basis_points: 0,
    carc: "97",
    rarc: "M15",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("ed_hydration_payer_bundled.md"),
};

pub struct EdHydrationPayerBundled;

impl Rule for EdHydrationPayerBundled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::HYDRATION.and(Signals::EMERGENCY_VISIT)
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.policy.ed_hydration_bundled || !case.bills_any(&codes::EMERGENCY_VISITS) {
            return;
        }
        let line = case.claim_lines().find(|(_, line)| line.hcpcs.is_some_and(|code| codes::HYDRATION.contains(&code)));
        let Some((at, _)) = line.filter(|_| codes::HYDRATION.iter().any(|code| case.expected(*code) > 0)) else {
            return;
        };
        let lines = |with: bool| {
            let entries = case.ledger.entries.iter().filter(|entry| {
                entry.expected > 0
                    && case.is_administration(entry.code)
                    && (with || !codes::HYDRATION.contains(&entry.code))
            });
            let mut text: Vec<String> = Vec::new();
            let mut price = Cents::ZERO;
            for entry in entries {
                text.push(format!("{}x{}", entry.code, entry.expected));
                price += entry.expected_price();
            }
            (text.join(";"), price)
        };
        let answers = PolicyAnswers {
            switch: "ed_hydration_bundled",
            other_value: "false".to_owned(),
            answer: lines(false),
            alternative: lines(true),
        };
        let explained = Explained {
            claim_line: Some(at),
            administrations: case.administrations_where(|service| service.technique == Technique::Hydration),
            payer_policy: Some("ed_hydration_bundled"),
            answers: Some(answers),
            ..Explained::default()
        };
        let evidence = "Supported hydration is billed beside an emergency visit, and this payer counts it as part of the \
                        visit. Both answers are shown.";
        case.report(&INFO, explained, evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "hydration beside an emergency visit",
                &["saline:hydration IV infusion 10:00-11:00"],
                &["96360", "99284:25"],
            )
            .with(&["class=emergency", "diagnoses=E86.0", "policy.ed_hydration_bundled=true"]),
            Example::clean(
                "a payer that pays it",
                &["saline:hydration IV infusion 10:00-11:00"],
                &["96360", "99284:25"],
            )
            .with(&["class=emergency", "diagnoses=E86.0"]),
        ];
        EXAMPLES
    }
}
