#![doc = include_str!("teaching_modifier_missing.md")]

use super::is_visit;
use crate::model::{ClaimLine, Modifier, Setting, YesNo};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-M10",
    name: "teaching-modifier-missing",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::Low,
    probability_basis_points: 3000,
    carc: "4",
    rarc: "N822",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("teaching_modifier_missing.md"),
};

pub struct TeachingModifierMissing;

impl Rule for TeachingModifierMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Encounters, "resident_involved")]
    }

    fn when(&self) -> Signals {
        Signals::PROFESSIONAL.and(Signals::MEDICARE).and(Signals::RESIDENT)
    }

    fn check(&self, case: &mut Case<'_>) {
        const TEACHING: [Modifier; 2] = [Modifier::new("GC"), Modifier::new("GE")];
        let resident = case.encounter.resident_involved == Some(YesNo::Yes);
        if !resident || case.setting() != Setting::Professional || !case.is_medicare() {
            return;
        }
        let lacks = |line: &ClaimLine<'_>| {
            let service = line.hcpcs.is_some_and(|code| case.is_administration(code) || is_visit(case, code));
            service && !TEACHING.iter().any(|modifier| line.modifiers.contains(*modifier))
        };
        let lines: Vec<u32> = case.claim_lines().filter(|(_, line)| lacks(line)).map(|(at, _)| at).collect();
        let Some(&first) = lines.first() else { return };
        let evidence = format!(
            "A resident took part under a teaching physician, and {} line(s) carry neither GC nor GE.",
            lines.len()
        );
        case.report(&INFO, Explained::at(Some(first), Vec::new()), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a resident and no GC",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365", "99213:25"],
            )
            .professional()
            .with(&["resident=yes"]),
            Example::clean(
                "with GC",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365:GC", "99213:25,GC"],
            )
            .professional()
            .with(&["resident=yes"]),
            Example::clean("no resident", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .professional()
                .with(&["resident=no"]),
        ];
        EXAMPLES
    }
}
