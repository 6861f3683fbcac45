//! What the integration tests share: generated data, runs, and reading tables back.

#![allow(dead_code, reason = "each test binary uses its own part")]

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use infusion_audit::audit::Context;
use infusion_audit::error::Error;
use infusion_audit::generate::{ErrorSelection, GenerateOptions, generate};
use infusion_audit::pipeline::{RunOptions, RunSummary, run_audit};
use infusion_audit::policy::PolicySet;
use infusion_audit::progress::Progress;
use infusion_audit::reference::Reference;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::{Path, PathBuf};

pub fn generated(encounters: u64, seed: u64, errors: ErrorSelection) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let options = GenerateOptions {
        encounters,
        months: 3,
        seed,
        out: folder.path().to_owned(),
        errors,
        error_percent: 12,
        start: "2026-01-01".parse().unwrap(),
    };
    generate(&options).unwrap();
    folder
}

pub fn options(data: &Path, out: &Path) -> RunOptions {
    let folder = |name: &str| data.join(name).display().to_string();
    RunOptions {
        claims: folder("claims"),
        flowsheets: folder("flowsheets"),
        encounters: Some(folder("encounters")),
        out: out.to_owned(),
        ..RunOptions::new(1 << 30, out.to_owned())
    }
}

pub fn context() -> Context {
    Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap())
}

pub fn run(options: &RunOptions) -> Result<RunSummary, Error> {
    run_audit(options, &context(), &Progress::new(true))
}

pub fn read(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

pub fn text(batch: &RecordBatch, column: &str, row: usize) -> String {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    if column.is_valid(row) { column.value(row).to_owned() } else { String::new() }
}

pub fn integer(batch: &RecordBatch, column: &str, row: usize) -> Option<i64> {
    let column = batch.column_by_name(column).unwrap().as_primitive::<Int64Type>();
    column.is_valid(row).then(|| column.value(row))
}

/// Calls `each` with every row of a table.
pub fn each_row(path: &Path, mut each: impl FnMut(&RecordBatch, usize)) {
    for batch in read(path) {
        for row in 0..batch.num_rows() {
            each(&batch, row);
        }
    }
}

/// The tables of a run, which depend on the rows of the input alone.
pub const TABLES: [&str; 6] = [
    "findings.parquet",
    "lines.parquet",
    "encounters.parquet",
    "administrations.parquet",
    "denial_risk.csv",
    "revenue_leakage.csv",
];

/// Its pages, which also show the digests of the input's files.
pub const PAGES: [&str; 3] = ["report.html", "denial_risk.html", "revenue_leakage.html"];

pub fn bytes(run: &RunSummary, table: &str) -> Vec<u8> {
    std::fs::read(run.path.join(table)).unwrap()
}

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
