//! A run's findings as JSON.

use crate::error::Error;
use crate::model::Date;
use crate::run::table::batches;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};
use serde_json::{Map, Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// One object a line.
    Jsonl,
    /// One array.
    Json,
    /// One SARIF result a line.
    Sarif,
}

/// The columns of a row that hold something.
fn object(batch: &RecordBatch, row: usize) -> Map<String, Value> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).filter(|(_, column)| column.is_valid(row));
    columns
        .map(|(field, column)| {
            let value = match column.data_type() {
                DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
                DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
                DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
                DataType::Date32 => json!(Date(column.as_primitive::<Date32Type>().value(row)).to_string()),
                DataType::Boolean => json!(column.as_boolean().value(row)),
                _ => Value::Null,
            };
            (field.name().clone(), value)
        })
        .collect()
}

/// A finding in the form of a SARIF 2.1.0 result.
fn result(columns: Map<String, Value>) -> Value {
    let text = |name: &str| columns.get(name).and_then(Value::as_str).unwrap_or_default();
    let level = match text("severity") {
        "high" => "error",
        "medium" => "warning",
        _ => "note",
    };
    json!({
        "ruleId": text("rule_code"),
        "level": level,
        "message": { "text": text("evidence") },
        "locations": [{ "logicalLocations": [{
            "fullyQualifiedName": format!("{}/{}", text("encounter_id"), text("setting")), "kind": "encounter",
        }] }],
        "fingerprints": { "finding": text("finding_id") },
        "properties": columns,
    })
}

/// Writes the findings of a run.
///
/// # Errors
/// A folder that is none of a run. A reader that has gone away is none.
pub fn export(run: &Path, format: ExportFormat, out: impl Write) -> Result<(), Error> {
    let mut out = BufWriter::new(out);
    let mut first = true;
    let (head, between, tail) = if format == ExportFormat::Json { ("[\n", ",\n", "\n]\n") } else { ("", "\n", "\n") };
    let mut write = |text: &str| out.write_all(text.as_bytes()).is_ok();
    if !write(head) {
        return Ok(());
    }
    for batch in batches(run, "findings.parquet")? {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            let columns = object(&batch, row);
            let value = if format == ExportFormat::Sarif { result(columns) } else { Value::Object(columns) };
            let before = if first { "" } else { between };
            first = false;
            if !write(before) || !write(&value.to_string()) {
                return Ok(());
            }
        }
    }
    if !first || format == ExportFormat::Json {
        write(tail);
    }
    let _ = out.flush();
    Ok(())
}
