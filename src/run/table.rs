//! The tables of a run, row by row.

use super::find::{damaged, unopened};
use super::row::{Columns, Row};
use crate::encryption;
use crate::error::Error;
use crate::interrupt;
use crate::scan::is_dictionary;
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicate, ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
    RowFilter,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Calls `each` for every row of a table of a run, in its order, with the columns asked for.
///
/// # Errors
/// A folder that is none of a run, a table that lacks a column, and what `each` returns.
pub fn each_row(
    run: &Path,
    table: &str,
    columns: &[&str],
    each: impl FnMut(Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    read(run, table, columns, None, each)
}

/// Calls `each` for the rows of some encounters. Row groups that hold none of them are not read, and of the others only
/// their rows.
///
/// # Errors
/// As for [`each_row`].
pub fn each_row_of(
    encounters: &BTreeSet<String>,
    run: &Path,
    table: &str,
    columns: &[&str],
    each: impl FnMut(Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    read(run, table, columns, Some(encounters), each)
}

/// Row groups whose statistics leave room for one of the encounters.
fn row_groups(metadata: &ParquetMetaData, encounters: &BTreeSet<String>) -> Vec<usize> {
    let holds = |group: &RowGroupMetaData| {
        let column = group.columns().iter().find(|column| column.column_path().string() == "encounter_id");
        let statistics = column.and_then(|column| column.statistics());
        let Some((least, most)) = statistics.and_then(|of| of.min_bytes_opt().zip(of.max_bytes_opt())) else {
            return true;
        };
        encounters.iter().any(|id| least <= id.as_bytes() && id.as_bytes() <= most)
    };
    let groups = metadata.row_groups().iter().enumerate();
    groups.filter(|(_, group)| holds(group)).map(|(at, _)| at).collect()
}

/// Calls `each` for every row of a batch, with the columns asked for.
///
/// # Errors
/// A batch that lacks a column.
pub(crate) fn rows_of_batch(batch: &RecordBatch, columns: &[&str], mut each: impl FnMut(Row<'_>)) -> Result<(), Error> {
    let found = Columns::find(batch, columns, |name| Error::Table(format!("a table has no column `{name}`")))?;
    (0..batch.num_rows()).for_each(|row| each(found.row(row)));
    Ok(())
}

/// Opens a Parquet file with the keys of the process.
pub(crate) fn reader(file: File) -> Result<ParquetRecordBatchReaderBuilder<File>, ParquetError> {
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, encryption::reader_options()?)
}

/// The files of a table: one, or those of the folder of its name, in the order of their names.
fn files_of(run: &Path, table: &str) -> Result<Vec<PathBuf>, Error> {
    let path = run.join(table);
    if !path.is_dir() {
        return Ok(vec![path]);
    }
    let failed = |cause: std::io::Error| Error::unreadable(&path, cause);
    let entries = std::fs::read_dir(&path).map_err(failed)?;
    let mut files =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    files.sort();
    Ok(files)
}

/// The batches of a table of a run, all columns of them.
///
/// # Errors
/// A folder that is none of a run.
pub(super) fn batches(run: &Path, table: &str) -> Result<impl Iterator<Item = Result<RecordBatch, Error>>, Error> {
    let mut readers = Vec::new();
    for path in files_of(run, table)? {
        let file = File::open(&path).map_err(|cause| unopened(run, table, &cause))?;
        let reader = reader(file).and_then(ParquetRecordBatchReaderBuilder::build);
        readers.push(reader.map_err(|cause| damaged(&path, cause))?);
    }
    Ok(readers.into_iter().flatten().map(|batch| batch.map_err(Error::from)))
}

/// Lets texts that a file keeps as dictionaries stay so; a reader that does not take them reads plain texts.
fn with_dictionaries(
    builder: ParquetRecordBatchReaderBuilder<File>,
    path: &Path,
    columns: &[&str],
) -> ParquetRecordBatchReaderBuilder<File> {
    let is_kept = |name: &str| {
        let groups = builder.metadata().row_groups();
        let mut chunks = groups
            .iter()
            .filter_map(|group| group.columns().iter().find(|chunk| chunk.column_path().parts() == [name.to_owned()]));
        chunks.all(is_dictionary)
    };
    let like = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = builder.schema().fields().iter().map(|field| {
        let kept = *field.data_type() == DataType::Utf8 && columns.contains(&field.name().as_str());
        if kept && is_kept(field.name()) {
            Arc::new(field.as_ref().clone().with_data_type(like.clone()))
        } else {
            field.clone()
        }
    });
    let hint = ArrowReaderOptions::default().with_schema(Arc::new(Schema::new(fields.collect::<Vec<_>>())));
    let hinted = ArrowReaderMetadata::try_new(builder.metadata().clone(), hint);
    match (hinted, File::open(path)) {
        (Ok(hinted), Ok(file)) => ParquetRecordBatchReaderBuilder::new_with_metadata(file, hinted),
        _ => builder,
    }
}

/// Lets through the rows of some encounters.
fn of_encounters(ids: ProjectionMask, encounters: BTreeSet<String>) -> impl ArrowPredicate {
    // Ids of encounters that are sought, by the dictionary that holds them.
    let mut seen: Option<(ArrayRef, Vec<bool>)> = None;
    ArrowPredicateFn::new(ids, move |rows| {
        let column = rows.column(0);
        if let Some(words) = column.as_dictionary_opt::<Int32Type>() {
            if !seen.as_ref().is_some_and(|(of, _)| std::ptr::addr_eq(of.as_ref(), words.values().as_ref())) {
                let texts = words.values().as_string::<i32>();
                let sought = texts.iter().map(|text| text.is_some_and(|text| encounters.contains(text)));
                seen = Some((words.values().clone(), sought.collect()));
            }
            let sought = seen.as_ref().map_or(&[][..], |(_, sought)| sought);
            let of = |key: Option<i32>| key.is_some_and(|key| sought.get(key as usize) == Some(&true));
            return Ok(words.keys().iter().map(of).map(Some).collect());
        }
        let texts = column.as_string::<i32>();
        Ok(texts.iter().map(|text| Some(text.is_some_and(|text| encounters.contains(text)))).collect())
    })
}

fn read(
    run: &Path,
    table: &str,
    columns: &[&str],
    encounters: Option<&BTreeSet<String>>,
    mut each: impl FnMut(Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    files_of(run, table)?.iter().try_for_each(|path| read_file(run, path, table, columns, encounters, &mut each))
}

fn read_file(
    run: &Path,
    path: &Path,
    table: &str,
    columns: &[&str],
    encounters: Option<&BTreeSet<String>>,
    each: &mut impl FnMut(Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let failed = |cause: String| Error::not_a_run(run, cause);
    let file = File::open(path).map_err(|cause| unopened(run, table, &cause))?;
    let builder = reader(file).map_err(|cause| damaged(path, cause))?;
    let builder = with_dictionaries(builder, path, columns);
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let builder = match encounters {
        None => builder,
        Some(encounters) => {
            let groups = row_groups(builder.metadata(), encounters);
            let ids = ProjectionMask::columns(builder.parquet_schema(), ["encounter_id"]);
            let filter = RowFilter::new(vec![Box::new(of_encounters(ids, encounters.clone()))]);
            builder.with_row_groups(groups).with_row_filter(filter)
        }
    };
    let reader = builder.with_projection(mask).with_batch_size(8_192).build().map_err(|cause| damaged(path, cause))?;
    for batch in reader {
        interrupt::check()?;
        let batch = batch.map_err(|cause| damaged(path, cause))?;
        let found = Columns::find(&batch, columns, |name| failed(format!("{table} has no column `{name}`")))?;
        for row in 0..batch.num_rows() {
            each(found.row(row))?;
        }
    }
    Ok(())
}
