//! Datasets: which files, their footers and digests, and their row groups as tasks.

use crate::error::{Error, file_name};
use crate::schema::Table;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Rows decoded at a time: large enough to spread over buckets, small enough to stay in cache.
const BATCH_ROWS: usize = 16_384;

/// One input file, its footer read and its columns checked.
#[derive(Debug)]
pub struct InputFile {
    pub table: Table,
    pub path: PathBuf,
    pub bytes: u64,
    pub rows: u64,
    pub unknown_columns: Vec<String>,
    metadata: ArrowReaderMetadata,
}

/// One row group of one file.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub file: usize,
    pub row_group: usize,
    /// Row of the file at which the group begins.
    pub first_row: u64,
}

/// The files of an option: every `.parquet` below a folder, or what a glob matches; in the order of their paths.
///
/// # Errors
/// A glob that is none, a folder that cannot be read, or nothing found.
pub fn find(option: &'static str, pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let path = Path::new(pattern);
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, &mut files)?;
    } else if path.is_file() {
        files.push(path.to_owned());
    } else {
        let matches = glob::glob(pattern).map_err(|cause| Error::BadGlob {
            option,
            pattern: pattern.to_owned(),
            cause: cause.to_string(),
        })?;
        for found in matches {
            let found = found.map_err(|cause| Error::unreadable(cause.path(), cause.error()))?;
            if found.is_dir() { walk(&found, &mut files)? } else { files.push(found) }
        }
    }
    files.sort();
    files.dedup();
    if files.is_empty() { Err(Error::NoFiles { option, path: pattern.to_owned() }) } else { Ok(files) }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder).map_err(|cause| Error::unreadable(folder, cause))? {
        let path = entry.map_err(|cause| Error::unreadable(folder, cause))?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
            files.push(path);
        }
    }
    Ok(())
}

impl InputFile {
    /// Reads a file's footer and checks its columns.
    ///
    /// # Errors
    /// A file that cannot be opened or is no whole Parquet file; a column that the contract does not take.
    pub fn open(table: Table, path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|cause| Error::unreadable(path, cause))?;
        let bytes = file.metadata().map_err(|cause| Error::unreadable(path, cause))?.len();
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())
            .map_err(|cause| Error::NotParquet { file: name.clone(), cause: cause.to_string() })?;
        let unknown_columns = table.contract().check(&name, metadata.schema())?;
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
        Ok(Self { table, path: path.to_owned(), bytes, rows, unknown_columns, metadata })
    }

    /// Whether the file has a column of this name.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        self.metadata.schema().field_with_name(name).is_ok()
    }

    /// The name without folders.
    #[must_use]
    pub fn name(&self) -> String {
        file_name(&self.path)
    }

    #[must_use]
    pub fn row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// The file's row groups as tasks; `file` is its index among the inputs.
    pub fn tasks(&self, file: usize) -> impl Iterator<Item = Task> + '_ {
        let mut first_row = 0;
        (0..self.row_groups()).map(move |row_group| {
            let task = Task { file, row_group, first_row };
            first_row += u64::try_from(self.metadata.metadata().row_group(row_group).num_rows()).unwrap_or(0);
            task
        })
    }

    /// Decodes the columns of the contract from one row group, batch by batch.
    ///
    /// # Errors
    /// A page that does not decode.
    pub fn read(
        &self,
        row_group: usize,
        mut each: impl FnMut(arrow::array::RecordBatch) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let broken = |cause: String| Error::NotParquet { file: self.path.display().to_string(), cause };
        // A handle of its own: cloned handles share their position.
        let file = File::open(&self.path).map_err(|cause| Error::unreadable(&self.path, cause))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let columns = &self.table.contract().columns;
        let fields = builder.schema().fields().iter().enumerate();
        let wanted = fields.filter(|(_, field)| columns.iter().any(|column| column.name == *field.name()));
        let roots: Vec<usize> = wanted.map(|(at, _)| at).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = builder
            .with_projection(mask)
            .with_row_groups(vec![row_group])
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|cause| broken(cause.to_string()))?;
        for batch in reader {
            each(batch.map_err(|cause| broken(cause.to_string()))?)?;
        }
        Ok(())
    }

    /// SHA-256 of the file's bytes.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn digest(&self) -> Result<String, Error> {
        let mut file = File::open(&self.path).map_err(|cause| Error::unreadable(&self.path, cause))?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer).map_err(|cause| Error::unreadable(&self.path, cause))?;
            if read == 0 {
                break;
            }
            digest.update(&buffer[..read]);
        }
        Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
