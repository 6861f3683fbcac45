//! O: outcomes of claims, where remittances are given.

mod denied_and_correctable;
mod denied_unpredicted;
mod paid_below_schedule;
mod paid_despite_risk;

pub use denied_and_correctable::DeniedAndCorrectable;
pub use denied_unpredicted::DeniedUnpredicted;
pub use paid_below_schedule::PaidBelowSchedule;
pub use paid_despite_risk::PaidDespiteRisk;

use super::{Case, RuleInfo};
use crate::model::ClaimLine;

/// Reasons that are no denial: patient's share, contract, sequestration, other payers, information.
const NO_DENIAL: [&str; 16] =
    ["1", "2", "3", "23", "44", "45", "66", "94", "100", "131", "144", "161", "187", "237", "253", "254"];

/// Lines that were answered with nothing, for a reason that is a denial.
fn denied_lines<'a>(case: &Case<'a>) -> Vec<(u32, &'a ClaimLine<'a>)> {
    let denied = |line: &ClaimLine<'_>| {
        line.paid.is_some_and(|paid| paid.0 <= 0)
            && line.adjustment_reasons().any(|reason| !NO_DENIAL.contains(&reason))
    };
    case.claim_lines().filter(|(_, line)| denied(line)).collect()
}

/// The first finding that says what is wrong with a line: on the line itself, or about its code.
fn explaining(case: &Case<'_>, at: u32, line: &ClaimLine<'_>) -> Option<&'static RuleInfo> {
    let about = |finding: &&crate::findings::Finding| {
        let units = finding.extra.iter().chain(&finding.missing);
        finding.claim_line == Some(at) || units.into_iter().any(|units| Some(units.code) == line.hcpcs)
    };
    let first = case.findings.iter().filter(|finding| finding.rule.family != "outcomes").find(about);
    first.map(|finding| finding.rule)
}

/// What the remittance says of a line: its reason and remark codes.
fn answer(line: &ClaimLine<'_>) -> String {
    let reasons: Vec<&str> = line.adjustment_reasons().collect();
    let remarks = line.remark_codes.unwrap_or_default().split(';').map(str::trim).filter(|code| !code.is_empty());
    let remarks: Vec<&str> = remarks.collect();
    match remarks.as_slice() {
        [] => format!("reason {}", reasons.join(", ")),
        remarks => format!("reason {}, remark {}", reasons.join(", "), remarks.join(", ")),
    }
}
