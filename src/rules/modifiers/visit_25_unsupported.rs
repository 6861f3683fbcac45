#![doc = include_str!("visit_25_unsupported.md")]

use super::{administration_days, is_visit};
use crate::model::{Modifier, listed};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals, codes};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-M02",
    name: "visit-25-unsupported",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 2500,
    carc: "97;150",
    rarc: "N657;M15",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("visit_25_unsupported.md"),
};

pub struct Visit25Unsupported;

impl Rule for Visit25Unsupported {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Encounters, "visit_note")]
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION.and(Signals::VISIT_WITH_25)
    }

    fn check(&self, case: &mut Case<'_>) {
        let words = || listed(case.encounter.visit_note);
        if words().next().is_none() || !words().all(is_part_of_the_infusion) {
            return;
        }
        let days = administration_days(case);
        let visits: Vec<_> = case
            .claim_lines()
            .filter(|(_, line)| line.modifiers.contains(Modifier::SEPARATE_VISIT) && days.contains(&line.service_date))
            .filter_map(|(at, line)| line.hcpcs.map(|code| (at, code)))
            .filter(|(_, code)| *code != codes::NURSE_VISIT && is_visit(case, *code))
            .collect();
        let note: Vec<String> = words().map(str::to_lowercase).collect();
        for (at, code) in visits {
            let evidence = format!(
                "Visit {code} carries 25, and its note holds only {}, which the infusion includes.",
                note.join(", ").replace('_', " ")
            );
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "vitals and consent alone",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213:25"],
            )
            .with(&["note=vitals;consent"]),
            Example::clean(
                "history and exam",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213:25"],
            )
            .with(&["note=vitals;history;exam"]),
            Example::clean(
                "no note given",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213:25"],
            ),
        ];
        EXAMPLES
    }
}

/// Whether what a note holds is something that the infusion includes.
fn is_part_of_the_infusion(word: &str) -> bool {
    const PARTS: [&str; 4] = ["vitals", "medication_check", "consent", "iv_start"];
    // Beyond ASCII a letter may have one of ASCII as its lower case.
    if word.is_ascii() {
        PARTS.iter().any(|part| part.eq_ignore_ascii_case(word))
    } else {
        PARTS.contains(&word.to_lowercase().as_str())
    }
}
