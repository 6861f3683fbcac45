#![doc = include_str!("specific_code_exists.md")]

use crate::reference::{InForce, NameMatch};
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G11",
    name: "specific-code-exists",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 6000,
    carc: "16;181",
    rarc: "N56;M51",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("specific_code_exists.md"),
};

pub struct SpecificCodeExists;

impl Rule for SpecificCodeExists {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::UNCLASSIFIED
    }

    fn check(&self, case: &mut Case<'_>) {
        let lines: Vec<_> = case
            .claim_lines()
            .filter_map(|(at, line)| {
                line.hcpcs.filter(|code| codes::UNCLASSIFIED.contains(code)).map(|code| (at, code, line))
            })
            .collect();
        for (at, code, line) in lines {
            let named = line.narrative.map(|name| case.reference.drug_named(name));
            let by_name = match named {
                Some(NameMatch::One(specific)) => Some(specific),
                _ => None,
            };
            let charted = || {
                let mut missing = case
                    .ledger
                    .entries
                    .iter()
                    .filter(|entry| entry.missing() > 0 && entry.billed == 0 && case.is_drug(entry.code));
                missing.next().filter(|_| missing.next().is_none()).map(|entry| entry.code)
            };
            let specific = by_name.or_else(charted).filter(|specific| !codes::UNCLASSIFIED.contains(specific));
            let Some(specific) = specific.filter(|specific| {
                !matches!(
                    case.reference.in_force(*specific, line.service_date),
                    InForce::NotYet(_) | InForce::Ended(..)
                )
            }) else {
                continue;
            };
            let mut explained = Explained::at(Some(at), Vec::new());
            let extra = case.extra(code).min(line.units);
            case.take_extra(&mut explained, code, extra);
            let missing = if case.billed(specific) == 0 { case.missing(specific) } else { 0 };
            case.take_missing(&mut explained, specific, missing);
            explained.claim_line = Some(at);
            let evidence = format!("{code} was billed for a drug that has a code of its own on that day, {specific}.");
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "ceftriaxone billed as J3490",
                &["J0696 IV infusion 10:00-10:40 dose=1000mg"],
                &["96365", "J3490 narrative=ceftriaxone ndc=00069-1305-10"],
            ),
            Example::flagged(
                "the chart names the drug",
                &["J0696 IV infusion 10:00-10:40 dose=1000mg"],
                &["96365", "J3490"],
            ),
            Example::clean(
                "a drug without a code",
                &["study:therapeutic IV infusion 10:00-10:40"],
                &["96365", "J3490 narrative=newdrug ndc=00069-1305-10"],
            ),
        ];
        EXAMPLES
    }
}
