#![doc = include_str!("modifier_not_applicable.md")]

use crate::rules::{
    BilledLine, Case, CodeKind, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals,
};

static INFO: RuleInfo = RuleInfo {
    code: "IA-M06",
    name: "modifier-not-applicable",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 5000,
    carc: "4",
    rarc: "N822",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("modifier_not_applicable.md"),
};

pub struct ModifierNotApplicable;

impl Rule for ModifierNotApplicable {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::MODIFIER_MISPLACED
    }

    fn check(&self, case: &mut Case<'_>) {
        for &BilledLine { at, code, kind, line, .. } in case.billed {
            let administration = kind == CodeKind::Administration;
            let problem = line.modifiers.iter().find_map(|modifier| match modifier.as_str() {
                "91" if administration => Some((modifier, "is for repeated laboratory tests")),
                "76" | "77" if administration => {
                    Some((modifier, "is for a repeated procedure and opens no national code pair"))
                }
                _ if modifier.is_distinct_service() && kind == CodeKind::Drug => {
                    Some((modifier, "tells procedures apart; a drug line is no procedure"))
                }
                _ => None,
            });
            if let Some((modifier, why)) = problem {
                let evidence = format!("{modifier} on {code} {why}.");
                case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
            }
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged("91 on an infusion", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365:91"]),
            Example::flagged(
                "59 on a drug line",
                &["J0696 IV infusion 10:00-10:40 dose=1000mg"],
                &["96365", "J0696x4:59"],
            ),
            Example::flagged(
                "76 on a second push",
                &["a:therapeutic IV push 10:00-", "b:therapeutic IV push 10:20-"],
                &["96374", "96375:76"],
            ),
            Example::clean(
                "59 on a second site",
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
