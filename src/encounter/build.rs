//! Builds the encounters of one bucket.

use super::{BucketRows, EncounterRows, Excluded, SetAside, TOO_MANY_ROWS, versions};
use crate::model::{
    Administration, AdministrationStatus, Cents, ClaimLine, ClaimType, Concentration, Container, Date, Device,
    Encounter, EncounterClass, Method, PayerType, ProviderBasedDepartment, Purpose, Route, Setting, SubstanceClass,
    YesNo,
};
use crate::partition::is_too_many;
use crate::schema::Table;
use crate::stored_row::{ClaimColumn, EncounterColumn, FlowsheetColumn, StoredRow};
use std::borrow::Cow;

/// Frequency codes in the order of the contract's list.
const FREQUENCIES: [u8; 3] = [1, 7, 8];

/// Builds encounters from sorted rows.
#[derive(Debug)]
pub struct Builder<'b> {
    rows: &'b BucketRows<'b>,
    encounters_given: bool,
}

impl<'b> Builder<'b> {
    /// `encounters_given`: the run has an encounters table, so every encounter must stand in it.
    #[must_use]
    pub fn new(rows: &'b BucketRows<'b>, encounters_given: bool) -> Self {
        Self { rows, encounters_given }
    }

    fn slice(&self, table: Table, rows: &EncounterRows) -> &'b [StoredRow<'b>] {
        &self.rows.tables[table as usize][rows.ranges[table as usize].clone()]
    }

    /// Builds one encounter. Out: `None` when its rows match no encounter of the encounters table, or are too many for
    /// one; rows set aside and excluded are added to their lists.
    pub fn build(
        &self,
        rows: &EncounterRows,
        aside: &mut Vec<SetAside>,
        excluded: &mut Excluded,
    ) -> Option<Encounter<'b>> {
        let [claims, flowsheets, encounters] = Table::ALL.map(|table| self.slice(table, rows));
        let refused = if is_too_many([claims, flowsheets, encounters].map(<[_]>::len)) {
            Some(TOO_MANY_ROWS)
        } else {
            (self.encounters_given && encounters.is_empty()).then_some("foreign-key-unmatched")
        };
        if let Some(reason) = refused {
            for table in Table::ALL {
                set_aside(table, self.slice(table, rows), "encounter_id", reason, aside);
            }
            return None;
        }
        // The encounter's row is the first; others with its key cannot be told from it.
        set_aside(Table::Encounters, encounters.get(1..).unwrap_or_default(), "encounter_id", "duplicate-key", aside);
        let (standing, gone) = versions::standing(claim_lines(claims, aside));
        for reason in gone {
            *excluded.entry((Table::Claims, reason)).or_default() += 1;
        }
        let mut encounter = encounters.first().map_or_else(Encounter::default, |row| encounter(*row));
        encounter.administrations = flowsheets.iter().map(|row| administration(*row)).collect();
        encounter.claim_lines = standing;
        if let Some(row) = encounters.first().or(claims.first()).or(flowsheets.first()) {
            encounter.encounter_id = row.encounter_id();
        }
        fill_from_claims(&mut encounter);
        Some(encounter)
    }
}

fn set_aside(
    table: Table,
    rows: &[StoredRow<'_>],
    column: &'static str,
    reason: &'static str,
    aside: &mut Vec<SetAside>,
) {
    aside.extend(rows.iter().map(|row| SetAside { table, source: row.source(), column, reason }));
}

/// What the encounters table does not say, the first standing claim line does.
fn fill_from_claims(encounter: &mut Encounter<'_>) {
    let lines = &encounter.claim_lines;
    let patient = encounter.patient_id.or_else(|| lines.iter().find_map(|line| line.patient_id));
    let payer = encounter.payer.or_else(|| lines.iter().find_map(|line| line.payer));
    let payer_type = encounter.payer_type.or_else(|| lines.first().map(|line| line.payer_type));
    let department = encounter.department.or_else(|| lines.iter().find_map(|line| line.department));
    let provider = encounter.rendering_provider.or_else(|| lines.iter().find_map(|line| line.rendering_provider));
    let place = encounter.place_of_service.or_else(|| lines.iter().find_map(|line| line.place_of_service));
    if encounter.diagnoses.is_none() {
        encounter.diagnoses = lines.iter().find_map(|line| line.diagnosis_codes).map(Cow::Borrowed);
    }
    encounter.patient_id = patient;
    encounter.payer = payer;
    encounter.payer_type = payer_type;
    encounter.department = department;
    encounter.rendering_provider = provider;
    encounter.place_of_service = place;
}

fn encounter<'b>(row: StoredRow<'b>) -> Encounter<'b> {
    use EncounterColumn as Column;
    let mut of = Encounter::default();
    let mut values = row.values();
    while let Some(column) = values.next().and_then(|at| Column::ALL.get(at)) {
        match column {
            // The key stands in front of the values, and the facility only tells a patient's encounters of a day apart.
            Column::EncounterId | Column::Facility => {
                values.text();
            }
            Column::PatientId => of.patient_id = Some(values.text()),
            Column::Setting => of.setting = values.term(Setting::ALL),
            Column::EncounterClass => of.encounter_class = values.term(EncounterClass::ALL),
            Column::PlaceOfService => of.place_of_service = Some(values.text()),
            Column::Payer => of.payer = Some(values.text()),
            Column::PayerType => of.payer_type = values.term(PayerType::ALL),
            Column::Department => of.department = Some(values.text()),
            Column::RenderingProvider => of.rendering_provider = Some(values.text()),
            Column::VisitNote => of.visit_note = Some(values.text()),
            Column::GlobalPeriodProvider => of.global_period_provider = Some(values.text()),
            Column::GlobalPeriodEnd => of.global_period_end = Some(values.date()),
            Column::ProviderBasedDepartment => {
                of.provider_based_department = values.term(ProviderBasedDepartment::ALL);
            }
            Column::ResidentInvolved => of.resident_involved = values.term(YesNo::ALL),
            Column::StartTime => of.start_time = Some(values.time()),
            Column::EndTime => of.end_time = Some(values.time()),
            Column::Diagnoses => of.diagnoses = Some(Cow::Borrowed(values.text())),
            Column::PrimaryAdministrationId => of.primary_administration_id = Some(values.text()),
        }
    }
    of
}

fn administration<'b>(row: StoredRow<'b>) -> Administration<'b> {
    use FlowsheetColumn as Column;
    let mut of = Administration::new("", Route::Other);
    let (mut amount, mut unit) = (None, None);
    let mut values = row.values();
    while let Some(column) = values.next().and_then(|at| Column::ALL.get(at)) {
        match column {
            Column::EncounterId => {
                values.text();
            }
            Column::AdministrationId => of.administration_id = values.text(),
            Column::RecordedTime => of.recorded_time = Some(values.time()),
            Column::DrugCode => of.drug_code = values.code(),
            Column::DrugName => of.drug_name = Some(values.text()),
            Column::SubstanceClass => of.substance_class = values.term(SubstanceClass::ALL),
            Column::Route => of.route = values.term(Route::ALL).unwrap_or(Route::Other),
            Column::Method => of.method = values.term(Method::ALL),
            Column::Device => of.device = values.term(Device::ALL),
            Column::StartTime => of.start_time = Some(values.time()),
            Column::StopTime => of.stop_time = Some(values.time()),
            Column::OrderTime => of.order_time = Some(values.time()),
            Column::AccessSite => of.access_site = Some(values.text()),
            Column::SiteReason => of.site_reason = Some(values.text()),
            Column::Lumen => of.lumen = Some(values.text()),
            Column::Purpose => of.purpose = values.term(Purpose::ALL),
            Column::Status => {
                of.status = values.term(AdministrationStatus::ALL).unwrap_or(AdministrationStatus::Given);
            }
            Column::OrderId => of.order_id = Some(values.text()),
            Column::BagId => of.bag_id = Some(values.text()),
            Column::SourceSystem => of.source_system = Some(values.text()),
            Column::Department => of.department = Some(values.text()),
            Column::Purchased340b => of.purchased_340b = values.term(YesNo::ALL),
            Column::Dose => of.dose = Some(values.quantity()),
            Column::DoseUnit => of.dose_unit = Some(values.text()),
            Column::OrderedDose => of.ordered_dose = Some(values.quantity()),
            Column::Concentration => amount = Some(values.quantity()),
            Column::ConcentrationUnit => unit = Some(values.text()),
            Column::VolumeMl => of.volume_ml = Some(values.quantity()),
            Column::RateMlPerHour => of.rate_ml_per_hour = Some(values.quantity()),
            Column::Container => of.container = values.term(Container::ALL),
            Column::VialSize => of.vial_size = Some(values.quantity()),
            Column::VialsUsed => of.vials_used = Some(values.integer()),
            Column::AmountWasted => of.amount_wasted = Some(values.quantity()),
            Column::Ndc => of.ndc = Some(values.text()),
            Column::Narrative => of.narrative = Some(values.text()),
        }
    }
    of.concentration = amount.zip(unit).map(|(amount, unit)| Concentration { amount, unit });
    of.source = row.source();
    of
}

fn claim_line<'b>(row: StoredRow<'b>) -> ClaimLine<'b> {
    use ClaimColumn as Column;
    let mut of = ClaimLine {
        claim_id: "",
        line_number: 0,
        encounter_id: row.encounter_id(),
        patient_id: None,
        payer: None,
        payer_type: PayerType::Other,
        claim_type: ClaimType::Institutional,
        frequency_code: 1,
        original_claim_id: None,
        type_of_bill: None,
        place_of_service: None,
        revenue_code: None,
        hcpcs: None,
        modifiers: crate::model::Modifiers::NONE,
        units: 0,
        charge: None,
        allowed: None,
        paid: None,
        adjustment_reason_codes: None,
        remark_codes: None,
        service_date: Date(0),
        diagnosis_codes: None,
        diagnosis_pointers: None,
        ndc: None,
        narrative: None,
        rendering_provider: None,
        department: None,
        submitted_date: None,
        source: row.source(),
    };
    let mut values = row.values();
    while let Some(column) = values.next().and_then(|at| Column::ALL.get(at)) {
        match column {
            Column::EncounterId => {
                values.text();
            }
            Column::ClaimId => of.claim_id = values.text(),
            Column::LineNumber => of.line_number = values.integer(),
            Column::PatientId => of.patient_id = Some(values.text()),
            Column::Payer => of.payer = Some(values.text()),
            Column::PayerType => of.payer_type = values.term(PayerType::ALL).unwrap_or(PayerType::Other),
            Column::ClaimType => of.claim_type = values.term(ClaimType::ALL).unwrap_or(ClaimType::Institutional),
            Column::FrequencyCode => of.frequency_code = values.term(&FREQUENCIES).unwrap_or(1),
            Column::OriginalClaimId => of.original_claim_id = Some(values.text()),
            Column::TypeOfBill => of.type_of_bill = Some(values.text()),
            Column::PlaceOfService => of.place_of_service = Some(values.text()),
            Column::RevenueCode => of.revenue_code = Some(values.text()),
            Column::Hcpcs => of.hcpcs = values.code(),
            Column::Modifier1 | Column::Modifier2 | Column::Modifier3 | Column::Modifier4 => {
                if let Some(modifier) = values.modifier() {
                    of.modifiers.push(modifier);
                }
            }
            Column::Units => of.units = values.integer(),
            Column::Charge => of.charge = Some(Cents(values.integer())),
            Column::Allowed => of.allowed = Some(Cents(values.integer())),
            Column::Paid => of.paid = Some(Cents(values.integer())),
            Column::AdjustmentReasonCodes => of.adjustment_reason_codes = Some(values.text()),
            Column::RemarkCodes => of.remark_codes = Some(values.text()),
            Column::ServiceDate => of.service_date = values.date(),
            Column::DiagnosisCodes => of.diagnosis_codes = Some(values.text()),
            Column::DiagnosisPointers => of.diagnosis_pointers = Some(values.text()),
            Column::Ndc => of.ndc = Some(values.text()),
            Column::Narrative => of.narrative = Some(values.text()),
            Column::RenderingProvider => of.rendering_provider = Some(values.text()),
            Column::Department => of.department = Some(values.text()),
            Column::SubmittedDate => of.submitted_date = Some(values.date()),
        }
    }
    of
}

/// The claim lines in the order of claim and line; a second line with the same key is set aside.
fn claim_lines<'b>(rows: &[StoredRow<'b>], aside: &mut Vec<SetAside>) -> Vec<ClaimLine<'b>> {
    let mut lines: Vec<ClaimLine<'_>> = Vec::with_capacity(rows.len());
    for row in rows {
        let line = claim_line(*row);
        // Rows are sorted by claim and line, so that twins stand near one another.
        let near = lines.iter().rev();
        let mut twins =
            near.take_while(|other| other.claim_id == line.claim_id && other.line_number == line.line_number);
        if twins.any(|other| other.frequency_code == line.frequency_code) {
            set_aside(Table::Claims, &[*row], "line_number", "duplicate-key", aside);
        } else {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_stand_in_the_order_of_the_contract() {
        let column = Table::Claims.contract().columns.iter().find(|column| column.name == "frequency_code").unwrap();
        let terms: Vec<String> = FREQUENCIES.iter().map(u8::to_string).collect();
        assert_eq!(column.kind, crate::schema::Kind::Term(terms));
    }
}
