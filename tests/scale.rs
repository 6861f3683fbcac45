//! Inputs as they come: thousands of small files, huge row groups, every codec and encoding, footers that tell nothing
//! or lie, one id that gathers most of the rows. The same rows give the same bytes, and nothing is lost.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod support;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use infusion_audit::data_checks::Check;
use infusion_audit::error::Error;
use infusion_audit::generate::ErrorSelection;
use infusion_audit::pipeline::{RunOptions, RunSummary};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use support::{TABLES, bytes, each_row, generated, integer, options, read, run, text};

const INPUTS: [&str; 3] = ["claims", "flowsheets", "encounters"];

fn assert_same(one: &RunSummary, other: &RunSummary, what: &str) {
    for table in TABLES {
        assert!(bytes(one, table) == bytes(other, table), "{table} differs with {what}");
    }
}

fn whole(from: &Path, table: &str) -> RecordBatch {
    let mut files: Vec<_> = std::fs::read_dir(from.join(table)).unwrap().flatten().map(|file| file.path()).collect();
    files.sort();
    let batches: Vec<RecordBatch> = files.iter().flat_map(|file| read(file)).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn write(path: &Path, batch: &RecordBatch, properties: WriterProperties) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// Writes every table anew as one file.
fn rewrite(from: &Path, to: &Path, properties: &WriterProperties, change: impl Fn(RecordBatch) -> RecordBatch) {
    for table in INPUTS {
        std::fs::create_dir_all(to.join(table)).unwrap();
        write(&to.join(table).join("all.parquet"), &change(whole(from, table)), properties.clone());
    }
}

/// Text columns as dictionaries, or in another Arrow type.
fn text_as(of: &DataType) -> impl Fn(RecordBatch) -> RecordBatch {
    let of = of.clone();
    move |batch| {
        let schema = batch.schema();
        let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| -> (Field, ArrayRef) {
            let change = *column.data_type() == DataType::Utf8;
            let column = if change { cast(column, &of).unwrap() } else { column.clone() };
            (field.as_ref().clone().with_data_type(column.data_type().clone()), column)
        });
        let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.unzip();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    }
}

#[test]
fn every_codec_encoding_and_row_group_size_gives_the_same_bytes() {
    let data = generated(800, 11, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let one = run(&options(data.path(), &out.path().join("one"))).unwrap();
    let plain = || WriterProperties::builder().set_dictionary_enabled(false);
    let dictionary = || WriterProperties::builder().set_dictionary_enabled(true);
    // A dictionary that overflows leaves a column of both kinds of pages.
    let overflowing = || dictionary().set_dictionary_page_size_limit(64).set_data_page_row_count_limit(50);
    let cases = [
        ("zstd", dictionary().set_compression(Compression::ZSTD(ZstdLevel::default()))),
        ("snappy", dictionary().set_compression(Compression::SNAPPY)),
        ("lz4", plain().set_compression(Compression::LZ4_RAW)),
        ("lz4 of Hadoop", plain().set_compression(Compression::LZ4)),
        ("gzip", plain().set_compression(Compression::GZIP(GzipLevel::default()))),
        ("none", plain().set_compression(Compression::UNCOMPRESSED)),
        ("overflowing dictionaries", overflowing()),
        ("row groups of 7 rows", dictionary().set_max_row_group_row_count(Some(7))),
        ("no statistics", plain().set_statistics_enabled(EnabledStatistics::None)),
        ("version 2 pages", dictionary().set_writer_version(parquet::file::properties::WriterVersion::PARQUET_2_0)),
    ];
    for (name, properties) in cases {
        let again = tempfile::tempdir().unwrap();
        rewrite(data.path(), again.path(), &properties.build(), |batch| batch);
        assert_same(&one, &run(&options(again.path(), &out.path().join(name))).unwrap(), name);
    }
    let dictionaries = DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8));
    for of in [DataType::LargeUtf8, DataType::Utf8View, dictionaries] {
        let again = tempfile::tempdir().unwrap();
        rewrite(data.path(), again.path(), &dictionary().build(), text_as(&of));
        assert_same(&one, &run(&options(again.path(), &out.path().join("types"))).unwrap(), "another text type");
    }
}

#[test]
fn thousands_of_small_files_give_the_same_bytes() {
    let data = generated(1_200, 12, ErrorSelection::All);
    let (out, small) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = run(&options(data.path(), &out.path().join("one"))).unwrap();
    let mut files = 0;
    for table in INPUTS {
        std::fs::create_dir_all(small.path().join(table)).unwrap();
        let all = whole(data.path(), table);
        for (at, start) in (0..all.num_rows()).step_by(4).enumerate() {
            let part = all.slice(start, 4.min(all.num_rows() - start));
            write(&small.path().join(table).join(format!("{at:05}.parquet")), &part, WriterProperties::default());
            files += 1;
        }
    }
    assert!(files > 3_000, "{files}");
    assert_same(&one, &run(&options(small.path(), &out.path().join("small"))).unwrap(), "small files");
}

#[test]
fn a_footer_that_lies_about_its_ids_costs_a_second_pass_and_no_row() {
    let data = generated(600, 13, ErrorSelection::All);
    let (out, lying) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = run(&options(data.path(), &out.path().join("one"))).unwrap();
    for table in INPUTS {
        let all = whole(data.path(), table);
        std::fs::create_dir_all(lying.path().join(table)).unwrap();
        // The last file claims ids above all others and holds some of every month.
        for part in 0..3_u32 {
            let rows: Vec<u32> = (0..all.num_rows() as u32).filter(|row| row % 3 == part).collect();
            let path = lying.path().join(table).join(format!("{part}.parquet"));
            write(&path, &take_record_batch(&all, &UInt32Array::from(rows)).unwrap(), WriterProperties::default());
            if part == 2 {
                forge_least_id(&path, &all);
            }
        }
    }
    assert_same(&one, &run(&options(lying.path(), &out.path().join("lying"))).unwrap(), "lying footers");
}

/// Overwrites every statistic of the least id in a file with one that sorts above all ids, of the same length.
fn forge_least_id(path: &Path, all: &RecordBatch) {
    let ids = all.column_by_name("encounter_id").unwrap().as_string::<i32>();
    let batches = read(path);
    let least = |ids: &StringArray| ids.iter().flatten().min().map(str::to_owned).unwrap();
    let here = least(batches[0].column_by_name("encounter_id").unwrap().as_string::<i32>());
    assert!(least(ids) <= here);
    let bytes = std::fs::read(path).unwrap();
    let length = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
    let footer = bytes.len() - 8 - length;
    let mut forged = bytes.clone();
    let places: Vec<usize> =
        (footer..bytes.len() - here.len()).filter(|&at| bytes[at..].starts_with(here.as_bytes())).collect();
    assert!(!places.is_empty());
    for at in places {
        forged[at] = b'Z';
    }
    std::fs::write(path, forged).unwrap();
}

#[test]
fn an_id_that_gathers_most_of_the_rows_is_set_aside_and_the_rest_is_audited() {
    let data = generated(400, 14, ErrorSelection::None);
    let (out, skewed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = run(&options(data.path(), &out.path().join("one"))).unwrap();
    for table in INPUTS {
        let all = whole(data.path(), table);
        std::fs::create_dir_all(skewed.path().join(table)).unwrap();
        write(&skewed.path().join(table).join("a.parquet"), &all, WriterProperties::default());
        if table == "encounters" {
            continue;
        }
        // Nine rows of ten belong to the placeholder.
        let rows: Vec<u32> = (0..all.num_rows() as u32 * 9).map(|row| row % all.num_rows() as u32).collect();
        let rows = &rows[..rows.len().max(6_000)];
        let more = take_record_batch(&all, &UInt32Array::from(rows.to_vec())).unwrap();
        let place = more.schema().index_of("encounter_id").unwrap();
        let mut columns = more.columns().to_vec();
        columns[place] = Arc::new(StringArray::from(vec!["UNKNOWN"; more.num_rows()]));
        let more = RecordBatch::try_new(more.schema(), columns).unwrap();
        write(&skewed.path().join(table).join("b.parquet"), &more, WriterProperties::default());
    }
    let other = run(&RunOptions {
        memory_budget: 1 << 20,
        accept: [Check::UnreadableRows].into(),
        ..options(skewed.path(), &out.path().join("skewed"))
    })
    .unwrap();
    assert!(other.spilled_rows > 0);
    for table in ["findings.parquet", "lines.parquet", "encounters.parquet", "administrations.parquet"] {
        assert!(bytes(&one, table) == bytes(&other, table), "{table}");
    }
    let claims = &other.manifest.counts["claims"];
    assert!(claims.quarantined["too-many-rows-for-one-encounter"] > 5_000);
    assert_eq!(claims.rows_in, claims.accounted());
}

#[test]
fn the_rollup_of_a_run_is_what_its_tables_add_up_to() {
    use std::collections::BTreeMap;
    let data = generated(2_000, 15, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let run = run(&options(data.path(), out.path())).unwrap();
    let findings = run.path.join("findings.parquet");
    let rollup = run.rollup.as_ref().unwrap();
    for (key, groups) in [
        ("rule_code", &rollup.by_rule),
        ("month", &rollup.by_month),
        ("department", &rollup.by_department),
        ("payer", &rollup.by_payer),
        ("encounter_class", &rollup.by_class),
        ("owner", &rollup.by_owner),
    ] {
        let mut sums: BTreeMap<String, [i64; 5]> = BTreeMap::new();
        each_row(&findings, |batch, row| {
            let cents = |column| integer(batch, column, row).unwrap();
            let disputed = !text(batch, "policy_switch", row).is_empty();
            let of = sums.entry(text(batch, key, row)).or_default();
            of[0] += 1;
            of[1] += if disputed { 0 } else { cents("leakage_cents") };
            of[2] += if disputed { 0 } else { cents("overpayment_cents") };
            of[3] += if disputed { cents("net_cents") } else { 0 };
            of[4] += cents("expected_loss_cents");
        });
        let ours: BTreeMap<String, [i64; 5]> = groups
            .iter()
            .map(|of| {
                let sums =
                    [of.findings, of.leakage_cents, of.overpayment_cents, of.disputed_cents, of.expected_loss_cents];
                (of.key.clone(), sums)
            })
            .collect();
        assert_eq!(sums, ours, "{key}");
    }
    for (stake, items) in [("net_cents", &rollup.by_dollars), ("expected_loss_cents", &rollup.by_risk)] {
        let mut all: Vec<(i64, String, String)> = Vec::new();
        each_row(&findings, |batch, row| {
            let at_stake = integer(batch, stake, row).unwrap().abs();
            all.push((-at_stake, text(batch, "finding_id", row), text(batch, "encounter_id", row)));
        });
        all.retain(|(stake, ..)| *stake < 0);
        all.sort();
        all.truncate(200);
        let expected: Vec<&str> = all.iter().map(|(.., encounter)| encounter.as_str()).collect();
        assert_eq!(expected, items.iter().map(|item| item.encounter_id.as_str()).collect::<Vec<_>>(), "{stake}");
    }
}

#[test]
fn a_temporary_folder_that_is_not_there_stops_the_run_with_its_name() {
    let data = generated(300, 16, ErrorSelection::None);
    let out = tempfile::tempdir().unwrap();
    let gone = out.path().join("gone");
    let tight = RunOptions { memory_budget: 1 << 17, temp_dir: gone.clone(), ..options(data.path(), out.path()) };
    let error = run(&tight).unwrap_err();
    assert!(matches!(&error, Error::Spill { .. }), "{error}");
    assert!(error.to_string().contains(&gone.display().to_string()), "{error}");
    let left: Vec<_> = std::fs::read_dir(out.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, [".lock"], "nothing half-written stays behind");
}
