//! What the benchmarks share: generated data, and a run's options.

#![allow(dead_code, reason = "each benchmark uses its own part")]

use infusion_audit::generate::{ErrorSelection, GenerateOptions, generate};
use infusion_audit::pipeline::RunOptions;
use std::path::Path;

/// A folder of invented claims, flowsheets and encounters with planted errors.
pub fn generated(encounters: u64, months: u32) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let made = GenerateOptions {
        encounters,
        months,
        seed: 1,
        out: data.path().to_owned(),
        errors: ErrorSelection::All,
        error_percent: 12,
        start: "2026-01-01".parse().unwrap(),
    };
    generate(&made).unwrap();
    data
}

pub fn options(data: &Path, out: &Path, memory_budget: usize) -> RunOptions {
    let folder = |name: &str| data.join(name).display().to_string();
    RunOptions {
        claims: folder("claims"),
        flowsheets: folder("flowsheets"),
        encounters: Some(folder("encounters")),
        out: out.to_owned(),
        ..RunOptions::new(memory_budget, out.to_owned())
    }
}
