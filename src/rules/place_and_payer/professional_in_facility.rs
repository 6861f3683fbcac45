#![doc = include_str!("professional_in_facility.md")]

use crate::coding::FACILITY_PLACES_OF_SERVICE;
use crate::compare::key_modifiers;
use crate::model::{ClaimLine, HcpcsCode, Setting};
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-P01",
    name: "professional-in-facility",
    family: "place and payer",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 9000,
    carc: "5;58;97",
    rarc: "M77;N428",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("professional_in_facility.md"),
};

pub struct ProfessionalInFacility;

impl Rule for ProfessionalInFacility {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Form
    }

    fn when(&self) -> Signals {
        Signals::PROFESSIONAL.and(Signals::IN_FACILITY)
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.setting() != Setting::Professional {
            return;
        }
        let compared = |code: &HcpcsCode| case.is_administration(*code) || case.is_drug(*code);
        let lines: Vec<_> = case
            .claim_lines()
            .filter(|(_, line)| is_in_facility(case, line))
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
            let place = line.place_of_service.or(case.encounter.place_of_service).unwrap_or_default();
            let evidence = format!(
                "{code} is billed by a practice for place of service {}, where the facility reports it.",
                place.trim()
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a practice bills the hospital's infusion",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            )
            .professional()
            .with(&["place=22"]),
            Example::flagged(
                "in the emergency room",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 place=23"],
            )
            .professional()
            .with(&["place=23"]),
            Example::flagged(
                "the encounter says office and the line says hospital",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 place=22"],
            )
            .professional()
            .with(&["place=11"]),
            Example::clean("in the office", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .professional(),
        ];
        EXAMPLES
    }
}

/// Whether a line of a practice stands on a place of service in which the facility bills.
pub(in crate::rules) fn is_in_facility(case: &Case<'_>, line: &ClaimLine<'_>) -> bool {
    let place = line.place_of_service.or(case.encounter.place_of_service).map(str::trim);
    place.is_some_and(|place| FACILITY_PLACES_OF_SERVICE.contains(&place))
}
