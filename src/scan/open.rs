//! Opens the files of a run, and says of all of them together what stops it.

use super::{
    DAMAGED, FEW_ROW_GROUPS, InputFile, KEPT_CHUNKS, MOST_UNPACKED, RowGroup, broken, is_text, least_id, nesting, nulls,
};
use crate::encryption;
use crate::error::{Error, file_name, one_line};
use crate::guard::guarded;
use crate::schema::{Candidates, Contract, DecodeOptions, Kind, NO_TIME, Table, unread_dates};
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::RowGroupMetaData;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows of unknown columns that are looked at for what they may be.
const SAMPLE_ROWS: usize = 512;

/// Required columns that one file lacks.
#[derive(Debug)]
struct MissingColumns {
    table: Table,
    file: String,
    columns: Vec<Candidates>,
    /// The table of whose contract the file has every required column.
    looks_like: Option<Table>,
}

/// Fault that stops a run at one file.
#[derive(Debug)]
enum Refusal {
    Missing(MissingColumns),
    Other(Error),
}

impl From<Error> for Refusal {
    fn from(cause: Error) -> Self {
        Refusal::Other(cause)
    }
}

/// The other table to which a file with these columns belongs: it has all that the other's contract requires, and knows more
/// of its columns.
fn table_of(given: Table, schema: &Schema) -> Option<Table> {
    let known = |table: Table| {
        schema.fields().iter().filter(|field| table.contract().canonical(field.name()).is_some()).count()
    };
    let is_whole = |table: Table| table.contract().missing(&table.contract().with_canonical_names(schema)).is_empty();
    Table::ALL.into_iter().find(|other| is_whole(*other) && known(*other) > known(given))
}

impl InputFile {
    /// Reads a file's footer and checks that its columns are those of the table's contract.
    ///
    /// # Errors
    /// A file that cannot be opened or is no whole Parquet file, required columns that it lacks, a column of a type that
    /// the contract does not take.
    fn open(table: Table, path: &Path, options: &DecodeOptions) -> Result<Self, Refusal> {
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(|cause| Error::unreadable(path, cause))?;
        let found = file.metadata().map_err(|cause| Error::unreadable(path, cause))?;
        let (bytes, modified) = (found.len(), found.modified().ok());
        let damaged = |cause: String| broken(path, cause);
        if let Some(problem) = nesting::problem(&mut file).map_err(|cause| Error::unreadable(path, cause))? {
            return Err(damaged(problem).into());
        }
        let metadata = guarded(|| ArrowReaderMetadata::load(&file, encryption::reader_options()?))
            .ok_or_else(|| damaged(DAMAGED.to_owned()))?
            .map_err(|cause| damaged(cause.to_string()))?;
        for chunk in metadata.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns) {
            if chunk.uncompressed_size() > MOST_UNPACKED {
                let column = one_line(&chunk.column_path().string());
                let cause = format!(
                    "column `{column}` says that one row group of it unpacks to {} bytes; write smaller row groups",
                    chunk.uncompressed_size()
                );
                return Err(damaged(cause).into());
            }
        }
        let contract = table.contract();
        let schema = contract.with_canonical_names(metadata.schema());
        let missing = contract.missing(&schema);
        if !missing.is_empty() {
            let sample = sample_of_unknown(&file, contract, &schema, &metadata);
            let columns = Candidates::of(contract, &missing, &schema, sample.as_ref());
            return Err(Refusal::Missing(MissingColumns {
                table,
                file: name,
                columns,
                looks_like: table_of(table, &schema),
            }));
        }
        contract.check_types(&name, &schema, options)?;
        let unknown_columns = contract.unknown(&schema);
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
        let has = |column: &str| schema.field_with_name(column).is_ok();
        let text_dates = text_dates(contract, &schema);
        let integer_codes = schema.field_with_name("hcpcs").is_ok_and(|field| field.data_type().is_numeric());
        let columns = contract.columns.iter().enumerate().map(|(at, column)| u64::from(has(&column.name)) << at).sum();
        let mut first_row = 0;
        let groups = metadata.metadata().row_groups().iter().map(|group| {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            first_row += rows;
            RowGroup { first_row: first_row - rows, rows, least_id: least_id(contract, group) }
        });
        Ok(Self {
            table,
            path: path.to_owned(),
            bytes,
            modified,
            rows,
            unknown_columns,
            text_dates,
            integer_codes,
            columns,
            nulls: nulls(contract, metadata.metadata()),
            groups: groups.collect(),
            metadata: Some(metadata.metadata().clone()),
        })
    }
}

/// Opens files, on every core.
///
/// # Errors
/// A file that cannot be opened, is no whole Parquet file, or has a column of a type that the contract does not take: of
/// several, the first in the order of the files. Required columns that files lack: all of all tables in one error. A text
/// column of dates in a form that no option names.
pub fn open_all(files: &[(Table, PathBuf)], options: &DecodeOptions) -> Result<Vec<InputFile>, Error> {
    let opened: Vec<Result<InputFile, Refusal>> =
        files.par_iter().map(|(table, path)| InputFile::open(*table, path, options)).collect();
    let (mut files, mut missing) = (Vec::with_capacity(opened.len()), Vec::new());
    for file in opened {
        match file {
            Ok(file) => files.push(file),
            Err(Refusal::Missing(columns)) => missing.push(columns),
            Err(Refusal::Other(cause)) if missing.is_empty() => return Err(cause),
            Err(Refusal::Other(_)) => {}
        }
    }
    if !missing.is_empty() {
        return Err(all_missing(&missing));
    }
    let unread: Vec<Vec<Unread>> =
        files.par_iter().map(|file| unread_dates_of(file, options)).collect::<Result<_, _>>()?;
    if let Some(cause) = all_unread(&unread.concat()) {
        return Err(cause);
    }
    let chunks: usize = files.iter().map(InputFile::column_chunks).sum();
    if chunks > KEPT_CHUNKS {
        for file in files.iter_mut().filter(|file| file.groups.len() <= FEW_ROW_GROUPS) {
            file.metadata = None;
        }
    }
    Ok(files)
}

/// All missing columns of all tables in one line; of files that lack the same, the first stands for all.
fn all_missing(missing: &[MissingColumns]) -> Error {
    let swapped = |of: &&MissingColumns| of.looks_like.map(|like| (of.file.clone(), of.table, like));
    if let Some((file, table, looks_like)) = missing.iter().find_map(|of| swapped(&of)) {
        return Error::OtherTable { file, table: table.as_str(), looks_like: looks_like.as_str() };
    }
    let mut seen = BTreeSet::new();
    let mut parts = Vec::new();
    for of in missing {
        let names: Vec<&str> = of.columns.iter().map(|one| one.column.as_str()).collect();
        if seen.insert((of.table, names.join(","))) {
            let columns: Vec<String> = of.columns.iter().map(ToString::to_string).collect();
            let (noun, verb) = if columns.len() == 1 { ("column", "is") } else { ("columns", "are") };
            parts.push(format!("{}: required {noun} {} {verb} missing", of.file, columns.join(", ")));
        }
    }
    Error::MissingColumns(parts.join("; "))
}

/// Some rows of the columns that the contract does not know; `None` where they cannot be read.
fn sample_of_unknown(
    file: &File,
    contract: &Contract,
    schema: &Schema,
    metadata: &ArrowReaderMetadata,
) -> Option<RecordBatch> {
    let unknown = contract.unknown(schema);
    let roots = (0..schema.fields().len()).filter(|at| unknown.contains(schema.field(*at).name()));
    let file = file.try_clone().ok()?;
    guarded(|| {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = builder.with_projection(mask).with_limit(SAMPLE_ROWS).with_batch_size(SAMPLE_ROWS).build();
        reader.ok()?.next()?.ok()
    })?
}

/// Date and time columns that hold text, by their canonical names.
fn text_dates(contract: &Contract, schema: &Schema) -> Vec<String> {
    let dated = contract.columns.iter().filter(|column| matches!(column.kind, Kind::Date | Kind::Time));
    let holds_text = |name: &str| schema.field_with_name(name).is_ok_and(|field| is_text(field.data_type()));
    dated.filter(|column| holds_text(&column.name)).map(|column| column.name.clone()).collect()
}

/// A text column of dates whose form no option names.
#[derive(Debug, Clone)]
struct Unread {
    table: Table,
    file: String,
    column: String,
    /// The form that it seems to have, as the option names it.
    form: &'static str,
}

/// All such columns of all tables in one line; of files that share a column, the first stands for all.
fn all_unread(columns: &[Unread]) -> Option<Error> {
    if let Some(one) = columns.iter().find(|one| one.form == NO_TIME) {
        return Some(Error::NoTimeOfDay { file: one.file.clone(), column: one.column.clone() });
    }
    let first = columns.first()?;
    let mut seen = BTreeSet::new();
    let distinct: Vec<&Unread> = columns.iter().filter(|one| seen.insert((one.table, &one.column))).collect();
    let named = |one: &&Unread| format!("`{}` of {} ({})", one.column, one.table.as_str(), one.file);
    let options = if distinct.iter().all(|one| one.form == first.form) {
        format!("--date-format {}", quoted(first.form))
    } else {
        let option = |one: &&Unread| format!("--date-format {}={}", one.column, quoted(one.form));
        distinct.iter().map(option).collect::<Vec<_>>().join(" ")
    };
    Some(Error::DateForm { columns: distinct.iter().map(named).collect::<Vec<_>>().join(", "), options })
}

/// A pattern has spaces.
fn quoted(form: &str) -> String {
    if form.contains('%') { format!("'{form}'") } else { form.to_owned() }
}

/// Reasons for which a look at a file's first rows ends.
enum End {
    Enough,
    Failed(Error),
}

impl From<Error> for End {
    fn from(cause: Error) -> Self {
        End::Failed(cause)
    }
}

/// Looks at the first rows of text columns of dates: a form that cannot be read is an option that is missing, not a million
/// bad rows.
fn unread_dates_of(file: &InputFile, options: &DecodeOptions) -> Result<Vec<Unread>, Error> {
    let mut found = Vec::new();
    if file.text_dates.is_empty() || file.groups.is_empty() {
        return Ok(found);
    }
    let dated = |name: &str| file.text_dates.iter().any(|column| column == name);
    let looked = file.read(0, dated, |batch| {
        for column in file.table.contract().columns.iter().filter(|column| dated(&column.name)) {
            let Some(array) = batch.column_by_name(&column.name) else { continue };
            if let Some(form) = unread_dates(column, array, options).map_err(Error::from)? {
                let (table, column) = (file.table, column.name.clone());
                found.push(Unread { table, file: file_name(&file.path), column, form });
            }
        }
        Err(End::Enough)
    });
    match looked {
        Ok(()) | Err(End::Enough) => Ok(found),
        Err(End::Failed(cause)) => Err(cause),
    }
}
