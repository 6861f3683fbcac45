//! Datasets: which files, their footers and digests, and their row groups as tasks.

mod find;
mod nesting;
mod open;
mod pages;
mod sniff;

use crate::encryption;
use crate::error::{Error, file_name, is_of_keys};
use crate::guard::guarded;
use crate::interrupt;
use crate::schema::{Contract, Table};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
pub use find::{find, left_out};
pub use open::open_all;
use pages::Pages;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Encoding, EncodingMask, Type as PhysicalType};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows decoded at a time: large enough to be worth a call, small enough to stay in cache.
const BATCH_ROWS: usize = 4_096;

/// Column chunks whose footers stay in memory, where each takes a kilobyte or two. Beyond it, files of few row groups have
/// theirs read again when it is their turn, so that years of months or ten thousand small files cost no more memory than one.
const KEPT_CHUNKS: usize = 8_192;
const FEW_ROW_GROUPS: usize = 16;

/// Bytes that one column of one row group may unpack to: a bomb claims more, and no extract comes near.
const MOST_UNPACKED: i64 = 4 << 30;

/// What is said of a file on which the Parquet library itself fails.
const DAMAGED: &str = "a page of it is damaged beyond reading";

/// One input file, its footer read and its columns checked.
#[derive(Debug)]
pub struct InputFile {
    pub table: Table,
    pub path: PathBuf,
    pub bytes: u64,
    pub modified: Option<std::time::SystemTime>,
    pub rows: u64,
    pub unknown_columns: Vec<String>,
    /// Date and time columns that hold text.
    text_dates: Vec<String>,
    /// The column of codes holds numbers, so that codes with a letter cannot be in it.
    pub integer_codes: bool,
    /// Which columns of the contract the file has, by their place in it.
    pub columns: u64,
    /// Values that columns lack, by their place in the contract, as far as the footer tells.
    nulls: Box<[(u8, u64)]>,
    groups: Vec<RowGroup>,
    metadata: Option<Arc<ParquetMetaData>>,
}

/// What the footer says of one row group.
#[derive(Debug, Clone)]
struct RowGroup {
    /// Row of the file at which it begins.
    first_row: u64,
    rows: u64,
    /// No encounter id of the group sorts below this.
    least_id: Box<[u8]>,
}

/// One row group of one file.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub file: usize,
    pub row_group: usize,
    /// Row of the file at which the group begins.
    pub first_row: u64,
    pub rows: u64,
}

/// What stops a run at a file that the library does not read.
fn broken(path: &Path, cause: String) -> Error {
    let file = path.display().to_string();
    if is_of_keys(&cause) {
        return Error::Encrypted { file, cause };
    }
    match sniff::what_it_is(path) {
        Some(what) => Error::OtherFormat { file, what },
        None => Error::NotParquet { file, cause },
    }
}

/// The least encounter id of a row group, as far as its footer tells; empty where it does not.
fn least_id(contract: &Contract, group: &RowGroupMetaData) -> Box<[u8]> {
    let is_id = |column: &&ColumnChunkMetaData| {
        let name = column.column_path().string();
        contract.canonical(&name) == Some("encounter_id") && column.column_type() == PhysicalType::BYTE_ARRAY
    };
    // The bounds of ids that are numbers are no text.
    let column = group.columns().iter().find(is_id);
    // Old writers compared text as signed bytes.
    let statistics = column.and_then(|column| column.statistics()).filter(|found| !found.is_min_max_deprecated());
    let least = statistics.and_then(|found| found.min_bytes_opt()).unwrap_or_default();
    // An id loses the blanks around it, and may sort lower without them; what is not plain text bounds nothing.
    let plain = least.iter().all(u8::is_ascii_graphic);
    if plain { least.into() } else { Box::default() }
}

/// Values that columns lack, by their place in the contract, of those of which a footer tells it.
fn nulls(contract: &Contract, metadata: &ParquetMetaData) -> Box<[(u8, u64)]> {
    let mut nulls: BTreeMap<u8, u64> = BTreeMap::new();
    for chunk in metadata.row_groups().iter().flat_map(RowGroupMetaData::columns) {
        let name = chunk.column_path().string();
        let place =
            || contract.columns.iter().position(|column| Some(column.name.as_str()) == contract.canonical(&name));
        let count = chunk.statistics().and_then(|found| found.null_count_opt());
        if let Some((count, place)) = count.and_then(|count| Some((count, u8::try_from(place()?).ok()?))) {
            *nulls.entry(place).or_default() += count;
        }
    }
    nulls.into_iter().collect()
}

impl InputFile {
    fn column_chunks(&self) -> usize {
        self.metadata.as_ref().map_or(0, |metadata| {
            metadata.row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_columns).sum()
        })
    }

    /// Values that the columns of the contract lack, as far as the footer tells.
    #[must_use]
    pub fn nulls(&self) -> BTreeMap<String, u64> {
        let columns = &self.table.contract().columns;
        let of = |(at, count): &(u8, u64)| Some((columns.get(usize::from(*at))?.name.clone(), *count));
        self.nulls.iter().filter_map(of).collect()
    }

    /// True if the file has rows and no value in any of them, as far as the footer tells.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let counted: u64 = self.nulls.iter().map(|(at, _)| 1 << at).sum();
        self.rows > 0 && counted == self.columns && self.nulls.iter().all(|(_, nulls)| *nulls == self.rows)
    }

    /// Whether the file has a column of the contract.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        let place = self.table.contract().columns.iter().position(|column| column.name == name);
        place.is_some_and(|at| self.columns >> at & 1 == 1)
    }

    /// The name without folders.
    #[must_use]
    pub fn name(&self) -> String {
        file_name(&self.path)
    }

    #[must_use]
    pub fn row_groups(&self) -> usize {
        self.groups.len()
    }

    /// No encounter id of a row group sorts below this.
    #[must_use]
    pub fn least_id(&self, row_group: usize) -> &[u8] {
        self.groups.get(row_group).map_or(&[], |group| &group.least_id)
    }

    /// The row group in which a row of the file stands.
    #[must_use]
    pub fn row_group_of(&self, row: u64) -> usize {
        self.groups.partition_point(|group| group.first_row + group.rows <= row)
    }

    /// The file's row groups as tasks; `file` is its index among the inputs.
    pub fn tasks(&self, file: usize) -> impl Iterator<Item = Task> + '_ {
        let groups = self.groups.iter().enumerate();
        groups.map(move |(row_group, group)| Task { file, row_group, first_row: group.first_row, rows: group.rows })
    }

    fn broken(&self, cause: impl std::fmt::Display) -> Error {
        broken(&self.path, cause.to_string())
    }

    /// Decodes columns of the contract from one row group, batch by batch: those for which `wanted` says so and which
    /// hold anything. Text that the file keeps as a dictionary stays one.
    ///
    /// # Errors
    /// A page that does not decode; what `each` returns.
    pub fn read<E: From<Error>>(
        &self,
        row_group: usize,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let file = File::open(&self.path).map_err(|cause| Error::unreadable(&self.path, cause))?;
        let metadata = match &self.metadata {
            Some(metadata) => metadata.clone(),
            None => encryption::reader_options()
                .and_then(|keys| ArrowReaderMetadata::load(&file, keys))
                .map_err(|cause| self.broken(cause))?
                .metadata()
                .clone(),
        };
        let group = metadata.row_groups().get(row_group).ok_or_else(|| self.broken("a row group is gone"))?;
        let plain = ArrowReaderMetadata::try_new(metadata.clone(), ArrowReaderOptions::default())
            .map_err(|cause| self.broken(cause))?;
        let contract = self.table.contract();
        let names = contract.with_canonical_names(plain.schema());
        let required =
            |name: &str| contract.columns.iter().find(|column| column.name == name).map(|column| column.required);
        let is_list = |name: &str| contract.modifier_list.as_deref() == Some(name);
        let mut roots = Vec::new();
        let mut renamed: Vec<Arc<str>> = Vec::new();
        let mut fields: Vec<Arc<Field>> = Vec::new();
        for (at, field) in plain.schema().fields().iter().enumerate() {
            let mut field = field.clone();
            let name = names.field(at).name().as_str();
            let chunk = group.columns().iter().find(|chunk| chunk.column_path().parts() == [field.name().clone()]);
            let empty = chunk.is_some_and(|chunk| {
                chunk.statistics().and_then(|found| found.null_count_opt()) == Some(group.num_rows().unsigned_abs())
            });
            let Some(required) = required(name).or(is_list(name).then_some(false)) else {
                fields.push(field);
                continue;
            };
            // A required column is read even when it is empty, for its rows go to quarantine.
            if wanted(name) && (required || !empty) {
                roots.push(at);
                renamed.push(name.into());
                if chunk.is_some_and(is_dictionary) && is_text(field.data_type()) {
                    let like = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                    field = Arc::new(field.as_ref().clone().with_data_type(like));
                }
            }
            fields.push(field);
        }
        if roots.is_empty() {
            return Ok(());
        }
        let hint = ArrowReaderOptions::default().with_schema(Arc::new(Schema::new(fields)));
        // A hint that this reader does not take costs the dictionaries, never the run.
        let metadata = ArrowReaderMetadata::try_new(metadata.clone(), hint).unwrap_or(plain);
        let pages = Pages::of(file).map_err(|cause| Error::unreadable(&self.path, cause))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(pages, metadata);
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let builder = builder.with_projection(mask).with_row_groups(vec![row_group]).with_batch_size(BATCH_ROWS);
        let reader = guarded(|| builder.build()).ok_or_else(|| self.broken(DAMAGED))?;
        let mut reader = reader.map_err(|cause| self.broken(cause))?;
        while let Some(batch) = guarded(|| reader.next()).ok_or_else(|| self.broken(DAMAGED))? {
            interrupt::check()?;
            each(with_names(batch.map_err(|cause| self.broken(cause))?, &renamed)?)?;
        }
        Ok(())
    }

    /// SHA-256 of the file's bytes.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn digest(&self) -> Result<String, Error> {
        digest(&self.path)
    }

    /// Makes sure that nobody has written to the file since its footer was read.
    ///
    /// # Errors
    /// A file that has another size or time, or is gone.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let found = std::fs::metadata(&self.path).map_err(|cause| Error::unreadable(&self.path, cause))?;
        if found.len() == self.bytes && found.modified().ok() == self.modified {
            Ok(())
        } else {
            Err(Error::Changed { file: self.path.display().to_string() })
        }
    }
}

/// SHA-256 of a file's bytes.
///
/// # Errors
/// A file that cannot be read; a signal that asked to stop.
pub fn digest(path: &Path) -> Result<String, Error> {
    let mut file = File::open(path).map_err(|cause| Error::unreadable(path, cause))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        interrupt::check()?;
        let read = file.read(&mut buffer).map_err(|cause| Error::unreadable(path, cause))?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A batch with these names of its columns; the batch itself where it has them.
fn with_names(batch: RecordBatch, names: &[Arc<str>]) -> Result<RecordBatch, Error> {
    let schema = batch.schema();
    if schema.fields().iter().zip(names).all(|(field, name)| **field.name() == **name) {
        return Ok(batch);
    }
    let named = schema.fields().iter().zip(names).map(|(field, name)| field.as_ref().clone().with_name(&**name));
    let schema = Arc::new(Schema::new(named.collect::<Vec<_>>()));
    Ok(RecordBatch::try_new(schema, batch.columns().to_vec())?)
}

fn is_text(of: &DataType) -> bool {
    matches!(of, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether every data page of a column chunk holds keys of its dictionary.
pub(crate) fn is_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    #[allow(deprecated, reason = "what the first version of the format called its dictionary keys")]
    let keyed = [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY];
    let only = |pages: &EncodingMask| keyed.iter().any(|encoding| pages.is_only(*encoding));
    chunk.dictionary_page_offset().is_some() && chunk.page_encoding_stats_mask().is_some_and(only)
}
/// What stands for the name of a file, by its place among all, where names are not to be told.
#[must_use]
pub fn nameless(at: usize) -> String {
    format!("file {}", at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::DecodeOptions;

    #[test]
    fn a_footer_that_is_not_kept_is_read_again_and_what_it_told_stands() {
        let files = find("--claims", "sample_data/claims").unwrap();
        let files: Vec<(Table, PathBuf)> = files.into_iter().map(|path| (Table::Claims, path)).collect();
        for mut file in open_all(&files, &DecodeOptions::default()).unwrap() {
            let modifiers = |file: &InputFile| {
                let (mut rows, mut missing) = (0, 0);
                for group in 0..file.row_groups() {
                    file.read::<Error>(
                        group,
                        |name| name == "modifier_1",
                        |batch| {
                            rows += batch.num_rows() as u64;
                            missing += batch.column(0).logical_null_count() as u64;
                            Ok(())
                        },
                    )
                    .unwrap();
                }
                (rows, missing)
            };
            let (rows, missing) = modifiers(&file);
            assert!(rows == file.rows && missing > 0 && missing < rows);
            assert_eq!(file.nulls().get("modifier_1"), Some(&missing));
            file.metadata = None;
            assert_eq!(modifiers(&file), (rows, missing));
            assert_eq!(file.nulls().get("modifier_1"), Some(&missing));
        }
    }
}
