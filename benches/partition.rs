//! Scan, validate, partition and group without coding: what `infusion-audit check` does, with memory to spare and with
//! so little that every row goes through the disk.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use infusion_audit::generate::{ErrorSelection, GenerateOptions, generate};
use infusion_audit::pipeline::{RunOptions, check_inputs};
use infusion_audit::progress::Progress;

fn partition(criterion: &mut Criterion) {
    let data = tempfile::tempdir().unwrap();
    let made = GenerateOptions {
        encounters: 20_000,
        months: 4,
        seed: 1,
        out: data.path().to_owned(),
        errors: ErrorSelection::All,
        error_percent: 12,
        start: "2026-01-01".parse().unwrap(),
    };
    generate(&made).unwrap();
    let folder = |name: &str| data.path().join(name).display().to_string();
    let mut options = RunOptions {
        claims: folder("claims"),
        flowsheets: folder("flowsheets"),
        encounters: Some(folder("encounters")),
        out: data.path().to_owned(),
        memory_budget: 1 << 30,
        temp_dir: data.path().to_owned(),
        time_zone: None,
        buckets: None,
        as_of: None,
    };
    let progress = Progress::new(true);
    let rows = check_inputs(&options, &progress).unwrap().tables.iter().map(|(.., rows)| rows).sum();
    let mut group = criterion.benchmark_group("partition");
    group.sample_size(10);
    group.throughput(Throughput::Elements(rows));
    group.bench_function("in memory, rows", |bencher| bencher.iter(|| check_inputs(&options, &progress).unwrap()));
    options.memory_budget = 1 << 20;
    group.bench_function("through the disk, rows", |bencher| {
        bencher.iter(|| check_inputs(&options, &progress).unwrap());
    });
    group.finish();
}

criterion_group!(benches, partition);
criterion_main!(benches);
