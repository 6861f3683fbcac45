//! The file behind rows that memory has no room for.

use crate::encryption::{self, Sealer};
use crate::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A block of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    at: u64,
    packed: u32,
    raw: u32,
}

/// A file without a name: the operating system removes it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct SpillFile {
    folder: PathBuf,
    /// With what its blocks are sealed by, where inputs or outputs are encrypted.
    file: OnceLock<(File, Option<Sealer>)>,
    end: AtomicU64,
    opening: Mutex<()>,
}

impl SpillFile {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), file: OnceLock::new(), end: AtomicU64::new(0), opening: Mutex::new(()) }
    }

    fn failed(&self, cause: impl std::fmt::Display) -> Error {
        Error::spill(&self.folder, cause)
    }

    /// Opened when it is first needed, once the disk is known to have room for `needed` bytes.
    fn file(&self, needed: u64) -> Result<&(File, Option<Sealer>), Error> {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let free = free_bytes(&self.folder).map_err(|cause| self.failed(cause))?;
        if free < needed {
            return Err(Error::SpillSpace { path: self.folder.display().to_string(), needed, free });
        }
        let file = tempfile::tempfile_in(&self.folder).map_err(|cause| self.failed(cause))?;
        let sealer = if encryption::in_use() { Some(Sealer::new()?) } else { None };
        Ok(self.file.get_or_init(|| (file, sealer)))
    }

    /// Writes blocks; out: where each lies.
    pub(super) fn append(&self, blocks: &[(usize, usize, usize, Vec<u8>)], needed: u64) -> Result<Vec<Extent>, Error> {
        let (file, sealer) = self.file(needed)?;
        let mut all = Vec::with_capacity(blocks.iter().map(|(.., block)| block.len()).sum());
        let mut extents = Vec::with_capacity(blocks.len());
        for (_, _, raw, block) in blocks {
            let at = all.len();
            match sealer {
                Some(sealer) => all.extend_from_slice(&sealer.seal(block.clone())?),
                None => all.extend_from_slice(block),
            }
            extents.push(Extent { at: at as u64, packed: (all.len() - at) as u32, raw: *raw as u32 });
        }
        let start = self.end.fetch_add(all.len() as u64, Ordering::Relaxed);
        extents.iter_mut().for_each(|extent| extent.at += start);
        write_at(file, &all, start).map_err(|cause| self.failed(cause))?;
        Ok(extents)
    }

    /// Reads a block back.
    pub(super) fn read(&self, extent: &Extent) -> Result<Vec<u8>, Error> {
        let (file, sealer) = self.file(0)?;
        let mut packed = vec![0; extent.packed as usize];
        read_at(file, &mut packed, extent.at).map_err(|cause| self.failed(cause))?;
        let packed = match sealer {
            Some(sealer) => sealer.unseal(&mut packed).ok_or_else(|| self.failed("a block of it was changed"))?,
            None => &packed,
        };
        lz4_flex::block::decompress(packed, extent.raw as usize).map_err(|cause| self.failed(cause))
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        bytes = &bytes[written..];
        at += written as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        at += read as u64;
    }
    Ok(())
}

/// Bytes that a user may still write to the disk of a folder.
///
/// # Errors
/// A folder that is not there.
pub fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    fs4::available_space(folder)
}
