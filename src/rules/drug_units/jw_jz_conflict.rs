#![doc = include_str!("jw_jz_conflict.md")]

use super::{drugs_billed_with, given};
use crate::rules::{
    BilledLine, Carried, Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals,
};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G04",
    name: "jw-jz-conflict",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 8500,
    carc: "4;16",
    rarc: "N822;MA130",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("jw_jz_conflict.md"),
};

pub struct WasteModifierConflict;

impl Rule for WasteModifierConflict {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::WASTE
    }

    fn check(&self, case: &mut Case<'_>) {
        // Each of the three takes a line with JW.
        for code in drugs_billed_with(case, Carried::WASTE) {
            let lines = || case.billed.iter().filter(|one| one.code == code);
            let waste = |one: &BilledLine<'_>| one.carried.any(Carried::WASTE);
            let none = |one: &BilledLine<'_>| one.carried.any(Carried::NO_WASTE);
            let found = lines().find_map(|one| {
                let same_day = || lines().filter(|other| other.line.service_date == one.line.service_date);
                if waste(one) && none(one) {
                    Some((one.at, "one line carries both JW and JZ"))
                } else if none(one) && same_day().any(waste) {
                    Some((one.at, "JZ says that nothing was discarded, and a JW line of the same day bills what was"))
                } else if waste(one) && same_day().all(waste) {
                    Some((one.at, "the waste is billed with JW, and no line bills the dose"))
                } else {
                    None
                }
            });
            if let Some((at, problem)) = found {
                let rows = given(case, code);
                case.report(&INFO, Explained::at(Some(at), rows), format!("{code}: {problem}."));
            }
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "JW and JZ on one line",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30:JW,JZ"],
            ),
            Example::flagged(
                "JZ beside a JW line",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31:JZ", "J1745x9:JW"],
            ),
            Example::clean(
                "dose bare, waste with JW",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
