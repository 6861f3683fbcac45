#![doc = include_str!("inpatient_outpatient_codes.md")]

use crate::compare::key_modifiers;
use crate::model::{EncounterClass, HcpcsCode, Setting};
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-P02",
    name: "inpatient-outpatient-codes",
    family: "place and payer",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 9000,
    carc: "5;97",
    rarc: "M2;N428",
    owner: Owner::Registration,
    since: "0.2.0",
    page: include_str!("inpatient_outpatient_codes.md"),
};

pub struct InpatientOutpatientCodes;

impl Rule for InpatientOutpatientCodes {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Form
    }

    fn when(&self) -> Signals {
        Signals::FACILITY.and(Signals::INPATIENT)
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.setting() != Setting::Facility {
            return;
        }
        let stay = case.encounter.encounter_class == Some(EncounterClass::Inpatient);
        let compared = |code: &HcpcsCode| case.is_administration(*code) || case.is_drug(*code);
        let lines: Vec<_> = case
            .claim_lines()
            .filter(|(_, line)| stay || line.is_inpatient_bill())
            .filter_map(|(at, line)| line.hcpcs.filter(compared).map(|code| (at, code, line)))
            .collect();
        for (at, code, line) in lines {
            let key = key_modifiers(code, line.modifiers);
            let mut explained = Explained::at(Some(at), Vec::new());
            let extra = case.open(code, key).1.min(line.units);
            if extra > 0 {
                case.take_from(&mut explained, code, key, extra);
            } else if !case.is_administration(code) {
                continue;
            }
            let evidence = if stay {
                format!("{code} is billed for an inpatient stay, which its diagnosis-related group pays.")
            } else {
                format!("{code} stands on an inpatient bill (type 11x), which pays no outpatient line.")
            };
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an infusion during a stay",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            )
            .with(&["class=inpatient"]),
            Example::flagged(
                "on an inpatient bill",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 bill=111"],
            )
            .with(&["class=emergency"]),
            Example::clean(
                "an outpatient bill",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 bill=131"],
            )
            .with(&["class=emergency"]),
        ];
        EXAMPLES
    }
}
