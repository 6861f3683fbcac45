//! The generator knows the answer without the engine: every planted error must be found, clean encounters must raise
//! nothing, and the supported lines of every encounter must be the ones it was built to earn.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use infusion_audit::audit::Context;
use infusion_audit::generate::{ErrorSelection, PLANTED_RULES};
use infusion_audit::import::{ImportOptions, Kind, import};
use infusion_audit::pipeline::{RunOptions, run_audit};
use infusion_audit::policy::PolicySet;
use infusion_audit::progress::Progress;
use infusion_audit::reference::Reference;
use std::collections::{BTreeMap, BTreeSet};
use support::{TABLES, bytes, each_row, generated, integer, options, run, text};

#[derive(Default, Clone, Copy)]
struct Score {
    planted: u64,
    found: u64,
    raised: u64,
    right: u64,
}

#[test]
fn planted_errors_are_found_and_nothing_else_is() {
    let data = generated(40_000, 20_260_101, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    // With every table and option that a rule may need: a payer's schedule, diagnoses by drug, a day for deadlines.
    let tables = tempfile::tempdir().unwrap();
    let from = ImportOptions { effective_from: Some("2025-01-01".parse().unwrap()), ..ImportOptions::default() };
    for (kind, file) in [(Kind::FeeSchedule, "fee_schedule.csv"), (Kind::DrugDiagnoses, "drug_diagnoses.csv")] {
        import(kind, &data.path().join("reference_files").join(file), tables.path(), &from).unwrap();
    }
    let context = Context::new(PolicySet::built_in().unwrap(), Reference::with_imported(tables.path()).unwrap());
    let options = RunOptions { as_of: Some("2026-04-15".parse().unwrap()), ..options(data.path(), out.path()) };
    let summary = run_audit(&options, &context, &Progress::new(true)).unwrap();
    assert!(summary.manifest.not_run.is_empty(), "{:?}", summary.manifest.not_run);
    // What is counted below holds at every memory limit and thread count: the bytes are the same.
    for (threads, limit) in [(1, 1 << 20), (3, 64 << 20), (5, 1 << 34)] {
        let again = tempfile::tempdir().unwrap();
        let options = RunOptions { memory_budget: limit, out: again.path().to_owned(), ..options.clone() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let other = pool.install(|| run_audit(&options, &context, &Progress::new(true))).unwrap();
        assert_eq!(other.spilled_rows > 0, limit < 1 << 34, "{limit}");
        for table in TABLES {
            assert!(bytes(&summary, table) == bytes(&other, table), "{table} with {threads} threads and {limit} bytes");
        }
    }

    let mut truth: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    each_row(&data.path().join("truth.parquet"), |batch, row| {
        let also = text(batch, "also", row).split(';').map(str::to_owned).collect();
        truth.insert(text(batch, "encounter_id", row), (text(batch, "rule_code", row), also));
    });
    let mut raised: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    each_row(&summary.path.join("findings.parquet"), |batch, row| {
        raised.entry(text(batch, "encounter_id", row)).or_default().insert(text(batch, "rule_code", row));
    });

    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut missed = Vec::new();
    for (encounter, (rule, _)) in &truth {
        let score = scores.entry(rule.clone()).or_default();
        score.planted += 1;
        let found = raised.get(encounter).is_some_and(|rules| rules.contains(rule));
        score.found += u64::from(found);
        if !found && missed.len() < 100 {
            missed.push(format!("{encounter}: {rule} not found, only {:?}", raised.get(encounter)));
        }
    }
    let mut strangers = Vec::new();
    for (encounter, rules) in &raised {
        for rule in rules {
            let known = truth.get(encounter);
            let right = known.is_some_and(|(planted, also)| planted == rule || also.contains(rule));
            if !right && strangers.len() < 300 {
                strangers.push(format!("{encounter}: {rule} where {known:?}"));
            }
            let score = scores.entry(rule.clone()).or_default();
            score.raised += 1;
            score.right += u64::from(right);
        }
    }
    let mut weak = Vec::new();
    println!("rule     planted  found   recall   raised  right  precision");
    for (rule, score) in &scores {
        let ratio = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        let (recall, precision) = (ratio(score.found, score.planted), ratio(score.right, score.raised));
        println!(
            "{rule}  {:>7} {:>6}   {recall:.4}  {:>7} {:>6}     {precision:.4}",
            score.planted, score.found, score.raised, score.right
        );
        if recall < 0.99 || precision < 0.99 {
            weak.push(format!("{rule}: recall {recall:.4}, precision {precision:.4}"));
        }
    }
    assert!(weak.is_empty(), "{}\n{}\n{}", weak.join("\n"), missed.join("\n"), strangers.join("\n"));
    for rule in PLANTED_RULES {
        assert!(scores.get(rule).is_some_and(|score| score.planted >= 20), "{rule} was planted");
    }
    let clean = raised.keys().filter(|encounter| !truth.contains_key(*encounter)).count();
    assert_eq!(clean, 0, "clean encounters raise nothing");
}

/// Code and distinguishing modifier with units; JZ stands on the dose line and tells nothing apart.
fn parse(expected: &str) -> BTreeMap<(String, String), i64> {
    let mut lines = BTreeMap::new();
    for line in expected.split(';').filter(|line| !line.is_empty()) {
        let (key, units) = line.rsplit_once('x').unwrap();
        let (code, modifier) = key.split_once(':').unwrap_or((key, ""));
        let modifier = if modifier == "JZ" { "" } else { modifier };
        *lines.entry((code.to_owned(), modifier.to_owned())).or_default() += units.parse::<i64>().unwrap();
    }
    lines
}

#[test]
fn every_encounter_supports_exactly_the_lines_it_was_built_to_earn() {
    let data = generated(8_000, 7, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let summary = run(&options(data.path(), out.path())).unwrap();
    let mut supported: BTreeMap<(String, String), BTreeMap<(String, String), i64>> = BTreeMap::new();
    each_row(&summary.path.join("lines.parquet"), |batch, row| {
        if let Some(units) = integer(batch, "expected_units", row).filter(|units| *units > 0) {
            let key = (text(batch, "code", row), text(batch, "modifiers", row));
            let side = (text(batch, "encounter_id", row), text(batch, "setting", row));
            *supported.entry(side).or_default().entry(key).or_default() += units;
        }
    });
    let mut compared = 0;
    each_row(&data.path().join("expected.parquet"), |batch, row| {
        let side = (text(batch, "encounter_id", row), text(batch, "setting", row));
        let wanted = parse(&text(batch, "expected_lines", row));
        let got = supported.remove(&side).unwrap_or_default();
        assert_eq!(got, wanted, "{side:?}");
        compared += 1;
    });
    assert!(compared >= 8_000);
    assert!(supported.is_empty());
}
