//! The files that grow while the sweep goes on.

use crate::error::Error;
use crate::output::{Sink, create_private, layouts};
use crate::report::{Report, header};
use arrow::array::RecordBatch;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What one bucket adds to one file.
pub(super) enum Piece {
    Table(RecordBatch),
    Text(Vec<u8>),
}

/// One file of the run.
pub(super) enum Output {
    Table(Box<Sink>),
    Text(PathBuf, BufWriter<File>),
}

/// Opens every output, in the order of the pieces: the tables, then the reports' rows as text. Done before the long
/// work, so that a bad path fails in the first second.
pub(super) fn create(folder: &Path) -> Result<Vec<Mutex<Output>>, Error> {
    let mut outputs = Vec::new();
    for (name, schema) in layouts() {
        outputs.push(Mutex::new(Output::Table(Box::new(Sink::create(folder, name, schema)?))));
    }
    for report in Report::ALL {
        let path = folder.join(format!("{}.csv", report.file_stem()));
        let mut file = BufWriter::new(create_private(&path)?);
        file.write_all(&header()?).map_err(|cause| Error::unwritable(&path, cause))?;
        outputs.push(Mutex::new(Output::Text(path, file)));
    }
    Ok(outputs)
}

impl Output {
    pub(super) fn write(&mut self, piece: Piece) -> Result<(), Error> {
        match (self, piece) {
            (Output::Table(sink), Piece::Table(batch)) if batch.num_rows() > 0 => sink.write(batch),
            (Output::Text(path, file), Piece::Text(text)) => {
                file.write_all(&text).map_err(|cause| Error::unwritable(path, cause))
            }
            _ => Ok(()),
        }
    }

    /// Writes what is left; the file is on disk then.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self {
            Output::Table(sink) => sink.finish().map(drop),
            Output::Text(path, file) => {
                let failed = |cause: std::io::Error| Error::unwritable(&path, cause);
                let file = file.into_inner().map_err(|cause| failed(cause.into_error()))?;
                file.sync_all().map_err(failed)
            }
        }
    }
}
