//! The whole audit on generated data, every table written: encounters a second and megabytes of Parquet a second.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use infusion_audit::audit::Context;
use infusion_audit::pipeline::run_audit;
use infusion_audit::policy::PolicySet;
use infusion_audit::progress::Progress;
use infusion_audit::reference::Reference;
use std::path::Path;
use support::{generated, options};

const ENCOUNTERS: u64 = 20_000;

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| if entry.path().is_dir() { bytes_below(&entry.path()) } else { entry.metadata().unwrap().len() })
        .sum()
}

fn end_to_end(criterion: &mut Criterion) {
    let data = generated(ENCOUNTERS, 12);
    let out = tempfile::tempdir().unwrap();
    let folder = |name: &str| data.path().join(name);
    let options = options(data.path(), out.path(), 1 << 30);
    let context = Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
    let progress = Progress::new(true);
    let run = || run_audit(&options, &context, &progress).unwrap();
    let input = ["claims", "flowsheets", "encounters"].map(|name| bytes_below(&folder(name))).iter().sum();
    let mut group = criterion.benchmark_group("audit");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ENCOUNTERS));
    group.bench_function("encounters", |bencher| bencher.iter(run));
    group.throughput(Throughput::Bytes(input));
    group.bench_function("bytes", |bencher| bencher.iter(run));
    group.finish();
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
