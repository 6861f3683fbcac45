//! The same rows give the same bytes at any thread count, bucket count, memory limit, row order and file split.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use infusion_audit::generate::ErrorSelection;
use infusion_audit::pipeline::{RunOptions, RunSummary, check_inputs};
use infusion_audit::progress::Progress;
use parquet::arrow::ArrowWriter;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use support::{PAGES, TABLES, bytes, each_row, generated, integer, options, read, run, text};

fn assert_same(one: &RunSummary, other: &RunSummary, what: &str) {
    for table in TABLES {
        assert!(bytes(one, table) == bytes(other, table), "{table} differs with {what}");
    }
}

fn write(path: &Path, batch: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// Every table's rows reversed and dealt to seven files.
fn reshuffle(from: &Path, to: &Path) {
    for table in ["claims", "flowsheets", "encounters"] {
        let mut batches = Vec::new();
        for file in std::fs::read_dir(from.join(table)).unwrap().flatten() {
            batches.extend(read(&file.path()));
        }
        let all = concat_batches(&batches[0].schema(), &batches).unwrap();
        std::fs::create_dir_all(to.join(table)).unwrap();
        for file in 0..7_u32 {
            let rows: Vec<u32> = (0..all.num_rows() as u32).rev().filter(|row| row % 7 == file).collect();
            let part = take_record_batch(&all, &UInt32Array::from(rows)).unwrap();
            write(&to.join(table).join(format!("part-{file}.parquet")), &part);
        }
    }
}

#[test]
fn bytes_depend_on_the_rows_alone() {
    let data = generated(1_500, 3, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let at = |name: &str| out.path().join(name);
    let one = run(&options(data.path(), &at("one"))).unwrap();
    assert_eq!(one.spilled_rows, 0);

    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for limit in [100_000, 1 << 22, 1 << 30] {
            let limited =
                RunOptions { memory_budget: limit, ..options(data.path(), &at(&format!("threads-{threads}-{limit}"))) };
            let other = pool.install(|| run(&limited)).unwrap();
            assert_same(&one, &other, &format!("{threads} threads and {limit} bytes"));
            for page in PAGES {
                assert!(bytes(&one, page) == bytes(&other, page), "{page} with {threads} threads and {limit} bytes");
            }
            assert_eq!(one.manifest.run_id, other.manifest.run_id);
            assert_eq!(other.spilled_rows > 0, limit < 1 << 30);
        }
    }
    for buckets in [1, 2, 64] {
        let at = at(&format!("buckets-{buckets}"));
        let changed = RunOptions { buckets: Some(buckets), ..options(data.path(), &at) };
        assert_same(&one, &run(&changed).unwrap(), "buckets");
    }
    let tight = RunOptions { memory_budget: 200_000, ..options(data.path(), &at("tight")) };
    let spilled = run(&tight).unwrap();
    assert!(spilled.spilled_rows > 0, "a budget of 200 kB must spill");
    assert_same(&one, &spilled, "spilling");

    let shuffled = tempfile::tempdir().unwrap();
    reshuffle(data.path(), shuffled.path());
    assert_same(&one, &run(&options(shuffled.path(), &at("shuffled"))).unwrap(), "row order and file split");
}

/// Every third row of a table once more, of another department and, where asked, of an encounter that there is not.
fn twins(from: &Path, to: &Path, id: Option<&str>) {
    let mut files: Vec<_> = std::fs::read_dir(from).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let batches = read(&files[1]);
    let all = concat_batches(&batches[0].schema(), &batches).unwrap();
    let rows: Vec<u32> = (0..all.num_rows() as u32).step_by(3).collect();
    let some = take_record_batch(&all, &UInt32Array::from(rows)).unwrap();
    let schema = some.schema();
    let columns = schema.fields().iter().zip(some.columns()).map(|(field, column)| {
        let texts = match (field.name().as_str(), id) {
            // Some are like the rows that they repeat, some come before them, some behind.
            ("department", _) => ["", "AAA", "zzz"],
            ("encounter_id", Some(id)) => [id; 3],
            _ => return (field.name().clone(), column.clone()),
        };
        let column = (0..some.num_rows()).map(|row| Some(texts[row % 3]).filter(|text| !text.is_empty()));
        (field.name().clone(), Arc::new(column.collect::<StringArray>()) as ArrayRef)
    });
    write(to, &RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap());
}

#[test]
fn a_check_tells_what_an_audit_sets_aside() {
    let data = generated(1_500, 9, ErrorSelection::All);
    for (table, name, id) in [
        ("claims", "0.parquet", None),
        ("claims", "zz.parquet", None),
        ("claims", "zzz.parquet", Some("E-NOBODY")),
        ("encounters", "zz.parquet", None),
        ("flowsheets", "zz.parquet", Some("E-NO-ONE")),
    ] {
        let folder = data.path().join(table);
        twins(&folder, &folder.join(name), id);
    }
    let out = tempfile::tempdir().unwrap();
    let mut told: BTreeMap<[String; 4], (u64, i64)> = BTreeMap::new();
    let done = run(&options(data.path(), out.path())).unwrap();
    each_row(&done.path.join("quarantine.parquet"), |batch, row| {
        let group = ["table", "file", "column", "reason"].map(|column| text(batch, column, row));
        let at = integer(batch, "row", row).unwrap();
        let (rows, first) = told.entry(group).or_insert((0, at));
        (*rows, *first) = (*rows + 1, (*first).min(at));
    });
    let of = |reason: &str| told.iter().filter(|(group, _)| group[3] == reason).count();
    assert!(of("duplicate-key") >= 3 && of("foreign-key-unmatched") >= 2, "{told:?}");
    // The least of these has no room for the ids of encounters that are looked at again.
    for memory_budget in [1 << 30, 200_000, 2_000] {
        for buckets in [1, 7] {
            let asked = RunOptions { memory_budget, buckets: Some(buckets), ..options(data.path(), out.path()) };
            let found = check_inputs(&asked, &Progress::new(true)).unwrap().quarantined.into_iter();
            let found = found.map(|of| {
                let group = [of.table.to_owned(), of.file, of.column, of.reason.to_owned()];
                (group, (of.rows, i64::try_from(of.first_row).unwrap()))
            });
            assert_eq!(found.collect::<BTreeMap<_, _>>(), told, "{memory_budget} bytes, {buckets} buckets");
        }
    }
}

#[test]
fn nothing_is_left_behind_and_a_second_run_replaces_the_first() {
    let data = generated(50, 4, ErrorSelection::None);
    let out = tempfile::tempdir().unwrap();
    let first = run(&options(data.path(), out.path())).unwrap();
    let second = run(&options(data.path(), out.path())).unwrap();
    assert_eq!(first.path, second.path);
    let left = std::fs::read_dir(out.path()).unwrap().flatten();
    let mut left: Vec<String> = left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    left.sort();
    assert_eq!(left, [".lock", &first.manifest.run_id, "latest", "run_log.jsonl"]);
    #[cfg(unix)]
    for entry in std::fs::read_dir(&second.path).unwrap().flatten() {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{entry:?} is its owner's alone");
    }
}
