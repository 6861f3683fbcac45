//! A folder for what a run needs while it goes on: private, and gone when the run ends; what a killed run left goes at the
//! next start.

use super::lock::FolderLock;
use crate::error::Error;
use std::path::Path;
use std::time::Duration;

const PREFIX: &str = "infusion-audit-";

/// A folder that is younger may be one that its process has not locked yet.
const SETTLED: Duration = Duration::from_secs(60);

/// The folder; it vanishes with the value.
#[derive(Debug)]
pub(crate) struct ScratchFolder {
    folder: tempfile::TempDir,
    _lock: FolderLock,
}

impl ScratchFolder {
    /// Makes one in the temporary folder.
    ///
    /// # Errors
    /// A temporary folder that cannot be written.
    pub(crate) fn create(temp_dir: &Path) -> Result<Self, Error> {
        remove_abandoned(temp_dir, SETTLED);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir_in(temp_dir).map_err(|cause| Error::spill(temp_dir, cause))?;
        let lock = FolderLock::take(folder.path())?;
        Ok(Self { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it now, and says when that fails.
    pub(crate) fn close(self) -> Result<(), Error> {
        let path = self.folder.path().to_owned();
        self.folder.close().map_err(|cause| Error::spill(&path, cause))
    }
}

/// Removes folders of this kind that no process holds. What cannot be looked at is another user's and stays.
fn remove_abandoned(temp_dir: &Path, settled: Duration) {
    for entry in std::fs::read_dir(temp_dir).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let changed = entry.metadata().and_then(|found| found.modified());
        let old = changed.ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age >= settled);
        if ours && is_folder && old && FolderLock::take(&entry.path()).is_ok() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abandoned_folders_go_and_those_in_use_stay() {
        let temp = tempfile::tempdir().unwrap();
        let held = ScratchFolder::create(temp.path()).unwrap();
        let abandoned = temp.path().join("infusion-audit-gone");
        std::fs::create_dir(&abandoned).unwrap();
        std::fs::create_dir(temp.path().join("another-program")).unwrap();
        remove_abandoned(temp.path(), SETTLED);
        assert!(abandoned.exists(), "it may be a moment old");
        remove_abandoned(temp.path(), Duration::ZERO);
        assert!(!abandoned.exists() && held.path().exists() && temp.path().join("another-program").exists());
        let path = held.path().to_owned();
        held.close().unwrap();
        assert!(!path.exists());
    }
}
