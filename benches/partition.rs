//! Scan, validate, partition and group without coding: what `infusion-audit check` does, with memory to spare and with
//! so little that every row goes through the disk.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use infusion_audit::pipeline::check_inputs;
use infusion_audit::progress::Progress;
use support::{generated, options};

fn partition(criterion: &mut Criterion) {
    let data = generated(20_000, 4);
    let mut options = options(data.path(), data.path(), 1 << 30);
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
