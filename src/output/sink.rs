//! One Parquet file, whose bytes depend on its rows alone.

use super::dictionary_chunk::DictionaryChunk;
use super::piece::{Piece, PieceColumn};
use super::text_chunk::TextChunk;
use crate::encryption;
use crate::error::Error;
use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zstd::bulk::Compressor;

/// Rows of a page: pages end at multiples of it and nowhere else, so that bytes depend on rows alone, however they come.
pub(super) const ROWS_A_PAGE: usize = 16_384;
pub(super) const ROWS_A_GROUP: usize = 8 * ROWS_A_PAGE;

/// A Parquet file as it is written.
pub struct Sink {
    path: PathBuf,
    file: SerializedFileWriter<File>,
    schema: Arc<Schema>,
    factory: ArrowRowGroupWriterFactory,
    /// Kept, since what it works in takes longer to be had than most chunks take to be packed.
    compressor: Compressor<'static>,
    /// The columns of the row group that grows; none before its first row.
    columns: Vec<Column>,
    rows: u64,
}

/// One column of a row group.
enum Column {
    Repeating(Box<DictionaryChunk>),
    Unique(Box<TextChunk>),
    Other(Box<ArrowColumnWriter>),
}

/// Whether the texts of a column hardly repeat.
fn is_unique(name: &str) -> bool {
    let id = name.ends_with("_id") && name != "encounter_id";
    id || name.ends_with("_ids") || matches!(name, "claim_lines" | "evidence")
}

/// Whether the values of a column repeat: words, amounts and days do, ids and times of day do not.
fn repeats(field: &Field) -> bool {
    match field.data_type() {
        DataType::Utf8 => !is_unique(field.name()),
        other => matches!(other, DataType::Int64 | DataType::Int32 | DataType::Date32),
    }
}

/// Whether rows of one value stand together: results stand encounter by encounter.
fn is_grouped(field: &Field) -> bool {
    field.name() == "encounter_id"
}

/// Whether row groups tell the least and the most value of a column, so that a reader can leave some out: nothing that reads
/// these tables asks for those of words, of which every row group holds them all.
fn is_bounded(field: &Field) -> bool {
    *field.data_type() != DataType::Utf8 || matches!(field.name().as_str(), "encounter_id" | "month")
}

/// How tables are written.
fn properties(schema: &Schema) -> WriterPropertiesBuilder {
    // Pages end where `write` ends them.
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_data_page_row_count_limit(ROWS_A_PAGE)
        .set_data_page_size_limit(usize::MAX)
        .set_dictionary_page_size_limit(usize::MAX)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_created_by("infusion-audit".to_owned());
    for field in schema.fields() {
        let column = ColumnPath::from(field.name().as_str());
        if !is_bounded(field) {
            properties = properties.set_column_statistics_enabled(column.clone(), EnabledStatistics::None);
        }
        // What hardly repeats gains nothing from a dictionary.
        let encoding = match field.data_type() {
            DataType::Utf8 if is_unique(field.name()) => Encoding::DELTA_BYTE_ARRAY,
            DataType::Timestamp(..) => Encoding::DELTA_BINARY_PACKED,
            _ => continue,
        };
        properties =
            properties.set_column_dictionary_enabled(column.clone(), false).set_column_encoding(column, encoding);
    }
    properties
}

impl Sink {
    /// Opens `folder/name`, readable by its owner alone.
    ///
    /// # Errors
    /// A file that cannot be created.
    pub fn create(folder: &Path, name: &str, schema: Arc<Schema>) -> Result<Self, Error> {
        let path = folder.join(name);
        let file = super::folder::create_private(&path)?;
        let open = || {
            let mut properties = encryption::protect(properties(&schema))?.build();
            add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
            let root = ArrowSchemaConverter::new().convert(&schema)?.root_schema_ptr();
            SerializedFileWriter::new(file, root, Arc::new(properties))
        };
        let file = open().map_err(|cause| Error::unwritable(&path, cause))?;
        let factory = ArrowRowGroupWriterFactory::new(&file, schema.clone());
        let compressor = Compressor::new(ZstdLevel::default().compression_level())
            .map_err(|cause| Error::unwritable(&path, cause))?;
        Ok(Self { path, file, schema, factory, compressor, columns: Vec::new(), rows: 0 })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub fn write(&mut self, piece: &Piece) -> Result<(), Error> {
        let mut start = 0;
        while start < piece.rows() {
            let of_page = usize::try_from(self.rows % ROWS_A_PAGE as u64).unwrap_or(0);
            let rows = (ROWS_A_PAGE - of_page).min(piece.rows() - start);
            self.append(piece, start..start + rows).map_err(|cause| Error::unwritable(&self.path, cause))?;
            start += rows;
        }
        Ok(())
    }

    fn append(&mut self, piece: &Piece, rows: Range<usize>) -> Result<(), ParquetError> {
        if self.columns.is_empty() {
            self.begin_group()?;
        }
        for ((column, field), values) in self.columns.iter_mut().zip(self.schema.fields()).zip(&piece.columns) {
            let values = match (&mut *column, values) {
                (Column::Repeating(chunk), PieceColumn::Words(words)) => {
                    chunk.append_words(words, rows.clone());
                    continue;
                }
                (_, PieceColumn::Words(words)) => words.array(rows.clone()),
                (_, PieceColumn::Array(values)) => values.slice(rows.start, rows.len()),
            };
            match column {
                Column::Repeating(chunk) => chunk.append(&values)?,
                Column::Unique(chunk) => chunk.append(values.as_string(), &mut self.compressor)?,
                Column::Other(writer) => {
                    compute_leaves(field, &values)?.iter().try_for_each(|leaf| writer.write(leaf))?;
                }
            }
        }
        self.rows += rows.len() as u64;
        if self.rows.is_multiple_of(ROWS_A_GROUP as u64) { self.end_group() } else { Ok(()) }
    }

    fn begin_group(&mut self) -> Result<(), ParquetError> {
        // Pages can be encrypted by the library alone.
        let plain = encryption::writing().is_none();
        let writers = self.factory.create_column_writers(self.file.flushed_row_groups().len())?;
        let descriptors = self.file.schema_descr().columns().iter();
        let columns = self.schema.fields().iter().zip(writers).zip(descriptors).map(|((field, writer), descriptor)| {
            let descriptor = descriptor.clone();
            match field.data_type() {
                _ if !plain => Column::Other(Box::new(writer)),
                _ if repeats(field) => {
                    let chunk = DictionaryChunk::new(descriptor, is_bounded(field), is_grouped(field));
                    Column::Repeating(Box::new(chunk))
                }
                DataType::Utf8 => Column::Unique(Box::new(TextChunk::new(descriptor))),
                _ => Column::Other(Box::new(writer)),
            }
        });
        self.columns = columns.collect();
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for column in self.columns.drain(..) {
            let (bytes, close) = match column {
                Column::Repeating(chunk) => chunk.close(&mut self.compressor)?,
                Column::Unique(chunk) => chunk.close(&mut self.compressor)?,
                Column::Other(writer) => {
                    writer.close()?.append_to_row_group(&mut group)?;
                    continue;
                }
            };
            group.append_column(&bytes, close)?;
        }
        group.close().map(|_| ())
    }

    /// Writes what is left and the footer, and waits for the disk. Out: the rows written.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub fn finish(self) -> Result<u64, Error> {
        let rows = self.rows;
        let (path, file) = self.close()?;
        file.sync_all().map_err(|cause| Error::unwritable(&path, cause))?;
        Ok(rows)
    }

    /// Writes what is left and the footer. Out: the file, which may not be on the disk yet.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub(crate) fn close(mut self) -> Result<(PathBuf, File), Error> {
        let last = if self.columns.is_empty() { Ok(()) } else { self.end_group() };
        let file = last.and_then(|()| self.file.into_inner()).map_err(|cause| Error::unwritable(&self.path, cause))?;
        Ok((self.path, file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, ArrayRef, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray};
    use arrow::compute::concat_batches;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn rows(count: usize) -> RecordBatch {
        let words = |every: usize, of: &'static [&'static str]| -> ArrayRef {
            let text = move |at: usize| (!at.is_multiple_of(every)).then(|| of[at / 7 % of.len()]);
            Arc::new((0..count).map(text).collect::<StringArray>())
        };
        let ids = |name: &str, each: usize| -> ArrayRef {
            Arc::new((0..count).map(|at| Some(format!("{name}{:07}", at / each))).collect::<StringArray>())
        };
        let number = |at: usize| (at % 11 != 3).then_some(at as i64 * at as i64 % 97 - 48);
        // Nothing, short and long texts, and such as share much, all or nothing with those before.
        let evidence = |at: usize| {
            let text = format!("{}{:x}", "{\"minutes\": ".repeat(at % 5), at * at % 1_000);
            (!at.is_multiple_of(13)).then(|| if at % 501 == 7 { text.repeat(300) } else { text })
        };
        RecordBatch::try_from_iter_with_nullable([
            ("encounter_id", ids("E", 7), true),
            ("claim_id", ids("C", 3), true),
            ("evidence", Arc::new((0..count).map(evidence).collect::<StringArray>()) as ArrayRef, true),
            ("status", words(5, &["agreed", "missing", "extra", "größer"]), true),
            ("nothing", Arc::new(StringArray::new_null(count)) as ArrayRef, true),
            ("always", words(usize::MAX, &["yes"]), true),
            ("cents", Arc::new((0..count).map(number).collect::<Int64Array>()) as ArrayRef, true),
            ("small", Arc::new((0..count).map(|at| Some(at as i32 % 3)).collect::<Int32Array>()) as ArrayRef, true),
            (
                "day",
                Arc::new((0..count).map(|at| Some(at as i32 / 500 - 9)).collect::<Date32Array>()) as ArrayRef,
                true,
            ),
        ])
        .unwrap()
    }

    /// Writes rows in steps of some length; out: the file.
    fn written(rows: &RecordBatch, step: usize) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = Sink::create(folder.path(), "t.parquet", rows.schema()).unwrap();
        for start in (0..rows.num_rows()).step_by(step) {
            sink.write(&Piece::from(&rows.slice(start, step.min(rows.num_rows() - start)))).unwrap();
        }
        assert_eq!(sink.finish().unwrap(), rows.num_rows() as u64);
        std::fs::read(folder.path().join("t.parquet")).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_its_bytes_depend_on_the_rows_alone() {
        // More than a row group, and a last page that is not full.
        for count in [0, 1, 20_000, ROWS_A_GROUP + 5_001] {
            let rows = rows(count);
            let file = written(&rows, 8_192);
            assert_eq!(written(&rows, 5_003), file);
            assert_eq!(written(&rows, usize::MAX / 2), file);
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file)).unwrap();
            let groups = reader.metadata().num_row_groups();
            assert_eq!(groups, count.div_ceil(ROWS_A_GROUP));
            let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
            assert_eq!(concat_batches(&rows.schema(), &batches).unwrap(), rows);
            assert_eq!(rows.column_by_name("nothing").unwrap().null_count(), count);
        }
    }
}
