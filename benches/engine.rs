//! Engine alone, one core: encounters coded and audited a second, on decoded encounters.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use infusion_audit::audit::Context;
use infusion_audit::coding::code;
use infusion_audit::json_lines::{ParsedEncounter, encounter};
use infusion_audit::model::Setting;
use infusion_audit::policy::{Policy, PolicySet};
use infusion_audit::reference::Reference;
use serde_json::Value;
use std::hint::black_box;

const SCENARIOS: &str = include_str!("../tests/conformance/scenarios.jsonl");

fn engine(criterion: &mut Criterion) {
    let context = Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
    let values: Vec<Value> = SCENARIOS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let parsed: Vec<ParsedEncounter<'_>> = values.iter().map(|value| encounter(&value["encounter"]).unwrap()).collect();
    let policy = Policy::default();
    let mut group = criterion.benchmark_group("engine");
    group.throughput(Throughput::Elements(parsed.len() as u64));
    group.bench_function("code", |bencher| {
        bencher.iter(|| {
            for one in &parsed {
                let setting = one.encounter.setting.unwrap_or(Setting::Facility);
                black_box(code(&one.encounter, setting, &policy, &context.reference));
            }
        });
    });
    group.bench_function("audit", |bencher| {
        bencher.iter(|| {
            for one in &parsed {
                black_box(context.audit(&one.encounter, &infusion_audit::rules::RunFacts::default()));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
