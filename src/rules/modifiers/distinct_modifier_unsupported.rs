#![doc = include_str!("distinct_modifier_unsupported.md")]

use crate::compare::INJECTIONS;
use crate::model::{Modifier, Modifiers};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-M04",
    name: "distinct-modifier-unsupported",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 2500,
    carc: "236",
    rarc: "N20;M80",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("distinct_modifier_unsupported.md"),
};

pub struct DistinctModifierUnsupported;

impl Rule for DistinctModifierUnsupported {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "access_site")]
    }

    fn when(&self) -> Signals {
        Signals::DISTINCT
    }

    fn check(&self, case: &mut Case<'_>) {
        let supported = case.coded.lines.iter().any(|line| line.modifiers.has_distinct_service());
        let record = !case.encounter.administrations.is_empty();
        if supported || !record || case.encounter.second_encounter_of_day {
            return;
        }
        let lines: Vec<_> = case
            .claim_lines()
            .filter(|(_, line)| line.modifiers.has_distinct_service())
            .filter_map(|(at, line)| line.hcpcs.map(|code| (at, code)))
            .filter(|(_, code)| case.is_administration(*code) && !INJECTIONS.contains(code))
            .collect();
        for (at, code) in lines {
            let mut explained = Explained::at(Some(at), Vec::new());
            let distinct = Modifiers::one(Modifier::DISTINCT);
            let units = case.open(code, distinct).1.min(case.open(code, Modifiers::NONE).0);
            if units > 0 {
                case.take_from(&mut explained, code, distinct, units);
                case.take_from(&mut explained, code, Modifiers::NONE, units);
            }
            let evidence = format!(
                "{code} carries a distinct-service modifier, but the record names one access site and one encounter."
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "59 on a sequential infusion",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96367:59"],
            ),
            Example::clean(
                "59 on a true second site",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96365:59"],
            ),
        ];
        EXAMPLES
    }
}
