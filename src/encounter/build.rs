//! Builds the encounters of one bucket.

use super::within::SortedRows;
use super::{BucketRows, EncounterRows, Excluded, SetAside, TOO_MANY_ROWS, versions};
use crate::model::{
    Administration, AdministrationStatus, Cents, ChartTime, ClaimLine, ClaimType, Concentration, Container, Date,
    Device, Encounter, EncounterClass, Method, Modifier, Modifiers, PayerType, ProviderBasedDepartment, Purpose, Route,
    Setting, SubstanceClass, YesNo,
};
use crate::partition::is_too_many;
use crate::schema::Table;
use crate::stored_row::{ClaimColumn, EncounterColumn, FlowsheetColumn, LineKey, StoredRow};
use std::borrow::Cow;

/// Builds the encounters of a bucket, one after the other.
#[derive(Debug)]
pub struct Builder<'b> {
    rows: &'b BucketRows<'b>,
    encounters_given: bool,
    /// The rows of the encounter in hand, by table.
    sorted: [SortedRows<'b>; 3],
    /// Its claim lines but for second ones with the same key.
    claims: Vec<StoredRow<'b>>,
    /// Days of claim lines and charted rows whose encounter is not in the encounters table, of the encounter in hand.
    pub strays: Vec<(Table, Date)>,
}

impl<'b> Builder<'b> {
    /// `encounters_given`: the run has an encounters table, so every encounter must stand in it.
    #[must_use]
    pub fn new(rows: &'b BucketRows<'b>, encounters_given: bool) -> Self {
        Self { rows, encounters_given, sorted: Default::default(), claims: Vec::new(), strays: Vec::new() }
    }

    /// Builds one encounter. Out: `None` when its rows match no encounter of the encounters table, or are too many for
    /// one; rows set aside and excluded are added to their lists.
    pub fn build(
        &mut self,
        rows: &EncounterRows,
        aside: &mut Vec<SetAside>,
        excluded: &mut Excluded,
    ) -> Option<Encounter<'b>> {
        if !self.check(rows, aside) {
            return None;
        }
        let [_, flowsheets, encounters] = &self.sorted;
        let id = self.rows.encounter_id(rows);
        let lines = self.claims.iter().map(|row| claim_line(*row, id)).collect();
        let (standing, gone) = versions::standing(lines);
        for reason in gone {
            *excluded.entry((Table::Claims, reason)).or_default() += 1;
        }
        let mut encounter = encounters.first().map_or_else(Encounter::default, encounter);
        encounter.administrations = flowsheets.iter().map(administration).collect();
        encounter.claim_lines = standing;
        encounter.encounter_id = id;
        fill_from_claims(&mut encounter);
        Some(encounter)
    }

    /// Checks the rows of one encounter, and sets aside those that cannot be audited. Out: whether any can.
    pub fn check(&mut self, rows: &EncounterRows, aside: &mut Vec<SetAside>) -> bool {
        for (table, sorted) in Table::ALL.into_iter().zip(&mut self.sorted) {
            sorted.fill(self.rows.rows(table, rows), table);
        }
        let [claims, charts, encounters] = &self.sorted;
        if let Some(reason) = refusal(rows, self.encounters_given) {
            if reason == UNMATCHED {
                self.strays.extend(claims.iter().filter_map(billed_day).map(|day| (Table::Claims, day)));
                self.strays.extend(charts.iter().filter_map(charted_day).map(|day| (Table::Flowsheets, day)));
            }
            for (table, rows) in Table::ALL.into_iter().zip(&self.sorted) {
                set_aside(table, rows.iter(), "encounter_id", reason, aside);
            }
            return false;
        }
        // The encounter's row is the first; others with its key cannot be told from it.
        set_aside(Table::Encounters, encounters.iter().skip(1), "encounter_id", "duplicate-key", aside);
        self.claims.clear();
        let mut last: Option<LineKey<'_>> = None;
        // Rows are sorted by claim and line, so that twins stand together, and what is seen of a line is all its frequencies.
        for row in claims.iter() {
            let key = line_key(row);
            let seen = last.filter(|last| last.is_same_line(&key)).map_or(0, |last| last.frequencies);
            if seen & key.frequencies != 0 {
                set_aside(Table::Claims, std::iter::once(row), "line_number", "duplicate-key", aside);
            } else {
                self.claims.push(row);
            }
            last = Some(LineKey { frequencies: seen | key.frequencies, ..key });
        }
        true
    }
}

/// Why none of the rows of an encounter can be audited, where that is so.
pub(super) fn refusal(rows: &EncounterRows, encounters_given: bool) -> Option<&'static str> {
    let counts = rows.counts();
    if is_too_many(counts) {
        return Some(TOO_MANY_ROWS);
    }
    (encounters_given && counts[Table::Encounters as usize] == 0).then_some(UNMATCHED)
}

/// Reason of rows whose encounter is not in the encounters table.
const UNMATCHED: &str = "foreign-key-unmatched";

fn billed_day(row: StoredRow<'_>) -> Option<Date> {
    row.fields::<{ ClaimColumn::SLOTS }>().date(const { ClaimColumn::ServiceDate.place() })
}

fn charted_day(row: StoredRow<'_>) -> Option<Date> {
    let mut fields = row.fields::<{ FlowsheetColumn::SLOTS }>();
    fields.time(const { FlowsheetColumn::StartTime.place() }).map(ChartTime::date)
}

/// The key of a claim line.
fn line_key(row: StoredRow<'_>) -> LineKey<'_> {
    let frequency = row.term_place(const { ClaimColumn::FrequencyCode.place() });
    LineKey::new(row.first_id(Table::Claims), row.line_number(), frequency)
}

pub(super) fn set_aside<'b>(
    table: Table,
    rows: impl Iterator<Item = StoredRow<'b>>,
    column: &'static str,
    reason: &'static str,
    aside: &mut Vec<SetAside>,
) {
    aside.extend(rows.map(|row| SetAside { table, source: row.source(), column, reason }));
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

/// The readers below take the columns in the order of the contract, which the tail of a row needs; the facility of an
/// encounter only tells a patient's encounters of a day apart and is read for its place alone.
macro_rules! field {
    ($fields:ident, $reader:ident, $column:expr $(, $more:expr)?) => {
        $fields.$reader(const { $column.place() } $(, $more)?)
    };
}

fn encounter<'b>(row: StoredRow<'b>) -> Encounter<'b> {
    use EncounterColumn as Column;
    let mut fields = row.fields::<{ Column::SLOTS }>();
    let patient_id = field!(fields, text, Column::PatientId);
    field!(fields, text, Column::Facility);
    Encounter {
        patient_id,
        setting: field!(fields, term, Column::Setting, Setting::ALL),
        encounter_class: field!(fields, term, Column::EncounterClass, EncounterClass::ALL),
        place_of_service: field!(fields, text, Column::PlaceOfService),
        payer: field!(fields, text, Column::Payer),
        payer_type: field!(fields, term, Column::PayerType, PayerType::ALL),
        department: field!(fields, text, Column::Department),
        rendering_provider: field!(fields, text, Column::RenderingProvider),
        visit_note: field!(fields, text, Column::VisitNote),
        global_period_provider: field!(fields, text, Column::GlobalPeriodProvider),
        global_period_end: field!(fields, date, Column::GlobalPeriodEnd),
        provider_based_department: field!(fields, term, Column::ProviderBasedDepartment, ProviderBasedDepartment::ALL),
        resident_involved: field!(fields, term, Column::ResidentInvolved, YesNo::ALL),
        start_time: field!(fields, time, Column::StartTime),
        end_time: field!(fields, time, Column::EndTime),
        diagnoses: field!(fields, text, Column::Diagnoses).map(Cow::Borrowed),
        primary_administration_id: field!(fields, text, Column::PrimaryAdministrationId),
        ..Encounter::default()
    }
}

fn administration<'b>(row: StoredRow<'b>) -> Administration<'b> {
    use FlowsheetColumn as Column;
    let mut fields = row.fields::<{ Column::SLOTS }>();
    let mut of = Administration::new("", Route::Other);
    of.administration_id = field!(fields, text, Column::AdministrationId).unwrap_or_default();
    of.recorded_time = field!(fields, time, Column::RecordedTime);
    of.drug_code = field!(fields, code, Column::DrugCode);
    of.drug_name = field!(fields, text, Column::DrugName);
    of.substance_class = field!(fields, term, Column::SubstanceClass, SubstanceClass::ALL);
    of.route = field!(fields, term, Column::Route, Route::ALL).unwrap_or(Route::Other);
    of.method = field!(fields, term, Column::Method, Method::ALL);
    of.device = field!(fields, term, Column::Device, Device::ALL);
    of.start_time = field!(fields, time, Column::StartTime);
    of.stop_time = field!(fields, time, Column::StopTime);
    of.order_time = field!(fields, time, Column::OrderTime);
    of.access_site = field!(fields, text, Column::AccessSite);
    of.site_reason = field!(fields, text, Column::SiteReason);
    of.lumen = field!(fields, text, Column::Lumen);
    of.purpose = field!(fields, term, Column::Purpose, Purpose::ALL);
    of.status = field!(fields, term, Column::Status, AdministrationStatus::ALL).unwrap_or(AdministrationStatus::Given);
    of.order_id = field!(fields, text, Column::OrderId);
    of.bag_id = field!(fields, text, Column::BagId);
    of.source_system = field!(fields, text, Column::SourceSystem);
    of.department = field!(fields, text, Column::Department);
    of.purchased_340b = field!(fields, term, Column::Purchased340b, YesNo::ALL);
    of.dose = field!(fields, quantity, Column::Dose);
    of.dose_unit = field!(fields, text, Column::DoseUnit);
    of.ordered_dose = field!(fields, quantity, Column::OrderedDose);
    let amount = field!(fields, quantity, Column::Concentration);
    let unit = field!(fields, text, Column::ConcentrationUnit);
    of.concentration = amount.zip(unit).map(|(amount, unit)| Concentration { amount, unit });
    of.volume_ml = field!(fields, quantity, Column::VolumeMl);
    of.rate_ml_per_hour = field!(fields, quantity, Column::RateMlPerHour);
    of.container = field!(fields, term, Column::Container, Container::ALL);
    of.vial_size = field!(fields, quantity, Column::VialSize);
    of.vials_used = field!(fields, integer, Column::VialsUsed);
    of.amount_wasted = field!(fields, quantity, Column::AmountWasted);
    of.ndc = field!(fields, text, Column::Ndc);
    of.narrative = field!(fields, text, Column::Narrative);
    of.source = row.source();
    of
}

fn claim_line<'b>(row: StoredRow<'b>, encounter_id: &'b str) -> ClaimLine<'b> {
    use ClaimColumn as Column;
    let mut fields = row.fields::<{ Column::SLOTS }>();
    ClaimLine {
        claim_id: field!(fields, text, Column::ClaimId).unwrap_or_default(),
        line_number: field!(fields, integer, Column::LineNumber).unwrap_or(0),
        encounter_id,
        patient_id: field!(fields, text, Column::PatientId),
        payer: field!(fields, text, Column::Payer),
        payer_type: field!(fields, term, Column::PayerType, PayerType::ALL).unwrap_or(PayerType::Other),
        claim_type: field!(fields, term, Column::ClaimType, ClaimType::ALL).unwrap_or(ClaimType::Institutional),
        frequency_code: field!(fields, term, Column::FrequencyCode, &Column::FREQUENCIES).unwrap_or(1),
        original_claim_id: field!(fields, text, Column::OriginalClaimId),
        type_of_bill: field!(fields, text, Column::TypeOfBill),
        place_of_service: field!(fields, text, Column::PlaceOfService),
        revenue_code: field!(fields, text, Column::RevenueCode),
        hcpcs: field!(fields, code, Column::Hcpcs),
        modifiers: modifiers([
            field!(fields, modifier, Column::Modifier1),
            field!(fields, modifier, Column::Modifier2),
            field!(fields, modifier, Column::Modifier3),
            field!(fields, modifier, Column::Modifier4),
        ]),
        units: field!(fields, integer, Column::Units).unwrap_or(0),
        charge: field!(fields, integer, Column::Charge).map(Cents),
        allowed: field!(fields, integer, Column::Allowed).map(Cents),
        paid: field!(fields, integer, Column::Paid).map(Cents),
        adjustment_reason_codes: field!(fields, text, Column::AdjustmentReasonCodes),
        remark_codes: field!(fields, text, Column::RemarkCodes),
        service_date: field!(fields, date, Column::ServiceDate).unwrap_or(Date(0)),
        diagnosis_codes: field!(fields, text, Column::DiagnosisCodes),
        diagnosis_pointers: field!(fields, text, Column::DiagnosisPointers),
        ndc: field!(fields, text, Column::Ndc),
        narrative: field!(fields, text, Column::Narrative),
        rendering_provider: field!(fields, text, Column::RenderingProvider),
        department: field!(fields, text, Column::Department),
        submitted_date: field!(fields, date, Column::SubmittedDate),
        source: row.source(),
    }
}

/// Those that are there, each once.
fn modifiers(columns: [Option<Modifier>; 4]) -> Modifiers {
    let mut modifiers = Modifiers::NONE;
    for modifier in columns.into_iter().flatten() {
        modifiers.push(modifier);
    }
    modifiers
}
