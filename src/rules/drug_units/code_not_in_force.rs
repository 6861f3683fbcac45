#![doc = include_str!("code_not_in_force.md")]

use crate::reference::InForce;
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G13",
    name: "code-not-in-force",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 9500,
    carc: "181;16",
    rarc: "M20;N56",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("code_not_in_force.md"),
};

pub struct CodeNotInForce;

impl Rule for CodeNotInForce {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::NOT_IN_FORCE
    }

    fn check(&self, case: &mut Case<'_>) {
        for &BilledLine { at, code, line, .. } in case.billed {
            let (problem, current) = match case.reference.in_force(code, line.service_date) {
                InForce::Yes | InForce::Unknown => continue,
                InForce::NotYet(from) => (format!("took effect on {from}"), None),
                InForce::Ended(on, current) => (format!("ended on {on}"), current),
            };
            let mut explained = Explained::at(Some(at), Vec::new());
            let extra = case.extra(code).min(line.units);
            case.take_extra(&mut explained, code, extra);
            if let Some(current) = current.filter(|current| case.billed(*current) == 0) {
                case.take_missing(&mut explained, current, i64::MAX);
            }
            explained.claim_line = Some(at);
            let instead = current.map_or_else(String::new, |code| format!("; {code} replaced it"));
            let evidence = format!("{code} {problem}, and the line is not of that time{instead}.");
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "furosemide under the code of 2024",
                &["J1938 IV push 10:00- dose=40mg"],
                &["96374", "J1940x2"],
            ),
            Example::flagged("the new code a year early", &["J1938 IV push 10:00- dose=40mg"], &["96374", "J1938x40"])
                .with(&["date=2024-06-03"]),
            Example::clean("the code of the day", &["J1938 IV push 10:00- dose=40mg"], &["96374", "J1938x40"]),
        ];
        EXAMPLES
    }
}
