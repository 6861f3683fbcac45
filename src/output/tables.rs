//! The rows of the four result tables.

use super::administrations::AdministrationRows;
use super::encounters::{EncounterRows, SideSums};
use super::layouts::FINDINGS;
use super::lines::LineRows;
use super::piece::Piece;
use super::spelled;
use super::table::TableBuilder;
use super::{FindingRow, RunCounts};
use crate::audit::{EncounterAudit, SideAudit};
use crate::error::Error;
use crate::findings::{Finding, LedgerUnits, PriceBasis};
use crate::model::{Cents, ClaimLine, Date, Encounter};
use std::fmt::Write as _;
use xxhash_rust::xxh3::xxh3_64;

/// The result rows of a stretch of encounters, and their totals.
pub struct Rows<'v> {
    /// Names of the tables that prices point to.
    versions: &'v [String],
    findings: TableBuilder,
    lines: LineRows<'v>,
    encounters: EncounterRows,
    administrations: AdministrationRows,
    pub counts: RunCounts,
}

impl<'v> Rows<'v> {
    /// `rows` is how many claim lines, charted rows and encounters there are, so that memory is taken once.
    #[must_use]
    pub fn new(versions: &'v [String], [claims, flowsheets, encounters]: [usize; 3]) -> Self {
        Self {
            versions,
            findings: TableBuilder::new(&FINDINGS, encounters / 2),
            // What was charted and not billed has rows too.
            lines: LineRows::new(versions, claims + claims / 8),
            encounters: EncounterRows::new(encounters),
            administrations: AdministrationRows::new(flowsheets),
            counts: RunCounts::default(),
        }
    }
}

impl Rows<'_> {
    /// Adds the results of encounters, table by table.
    pub fn add(&mut self, encounters: &[Encounter<'_>], audits: &[EncounterAudit]) {
        let sides = || {
            let all = encounters.iter().zip(audits);
            all.flat_map(|(encounter, audit)| audit.sides.iter().map(move |side| (encounter, side)))
        };
        for audit in audits {
            self.counts.encounters += 1;
            self.counts.clean_encounters += u64::from(audit.sides.iter().all(|side| side.findings.is_empty()));
        }
        for (encounter, side) in sides() {
            for finding in &side.findings {
                self.add_finding(&FindingRow::new(encounter, side, finding, self.versions));
            }
        }
        sides().for_each(|(encounter, side)| self.lines.add(encounter, side));
        sides().for_each(|(encounter, side)| self.add_encounter(encounter, side));
        sides().for_each(|(encounter, side)| self.administrations.add(encounter, side));
    }

    /// The rows so far, table by table.
    ///
    /// # Errors
    /// Only if a table was filled unevenly.
    pub fn finish(self) -> Result<([Piece; 4], RunCounts), Error> {
        debug_assert!(self.encounters.rows() as u64 >= self.counts.encounters);
        let tables = [
            Piece::from(&self.findings.finish()?),
            self.lines.finish()?,
            self.encounters.finish()?,
            self.administrations.finish()?,
        ];
        Ok((tables, self.counts))
    }

    fn add_finding(&mut self, row: &FindingRow<'_>) {
        let FindingRow { encounter, side, finding, line, .. } = row;
        self.count(finding);
        let answers = finding.answers.as_ref();
        self.findings
            .text(Some(&row.finding_id))
            .text(Some(encounter.encounter_id))
            .text(encounter.patient_id)
            .text(Some(finding.rule.code))
            .text(Some(finding.rule.name))
            .text(Some(finding.rule.family))
            .text(Some(finding.rule.direction.as_str()))
            .text(Some(finding.severity.as_str()))
            .text(Some(finding.rule.owner.as_str()))
            .text(Some(side.setting.as_str()))
            .text(encounter.payer)
            .text(encounter.payer_type.map(|payer| payer.as_str()))
            .text(encounter.encounter_class.map(|class| class.as_str()))
            .text(encounter.department)
            .text(encounter.rendering_provider)
            .day(row.date)
            .text(Some(&row.month))
            .text(line.map(|line| line.claim_id))
            .integer(line.map(|line| line.line_number))
            .text(Some(&row.expected_codes))
            .text(Some(&row.billed_codes))
            .text(Some(&row.administration_ids))
            .cents(finding.net)
            .cents(row.leakage)
            .cents(row.overpayment)
            .integer(Some(i64::from(finding.risk_basis_points)))
            .cents(finding.expected_loss)
            .text(Some(&row.price_basis))
            .text(Some(&row.price_table))
            .integer(Some(finding.underpaid.0))
            .text(finding.payer_policy)
            .text(answers.map(|both| both.other_value.as_str()))
            .text(answers.map(|both| both.answer.0.as_str()))
            .integer(answers.map(|both| both.answer.1.0))
            .text(answers.map(|both| both.alternative.0.as_str()))
            .integer(answers.map(|both| both.alternative.1.0))
            .text(Some(finding.rule.carc))
            .text(Some(finding.rule.rarc))
            .text(Some(&finding.evidence))
            .flag(finding.time_sensitive);
    }

    fn count(&mut self, finding: &Finding) {
        let counts = &mut self.counts;
        counts.findings += 1;
        counts.net_cents += finding.net.0;
        counts.underpaid_cents += finding.underpaid.0;
        match counts.findings_by_rule.get_mut(finding.rule.code) {
            Some(count) => *count += 1,
            None => {
                counts.findings_by_rule.insert(finding.rule.code.to_owned(), 1);
            }
        }
        counts.expected_loss_cents += finding.expected_loss.0;
        if finding.payer_policy.is_some() {
            counts.disputed_cents += finding.net.0;
        } else {
            let (leakage, overpayment) = RunCounts::split(finding.net);
            counts.leakage_cents += leakage.0;
            counts.overpayment_cents += overpayment.0;
        }
        let unpriced = finding.missing.iter().chain(&finding.extra);
        counts.unpriced_units +=
            unpriced.filter(|units| units.basis == PriceBasis::Unpriced).map(|units| units.units).sum::<i64>();
    }

    fn add_encounter(&mut self, encounter: &Encounter<'_>, side: &SideAudit) {
        let expected: Cents = side.ledger.iter().map(|line| line.expected).sum();
        let billed: Cents = side.ledger.iter().map(|line| line.billed).sum();
        let billed_lines =
            side.ledger.iter().map(|line| line.claim_lines.len()).sum::<usize>() + side.out_of_scope.len();
        self.counts.claim_forms += 1;
        self.counts.claim_lines += billed_lines as u64;
        self.counts.expected_cents += expected.0;
        self.counts.billed_cents += billed.0;
        let date = side_date(encounter, side);
        let of_findings = findings_totals(&side.findings);
        self.encounters.add(encounter, side, &SideSums { date, billed_lines, expected, billed, of_findings });
    }
}

/// Leakage, overpayment exposure, disputed net and expected loss of one side's findings.
#[must_use]
pub fn findings_totals(findings: &[Finding]) -> RunCounts {
    let mut totals = RunCounts::default();
    for finding in findings {
        totals.expected_loss_cents += finding.expected_loss.0;
        if finding.payer_policy.is_some() {
            totals.disputed_cents += finding.net.0;
        } else {
            let (leakage, overpayment) = RunCounts::split(finding.net);
            totals.leakage_cents += leakage.0;
            totals.overpayment_cents += overpayment.0;
        }
    }
    totals
}

pub(super) fn side_date(encounter: &Encounter<'_>, side: &SideAudit) -> Option<Date> {
    let coded = side.coded.lines.iter().filter_map(|line| line.service_date).min();
    coded.or_else(|| encounter.date())
}

pub(super) fn month(date: Date) -> String {
    let mut text = String::new();
    spelled::month(&mut text, date);
    text
}

pub(super) fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

pub(super) fn administration_ids(encounter: &Encounter<'_>, rows: &[u32]) -> String {
    let ids = rows.iter().filter_map(|&row| encounter.administrations.get(row as usize));
    let mut ids: Vec<&str> = ids.map(|row| row.administration_id).collect();
    ids.dedup();
    ids.join(";")
}

/// `96365x1;96365:59x1`.
pub(super) fn units(all: &[LedgerUnits]) -> String {
    let mut text = String::new();
    for one in all {
        let separator = if text.is_empty() { "" } else { ";" };
        let modifiers = if one.modifiers.is_empty() { String::new() } else { format!(":{}", one.modifiers) };
        let _ = write!(text, "{separator}{}{modifiers}x{}", one.code, one.units);
    }
    text
}

pub(super) fn bases(finding: &Finding) -> String {
    let all = finding.missing.iter().chain(&finding.extra).map(|units| units.basis.as_str().to_owned());
    distinct(all).join(";")
}

/// The identity of a finding: the same for the same difference in every run.
pub(super) fn finding_id(
    encounter: &Encounter<'_>,
    finding: &Finding,
    line: Option<&ClaimLine<'_>>,
    [missing, extra, ids]: [&str; 3],
) -> String {
    let line_number = line.map_or(String::new(), |line| line.line_number.to_string());
    let parts = [
        encounter.encounter_id,
        finding.setting.as_str(),
        finding.rule.code,
        line.map_or("", |line| line.claim_id),
        &line_number,
        missing,
        extra,
        ids,
    ];
    // A separator that no field holds keeps neighbouring fields apart.
    format!("{:016x}", xxh3_64(parts.join("\u{1f}").as_bytes()))
}
