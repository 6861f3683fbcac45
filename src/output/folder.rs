//! The run folder: partial while the run goes on, published in one step.

use super::lock::FolderLock;
use super::log;
use super::shelf::{self, PARTIAL};
use super::syncing::Syncing;
use crate::error::Error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::path::{Path, PathBuf};

/// A run folder in the making; dropped unpublished, it vanishes.
#[derive(Debug)]
pub struct RunFolder {
    out: PathBuf,
    partial: PathBuf,
    published: bool,
    /// Until the run is published.
    syncing: Option<Syncing>,
    _lock: FolderLock,
}

/// Creates a file that its owner alone can read.
pub(crate) fn create_private(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|cause| Error::unwritable(path, cause))
}

/// Writes a new file that its owner alone can read, and waits for the disk.
pub(crate) fn write_private(path: &Path, contents: &[u8]) -> Result<(), Error> {
    write_unsynced(path, contents)?.sync_all().map_err(|cause| Error::unwritable(path, cause))
}

/// Writes such a file, which may not be on the disk yet.
fn write_unsynced(path: &Path, contents: &[u8]) -> Result<File, Error> {
    use std::io::Write;
    let mut file = create_private(path)?;
    file.write_all(contents).map_err(|cause| Error::unwritable(path, cause))?;
    Ok(file)
}

/// Creates a folder that its owner alone can enter, with those above it.
pub(crate) fn create_private_folder(path: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|cause| Error::unwritable_folder(path, cause))
}

/// Looks whether runs can be made in a folder: it can be written, nobody holds it, and its log is whole.
///
/// # Errors
/// What would stop a run.
pub fn check_folder(out: &Path) -> Result<(), Error> {
    let _lock = FolderLock::take(out)?;
    log::read_log(out)?;
    tempfile::tempfile_in(out).map(drop).map_err(|cause| Error::unwritable(out, cause))
}

impl RunFolder {
    /// Takes the folder of the runs for this process, mends what runs that died left there, and makes
    /// `out/.partial-<run id>`.
    ///
    /// # Errors
    /// An output folder that cannot be written, or in which another run writes.
    pub fn create(out: &Path, run_id: &str) -> Result<Self, Error> {
        let lock = FolderLock::take(out)?;
        shelf::mend(out)?;
        let partial = out.join(format!("{PARTIAL}{run_id}"));
        create_private_folder(&partial)?;
        let syncing = Syncing::begin().map_err(|cause| Error::unwritable(&partial, cause))?;
        Ok(Self { out: out.to_owned(), partial, published: false, syncing: Some(syncing), _lock: lock })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Writes a file of the folder, readable by its owner alone; it is on the disk once the run is published.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), Error> {
        let path = self.partial.join(name);
        let file = write_unsynced(&path, contents)?;
        self.sync_later(path, file);
        Ok(())
    }

    /// Lets a file that is written to its end go to the disk beside other work; publishing waits for it.
    pub(crate) fn sync_later(&self, path: PathBuf, file: File) {
        if let Some(syncing) = &self.syncing {
            syncing.add(path, file);
        }
    }

    /// Removes what was written so far.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn empty(&self) -> Result<(), Error> {
        let failed = |cause| Error::unwritable(&self.partial, cause);
        fs::remove_dir_all(&self.partial).map_err(failed)?;
        create_private_folder(&self.partial)
    }

    /// Publishes the folder as `out/<run id>`, in the place of an earlier run of the same id; enters it in the log, lets
    /// `latest` point to it, and removes the oldest runs beyond `keep`.
    ///
    /// # Errors
    /// A step that the file system refuses.
    pub fn publish(mut self, run_id: &str, keep: Option<usize>) -> Result<PathBuf, Error> {
        self.syncing.take().map_or(Ok(()), Syncing::finish)?;
        // Names of files must survive a power cut, not only their contents.
        File::open(&self.partial)
            .and_then(|folder| folder.sync_all())
            .map_err(|cause| Error::unwritable(&self.partial, cause))?;
        // Once it is in the log, a run that is killed before the end is published by the next.
        log::append(&self.out, run_id, &self.partial)?;
        let path = shelf::put_in_place(&self.out, run_id)?;
        self.published = true;
        shelf::point_to(&self.out, run_id)?;
        if let Some(keep) = keep {
            shelf::retain(&self.out, keep, run_id)?;
        }
        Ok(path)
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.published {
            // Nothing half-written stays behind; a failure here leaves only a hidden folder that the next run removes.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}
