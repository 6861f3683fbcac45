//! Reads one encounter's rows from a run's tables.

use crate::error::Error;
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;

/// One encounter under one claim form.
pub(super) struct Story {
    pub heading: String,
    pub administrations: Vec<Administration>,
    pub lines: Vec<Line>,
    pub findings: Vec<Finding>,
}

pub(super) struct Administration {
    pub id: String,
    pub drug: String,
    pub family: String,
    pub technique: String,
    pub site: String,
    /// Seconds on the local clock.
    pub start: Option<i64>,
    pub stop: Option<i64>,
    pub minutes: Option<i64>,
    pub codes: String,
    pub reason: String,
}

pub(super) struct Line {
    pub code: String,
    pub modifiers: String,
    pub status: String,
    pub expected_units: Option<i64>,
    pub billed_units: Option<i64>,
    pub expected_cents: Option<i64>,
    pub billed_cents: Option<i64>,
    pub reason: String,
}

pub(super) struct Finding {
    pub rule_code: String,
    pub rule_name: String,
    pub net_cents: i64,
    pub expected_loss_cents: i64,
    pub price_basis: String,
    pub price_table: String,
    pub underpaid_cents: i64,
    pub policy_switch: String,
    /// The switch's other value, and both answers with their cents.
    pub other_value: String,
    pub answer: (String, i64),
    pub alternative: (String, i64),
    pub evidence: String,
    pub administrations: String,
}

impl Administration {
    /// Drug, minutes and the codes it earned.
    pub(super) fn label(&self) -> String {
        let minutes = self.minutes.map_or_else(String::new, |minutes| format!(" {minutes} min"));
        let codes = if self.codes.is_empty() { "no code".to_owned() } else { self.codes.replace(';', " ") };
        format!("{} {}{minutes} → {codes}", self.id, self.drug)
    }

    pub(super) fn earned_nothing(&self) -> bool {
        self.reason.contains(NOTHING)
    }

    /// Why it earned no administration line.
    pub(super) fn why_not(&self) -> &str {
        self.reason.split(NOTHING).nth(1).unwrap_or_default()
    }
}

const NOTHING: &str = "no administration line: ";

/// The rows of an encounter in one table of the run, batch by batch.
fn rows(run: &Path, table: &str, encounter_id: &str) -> Result<Vec<RecordBatch>, Error> {
    let path = run.join(table);
    let failed = |cause: String| Error::not_a_run(run, cause);
    let file = File::open(&path).map_err(|_| failed(format!("it has no {table}")))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|cause| failed(cause.to_string()))?;
    let mut found = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|cause| failed(cause.to_string()))?;
        let ids = batch.column_by_name("encounter_id").and_then(|ids| ids.as_string_opt::<i32>());
        let ids = ids.ok_or_else(|| failed(format!("{table} has no encounter_id")))?;
        let ours: BooleanArray = ids.iter().map(|id| Some(id == Some(encounter_id))).collect();
        if ours.true_count() > 0 {
            found.push(filter_record_batch(&batch, &ours)?);
        }
    }
    Ok(found)
}

struct Cells<'b>(&'b RecordBatch);

impl Cells<'_> {
    fn text(&self, name: &str, row: usize) -> String {
        let column = self.0.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        column.filter(|column| column.is_valid(row)).map_or_else(String::new, |column| column.value(row).to_owned())
    }

    fn integer(&self, name: &str, row: usize) -> Option<i64> {
        let column = self.0.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        column.is_valid(row).then(|| column.value(row))
    }

    fn time(&self, name: &str, row: usize) -> Option<i64> {
        let column = self.0.column_by_name(name)?.as_primitive_opt::<TimestampMillisecondType>()?;
        column.is_valid(row).then(|| column.value(row) / 1_000)
    }
}

/// Calls `each` for every row of a claim form.
fn of_setting<T>(batches: &[RecordBatch], setting: &str, each: impl Fn(&Cells<'_>, usize) -> T) -> Vec<T> {
    let mut all = Vec::new();
    for batch in batches {
        let cells = Cells(batch);
        all.extend(
            (0..batch.num_rows()).filter(|&row| cells.text("setting", row) == setting).map(|row| each(&cells, row)),
        );
    }
    all
}

pub(super) fn stories(run: &Path, encounter_id: &str) -> Result<Vec<Story>, Error> {
    let encounters = rows(run, "encounters.parquet", encounter_id)?;
    let administrations = rows(run, "administrations.parquet", encounter_id)?;
    let lines = rows(run, "lines.parquet", encounter_id)?;
    let findings = rows(run, "findings.parquet", encounter_id)?;
    let mut stories = Vec::new();
    for setting in ["facility", "professional"] {
        let headings = of_setting(&encounters, setting, |cells, row| {
            let known = ["encounter_class", "department", "payer"].map(|name| cells.text(name, row));
            let known: Vec<String> = known.into_iter().filter(|text| !text.is_empty()).collect();
            format!("Encounter {encounter_id}, {setting} claim  ({})", known.join(", "))
        });
        let Some(heading) = headings.into_iter().next() else { continue };
        let mut given = of_setting(&administrations, setting, administration);
        given.sort_by(|one, other| (one.start.or(one.stop), &one.id).cmp(&(other.start.or(other.stop), &other.id)));
        stories.push(Story {
            heading,
            administrations: given,
            lines: of_setting(&lines, setting, line),
            findings: of_setting(&findings, setting, finding),
        });
    }
    Ok(stories)
}

fn administration(cells: &Cells<'_>, row: usize) -> Administration {
    let named = [cells.text("drug_name", row), cells.text("drug_code", row), cells.text("substance_class", row)];
    Administration {
        id: cells.text("administration_id", row),
        drug: named.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
        family: cells.text("family", row),
        technique: cells.text("technique", row),
        site: cells.text("access_site", row),
        start: cells.time("start_time", row),
        stop: cells.time("stop_time", row),
        minutes: cells.integer("minutes", row),
        codes: cells.text("codes", row),
        reason: cells.text("reason", row),
    }
}

fn line(cells: &Cells<'_>, row: usize) -> Line {
    Line {
        code: cells.text("code", row),
        modifiers: cells.text("modifiers", row),
        status: cells.text("status", row),
        expected_units: cells.integer("expected_units", row),
        billed_units: cells.integer("billed_units", row),
        expected_cents: cells.integer("expected_cents", row),
        billed_cents: cells.integer("billed_cents", row),
        reason: cells.text("reason", row),
    }
}

fn finding(cells: &Cells<'_>, row: usize) -> Finding {
    Finding {
        rule_code: cells.text("rule_code", row),
        rule_name: cells.text("rule_name", row),
        net_cents: cells.integer("net_cents", row).unwrap_or(0),
        expected_loss_cents: cells.integer("expected_loss_cents", row).unwrap_or(0),
        price_basis: cells.text("price_basis", row),
        price_table: cells.text("price_table", row),
        underpaid_cents: cells.integer("underpaid_cents", row).unwrap_or(0),
        policy_switch: cells.text("policy_switch", row),
        other_value: cells.text("policy_other_value", row),
        answer: (cells.text("answer_codes", row), cells.integer("answer_cents", row).unwrap_or(0)),
        alternative: (cells.text("alternative_codes", row), cells.integer("alternative_cents", row).unwrap_or(0)),
        evidence: cells.text("evidence", row),
        administrations: cells.text("administration_ids", row),
    }
}
