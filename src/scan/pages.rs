//! The pages of a file, each read where it lies.

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::Arc;

/// Bytes read for the header of a page: almost all are shorter.
const HEADER_BYTES: usize = 256;

/// A file of which pages are read. The library's own way with a file costs five calls to the system for a page: it clones the
/// handle and moves its position.
#[derive(Debug)]
pub(super) struct Pages {
    file: Arc<File>,
    bytes: u64,
}

/// The bytes of a file from some place on.
#[derive(Debug)]
pub(super) struct FromHere {
    file: Arc<File>,
    at: u64,
}

impl Pages {
    /// # Errors
    /// A file whose size cannot be told.
    pub(super) fn of(file: File) -> std::io::Result<Self> {
        let bytes = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), bytes })
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, at)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, at)
}

impl Read for FromHere {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = read_at(&self.file, bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Length for Pages {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Pages {
    type T = BufReader<FromHere>;

    fn get_read(&self, at: u64) -> Result<Self::T> {
        Ok(BufReader::with_capacity(HEADER_BYTES, FromHere { file: self.file.clone(), at }))
    }

    fn get_bytes(&self, at: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        let here = FromHere { file: self.file.clone(), at };
        let read = here.take(length as u64).read_to_end(&mut bytes)?;
        if read != length {
            return Err(ParquetError::EOF(format!("expected {length} bytes of a page, found {read}")));
        }
        Ok(bytes.into())
    }
}
