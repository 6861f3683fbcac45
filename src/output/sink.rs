//! One Parquet file, written in batches of one fixed size so that its bytes depend on its rows alone.

use crate::encryption;
use crate::error::Error;
use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ROWS_AT_A_TIME: usize = 8_192;
const ROWS_A_GROUP: usize = 131_072;

/// A Parquet file as it is written.
pub struct Sink {
    path: PathBuf,
    writer: ArrowWriter<File>,
    coalescer: BatchCoalescer,
    rows: u64,
}

impl Sink {
    /// Opens `folder/name`, readable by its owner alone.
    ///
    /// # Errors
    /// A file that cannot be created.
    pub fn create(folder: &Path, name: &str, schema: Arc<Schema>) -> Result<Self, Error> {
        let path = folder.join(name);
        let file = super::folder::create_private(&path)?;
        // Names that hardly repeat gain nothing from a dictionary, and nothing that reads these tables asks for statistics
        // of single pages, nor for those of words, of which every row group holds them all.
        let names = schema.fields().iter().map(|field| field.name());
        let unique = names.filter(|name| name.ends_with("_id") || name.ends_with("_ids") || *name == "claim_lines");
        let plain = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::Chunk);
        let text = schema.fields().iter().filter(|field| *field.data_type() == DataType::Utf8);
        let words = text.map(|field| field.name()).filter(|name| !["encounter_id", "month"].contains(&name.as_str()));
        let plain = words.fold(plain, |all, name| {
            all.set_column_statistics_enabled(ColumnPath::from(name.as_str()), EnabledStatistics::None)
        });
        let properties = unique
            .fold(plain, |all, name| all.set_column_dictionary_enabled(ColumnPath::from(name.as_str()), false))
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROWS_A_GROUP))
            .set_created_by("infusion-audit".to_owned());
        let writer = encryption::protect(properties)
            .and_then(|properties| ArrowWriter::try_new(file, schema.clone(), Some(properties.build())))
            .map_err(|cause| Error::unwritable(&path, cause))?;
        Ok(Self { path, writer, coalescer: BatchCoalescer::new(schema, ROWS_AT_A_TIME), rows: 0 })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub fn write(&mut self, batch: RecordBatch) -> Result<(), Error> {
        self.rows += batch.num_rows() as u64;
        self.coalescer.push_batch(batch)?;
        self.drain()
    }

    fn drain(&mut self) -> Result<(), Error> {
        while let Some(batch) = self.coalescer.next_completed_batch() {
            self.writer.write(&batch).map_err(|cause| Error::unwritable(&self.path, cause))?;
        }
        Ok(())
    }

    /// Writes what is left and the footer. Out: the rows written.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.coalescer.finish_buffered_batch()?;
        self.drain()?;
        let file = self.writer.into_inner().map_err(|cause| Error::unwritable(&self.path, cause))?;
        file.sync_all().map_err(|cause| Error::unwritable(&self.path, cause))?;
        Ok(self.rows)
    }
}
