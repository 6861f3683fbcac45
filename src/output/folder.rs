//! The run folder: partial while the run goes on, published by one rename.

use crate::error::Error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::path::{Path, PathBuf};

/// A run folder in the making; dropped unpublished, it vanishes.
#[derive(Debug)]
pub struct RunFolder {
    out: PathBuf,
    partial: PathBuf,
    published: bool,
}

/// Creates a file that its owner alone can read.
pub(crate) fn create_private(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|cause| Error::unwritable(path, cause))
}

/// Writes a new file that its owner alone can read.
pub(crate) fn write_private(path: &Path, contents: &[u8]) -> Result<(), Error> {
    use std::io::Write;
    let mut file = create_private(path)?;
    file.write_all(contents).and_then(|()| file.sync_all()).map_err(|cause| Error::unwritable(path, cause))
}

/// Creates a folder that its owner alone can enter, with those above it.
pub(crate) fn create_private_folder(path: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|cause| Error::unwritable(path, cause))
}

impl RunFolder {
    /// Makes `out/.partial-<run id>`, replacing what an earlier run that died left there.
    ///
    /// # Errors
    /// An output folder that cannot be written.
    pub fn create(out: &Path, run_id: &str) -> Result<Self, Error> {
        create_private_folder(out)?;
        let partial = out.join(format!(".partial-{run_id}"));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(|cause| Error::unwritable(&partial, cause))?;
        }
        create_private_folder(&partial)?;
        Ok(Self { out: out.to_owned(), partial, published: false })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Writes a file of the folder, readable by its owner alone.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), Error> {
        write_private(&self.partial.join(name), contents)
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

    /// Publishes the folder as `out/<run id>`; an earlier run of the same id makes room first.
    ///
    /// # Errors
    /// A rename that the file system refuses.
    pub fn publish(mut self, run_id: &str) -> Result<PathBuf, Error> {
        let path = self.out.join(run_id);
        let earlier = self.out.join(format!(".replaced-{run_id}"));
        let failed = |cause| Error::unwritable(&path, cause);
        if path.exists() {
            if earlier.exists() {
                fs::remove_dir_all(&earlier).map_err(failed)?;
            }
            fs::rename(&path, &earlier).map_err(failed)?;
        }
        fs::rename(&self.partial, &path).map_err(failed)?;
        self.published = true;
        if earlier.exists() {
            fs::remove_dir_all(&earlier).map_err(failed)?;
        }
        // The rename itself must survive a power cut.
        File::open(&self.out).and_then(|folder| folder.sync_all()).map_err(failed)?;
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
