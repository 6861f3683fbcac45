//! The file behind rows that memory has no room for.

use super::room::Room;
use crate::encryption::{self, Sealer};
use crate::error::{Error, WriteCause};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// Bytes a second at which a disk takes blocks faster than they are packed.
const FAST: u64 = 300 << 20;

/// Bytes from which its speed can be told.
const ENOUGH: u64 = 64 << 20;

/// A block of the file.
#[derive(Debug)]
pub(super) struct Extent {
    at: u64,
    stored: u32,
    /// Its length before it was packed; `None` where it was not.
    packed_from: Option<u32>,
}

/// A file without a name: the operating system removes it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct SpillFile {
    folder: PathBuf,
    /// With what its blocks are sealed by, where inputs or outputs are encrypted.
    file: OnceLock<(File, Option<Sealer>)>,
    room: Room,
    /// Bytes written so far.
    written: AtomicU64,
    /// Microseconds that writing took.
    writing: AtomicU64,
    /// There was no room for blocks as they are.
    tight: AtomicBool,
    opening: Mutex<()>,
}

impl SpillFile {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            file: OnceLock::new(),
            room: Room::default(),
            written: AtomicU64::new(0),
            writing: AtomicU64::new(0),
            tight: AtomicBool::new(false),
            opening: Mutex::new(()),
        }
    }

    fn failed(&self, cause: impl WriteCause) -> Error {
        Error::spill(&self.folder, cause)
    }

    /// Opened when it is first needed.
    fn file(&self) -> Result<&(File, Option<Sealer>), Error> {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = tempfile::tempfile_in(&self.folder).map_err(|cause| self.failed(cause))?;
        let sealer = if encryption::in_use() { Some(Sealer::new()?) } else { None };
        Ok(self.file.get_or_init(|| (file, sealer)))
    }

    /// Makes sure, before the first block, that the disk has room for `needed` bytes, packed if it must be: `packed` is what
    /// a first block takes in hundredths.
    pub(super) fn look_for_room(&self, needed: u64, packed: impl FnOnce() -> u64) -> Result<(), Error> {
        if self.file.get().is_some() {
            return Ok(());
        }
        let free = free_bytes(&self.folder).map_err(|cause| self.failed(cause))?;
        // As they are, blocks shall not take what others may need.
        if free / 2 < needed {
            self.tight.store(true, Ordering::Relaxed);
            let needed = u64::try_from(u128::from(needed) * u128::from(packed()) / 100).unwrap_or(u64::MAX);
            if free < needed {
                return Err(Error::SpillSpace { path: self.folder.display().to_string(), needed, free });
            }
        }
        Ok(())
    }

    /// Whether blocks are to be packed: the disk has little room, or takes them so slowly that packing pays.
    pub(super) fn packs(&self) -> bool {
        let (written, micros) = (self.written.load(Ordering::Relaxed), self.writing.load(Ordering::Relaxed).max(1));
        let slow = written >= ENOUGH && u128::from(written) * 1_000_000 / u128::from(micros) < u128::from(FAST);
        slow || self.tight.load(Ordering::Relaxed)
    }

    /// Writes a block; out: where it lies.
    pub(super) fn append(&self, block: &[u8], packs: bool) -> Result<Extent, Error> {
        let (file, sealer) = self.file()?;
        let packed = packs.then(|| lz4_flex::block::compress(block));
        let sealed = match sealer {
            Some(sealer) => Some(sealer.seal(packed.as_deref().unwrap_or(block).to_vec())?),
            None => None,
        };
        let bytes = sealed.as_deref().or(packed.as_deref()).unwrap_or(block);
        let at = self.room.take(bytes.len() as u64);
        let clock = Instant::now();
        write_at(file, bytes, at).map_err(|cause| self.failed(cause))?;
        self.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.writing.fetch_add(u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(Extent { at, stored: bytes.len() as u32, packed_from: packed.map(|_| block.len() as u32) })
    }

    /// Reads a block back, into what `buffer` gives for so many bytes.
    pub(super) fn read(&self, extent: &Extent, buffer: impl FnOnce(usize) -> Vec<u8>) -> Result<Vec<u8>, Error> {
        let (file, sealer) = self.file()?;
        let mut stored = buffer(extent.stored as usize);
        read_at(file, &mut stored, extent.at).map_err(|cause| self.failed(cause))?;
        if let Some(sealer) = sealer {
            let opened = sealer
                .unseal(&mut stored)
                .ok_or_else(|| self.failed(std::io::Error::other("a block of it was changed")))?;
            stored = opened.to_vec();
        }
        match extent.packed_from {
            None => Ok(stored),
            Some(raw) => lz4_flex::block::decompress(&stored, raw as usize)
                .map_err(|cause| self.failed(std::io::Error::other(cause))),
        }
    }

    /// Gives up a block, whose place another may take.
    pub(super) fn give_up(&self, extent: Extent) {
        self.room.give_back(extent.at, u64::from(extent.stored));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_packed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = SpillFile::new(folder.path());
        file.look_for_room(1, || 100).unwrap();
        assert!(!file.packs());
        let blocks: Vec<Vec<u8>> = (0..40_u8).map(|at| vec![at; 1_000 * usize::from(at) + 1]).collect();
        let extents: Vec<Extent> = (0..)
            .zip(&blocks)
            .map(|(at, block)| {
                let extent = file.append(block, at % 2 == 0).unwrap();
                assert_eq!(extent.packed_from.is_some(), at % 2 == 0);
                extent
            })
            .collect();
        for (extent, block) in extents.into_iter().zip(&blocks) {
            assert_eq!(&file.read(&extent, |bytes| vec![0; bytes]).unwrap(), block);
            file.give_up(extent);
        }
        // Where all blocks were given up there is room for another.
        let length = file.file().unwrap().0.metadata().unwrap().len();
        file.append(&blocks[39], false).unwrap();
        assert_eq!(file.file().unwrap().0.metadata().unwrap().len(), length);
        // The file has no name.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn little_room_and_a_slow_disk_make_blocks_smaller() {
        let folder = tempfile::tempdir().unwrap();
        let free = free_bytes(folder.path()).unwrap();
        let file = SpillFile::new(folder.path());
        file.look_for_room(free / 4 * 3, || 40).unwrap();
        assert!(file.packs());
        let told = SpillFile::new(folder.path()).look_for_room(free * 4, || 40).unwrap_err();
        assert!(
            matches!(told, Error::SpillSpace { needed, .. } if needed == u64::try_from(u128::from(free) * 160 / 100).unwrap())
        );
        let file = SpillFile::new(folder.path());
        file.written.store(ENOUGH, Ordering::Relaxed);
        file.writing.store(2_000_000, Ordering::Relaxed);
        assert!(file.packs());
        file.writing.store(1_000, Ordering::Relaxed);
        assert!(!file.packs());
    }
}
