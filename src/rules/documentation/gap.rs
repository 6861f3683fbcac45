//! What the rules about missing times share.

use crate::coding::Family;
use crate::model::HcpcsCode;
use crate::rules::{Case, Explained, codes};

const DRUG_HOURS: [HcpcsCode; 2] = [HcpcsCode::new("96366"), HcpcsCode::new("96415")];

/// Consumes the difference that rests on the missing times alone: the infusion that was billed, against the push that
/// the record still supports; hydration that cannot be billed at all.
pub(super) fn time_gap(case: &mut Case<'_>, rows: &[u32]) -> Explained {
    let mut explained = Explained::default();
    let services: Vec<_> = case
        .coded
        .services
        .iter()
        .filter(|service| service.administrations.iter().any(|row| rows.contains(row)))
        .map(|service| service.family)
        .collect();
    let drugs = services.iter().filter(|family| **family != Family::Hydration).count() as i64;
    let mut left = drugs;
    for (infusion, push) in codes::INFUSION_AND_PUSH {
        let units = case.extra(infusion).min(left);
        case.take_extra(&mut explained, infusion, units);
        case.take_missing(&mut explained, push, units);
        left -= units;
    }
    // A push that the record supports and nobody billed under any name is a service not billed, not a gap in charting.
    if left < drugs {
        for hours in DRUG_HOURS {
            let units = case.extra(hours);
            case.take_extra(&mut explained, hours, units);
        }
    }
    if services.contains(&Family::Hydration) {
        for code in codes::HYDRATION {
            let units = case.extra(code);
            case.take_extra(&mut explained, code, units);
        }
    }
    explained
}

/// A billed administration line that rests on these administrations.
pub(super) fn billed_line_of(case: &Case<'_>, rows: &[u32]) -> Option<u32> {
    let earned = case.coded.lines.iter().filter(|line| line.administrations.iter().any(|row| rows.contains(row)));
    let codes: Vec<HcpcsCode> = earned.map(|line| line.code).filter(|code| case.is_administration(*code)).collect();
    case.claim_lines().find(|(_, line)| line.hcpcs.is_some_and(|code| codes.contains(&code))).map(|(at, _)| at)
}
