#![doc = include_str!("facility_professional_mismatch.md")]

use crate::coding::FACILITY_PLACES_OF_SERVICE;
use crate::model::{ClaimLine, HcpcsCode, Setting};
use crate::rules::{
    BilledLine, Case, CodeKind, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals,
};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C09",
    name: "facility-professional-mismatch",
    family: "charge capture",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 1500,
    carc: "16;B7",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("facility_professional_mismatch.md"),
};

pub struct FacilityProfessionalMismatch;

impl Rule for FacilityProfessionalMismatch {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::PROFESSIONAL.and(Signals::BOTH_FORMS)
    }

    fn check(&self, case: &mut Case<'_>) {
        // Told once, on the professional side.
        if case.setting() != Setting::Professional {
            return;
        }
        let all = &case.encounter.claim_lines;
        if all.iter().all(|line| Setting::of_claim(line.claim_type) == Setting::Professional) {
            return;
        }
        let in_facility = |line: &ClaimLine<'_>| {
            line.place_of_service.is_some_and(|place| FACILITY_PLACES_OF_SERVICE.contains(&place.trim()))
        };
        let units = |code: HcpcsCode, setting: Setting| -> i64 {
            let of =
                all.iter().filter(|line| line.hcpcs == Some(code) && Setting::of_claim(line.claim_type) == setting);
            of.map(|line| line.units).sum()
        };
        let lines: Vec<_> =
            case.billed.iter().filter(|one| one.kind != CodeKind::Other && !in_facility(one.line)).collect();
        let mut seen: Vec<HcpcsCode> = Vec::new();
        for &&BilledLine { at, code, .. } in &lines {
            let (facility, professional) = (units(code, Setting::Facility), units(code, Setting::Professional));
            if facility == 0 || facility == professional || seen.contains(&code) {
                continue;
            }
            seen.push(code);
            let evidence = format!(
                "The hospital bills {facility} unit(s) of {code} for this encounter and the practice {professional}."
            );
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "two hours on one form, one on the other",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:40"],
                &["96365 form=institutional", "96366 form=institutional", "96365", "96366x2"],
            )
            .professional(),
            Example::clean(
                "the same on both",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:40"],
                &["96365 form=institutional", "96366 form=institutional", "96365", "96366"],
            )
            .professional(),
            Example::clean("one form", &["ceftriaxone:therapeutic IV infusion 10:00-11:40"], &["96365", "96366"])
                .professional(),
        ];
        EXAMPLES
    }
}
