//! One finding as every output shows it.

use super::tables::{bases, distinct, finding_id, month, side_date, units};
use crate::audit::SideAudit;
use crate::findings::Finding;
use crate::model::{Cents, ClaimLine, Date, Encounter};

/// The cells of one finding; money in cents.
#[derive(Debug)]
pub struct FindingRow<'f> {
    pub finding_id: String,
    pub encounter: &'f Encounter<'f>,
    pub side: &'f SideAudit,
    pub finding: &'f Finding,
    pub line: Option<&'f ClaimLine<'f>>,
    pub date: Option<Date>,
    /// `2026-03`; empty for an undated finding.
    pub month: String,
    pub expected_codes: String,
    pub billed_codes: String,
    pub administration_ids: String,
    pub leakage: Cents,
    pub overpayment: Cents,
    pub price_basis: String,
    pub price_table: String,
}

impl<'f> FindingRow<'f> {
    pub(super) fn new(
        encounter: &'f Encounter<'f>,
        side: &'f SideAudit,
        finding: &'f Finding,
        versions: &[String],
    ) -> Self {
        let line = finding.claim_line.and_then(|at| encounter.claim_lines.get(at as usize));
        let (expected_codes, billed_codes) = (units(&finding.missing), units(&finding.extra));
        let administration_ids = super::tables::administration_ids(encounter, &finding.administrations);
        let (leakage, overpayment) = super::RunCounts::split(finding.net);
        let date = line.map(|line| line.service_date).or_else(|| side_date(encounter, side));
        let priced = finding.missing.iter().chain(&finding.extra);
        let tables = priced.filter_map(|units| versions.get(usize::from(units.table?)));
        Self {
            finding_id: finding_id(encounter, finding, line, [&expected_codes, &billed_codes, &administration_ids]),
            encounter,
            side,
            finding,
            line,
            date,
            month: date.map(month).unwrap_or_default(),
            expected_codes,
            billed_codes,
            administration_ids,
            leakage,
            overpayment,
            price_basis: bases(finding),
            price_table: distinct(tables.cloned()).join(";"),
        }
    }
}
