//! Every physical type that the contracts accept gives the same audit, and every foreign key that matches nothing is
//! quarantined.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use arrow::array::{
    ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use infusion_audit::pipeline::RunOptions;
use infusion_audit::schema::IntegerMoney;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use support::{TABLES, bytes, options, run};

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(values: [&str; 2]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// How one variant stores text, times, whole numbers and money.
struct Stored {
    text: DataType,
    time: DataType,
    whole: DataType,
    money: ArrayRef,
}

fn data(folder: &Path, stored: &Stored) {
    let text = |values: [&str; 2]| cast(&texts(values), &stored.text).unwrap();
    let time = |values: [&str; 2]| {
        let plain = cast(&texts(values), &DataType::Timestamp(TimeUnit::Second, None)).unwrap();
        match &stored.time {
            DataType::Utf8 => texts(values),
            DataType::Timestamp(_, Some(zone)) => {
                // Chicago is six hours behind UTC in January.
                let local = cast(&plain, &DataType::Int64).unwrap();
                let local = local.as_primitive::<Int64Type>();
                let instants = local.iter().map(|seconds| seconds.map(|seconds| (seconds + 6 * 3_600) * 1_000));
                Arc::new(instants.collect::<TimestampMillisecondArray>().with_timezone(zone.clone()))
            }
            other => cast(&plain, other).unwrap(),
        }
    };
    let whole =
        |values: [i64; 2]| cast(&(Arc::new(Int64Array::from(values.to_vec())) as ArrayRef), &stored.whole).unwrap();
    write(
        &folder.join("flowsheets/f.parquet"),
        vec![
            ("encounter_id", text(["E1", "E2"])),
            ("administration_id", text(["A1", "A2"])),
            ("route", text(["IV", "IV"])),
            ("method", text(["infusion", "infusion"])),
            ("drug_code", text(["j1745", "J0696"])),
            ("dose", whole([300, 1_000])),
            ("dose_unit", text(["mg", "mg"])),
            ("start_time", time(["2026-01-15T10:00:00", "2026-01-15T11:00:00"])),
            ("stop_time", time(["2026-01-15T12:00:00", "2026-01-15T11:30:00"])),
        ],
    );
    let day = match &stored.time {
        DataType::Utf8 => texts(["2026-01-15", "2026-01-15"]),
        _ => cast(&texts(["2026-01-15", "2026-01-15"]), &DataType::Date32).unwrap(),
    };
    write(
        &folder.join("claims/c.parquet"),
        vec![
            ("claim_id", text(["C1", "C2"])),
            ("line_number", whole([1, 1])),
            ("encounter_id", text(["E1", "E2"])),
            ("payer_type", text(["commercial", "commercial"])),
            ("claim_type", text(["institutional", "institutional"])),
            ("hcpcs", text(["96413", "96374"])),
            ("units", whole([1, 1])),
            ("allowed", stored.money.clone()),
            ("service_date", day),
        ],
    );
}

fn decimal(cents: [i128; 2], scale: i8) -> ArrayRef {
    let values = cents.map(|cents| cents * 10_i128.pow(u32::from(scale.unsigned_abs()) - 2));
    Arc::new(Decimal128Array::from(values.to_vec()).with_precision_and_scale(18, scale).unwrap())
}

#[test]
fn every_accepted_type_gives_the_same_bytes() {
    let millisecond = DataType::Timestamp(TimeUnit::Millisecond, None);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let variants = [
        Stored { text: DataType::Utf8, time: millisecond, whole: DataType::Int64, money: decimal([33_746, 21_731], 2) },
        Stored {
            text: DataType::LargeUtf8,
            time: DataType::Utf8,
            whole: DataType::Int32,
            money: decimal([33_746, 21_731], 4),
        },
        Stored {
            text: DataType::Utf8View,
            time: DataType::Timestamp(TimeUnit::Nanosecond, None),
            whole: DataType::UInt16,
            money: Arc::new(Int64Array::from(vec![33_746, 21_731])),
        },
        Stored {
            text: dictionary,
            time: DataType::Timestamp(TimeUnit::Microsecond, None),
            whole: DataType::Float64,
            money: Arc::new(Float64Array::from(vec![337.46, 217.31])),
        },
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut first = None;
    for (at, stored) in variants.iter().enumerate() {
        let place = folder.path().join(at.to_string());
        data(&place, stored);
        let options = RunOptions {
            encounters: None,
            // One variant stores cents as integers.
            integer_money: Some(IntegerMoney::Cents),
            ..options(&place, &place.join("out"))
        };
        let result = run(&options).unwrap();
        assert_eq!(result.manifest.counts["claims"].audited, 2);
        assert_eq!(result.manifest.floats_rounded, if at == 3 { 2 } else { 0 });
        let tables = TABLES.map(|table| bytes(&result, table));
        match &first {
            None => first = Some(tables),
            Some(first) => assert!(*first == tables, "variant {at}"),
        }
    }
}

#[test]
fn a_time_with_a_zone_is_read_on_its_local_clock() {
    let folder = tempfile::tempdir().unwrap();
    let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("America/Chicago".into()));
    let stored = Stored { text: DataType::Utf8, time: zoned, whole: DataType::Int64, money: decimal([1, 1], 2) };
    data(folder.path(), &stored);
    let options = RunOptions { encounters: None, ..options(folder.path(), &folder.path().join("out")) };
    let result = run(&options).unwrap();
    support::each_row(&result.path.join("administrations.parquet"), |batch, row| {
        use arrow::datatypes::TimestampMillisecondType;
        let start = batch.column_by_name("start_time").unwrap().as_primitive::<TimestampMillisecondType>();
        let hour = start.value(row).div_euclid(3_600_000).rem_euclid(24);
        let wanted = if support::text(batch, "administration_id", row) == "A1" { 10 } else { 11 };
        assert_eq!(hour, wanted, "the local clock of Chicago");
    });
}

#[test]
fn rows_of_no_known_encounter_are_quarantined() {
    let folder = tempfile::tempdir().unwrap();
    let millisecond = DataType::Timestamp(TimeUnit::Millisecond, None);
    let stored = Stored { text: DataType::Utf8, time: millisecond, whole: DataType::Int64, money: decimal([1, 1], 2) };
    data(folder.path(), &stored);
    write(&folder.path().join("encounters/e.parquet"), vec![("encounter_id", texts(["E1", "E3"]))]);
    let result = run(&options(folder.path(), &folder.path().join("out"))).unwrap();
    for table in ["claims", "flowsheets"] {
        assert_eq!(result.manifest.counts[table].quarantined["foreign-key-unmatched"], 1, "{table}");
        assert_eq!(result.manifest.counts[table].audited, 1, "{table}");
    }
}

#[test]
fn the_result_tables_have_the_columns_of_their_contracts() {
    let folder = tempfile::tempdir().unwrap();
    let millisecond = DataType::Timestamp(TimeUnit::Millisecond, None);
    let stored = Stored { text: DataType::Utf8, time: millisecond, whole: DataType::Int64, money: decimal([1, 1], 2) };
    data(folder.path(), &stored);
    let options = RunOptions { encounters: None, ..options(folder.path(), &folder.path().join("out")) };
    let result = run(&options).unwrap();
    for (table, contract) in [
        ("findings", "findings"),
        ("lines", "lines"),
        ("encounters", "audited_encounters"),
        ("administrations", "audited_administrations"),
        ("quarantine", "quarantine"),
    ] {
        let contract = std::fs::read(support::repository().join(format!("schemas/{contract}.schema.json"))).unwrap();
        let contract: serde_json::Value = serde_json::from_slice(&contract).unwrap();
        let wanted: Vec<String> = contract["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["name"].as_str().unwrap().to_owned())
            .collect();
        let file = std::fs::File::open(result.path.join(format!("{table}.parquet"))).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let names: Vec<String> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, wanted, "{table}");
    }
}
