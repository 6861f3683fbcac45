//! Rows of `encounters.parquet`: one for each encounter and claim form.

use super::RunCounts;
use super::cells::{Days, Flags, Numbers, Texts, finish_flags};
use super::layouts::ENCOUNTERS;
use super::piece::Piece;
use super::spelled;
use super::words::{Numbered, Words};
use crate::audit::SideAudit;
use crate::error::Error;
use crate::model::{Cents, Date, Encounter};

/// What the id of a patient takes, roughly, in bytes.
const ID_BYTES: usize = 16;

/// The sums of one row.
pub(super) struct SideSums {
    pub date: Option<Date>,
    pub billed_lines: usize,
    pub expected: Cents,
    pub billed: Cents,
    pub of_findings: RunCounts,
}

/// The columns as they are filled, in the order of the layout.
pub(super) struct EncounterRows {
    encounter_id: Words,
    setting: Words,
    patient_id: Texts,
    payer: Words,
    payer_type: Words,
    encounter_class: Words,
    department: Words,
    rendering_provider: Words,
    service_date: Days,
    month: Words,
    months: Numbered<(i16, i8)>,
    administrations: Numbers,
    billed_lines: Numbers,
    expected_lines: Numbers,
    expected: Numbers,
    billed: Numbers,
    net: Numbers,
    leakage: Numbers,
    overpayment: Numbers,
    disputed: Numbers,
    expected_loss: Numbers,
    findings: Numbers,
    clean: Flags,
}

impl EncounterRows {
    /// A table of about so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            encounter_id: Words::new(rows),
            setting: Words::new(rows),
            patient_id: Texts::new(rows, ID_BYTES),
            payer: Words::new(rows),
            payer_type: Words::new(rows),
            encounter_class: Words::new(rows),
            department: Words::new(rows),
            rendering_provider: Words::new(rows),
            service_date: Days::new(rows),
            month: Words::new(rows),
            months: Numbered::default(),
            administrations: Numbers::new(rows),
            billed_lines: Numbers::new(rows),
            expected_lines: Numbers::new(rows),
            expected: Numbers::new(rows),
            billed: Numbers::new(rows),
            net: Numbers::new(rows),
            leakage: Numbers::new(rows),
            overpayment: Numbers::new(rows),
            disputed: Numbers::new(rows),
            expected_loss: Numbers::new(rows),
            findings: Numbers::new(rows),
            clean: Flags::with_capacity(rows),
        }
    }

    /// Adds the row of one encounter on one claim form.
    pub(super) fn add(&mut self, encounter: &Encounter<'_>, side: &SideAudit, sums: &SideSums) {
        let id = self.encounter_id.add(encounter.encounter_id);
        self.encounter_id.push(id);
        self.setting.push_static(side.setting.as_str());
        self.patient_id.push(encounter.patient_id.unwrap_or_default());
        self.payer.push_text(encounter.payer.unwrap_or_default());
        self.payer_type.push_static(encounter.payer_type.map_or("", |payer| payer.as_str()));
        self.encounter_class.push_static(encounter.encounter_class.map_or("", |class| class.as_str()));
        self.department.push_text(encounter.department.unwrap_or_default());
        self.rendering_provider.push_text(encounter.rendering_provider.unwrap_or_default());
        self.service_date.push_day(sums.date);
        let month = sums.date.and_then(|date| {
            self.months.find(date.year_and_month(), &mut self.month, |text| spelled::month(text, date))
        });
        self.month.push(month);
        self.administrations.push(Some(encounter.administrations.len() as i64));
        self.billed_lines.push(Some(sums.billed_lines as i64));
        self.expected_lines.push(Some(side.coded.lines.len() as i64));
        self.expected.push_cents(sums.expected);
        self.billed.push_cents(sums.billed);
        self.net.push_cents(sums.expected - sums.billed);
        self.leakage.push(Some(sums.of_findings.leakage_cents));
        self.overpayment.push(Some(sums.of_findings.overpayment_cents));
        self.disputed.push(Some(sums.of_findings.disputed_cents));
        self.expected_loss.push(Some(sums.of_findings.expected_loss_cents));
        self.findings.push(Some(side.findings.len() as i64));
        self.clean.push(side.findings.is_empty());
    }

    pub(super) fn rows(&self) -> usize {
        self.clean.len()
    }

    /// The rows as a piece of the table.
    ///
    /// # Errors
    /// Texts of more than two gigabytes.
    pub(super) fn finish(self) -> Result<Piece, Error> {
        let rows = self.clean.len();
        let columns = vec![
            self.encounter_id.finish()?,
            self.setting.finish()?,
            self.patient_id.finish()?,
            self.payer.finish()?,
            self.payer_type.finish()?,
            self.encounter_class.finish()?,
            self.department.finish()?,
            self.rendering_provider.finish()?,
            self.service_date.finish()?,
            self.month.finish()?,
            self.administrations.finish()?,
            self.billed_lines.finish()?,
            self.expected_lines.finish()?,
            self.expected.finish()?,
            self.billed.finish()?,
            self.net.finish()?,
            self.leakage.finish()?,
            self.overpayment.finish()?,
            self.disputed.finish()?,
            self.expected_loss.finish()?,
            self.findings.finish()?,
            finish_flags(self.clean),
        ];
        debug_assert_eq!(columns.len(), ENCOUNTERS.columns.len());
        Ok(Piece::new(rows, columns))
    }
}
