//! The reports as CSV: every finding that belongs to them, safe to open in a spreadsheet.

use super::Report;
use crate::error::Error;
use crate::model::Cents;
use crate::output::FindingRow;
use std::borrow::Cow;

const COLUMNS: [&str; 36] = [
    "finding_id",
    "rule_code",
    "rule_name",
    "severity",
    "owner",
    "encounter_id",
    "setting",
    "service_date",
    "payer",
    "payer_type",
    "department",
    "rendering_provider",
    "claim_id",
    "line_number",
    "expected_codes",
    "billed_codes",
    "net_cents",
    "expected_loss_cents",
    "risk_basis_points",
    "price_basis",
    "price_table",
    "underpaid_cents",
    "policy_switch",
    "policy_other_value",
    "answer_codes",
    "answer_cents",
    "alternative_codes",
    "alternative_cents",
    "carc",
    "rarc",
    "evidence",
    "net_dollars",
    "expected_loss_dollars",
    "underpaid_dollars",
    "answer_dollars",
    "alternative_dollars",
];

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::Report(cause.to_string())
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
pub(crate) fn defused(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

/// Dollars with two decimals, without separators, exactly.
pub(crate) fn dollars(cents: i64) -> String {
    let plain = Cents(cents).to_string();
    plain.replace(['$', ','], "")
}

/// The names of the columns.
///
/// # Errors
/// Only if memory could not be written to.
pub fn header() -> Result<Vec<u8>, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    writer.into_inner().map_err(failed)
}

/// The rows of one report as text, encounter by encounter.
#[derive(Debug)]
pub struct CsvPart {
    report: Report,
    writer: csv::Writer<Vec<u8>>,
}

impl CsvPart {
    #[must_use]
    pub fn new(report: Report) -> Self {
        Self { report, writer: csv::Writer::from_writer(Vec::new()) }
    }

    fn wants(&self, row: &FindingRow<'_>) -> bool {
        match self.report {
            Report::DenialRisk => row.finding.risk_basis_points > 0,
            // With what puts nothing at risk and has no net (charting, deadlines, underpayments), so that every finding
            // stands in one of the two.
            Report::RevenueLeakage => row.finding.net != Cents::ZERO || row.finding.risk_basis_points == 0,
        }
    }

    /// Adds the findings of one encounter under one setting, in the order of rule and identity.
    ///
    /// # Errors
    /// Only if memory could not be written to.
    pub fn add(&mut self, rows: &[FindingRow<'_>]) -> Result<(), Error> {
        let mut rows: Vec<&FindingRow<'_>> = rows.iter().filter(|row| self.wants(row)).collect();
        rows.sort_by_key(|row| (row.finding.rule.code, row.finding_id.as_str()));
        rows.into_iter().try_for_each(|row| self.add_row(row))
    }

    fn add_row(&mut self, row: &FindingRow<'_>) -> Result<(), Error> {
        let FindingRow { encounter, finding, line, .. } = row;
        let answers = finding.answers.as_ref();
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let money = |value: Option<Cents>| value.map(|value| dollars(value.0)).unwrap_or_default();
        let date = row.date.map(|date| date.to_string()).unwrap_or_default();
        let texts = [
            row.finding_id.as_str(),
            finding.rule.code,
            finding.rule.name,
            finding.severity.as_str(),
            finding.rule.owner.as_str(),
            encounter.encounter_id,
            row.side.setting.as_str(),
            &date,
            encounter.payer.unwrap_or_default(),
            encounter.payer_type.map_or("", |payer| payer.as_str()),
            encounter.department.unwrap_or_default(),
            encounter.rendering_provider.unwrap_or_default(),
            line.map_or("", |line| line.claim_id),
        ];
        let mut cell = |text: &str| self.writer.write_field(text).map_err(failed);
        for text in texts {
            cell(&defused(text))?;
        }
        cell(&number(line.map(|line| line.line_number)))?;
        cell(&defused(&row.expected_codes))?;
        cell(&defused(&row.billed_codes))?;
        cell(&finding.net.0.to_string())?;
        cell(&finding.expected_loss.0.to_string())?;
        cell(&finding.risk_basis_points.to_string())?;
        cell(&defused(&row.price_basis))?;
        cell(&defused(&row.price_table))?;
        cell(&finding.underpaid.0.to_string())?;
        cell(finding.payer_policy.unwrap_or_default())?;
        cell(&defused(answers.map_or("", |both| &both.other_value)))?;
        cell(&defused(answers.map_or("", |both| &both.answer.0)))?;
        cell(&number(answers.map(|both| both.answer.1.0)))?;
        cell(&defused(answers.map_or("", |both| &both.alternative.0)))?;
        cell(&number(answers.map(|both| both.alternative.1.0)))?;
        cell(finding.rule.carc)?;
        cell(finding.rule.rarc)?;
        cell(&defused(&finding.evidence))?;
        cell(&money(Some(finding.net)))?;
        cell(&money(Some(finding.expected_loss)))?;
        cell(&money(Some(finding.underpaid)))?;
        cell(&money(answers.map(|both| both.answer.1)))?;
        cell(&money(answers.map(|both| both.alternative.1)))?;
        self.writer.write_record(None::<&[u8]>).map_err(failed)
    }

    /// The rows so far.
    ///
    /// # Errors
    /// Only if memory could not be written to.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.writer.into_inner().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula_and_dollars_are_exact() {
        assert_eq!(defused("=1+1"), "'=1+1");
        assert_eq!(defused("J1745x4"), "J1745x4");
        assert_eq!(dollars(-123_405), "-1234.05");
    }
}
