//! The rows of the four result tables.

use super::joined::Joined;
use super::layouts::{ADMINISTRATIONS, ENCOUNTERS, FINDINGS, LINES};
use super::table::TableBuilder;
use super::{FindingRow, RunCounts};
use crate::audit::{EncounterAudit, LedgerLine, SideAudit};
use crate::coding::Coded;
use crate::error::Error;
use crate::findings::{Finding, LedgerUnits, PriceBasis};
use crate::model::{Cents, ClaimLine, Date, Encounter, Indexes, Modifiers};
use arrow::array::RecordBatch;
use std::fmt::Write as _;
use xxhash_rust::xxh3::xxh3_64;

/// The result rows of a stretch of encounters, and their totals.
pub struct Rows<'v> {
    /// Names of the tables that prices point to.
    versions: &'v [String],
    findings: TableBuilder,
    lines: TableBuilder,
    encounters: TableBuilder,
    administrations: TableBuilder,
    pub counts: RunCounts,
}

impl<'v> Rows<'v> {
    /// `rows` is how many claim lines, charted rows and encounters there are, so that memory is taken once.
    #[must_use]
    pub fn new(versions: &'v [String], [claims, flowsheets, encounters]: [usize; 3]) -> Self {
        Self {
            versions,
            findings: TableBuilder::new(&FINDINGS, encounters / 2),
            lines: TableBuilder::new(&LINES, claims),
            encounters: TableBuilder::new(&ENCOUNTERS, encounters),
            administrations: TableBuilder::new(&ADMINISTRATIONS, flowsheets),
            counts: RunCounts::default(),
        }
    }
}

impl Rows<'_> {
    /// Adds one encounter's results.
    pub fn add(&mut self, encounter: &Encounter<'_>, audit: &EncounterAudit) {
        self.counts.encounters += 1;
        let found: usize = audit.sides.iter().map(|side| side.findings.len()).sum();
        self.counts.clean_encounters += u64::from(found == 0);
        for side in &audit.sides {
            for finding in &side.findings {
                self.add_finding(&FindingRow::new(encounter, side, finding, self.versions));
            }
            self.add_lines(encounter, side);
            self.add_encounter(encounter, side);
            self.add_administrations(encounter, side);
        }
    }

    /// The rows so far as batches.
    ///
    /// # Errors
    /// Only if a table was filled unevenly.
    pub fn finish(self) -> Result<([RecordBatch; 4], RunCounts), Error> {
        debug_assert!(self.encounters.rows() as u64 >= self.counts.encounters);
        let tables =
            [self.findings.finish()?, self.lines.finish()?, self.encounters.finish()?, self.administrations.finish()?];
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
        *counts.findings_by_rule.entry(finding.rule.code.to_owned()).or_default() += 1;
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

    fn add_lines(&mut self, encounter: &Encounter<'_>, side: &SideAudit) {
        for line in &side.ledger {
            let coded = || line.coded_lines.iter().filter_map(|&at| side.coded.lines.get(at as usize));
            let billed = || line.claim_lines.iter().filter_map(|&at| encounter.claim_lines.get(at as usize));
            let mut rows: Indexes = coded().flat_map(|line| line.administrations.iter().copied()).collect();
            sort_by_id(encounter, &mut rows);
            let dates = coded().filter_map(|line| line.service_date);
            let date = dates.chain(billed().map(|line| line.service_date)).min();
            let sum = |of: fn(&ClaimLine<'_>) -> Option<Cents>| {
                billed().filter_map(of).map(|cents| cents.0).reduce(|one, other| one + other)
            };
            self.lines
                .text(Some(encounter.encounter_id))
                .text(Some(side.setting.as_str()))
                .text(Some(line.code.as_str()))
                .written(|text| modifiers(text, line.modifiers))
                .text(Some(status(line)))
                .day(date)
                .integer(Some(line.expected_units))
                .integer(Some(line.billed_units))
                .cents(line.expected)
                .cents(line.billed)
                .cents(line.expected - line.billed)
                .text(Some(line.basis.as_str()))
                .text(line.table.and_then(|table| self.versions.get(usize::from(table))).map(String::as_str))
                .joined(";", |sites| {
                    coded().filter_map(|line| site_name(&side.coded, line.site)).for_each(|site| sites.push_new(site));
                })
                .joined(";", |ids| push_ids(encounter, &rows, ids))
                .joined("; ", |reasons| coded().for_each(|line| reasons.push_new(line.reason)))
                .joined(";", |lines| billed().for_each(|line| lines.push(line)))
                .integer(sum(|line| line.charge))
                .integer(sum(|line| line.allowed))
                .integer(sum(|line| line.paid));
        }
        for line in side.out_of_scope.iter().filter_map(|&at| encounter.claim_lines.get(at as usize)) {
            self.lines
                .text(Some(encounter.encounter_id))
                .text(Some(side.setting.as_str()))
                .text(line.hcpcs.as_ref().map(|code| code.as_str()))
                .written(|text| modifiers(text, line.modifiers))
                .text(Some("out_of_scope"))
                .day(Some(line.service_date))
                .integer(None)
                .integer(Some(line.units))
                .integer(None)
                .integer(None)
                .integer(None)
                .text(None)
                .text(None)
                .text(None)
                .text(None)
                .text(None)
                .joined(";", |lines| lines.push(line))
                .integer(line.charge.map(|cents| cents.0))
                .integer(line.allowed.map(|cents| cents.0))
                .integer(line.paid.map(|cents| cents.0));
        }
    }

    fn add_encounter(&mut self, encounter: &Encounter<'_>, side: &SideAudit) {
        let of = findings_totals(&side.findings);
        let expected: Cents = side.ledger.iter().map(|line| line.expected).sum();
        let billed: Cents = side.ledger.iter().map(|line| line.billed).sum();
        let billed_lines =
            side.ledger.iter().map(|line| line.claim_lines.len()).sum::<usize>() + side.out_of_scope.len();
        self.counts.claim_forms += 1;
        self.counts.claim_lines += billed_lines as u64;
        self.counts.expected_cents += expected.0;
        self.counts.billed_cents += billed.0;
        let date = side_date(encounter, side);
        self.encounters
            .text(Some(encounter.encounter_id))
            .text(Some(side.setting.as_str()))
            .text(encounter.patient_id)
            .text(encounter.payer)
            .text(encounter.payer_type.map(|payer| payer.as_str()))
            .text(encounter.encounter_class.map(|class| class.as_str()))
            .text(encounter.department)
            .text(encounter.rendering_provider)
            .day(date)
            .written(|text| {
                if let Some(date) = date {
                    let (year, month) = date.year_and_month();
                    let _ = write!(text, "{year:04}-{month:02}");
                }
            })
            .integer(Some(encounter.administrations.len() as i64))
            .integer(Some(billed_lines as i64))
            .integer(Some(side.coded.lines.len() as i64))
            .cents(expected)
            .cents(billed)
            .cents(expected - billed)
            .integer(Some(of.leakage_cents))
            .integer(Some(of.overpayment_cents))
            .integer(Some(of.disputed_cents))
            .integer(Some(of.expected_loss_cents))
            .integer(Some(side.findings.len() as i64))
            .flag(Some(side.findings.is_empty()));
    }

    fn add_administrations(&mut self, encounter: &Encounter<'_>, side: &SideAudit) {
        let coded = &side.coded;
        for (at, row) in encounter.administrations.iter().enumerate() {
            let at = at as u32;
            let service = coded.services.iter().find(|service| service.administrations.contains(&at));
            let lines = || coded.lines.iter().filter(|line| line.administrations.contains(&at));
            let not_billed = coded.not_billed.iter().find(|one| one.administration == at);
            self.administrations
                .text(Some(encounter.encounter_id))
                .text(Some(side.setting.as_str()))
                .text(Some(row.administration_id))
                .text(row.drug_code.as_ref().map(|code| code.as_str()))
                .text(row.drug_name)
                .text(service.map(|service| service.class.as_str()))
                .text(Some(row.route.as_str()))
                .text(service.map(|service| service.family.as_str()))
                .text(service.map(|service| service.technique.as_str()));
            match service.and_then(|service| site_name(coded, service.site)) {
                Some(site) => self.administrations.text(Some(site)),
                None => self.administrations.written(|text| {
                    text.extend(row.access_site.unwrap_or_default().trim().chars().flat_map(char::to_uppercase));
                }),
            };
            self.administrations
                .time(row.start_time)
                .time(row.stop_time)
                .integer(row.charted_minutes())
                .joined(";", |codes| lines().for_each(|line| codes.push_new(line)))
                .joined("; ", |reasons| {
                    lines().for_each(|line| reasons.push_new(line.reason));
                    if let Some(one) = not_billed {
                        reasons.push("no administration line: ");
                        reasons.extend(one.reason);
                    }
                })
                .joined(";", |flags| {
                    let own = coded.flags.iter().filter(|flag| flag.administration == at);
                    own.for_each(|flag| flags.push_new(flag.flag));
                });
        }
    }
}

fn modifiers(text: &mut String, modifiers: Modifiers) {
    for (at, modifier) in modifiers.iter().enumerate() {
        text.push_str(if at > 0 { "," } else { "" });
        text.push_str(modifier.as_str());
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

fn status(line: &LedgerLine) -> &'static str {
    match (line.expected_units, line.billed_units) {
        _ if line.undetermined => "undetermined",
        (expected, billed) if expected == billed => "agreed",
        (_, 0) => "missing",
        (0, _) => "extra",
        _ => "partial",
    }
}

pub(super) fn side_date(encounter: &Encounter<'_>, side: &SideAudit) -> Option<Date> {
    let coded = side.coded.lines.iter().filter_map(|line| line.service_date).min();
    coded.or_else(|| encounter.date())
}

pub(super) fn month(date: Date) -> String {
    let (year, month) = date.year_and_month();
    format!("{year:04}-{month:02}")
}

fn site_name(coded: &Coded, site: Option<u16>) -> Option<&str> {
    site.and_then(|site| coded.sites.get(usize::from(site))).map(String::as_str)
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

fn sort_by_id(encounter: &Encounter<'_>, rows: &mut Indexes) {
    let id = |row: u32| encounter.administrations.get(row as usize).map_or("", |row| row.administration_id);
    rows.sort_by_key(|&row| (id(row), row));
    rows.dedup();
}

pub(super) fn administration_ids(encounter: &Encounter<'_>, rows: &[u32]) -> String {
    let ids = rows.iter().filter_map(|&row| encounter.administrations.get(row as usize));
    let mut ids: Vec<&str> = ids.map(|row| row.administration_id).collect();
    ids.dedup();
    ids.join(";")
}

/// The ids of rows that stand in the order of their ids.
fn push_ids(encounter: &Encounter<'_>, rows: &[u32], ids: &mut Joined<'_>) {
    let mut last = None;
    for row in rows.iter().filter_map(|&row| encounter.administrations.get(row as usize)) {
        if last != Some(row.administration_id) {
            ids.push(row.administration_id);
        }
        last = Some(row.administration_id);
    }
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
