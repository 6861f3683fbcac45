#![doc = include_str!("add_on_without_parent.md")]

use crate::rules::{
    BilledLine, Case, CodeKind, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals,
};

static INFO: RuleInfo = RuleInfo {
    code: "IA-H06",
    name: "add-on-without-parent",
    family: "hierarchy",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 9000,
    carc: "107;B15",
    rarc: "N122;N674",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("add_on_without_parent.md"),
};

pub struct AddOnWithoutParent;

impl Rule for AddOnWithoutParent {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION.and(Signals::PARENT_ABSENT)
    }

    fn check(&self, case: &mut Case<'_>) {
        // Add-ons of services outside this audit are not told alone.
        if !case.bills_administration() {
            return;
        }
        for &BilledLine { at, code, .. } in case.billed.iter().filter(|one| one.kind != CodeKind::Drug) {
            let Some(known) = case.reference.administration(code).filter(|known| known.add_on) else { continue };
            if case.billed.iter().any(|other| known.parents.contains(&other.code)) {
                continue;
            }
            let parents: Vec<String> = known.parents.iter().map(ToString::to_string).collect();
            let evidence = format!(
                "{code} is an add-on and none of its parents ({}) is billed for this encounter.",
                parents.join(", ")
            );
            let rows = case.supported(code).flat_map(|line| line.administrations.iter().copied()).collect();
            case.report(&INFO, Explained::at(Some(at), rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a sequential infusion billed alone",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96367"],
            ),
            Example::clean(
                "a sequential infusion beside its initial",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96367"],
            ),
        ];
        EXAMPLES
    }
}
