#![doc = include_str!("off_campus_modifier_missing.md")]

use crate::model::{ClaimLine, Modifier, ProviderBasedDepartment, Setting};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-M09",
    name: "off-campus-modifier-missing",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 5000,
    carc: "4;16",
    rarc: "N822",
    owner: Owner::Registration,
    since: "0.2.0",
    page: include_str!("off_campus_modifier_missing.md"),
};

pub struct OffCampusModifierMissing;

impl Rule for OffCampusModifierMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Encounters, "provider_based_department")]
    }

    fn when(&self) -> Signals {
        Signals::FACILITY.and(Signals::MEDICARE).and(Signals::DEPARTMENT_MISMARKED)
    }

    fn check(&self, case: &mut Case<'_>) {
        const EXCEPTED: Modifier = Modifier::new("PO");
        const NONEXCEPTED: Modifier = Modifier::new("PN");
        if case.setting() != Setting::Facility || !case.is_medicare() {
            return;
        }
        let right = match case.encounter.provider_based_department {
            Some(ProviderBasedDepartment::ExceptedOffCampus) => Some(EXCEPTED),
            Some(ProviderBasedDepartment::NonexceptedOffCampus) => Some(NONEXCEPTED),
            Some(ProviderBasedDepartment::OnCampus) => None,
            None => return,
        };
        let wrong = |line: &ClaimLine<'_>| {
            let carried = [EXCEPTED, NONEXCEPTED].into_iter().filter(|modifier| line.modifiers.contains(*modifier));
            carried.collect::<Vec<_>>() != right.into_iter().collect::<Vec<_>>()
        };
        let lines: Vec<_> =
            case.claim_lines().filter(|(_, line)| line.hcpcs.is_some() && wrong(line)).map(|(at, _)| at).collect();
        let Some(&first) = lines.first() else { return };
        let evidence = match right {
            Some(modifier) => {
                format!("{} line(s) of an off-campus department lack {modifier} or carry the other one.", lines.len())
            }
            None => format!("{} line(s) of a department on campus carry PO or PN.", lines.len()),
        };
        case.report(&INFO, Explained::at(Some(first), Vec::new()), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an excepted department without PO",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            )
            .with(&["based=excepted_off_campus"]),
            Example::flagged("PO where PN is due", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365:PO"])
                .with(&["based=nonexcepted_off_campus"]),
            Example::clean("with PO", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365:PO"])
                .with(&["based=excepted_off_campus"]),
            Example::clean("on campus", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .with(&["based=on_campus"]),
        ];
        EXAMPLES
    }
}
