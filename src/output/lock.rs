//! One run at a time in one folder.

use super::folder::create_private_folder;
use crate::error::Error;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

const NAME: &str = ".lock";

/// A folder held for this process. The system lets go of it when the process ends, however it ends, so a lock is never
/// stale.
#[derive(Debug)]
pub(crate) struct FolderLock(#[allow(dead_code, reason = "held, not read")] File);

impl FolderLock {
    /// Takes a folder, making it where it is not there.
    ///
    /// # Errors
    /// A folder that another run holds, or that cannot be written.
    pub(crate) fn take(folder: &Path) -> Result<Self, Error> {
        create_private_folder(folder)?;
        let path = folder.join(NAME);
        let failed = |cause: std::io::Error| Error::unwritable(&path, cause);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // Whoever puts a link here does not choose what is written.
            options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
        }
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                let process = text.trim().parse::<u32>();
                let who = process.map_or_else(|_| String::new(), |process| format!(" (process {process})"));
                return Err(Error::Locked { path: folder.display().to_string(), who });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        let message = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(message.contains(&format!("(process {})", std::process::id())), "{message}");
        drop(held);
        // What the last holder left there is no lock.
        FolderLock::take(folder.path()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_the_lock_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, "precious").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join(NAME)).unwrap();
        assert!(FolderLock::take(folder.path()).is_err());
        assert_eq!(std::fs::read_to_string(other).unwrap(), "precious");
    }
}
