//! Cuts a bucket into encounters.

use super::columns::Columns;
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

    /// Builds one encounter. Out: `None` when its rows match no encounter of the encounters table; rows set aside and
    /// excluded are added to their lists.
    pub fn build(
        &self,
        rows: &EncounterRows,
        encounters_given: bool,
        is_second_of_day: impl Fn(&str) -> bool,
        aside: &mut Vec<SetAside>,
        excluded: &mut Excluded,
    ) -> Option<Encounter<'_>> {
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
    fn fill_from_claims<'b>(&'b self, encounter: &mut Encounter<'b>, claims: &Range<usize>, flowsheets: &Range<usize>) {
        if encounter.encounter_id.is_empty() {
            let from = |table: Table, range: &Range<usize>| {
                range
                    .clone()
                    .next()
                    .and_then(|row| Columns::new(&self.tables[table as usize]).text("encounter_id").get(row))
            };
            encounter.encounter_id =
                from(Table::Claims, claims).or(from(Table::Flowsheets, flowsheets)).unwrap_or_default();
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
        let source = Columns::new(&self.tables[table as usize]).source();
        aside.extend(range.clone().map(|row| {
            let at = source.get(row);
            SetAside { table, file: at.file, row: at.row, column, reason }
        }));
    }

    fn encounter(&self, row: usize) -> Encounter<'_> {
        let of = Columns::new(&self.tables[Table::Encounters as usize]);
        let text = |name: &str| of.text(name).get(row);
        Encounter {
            encounter_id: text("encounter_id").unwrap_or_default(),
            patient_id: text("patient_id"),
            setting: of.text("setting").parse(row),
            encounter_class: of.text("encounter_class").parse(row),
            place_of_service: text("place_of_service"),
            payer: text("payer"),
            payer_type: of.text("payer_type").parse(row),
            department: text("department"),
            rendering_provider: text("rendering_provider"),
            start_time: of.time("start_time").get(row),
            end_time: of.time("end_time").get(row),
            diagnoses: text("diagnoses").map(Cow::Borrowed),
            primary_administration_id: text("primary_administration_id"),
            ..Encounter::default()
        }
    }

    fn administrations(&self, range: &Range<usize>) -> Vec<Administration<'_>> {
        let of = Columns::new(&self.tables[Table::Flowsheets as usize]);
        let source = of.source();
        let one = |row: usize| {
            let text = |name: &str| of.text(name).get(row);
            let quantity = |name: &str| of.quantity(name).get(row);
            let time = |name: &str| of.time(name).get(row);
            let concentration = quantity("concentration").zip(text("concentration_unit"));
            Administration {
                recorded_time: time("recorded_time"),
                drug_code: of.text("drug_code").parse(row),
                drug_name: text("drug_name"),
                substance_class: of.text("substance_class").parse(row),
                method: of.text("method").parse(row),
                device: of.text("device").parse(row),
                start_time: time("start_time"),
                stop_time: time("stop_time"),
                order_time: time("order_time"),
                access_site: text("access_site"),
                site_reason: text("site_reason"),
                lumen: text("lumen"),
                purpose: of.text("purpose").parse(row),
                status: of.text("status").parse(row).unwrap_or(AdministrationStatus::Given),
                order_id: text("order_id"),
                bag_id: text("bag_id"),
                source_system: text("source_system"),
                dose: quantity("dose"),
                dose_unit: text("dose_unit"),
                concentration: concentration.map(|(amount, unit)| Concentration { amount, unit }),
                volume_ml: quantity("volume_ml"),
                rate_ml_per_hour: quantity("rate_ml_per_hour"),
                container: of.text("container").parse(row),
                vial_size: quantity("vial_size"),
                vials_used: of.integer("vials_used").get(row),
                amount_wasted: quantity("amount_wasted"),
                ndc: text("ndc"),
                narrative: text("narrative"),
                source: source.get(row),
                ..Administration::new(
                    text("administration_id").unwrap_or_default(),
                    of.text("route").parse(row).unwrap_or(Route::Other),
                )
            }
        };
        range.clone().map(one).collect()
    }

    /// The claim lines in the order of claim and line; a second line with the same key is set aside.
    fn claim_lines(&self, range: &Range<usize>, aside: &mut Vec<SetAside>) -> Vec<ClaimLine<'_>> {
        let of = Columns::new(&self.tables[Table::Claims as usize]);
        let source = of.source();
        let mut lines: Vec<ClaimLine<'_>> = Vec::with_capacity(range.len());
        for row in range.clone() {
            let text = |name: &str| of.text(name).get(row);
            let cents = |name: &str| of.integer(name).get(row).map(Cents);
            let (Some(claim_id), Some(line_number), Some(service_date)) =
                (text("claim_id"), of.integer("line_number").get(row), of.date("service_date").get(row))
            else {
                continue;
            };
            let frequency_code = of.text("frequency_code").parse(row).unwrap_or(1);
            let twin = |line: &ClaimLine<'_>| {
                line.claim_id == claim_id && line.line_number == line_number && line.frequency_code == frequency_code
            };
            if lines.iter().any(twin) {
                self.set_aside(Table::Claims, &(row..row + 1), "line_number", "duplicate-key", aside);
                continue;
            }
            let modifiers = ["modifier_1", "modifier_2", "modifier_3", "modifier_4"];
            lines.push(ClaimLine {
                claim_id,
                line_number,
                encounter_id: text("encounter_id").unwrap_or_default(),
                patient_id: text("patient_id"),
                payer: text("payer"),
                payer_type: of.text("payer_type").parse(row).unwrap_or(PayerType::Other),
                claim_type: of.text("claim_type").parse(row).unwrap_or(ClaimType::Institutional),
                frequency_code,
                original_claim_id: text("original_claim_id"),
                type_of_bill: text("type_of_bill"),
                place_of_service: text("place_of_service"),
                revenue_code: text("revenue_code"),
                hcpcs: of.text("hcpcs").parse(row),
                modifiers: modifiers.iter().filter_map(|name| of.text(name).parse(row)).collect::<Modifiers>(),
                units: of.integer("units").get(row).unwrap_or(0),
                charge: cents("charge"),
                allowed: cents("allowed"),
                paid: cents("paid"),
                service_date,
                diagnosis_codes: text("diagnosis_codes"),
                diagnosis_pointers: text("diagnosis_pointers"),
                ndc: text("ndc"),
                narrative: text("narrative"),
                rendering_provider: text("rendering_provider"),
                department: text("department"),
                submitted_date: of.date("submitted_date").get(row),
                source: source.get(row),
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
