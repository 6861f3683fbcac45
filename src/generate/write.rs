//! Writes drafts as Parquet, month by month.

use super::GenerateOptions;
use super::draft::{ClaimRow, Draft};
use crate::error::Error;
use crate::model::Date;
use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const TABLES: [&str; 3] = ["claims", "flowsheets", "encounters"];

/// One row of any table, by the index of its draft and its place in it.
type Place = (usize, usize);

/// Files of the months that are still open.
pub(super) struct Writer {
    out: PathBuf,
    start: Date,
    seed: u64,
    /// Drafts that open months still need.
    drafts: Vec<Arc<Draft>>,
    /// Rows by table and month, as months since the year 0.
    pending: [BTreeMap<i32, Vec<Place>>; 3],
    /// Months that have their file, by table: what is moved back into them later gets a file of its own at the end.
    written: [BTreeSet<i32>; 3],
    truth: Vec<[String; 6]>,
    expected: Vec<[String; 3]>,
}

fn month_of(day: i64) -> i32 {
    let civil = Date(i32::try_from(day).unwrap_or(0)).civil();
    i32::from(civil.year()) * 12 + i32::from(civil.month()) - 1
}

impl Writer {
    pub(super) fn new(options: &GenerateOptions) -> Result<Self, Error> {
        for table in TABLES {
            let folder = options.out.join(table);
            std::fs::create_dir_all(&folder).map_err(|cause| Error::unwritable_folder(&folder, cause))?;
        }
        Ok(Self {
            out: options.out.clone(),
            start: options.start,
            seed: options.seed,
            drafts: Vec::new(),
            pending: Default::default(),
            written: Default::default(),
            truth: Vec::new(),
            expected: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, draft: &Draft) -> Result<(), Error> {
        let at = self.drafts.len();
        let setting = if draft.professional { "professional" } else { "facility" };
        if let Some((rule, done, also)) = draft.planted {
            let row = [draft.id.as_str(), rule, done, also, setting, &draft.expected_text()].map(str::to_owned);
            self.truth.push(row);
        }
        self.expected.push([draft.id.clone(), setting.to_owned(), draft.expected_text()]);
        if draft.claims.iter().any(|line| line.other_form) {
            self.expected.push([draft.id.clone(), "professional".to_owned(), draft.expected_text()]);
        }
        for (row, line) in draft.claims.iter().enumerate() {
            self.pending[0].entry(month_of(line.submitted)).or_default().push((at, row));
        }
        for (row, charted) in draft.rows.iter().enumerate() {
            let time = charted.start.or(charted.stop).unwrap_or(draft.arrived);
            self.pending[1].entry(month_of(time.div_euclid(86_400))).or_default().push((at, row));
        }
        self.pending[2].entry(month_of(draft.arrived.div_euclid(86_400))).or_default().push((at, 0));
        self.drafts.push(Arc::new(draft.clone()));
        Ok(())
    }

    /// Writes the files that no later month can add to.
    pub(super) fn end_month(&mut self, month: u64) -> Result<(), Error> {
        let first = self.start.civil();
        let current = i32::from(first.year()) * 12 + i32::from(first.month()) - 1 + i32::try_from(month).unwrap_or(0);
        // Any month may still add to those before the first, which wait for the end.
        let begin = i32::from(first.year()) * 12 + i32::from(first.month()) - 1;
        for table in 0..3 {
            let pending = self.pending[table].range(begin..=current).map(|(month, _)| *month);
            let complete: Vec<i32> = pending.filter(|month| !self.written[table].contains(month)).collect();
            for month in complete {
                self.write_month(table, month)?;
            }
        }
        // Drafts with nothing left to write go; what is left moves down.
        let mut used: Vec<usize> =
            self.pending.iter().flat_map(BTreeMap::values).flatten().map(|(at, _)| *at).collect();
        used.sort_unstable();
        used.dedup();
        for places in self.pending.iter_mut().flat_map(BTreeMap::values_mut) {
            for place in places {
                place.0 = used.binary_search(&place.0).unwrap_or(0);
            }
        }
        self.drafts = used.iter().map(|&at| self.drafts[at].clone()).collect();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        for table in 0..3 {
            while let Some((&month, _)) = self.pending[table].first_key_value() {
                self.write_month(table, month)?;
            }
        }
        let truth = ["encounter_id", "rule_code", "planted", "also", "setting", "expected_lines"];
        write(&self.out.join("truth.parquet"), &text_table(&truth, &self.truth)?)?;
        let expected = ["encounter_id", "setting", "expected_lines"];
        write(&self.out.join("expected.parquet"), &text_table(&expected, &self.expected)?)
    }

    fn write_month(&mut self, table: usize, month: i32) -> Result<(), Error> {
        let Some(mut places) = self.pending[table].remove(&month) else { return Ok(()) };
        shuffle(&mut places, self.seed ^ (month as u64) << 8 ^ table as u64);
        let rows: Vec<(&Draft, usize)> =
            places.iter().map(|&(draft, row)| (self.drafts[draft].as_ref(), row)).collect();
        let batch = match table {
            0 => claims(&rows)?,
            1 => flowsheets(&rows)?,
            _ => encounters(&rows)?,
        };
        let late = if self.written[table].insert(month) { "" } else { "_late" };
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let name = format!("{}_{year:04}_{month:02}{late}.parquet", TABLES[table]);
        write(&self.out.join(TABLES[table]).join(name), &batch)
    }
}

fn shuffle(places: &mut [Place], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for last in (1..places.len()).rev() {
        let other = (rng.next_u64() % (last as u64 + 1)) as usize;
        places.swap(last, other);
    }
}

fn write(path: &Path, batch: &RecordBatch) -> Result<(), Error> {
    let failed = |cause: ParquetError| Error::unwritable(path, cause);
    let file = File::create(path).map_err(|cause| Error::unwritable(path, cause))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(131_072))
        .set_created_by("infusion-audit generate".to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).map_err(failed)?;
    writer.write(batch).and_then(|()| writer.close()).map_err(failed)?;
    Ok(())
}

fn text_table<const N: usize>(names: &[&str; N], rows: &[[String; N]]) -> Result<RecordBatch, ArrowError> {
    let columns = names.iter().enumerate().map(|(at, name)| {
        let values: ArrayRef = Arc::new(rows.iter().map(|row| Some(row[at].as_str())).collect::<StringArray>());
        (*name, values)
    });
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, values)| (name, values, true)))
}

type Columns = Vec<(&'static str, ArrayRef, bool)>;

fn text<'d>(values: impl Iterator<Item = Option<&'d str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn dollars(values: impl Iterator<Item = Option<i64>>) -> Result<ArrayRef, ArrowError> {
    let values: Decimal128Array = values.map(|cents| cents.map(i128::from)).collect();
    Ok(Arc::new(values.with_precision_and_scale(12, 2)?))
}

/// Amounts with at most three decimals, as the drug list writes them.
fn decimals(values: impl Iterator<Item = Option<&'static str>>) -> Result<ArrayRef, ArrowError> {
    let thousandths = |text: &str| {
        let mut value = crate::model::parse_quantity(text)?;
        value.rescale(3);
        Some(value.mantissa())
    };
    let values: Decimal128Array = values.map(|value| value.and_then(thousandths)).collect();
    Ok(Arc::new(values.with_precision_and_scale(18, 3)?))
}

fn thousandths(values: impl Iterator<Item = Option<i64>>) -> Result<ArrayRef, ArrowError> {
    let values: Decimal128Array = values.map(|value| value.map(i128::from)).collect();
    Ok(Arc::new(values.with_precision_and_scale(18, 3)?))
}

/// Four fifths of what was allowed, or nothing.
fn paid(line: &ClaimRow) -> i64 {
    if line.answer.is_none_or(|(_, paid)| paid) { line.allowed * 8 / 10 } else { 0 }
}

/// Parquet has no timestamps of seconds that every reader knows.
fn seconds(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.map(|value| value.map(|seconds| seconds * 1_000)).collect::<TimestampMillisecondArray>())
}

fn optional_days(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.map(|day| day.and_then(|day| i32::try_from(day).ok())).collect::<Date32Array>())
}

fn days(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(values.map(|day| i32::try_from(day).ok()).collect::<Date32Array>())
}

fn claims(rows: &[(&Draft, usize)]) -> Result<RecordBatch, ArrowError> {
    let lines = || rows.iter().map(|(draft, at)| (*draft, &draft.claims[*at]));
    let practice = |draft: &Draft, line: &ClaimRow| draft.professional || line.other_form;
    let place = |draft: &Draft, line: &ClaimRow| practice(draft, line).then_some(draft.place.unwrap_or("11"));
    let columns: Columns = vec![
        ("claim_id", text(lines().map(|(_, line)| Some(line.claim.as_str()))), false),
        ("line_number", Arc::new(lines().map(|(_, line)| Some(line.number)).collect::<Int64Array>()), false),
        ("encounter_id", text(lines().map(|(draft, _)| Some(draft.id.as_str()))), false),
        ("patient_id", text(lines().map(|(draft, _)| Some(draft.patient.as_str()))), true),
        ("payer", text(lines().map(|(draft, _)| Some(draft.payer.0))), true),
        ("payer_type", text(lines().map(|(draft, _)| Some(draft.payer.1))), false),
        (
            "claim_type",
            text(
                lines().map(|(draft, line)| Some(if practice(draft, line) { "professional" } else { "institutional" })),
            ),
            false,
        ),
        ("frequency_code", text(lines().map(|(_, line)| Some(line.frequency))), true),
        ("original_claim_id", text(lines().map(|(_, line)| line.original.as_deref())), true),
        ("type_of_bill", text(lines().map(|(draft, line)| (!practice(draft, line)).then_some("131"))), true),
        ("place_of_service", text(lines().map(|(draft, line)| place(draft, line))), true),
        ("revenue_code", text(lines().map(|(draft, line)| (!practice(draft, line)).then_some(line.revenue))), true),
        ("hcpcs", text(lines().map(|(_, line)| line.code)), true),
        ("modifier_1", text(lines().map(|(_, line)| line.modifiers[0])), true),
        ("modifier_2", text(lines().map(|(_, line)| line.modifiers[1])), true),
        ("units", Arc::new(lines().map(|(_, line)| Some(line.units)).collect::<Int64Array>()), false),
        ("charge", dollars(lines().map(|(_, line)| Some(line.charge)))?, true),
        ("allowed", dollars(lines().map(|(_, line)| Some(line.allowed)))?, true),
        ("paid", dollars(lines().map(|(_, line)| Some(paid(line))))?, true),
        ("adjustment_reason_codes", text(lines().map(|(_, line)| line.answer.map(|(reason, _)| reason))), true),
        ("service_date", days(lines().map(|(draft, line)| i64::from(draft.day().0) + line.days_late)), false),
        ("diagnosis_codes", text(lines().map(|(draft, _)| Some(draft.diagnoses.as_str()))), true),
        ("ndc", text(lines().map(|(_, line)| line.ndc)), true),
        ("narrative", text(lines().map(|(_, line)| line.narrative)), true),
        ("rendering_provider", text(lines().map(|(draft, _)| Some(draft.provider.as_str()))), true),
        ("department", text(lines().map(|(draft, _)| Some(draft.department))), true),
        ("submitted_date", days(lines().map(|(_, line)| line.submitted)), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns)
}

fn flowsheets(rows: &[(&Draft, usize)]) -> Result<RecordBatch, ArrowError> {
    let all = || rows.iter().map(|(draft, at)| (*draft, &draft.rows[*at]));
    let columns: Columns = vec![
        ("encounter_id", text(all().map(|(draft, _)| Some(draft.id.as_str()))), false),
        ("administration_id", text(all().map(|(_, row)| Some(row.id.as_str()))), false),
        ("recorded_time", seconds(all().map(|(_, row)| row.recorded)), true),
        ("drug_code", text(all().map(|(_, row)| row.code)), true),
        ("drug_name", text(all().map(|(_, row)| Some(row.name))), true),
        ("route", text(all().map(|(_, row)| Some(row.route))), false),
        ("method", text(all().map(|(_, row)| row.method)), true),
        ("device", text(all().map(|(_, row)| row.device)), true),
        ("start_time", seconds(all().map(|(_, row)| row.start)), true),
        ("stop_time", seconds(all().map(|(_, row)| row.stop)), true),
        ("access_site", text(all().map(|(_, row)| row.site.as_deref())), true),
        ("site_reason", text(all().map(|(_, row)| row.site_reason)), true),
        ("lumen", text(all().map(|(_, row)| row.lumen)), true),
        ("purpose", text(all().map(|(_, row)| row.purpose)), true),
        ("status", text(all().map(|(_, row)| row.status)), true),
        ("order_id", text(all().map(|(_, row)| Some(row.order.as_str()).filter(|order| !order.is_empty()))), true),
        ("order_time", seconds(all().map(|(_, row)| row.ordered)), true),
        ("bag_id", text(all().map(|(_, row)| row.bag.as_deref())), true),
        ("source_system", text(all().map(|(_, row)| Some(row.system))), true),
        ("department", text(all().map(|(_, row)| Some(row.department).filter(|name| !name.is_empty()))), true),
        ("purchased_340b", text(all().map(|(_, row)| Some(if row.bought_340b { "yes" } else { "no" }))), true),
        ("volume_ml", thousandths(all().map(|(_, row)| row.volume.map(|volume| volume * 1_000)))?, true),
        ("rate_ml_per_hour", thousandths(all().map(|(_, row)| row.rate))?, true),
        ("dose", decimals(all().map(|(_, row)| row.dose))?, true),
        ("dose_unit", text(all().map(|(_, row)| row.unit)), true),
        ("ordered_dose", decimals(all().map(|(_, row)| row.ordered_dose))?, true),
        ("container", text(all().map(|(_, row)| row.container)), true),
        ("vial_size", decimals(all().map(|(_, row)| row.vial_size))?, true),
        ("vials_used", Arc::new(all().map(|(_, row)| row.vials).collect::<Int64Array>()), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns)
}

fn encounters(rows: &[(&Draft, usize)]) -> Result<RecordBatch, ArrowError> {
    let all = || rows.iter().map(|(draft, _)| *draft);
    let setting = |draft: &Draft| if draft.professional { "professional" } else { "facility" };
    let columns: Columns = vec![
        ("encounter_id", text(all().map(|draft| Some(draft.id.as_str()))), false),
        ("patient_id", text(all().map(|draft| Some(draft.patient.as_str()))), true),
        ("facility", text(all().map(|draft| Some(draft.facility))), true),
        ("setting", text(all().map(|draft| Some(setting(draft)))), true),
        ("encounter_class", text(all().map(|draft| Some(draft.class))), true),
        ("place_of_service", text(all().map(|draft| draft.professional.then_some(draft.place.unwrap_or("11")))), true),
        ("payer", text(all().map(|draft| Some(draft.payer.0))), true),
        ("payer_type", text(all().map(|draft| Some(draft.payer.1))), true),
        ("department", text(all().map(|draft| Some(draft.department))), true),
        ("rendering_provider", text(all().map(|draft| Some(draft.provider.as_str()))), true),
        ("start_time", seconds(all().map(|draft| Some(draft.arrived))), true),
        ("end_time", seconds(all().map(|draft| Some(draft.left))), true),
        ("diagnoses", text(all().map(|draft| Some(draft.diagnoses.as_str()))), true),
        ("visit_note", text(all().map(|draft| draft.note)), true),
        ("global_period_provider", text(all().map(|draft| draft.global_days.map(|_| draft.provider.as_str()))), true),
        (
            "global_period_end",
            optional_days(all().map(|draft| Some(i64::from(draft.day().0) + draft.global_days?))),
            true,
        ),
        ("provider_based_department", text(all().map(|draft| draft.based)), true),
        ("resident_involved", text(all().map(|draft| Some(if draft.resident { "yes" } else { "no" }))), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns)
}
