//! Cuts a bucket into encounters.

use super::columns::{ClaimColumns, EncounterColumns, FlowsheetColumns};
use super::{Excluded, SetAside, versions};
use crate::error::Error;
use crate::model::{
    Administration, AdministrationStatus, Cents, ClaimLine, ClaimType, Concentration, Encounter, Modifiers, PayerType,
    Route,
};
use crate::schema::Table;
use crate::spill::{Bucket, encounter_hash};
use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::row::{RowConverter, SortField};
use std::borrow::Cow;
use std::ops::Range;

/// One bucket's rows, each table sorted by encounter and then by everything it holds, so that the order of the input
/// cannot reach an output.
#[derive(Debug)]
pub struct BucketRows {
    tables: [RecordBatch; 3],
}

/// Builds the encounters of one bucket.
#[derive(Debug)]
pub struct BucketReader<'b> {
    claims: ClaimColumns<'b>,
    flowsheets: FlowsheetColumns<'b>,
    encounters: EncounterColumns<'b>,
}

/// Where one encounter's rows lie in the tables of its bucket.
#[derive(Debug, Clone)]
pub struct EncounterRows {
    ranges: [Range<usize>; 3],
}

impl BucketRows {
    /// Sorts a bucket.
    ///
    /// # Errors
    /// Only where Arrow fails on a table of our own making.
    pub fn new(bucket: &Bucket) -> Result<Self, Error> {
        let sorted = |table: Table| -> Result<RecordBatch, Error> {
            let schema = table.contract().decoded_schema();
            let rows = concat_batches(&schema, &bucket.tables[table as usize])?;
            sort(&rows)
        };
        Ok(Self { tables: [sorted(Table::Claims)?, sorted(Table::Flowsheets)?, sorted(Table::Encounters)?] })
    }

    /// The encounters of the bucket, in the order of their hash, then id.
    #[must_use]
    pub fn encounters(&self) -> Vec<EncounterRows> {
        let runs: Vec<Vec<(u64, &str, Range<usize>)>> = self.tables.iter().map(runs).collect();
        let mut keys: Vec<(u64, &str)> = runs.iter().flatten().map(|(hash, id, _)| (*hash, *id)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut cursors = [0; 3];
        let mut encounters = Vec::with_capacity(keys.len());
        for key in keys {
            let ranges = std::array::from_fn(|table| match runs[table].get(cursors[table]) {
                Some((hash, id, range)) if (*hash, *id) == key => {
                    cursors[table] += 1;
                    range.clone()
                }
                _ => 0..0,
            });
            encounters.push(EncounterRows { ranges });
        }
        encounters
    }

    /// The columns of the bucket's tables, found once.
    #[must_use]
    pub fn reader(&self) -> BucketReader<'_> {
        BucketReader {
            claims: ClaimColumns::new(&self.tables[Table::Claims as usize]),
            flowsheets: FlowsheetColumns::new(&self.tables[Table::Flowsheets as usize]),
            encounters: EncounterColumns::new(&self.tables[Table::Encounters as usize]),
        }
    }
}

impl<'b> BucketReader<'b> {
    /// Builds one encounter. Out: `None` when its rows match no encounter of the encounters table; rows set aside and
    /// excluded are added to their lists.
    pub fn build(
        &self,
        rows: &EncounterRows,
        encounters_given: bool,
        is_second_of_day: impl Fn(&str) -> bool,
        aside: &mut Vec<SetAside>,
        excluded: &mut Excluded,
    ) -> Option<Encounter<'b>> {
        let [claims, flowsheets, encounters] = &rows.ranges;
        if encounters_given && encounters.is_empty() {
            self.set_aside(Table::Claims, claims, "encounter_id", "foreign-key-unmatched", aside);
            self.set_aside(Table::Flowsheets, flowsheets, "encounter_id", "foreign-key-unmatched", aside);
            return None;
        }
        // The encounter's row is the first; others with its key cannot be told from it.
        if encounters.len() > 1 {
            self.set_aside(
                Table::Encounters,
                &(encounters.start + 1..encounters.end),
                "encounter_id",
                "duplicate-key",
                aside,
            );
        }
        let lines = self.claim_lines(claims, aside);
        let (standing, gone) = versions::standing(lines);
        for reason in gone {
            *excluded.entry((Table::Claims, reason)).or_default() += 1;
        }
        let mut encounter = match encounters.clone().next() {
            Some(row) => self.encounter(row),
            None => Encounter::default(),
        };
        encounter.administrations = self.administrations(flowsheets);
        encounter.claim_lines = standing;
        self.fill_from_claims(&mut encounter, claims, flowsheets);
        encounter.second_encounter_of_day = is_second_of_day(encounter.encounter_id);
        Some(encounter)
    }

    /// What the encounters table does not say, the first standing claim line does.
    fn fill_from_claims(&self, encounter: &mut Encounter<'b>, claims: &Range<usize>, flowsheets: &Range<usize>) {
        if encounter.encounter_id.is_empty() {
            let of_claims = claims.clone().next().and_then(|row| self.claims.encounter_id.get(row));
            let of_chart = flowsheets.clone().next().and_then(|row| self.flowsheets.encounter_id.get(row));
            encounter.encounter_id = of_claims.or(of_chart).unwrap_or_default();
        }
        let lines = std::mem::take(&mut encounter.claim_lines);
        let first = |of: fn(&ClaimLine<'b>) -> Option<&'b str>| lines.iter().find_map(of);
        encounter.patient_id = encounter.patient_id.or_else(|| first(|line| line.patient_id));
        encounter.payer = encounter.payer.or_else(|| first(|line| line.payer));
        encounter.payer_type = encounter.payer_type.or_else(|| lines.first().map(|line| line.payer_type));
        encounter.department = encounter.department.or_else(|| first(|line| line.department));
        encounter.rendering_provider = encounter.rendering_provider.or_else(|| first(|line| line.rendering_provider));
        encounter.place_of_service = encounter.place_of_service.or_else(|| first(|line| line.place_of_service));
        if encounter.diagnoses.is_none() {
            encounter.diagnoses = first(|line| line.diagnosis_codes).map(Cow::Borrowed);
        }
        encounter.claim_lines = lines;
    }

    fn set_aside(
        &self,
        table: Table,
        range: &Range<usize>,
        column: &'static str,
        reason: &'static str,
        aside: &mut Vec<SetAside>,
    ) {
        let source = match table {
            Table::Claims => &self.claims.source,
            Table::Flowsheets => &self.flowsheets.source,
            Table::Encounters => &self.encounters.source,
        };
        aside.extend(range.clone().map(|row| {
            let at = source.get(row);
            SetAside { table, file: at.file, row: at.row, column, reason }
        }));
    }

    fn encounter(&self, row: usize) -> Encounter<'b> {
        let of = &self.encounters;
        Encounter {
            encounter_id: of.encounter_id.get(row).unwrap_or_default(),
            patient_id: of.patient_id.get(row),
            setting: of.setting.parse(row),
            encounter_class: of.encounter_class.parse(row),
            place_of_service: of.place_of_service.get(row),
            payer: of.payer.get(row),
            payer_type: of.payer_type.parse(row),
            department: of.department.get(row),
            rendering_provider: of.rendering_provider.get(row),
            visit_note: of.visit_note.get(row),
            global_period_provider: of.global_period_provider.get(row),
            global_period_end: of.global_period_end.get(row),
            provider_based_department: of.provider_based_department.parse(row),
            resident_involved: of.resident_involved.parse(row),
            start_time: of.start_time.get(row),
            end_time: of.end_time.get(row),
            diagnoses: of.diagnoses.get(row).map(Cow::Borrowed),
            primary_administration_id: of.primary_administration_id.get(row),
            ..Encounter::default()
        }
    }

    fn administrations(&self, range: &Range<usize>) -> Vec<Administration<'b>> {
        let of = &self.flowsheets;
        let one = |row: usize| {
            let concentration = of.concentration.get(row).zip(of.concentration_unit.get(row));
            Administration {
                recorded_time: of.recorded_time.get(row),
                drug_code: of.drug_code.parse(row),
                drug_name: of.drug_name.get(row),
                substance_class: of.substance_class.parse(row),
                method: of.method.parse(row),
                device: of.device.parse(row),
                start_time: of.start_time.get(row),
                stop_time: of.stop_time.get(row),
                order_time: of.order_time.get(row),
                access_site: of.access_site.get(row),
                site_reason: of.site_reason.get(row),
                lumen: of.lumen.get(row),
                purpose: of.purpose.parse(row),
                status: of.status.parse(row).unwrap_or(AdministrationStatus::Given),
                order_id: of.order_id.get(row),
                bag_id: of.bag_id.get(row),
                source_system: of.source_system.get(row),
                department: of.department.get(row),
                purchased_340b: of.purchased_340b.parse(row),
                dose: of.dose.get(row),
                dose_unit: of.dose_unit.get(row),
                ordered_dose: of.ordered_dose.get(row),
                concentration: concentration.map(|(amount, unit)| Concentration { amount, unit }),
                volume_ml: of.volume_ml.get(row),
                rate_ml_per_hour: of.rate_ml_per_hour.get(row),
                container: of.container.parse(row),
                vial_size: of.vial_size.get(row),
                vials_used: of.vials_used.get(row),
                amount_wasted: of.amount_wasted.get(row),
                ndc: of.ndc.get(row),
                narrative: of.narrative.get(row),
                source: of.source.get(row),
                ..Administration::new(
                    of.administration_id.get(row).unwrap_or_default(),
                    of.route.parse(row).unwrap_or(Route::Other),
                )
            }
        };
        range.clone().map(one).collect()
    }

    /// The claim lines in the order of claim and line; a second line with the same key is set aside.
    fn claim_lines(&self, range: &Range<usize>, aside: &mut Vec<SetAside>) -> Vec<ClaimLine<'b>> {
        let of = &self.claims;
        let mut lines: Vec<ClaimLine<'_>> = Vec::with_capacity(range.len());
        for row in range.clone() {
            let (Some(claim_id), Some(line_number), Some(service_date)) =
                (of.claim_id.get(row), of.line_number.get(row), of.service_date.get(row))
            else {
                continue;
            };
            let frequency_code = of.frequency_code.parse(row).unwrap_or(1);
            let twin = |line: &ClaimLine<'_>| {
                line.claim_id == claim_id && line.line_number == line_number && line.frequency_code == frequency_code
            };
            if lines.iter().any(twin) {
                self.set_aside(Table::Claims, &(row..row + 1), "line_number", "duplicate-key", aside);
                continue;
            }
            let modifiers = [&of.modifier_1, &of.modifier_2, &of.modifier_3, &of.modifier_4];
            lines.push(ClaimLine {
                claim_id,
                line_number,
                encounter_id: of.encounter_id.get(row).unwrap_or_default(),
                patient_id: of.patient_id.get(row),
                payer: of.payer.get(row),
                payer_type: of.payer_type.parse(row).unwrap_or(PayerType::Other),
                claim_type: of.claim_type.parse(row).unwrap_or(ClaimType::Institutional),
                frequency_code,
                original_claim_id: of.original_claim_id.get(row),
                type_of_bill: of.type_of_bill.get(row),
                place_of_service: of.place_of_service.get(row),
                revenue_code: of.revenue_code.get(row),
                hcpcs: of.hcpcs.parse(row),
                modifiers: modifiers.iter().filter_map(|column| column.parse(row)).collect::<Modifiers>(),
                units: of.units.get(row).unwrap_or(0),
                charge: of.charge.get(row).map(Cents),
                allowed: of.allowed.get(row).map(Cents),
                paid: of.paid.get(row).map(Cents),
                adjustment_reason_codes: of.adjustment_reason_codes.get(row),
                remark_codes: of.remark_codes.get(row),
                service_date,
                diagnosis_codes: of.diagnosis_codes.get(row),
                diagnosis_pointers: of.diagnosis_pointers.get(row),
                ndc: of.ndc.get(row),
                narrative: of.narrative.get(row),
                rendering_provider: of.rendering_provider.get(row),
                department: of.department.get(row),
                submitted_date: of.submitted_date.get(row),
                source: of.source.get(row),
            });
        }
        lines
    }
}

/// Runs of one encounter in a sorted table: hash, id, rows; in the order of hash and id.
fn runs(table: &RecordBatch) -> Vec<(u64, &str, Range<usize>)> {
    let ids = table.column(id_column(table)).as_string::<i32>();
    let mut runs: Vec<(u64, &str, Range<usize>)> = Vec::new();
    for row in 0..table.num_rows() {
        let id = ids.value(row);
        match runs.last_mut() {
            Some((_, last, range)) if *last == id => range.end = row + 1,
            _ => runs.push((encounter_hash(id), id, row..row + 1)),
        }
    }
    runs.sort_unstable_by_key(|(hash, id, _)| (*hash, *id));
    runs
}

fn id_column(table: &RecordBatch) -> usize {
    table.schema().index_of("encounter_id").unwrap_or(0)
}

/// Sorts by encounter, then every column of content in the contract's order, then file and row.
fn sort(rows: &RecordBatch) -> Result<RecordBatch, Error> {
    let id = id_column(rows);
    let order: Vec<usize> = std::iter::once(id).chain((0..rows.num_columns()).filter(|&at| at != id)).collect();
    let columns: Vec<_> = order.iter().map(|&at| rows.column(at).clone()).collect();
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let converted = RowConverter::new(fields)?.convert_columns(&columns)?;
    let mut indices: Vec<u32> = (0..rows.num_rows() as u32).collect();
    indices.sort_unstable_by(|&one, &other| converted.row(one as usize).cmp(&converted.row(other as usize)));
    Ok(take_record_batch(rows, &UInt32Array::from(indices))?)
}
