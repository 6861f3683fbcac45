#![doc = include_str!("jw_on_multi_dose.md")]

use super::{drugs_billed_with, given};
use crate::model::{Container, Modifier, Modifiers, Setting};
use crate::reference::OppsStatus;
use crate::rules::{Carried, Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G05",
    name: "jw-on-multi-dose",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 6000,
    carc: "4;16",
    rarc: "N822",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("jw_on_multi_dose.md"),
};

pub struct WasteOnMultiDose;

impl Rule for WasteOnMultiDose {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::WASTE_DOUBTFUL
    }

    fn check(&self, case: &mut Case<'_>) {
        for code in drugs_billed_with(case, Carried::WASTE.and(Carried::NO_WASTE)) {
            let lines: Vec<_> = case.claim_lines().filter(|(_, line)| line.hcpcs == Some(code)).collect();
            let carries =
                |modifier| lines.iter().find(|(_, line)| line.modifiers.contains(modifier)).map(|(at, _)| *at);
            let rows = given(case, code);
            let containers: Vec<_> = rows.iter().filter_map(|&at| case.row(at)?.container).collect();
            let drug = case.reference.drug(code);
            let multi_dose = match containers.first() {
                Some(_) => containers.iter().all(|container| *container == Container::MultiDose),
                None => drug.is_some_and(|drug| drug.multi_dose_only),
            };
            let date = lines.first().map(|(_, line)| line.service_date);
            let packaged = case.setting() == Setting::Facility
                && case.is_medicare()
                && drug.is_some_and(|drug| case.reference.drug_status(drug, date) == OppsStatus::Packaged);
            let waste = carries(Modifier::WASTE);
            let (at, problem) = match (multi_dose, packaged) {
                (true, _) => (waste.or(carries(Modifier::NO_WASTE)), "comes from a multi-dose container"),
                (false, true) => (waste, "is packaged into the service"),
                (false, false) => (None, ""),
            };
            let Some(at) = at else { continue };
            let mut explained = Explained::at(Some(at), rows);
            let key = Modifiers::one(Modifier::WASTE);
            let extra = case.open(code, key).1;
            case.take_from(&mut explained, code, key, extra);
            explained.claim_line = Some(at);
            let evidence = format!("{code} {problem}; JW and JZ belong to separately payable single-dose containers.");
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "JW on a multi-dose vial",
                &["J3420 IM injection 10:00- dose=1000mcg container=multi_dose"],
                &["96372", "J3420", "J3420:JW"],
            ),
            Example::flagged(
                "JW on a packaged drug",
                &["J2405 IV push 10:00- dose=4mg vials=1x4"],
                &["96374", "J2405x4", "J2405:JW"],
            ),
            Example::clean(
                "JW on a single-dose vial",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
            Example::clean(
                "no modifier",
                &["J3420 IM injection 10:00- dose=1000mcg container=multi_dose"],
                &["96372", "J3420"],
            ),
        ];
        EXAMPLES
    }
}
