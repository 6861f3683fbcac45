//! Findings as JSON: every one, with its columns.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use infusion_audit::generate::ErrorSelection;
use infusion_audit::run::{ExportFormat, export};
use serde_json::Value;
use support::{generated, options, run};

#[test]
fn every_finding_is_exported_with_its_columns() {
    let data = generated(400, 19, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(data.path(), out.path())).unwrap();
    let written = |format: ExportFormat| {
        let mut bytes = Vec::new();
        export(&done.path, format, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let totals = &done.manifest.totals;
    let lines: Vec<Value> =
        written(ExportFormat::Jsonl).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len() as u64, totals.findings);
    assert_eq!(lines.iter().map(|one| one["net_cents"].as_i64().unwrap()).sum::<i64>(), totals.net_cents);
    let array: Vec<Value> = serde_json::from_str(&written(ExportFormat::Json)).unwrap();
    assert_eq!(array, lines);
    let results: Vec<Value> =
        written(ExportFormat::Sarif).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (result, line) in results.iter().zip(&lines) {
        assert_eq!(result["properties"], *line);
        assert_eq!(result["ruleId"], line["rule_code"]);
        assert_eq!(result["fingerprints"]["finding"], line["finding_id"]);
        assert_eq!(result["message"]["text"], line["evidence"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
    }
    assert!(results.iter().any(|result| result["level"] == "error"));
    // A run without findings is an empty array, not an empty file.
    let clean = generated(40, 19, ErrorSelection::None);
    let done = run(&options(clean.path(), out.path())).unwrap();
    let mut bytes = Vec::new();
    export(&done.path, ExportFormat::Json, &mut bytes).unwrap();
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&bytes).unwrap().len() as u64, done.manifest.totals.findings);
}
