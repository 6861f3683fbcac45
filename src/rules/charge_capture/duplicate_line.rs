#![doc = include_str!("duplicate_line.md")]

use crate::compare::key_modifiers;
use crate::model::ClaimLine;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C07",
    name: "duplicate-line",
    family: "charge capture",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 9000,
    carc: "18",
    rarc: "N522",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("duplicate_line.md"),
};

pub struct DuplicateLine;

impl Rule for DuplicateLine {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::EXTRA
    }

    fn check(&self, case: &mut Case<'_>) {
        const REPEATED: [&str; 3] = ["76", "77", "91"];
        let lines: Vec<(u32, &ClaimLine<'_>)> = case.claim_lines().collect();
        let mut done: Vec<u32> = Vec::new();
        for (at, (first, one)) in lines.iter().enumerate() {
            let Some(code) = one.hcpcs else { continue };
            let meant = one.modifiers.has_distinct_service()
                || one.modifiers.iter().any(|modifier| REPEATED.contains(&modifier.as_str()));
            // Another unbilled service may be what the second line stands for.
            let other_reason = case.is_administration(code) && case.missing_administrations() > 0;
            if meant || done.contains(first) || other_reason {
                continue;
            }
            let key = key_modifiers(code, one.modifiers);
            let twins: Vec<u32> =
                lines.iter().skip(at + 1).filter(|(_, other)| same(one, other)).map(|(at, _)| *at).collect();
            for twin in twins {
                if one.units <= 0 || case.open(code, key).1 < one.units {
                    break;
                }
                let mut explained = Explained { claim_line: Some(twin), ..Explained::default() };
                case.take_from(&mut explained, code, key, one.units);
                done.push(twin);
                let evidence = format!(
                    "A second line agrees with another in {code}, modifiers, units, date and charge, and the record does \
                     not support it."
                );
                case.report(&INFO, explained, evidence);
            }
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "the same hour line twice",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:40"],
                &["96365", "96366", "96366"],
            ),
            Example::flagged(
                "a drug line twice",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30:JZ", "J1745x30:JZ"],
            ),
            Example::clean(
                "a repeat modifier",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:40"],
                &["96365", "96366", "96366:76"],
            ),
            Example::clean(
                "another charge",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:40"],
                &["96365", "96366", "96366 charge=12"],
            ),
            Example::clean(
                "both supported",
                &["a:therapeutic IM injection 10:00-", "b:therapeutic IM injection 10:05-"],
                &["96372", "96372"],
            ),
        ];
        EXAMPLES
    }
}

fn same(one: &ClaimLine<'_>, other: &ClaimLine<'_>) -> bool {
    one.hcpcs == other.hcpcs
        && one.modifiers == other.modifiers
        && one.units == other.units
        && one.service_date == other.service_date
        && one.charge == other.charge
        && one.revenue_code == other.revenue_code
}
