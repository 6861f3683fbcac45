//! Tables in the order of encounters, read one encounter at a time and passed on in long pieces.

use crate::error::Error;
use crate::guard::guarded;
use crate::interrupt;
use crate::run::reader;
use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// Rows of files that follow one another, sorted by encounter.
pub(super) struct Cursor {
    files: VecDeque<PathBuf>,
    reader: Option<ParquetRecordBatchReader>,
    batch: Option<(RecordBatch, StringArray)>,
    row: usize,
}

/// Rows as stretches of batches.
#[derive(Default)]
pub(super) struct Pieces {
    stretches: Vec<(RecordBatch, usize, usize)>,
    pub rows: usize,
}

impl Pieces {
    pub(super) fn push(&mut self, batch: &RecordBatch, start: usize, rows: usize) {
        if rows == 0 {
            return;
        }
        self.rows += rows;
        if let Some((last, from, length)) = self.stretches.last_mut()
            && last.num_columns() > 0
            && Arc::ptr_eq(last.column(0), batch.column(0))
            && *from + *length == start
        {
            *length += rows;
            return;
        }
        self.stretches.push((batch.clone(), start, rows));
    }

    /// The rows as one batch; nothing is left here.
    pub(super) fn finish(&mut self, schema: &Arc<Schema>) -> Result<RecordBatch, Error> {
        self.rows = 0;
        let slices: Vec<RecordBatch> = std::mem::take(&mut self.stretches)
            .into_iter()
            .map(|(batch, start, rows)| batch.slice(start, rows))
            .collect();
        Ok(concat_batches(schema, &slices)?)
    }

    pub(super) fn stretches(&self) -> impl Iterator<Item = RecordBatch> + '_ {
        self.stretches.iter().map(|(batch, start, rows)| batch.slice(*start, *rows))
    }
}

impl Cursor {
    pub(super) fn new(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { files: files.into_iter().collect(), reader: None, batch: None, row: 0 }
    }

    /// Makes a row current, if there is one.
    fn advance(&mut self) -> Result<bool, Error> {
        loop {
            if self.batch.as_ref().is_some_and(|(batch, _)| self.row < batch.num_rows()) {
                return Ok(true);
            }
            self.batch = None;
            if let Some(reader) = &mut self.reader {
                interrupt::check()?;
                let damaged = || Error::Table("a table of the state is damaged".to_owned());
                if let Some(batch) = guarded(|| reader.next()).ok_or_else(damaged)? {
                    let batch = batch?;
                    let ids = batch.column_by_name("encounter_id").and_then(|ids| ids.as_string_opt::<i32>()).cloned();
                    let ids = ids.ok_or_else(|| Error::Table("a table of the state names no encounters".to_owned()))?;
                    self.row = 0;
                    self.batch = Some((batch, ids));
                    continue;
                }
                self.reader = None;
            }
            let Some(path) = self.files.pop_front() else { return Ok(false) };
            let file = File::open(&path).map_err(|cause| Error::unreadable(&path, cause))?;
            let reader = reader(file)
                .and_then(|builder| builder.with_batch_size(8_192).build())
                .map_err(|cause| Error::NotParquet { file: path.display().to_string(), cause: cause.to_string() })?;
            self.reader = Some(reader);
        }
    }

    /// The encounter of the current row.
    pub(super) fn peek(&mut self) -> Result<Option<&str>, Error> {
        if !self.advance()? {
            return Ok(None);
        }
        Ok(self.batch.as_ref().map(|(_, ids)| ids.value(self.row)))
    }

    /// Passes on all rows of an encounter, if its are the current ones.
    pub(super) fn take(&mut self, id: &str, pieces: &mut Pieces) -> Result<(), Error> {
        while self.advance()? {
            let Some((batch, ids)) = &self.batch else { return Ok(()) };
            let rows = (self.row..batch.num_rows()).take_while(|row| ids.value(*row) == id).count();
            if rows == 0 {
                return Ok(());
            }
            pieces.push(batch, self.row, rows);
            self.row += rows;
        }
        Ok(())
    }
}
