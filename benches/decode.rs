//! The physical floor: the parquet crate alone, decoding the columns of the contracts, without looking at a value.
//!
//! `cargo bench --bench decode` measures it on generated data; `decode --data FOLDER --threads N` runs it once over a
//! folder of claims, flowsheets and encounters, for comparison with a whole process. `decode --write RUN --threads N` is the
//! floor at the other end: it reads the tables of a run, and prints how many seconds the parquet crate takes to write them
//! again.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

mod support;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use criterion::{Criterion, Throughput};
use infusion_audit::schema::Table;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;
use std::fs::File;
use std::path::Path;
use std::time::Instant;
use support::generated;

/// Decodes every row group of every file; out: rows.
fn decode(data: &Path) -> usize {
    let mut tasks = Vec::new();
    for table in Table::ALL {
        let mut files: Vec<_> =
            std::fs::read_dir(data.join(table.as_str())).unwrap().flatten().map(|entry| entry.path()).collect();
        files.sort();
        for path in files {
            let metadata =
                ArrowReaderMetadata::load(&File::open(&path).unwrap(), ArrowReaderOptions::default()).unwrap();
            for group in 0..metadata.metadata().num_row_groups() {
                tasks.push((table, path.clone(), metadata.clone(), group));
            }
        }
    }
    let rows = |(table, path, metadata, group): &(Table, std::path::PathBuf, ArrowReaderMetadata, usize)| {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(path).unwrap(), metadata.clone());
        let columns = &table.contract().columns;
        let fields = builder.schema().fields().iter().enumerate();
        let known = fields.filter(|(_, field)| columns.iter().any(|column| column.name == *field.name()));
        let mask = ProjectionMask::roots(builder.parquet_schema(), known.map(|(at, _)| at).collect::<Vec<_>>());
        let reader = builder.with_projection(mask).with_row_groups(vec![*group]).with_batch_size(8_192).build();
        reader.unwrap().map(|batch| std::hint::black_box(batch.unwrap()).num_rows()).sum::<usize>()
    };
    tasks.par_iter().map(rows).sum()
}

/// Writes the tables of a run again, all at once; out: the seconds of writing alone.
fn rewrite(run: &Path) -> f64 {
    let read = |name: &&str| {
        let file = File::open(run.join(name)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(16_384).build().unwrap();
        (reader.schema(), reader.map(Result::unwrap).collect::<Vec<RecordBatch>>())
    };
    let tables = ["lines.parquet", "administrations.parquet", "encounters.parquet", "findings.parquet"];
    let tables: Vec<(SchemaRef, Vec<RecordBatch>)> = tables.iter().map(read).collect();
    let compression = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(compression).build();
    let start = Instant::now();
    tables.par_iter().for_each(|(schema, batches)| {
        let file = tempfile::tempfile().unwrap();
        let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties.clone())).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.close().unwrap();
    });
    start.elapsed().as_secs_f64()
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let value = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
    let threads = value("--threads").and_then(|count| count.parse().ok()).unwrap_or(1);
    let pool = || rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    if let Some(data) = value("--data") {
        println!("{} rows", pool().install(|| decode(Path::new(data))));
        return;
    }
    if let Some(run) = value("--write") {
        println!("{:.3} seconds", pool().install(|| rewrite(Path::new(run))));
        return;
    }
    let data = generated(20_000, 4);
    let rows = decode(data.path()) as u64;
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("decode");
    group.sample_size(10);
    group.throughput(Throughput::Elements(rows));
    group.bench_function("parquet crate alone, rows", |bencher| bencher.iter(|| decode(data.path())));
    group.finish();
    criterion.final_summary();
}
