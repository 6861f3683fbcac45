//! Files on their way from memory to the disk, beside the work that goes on.

use crate::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// Files that are written and must survive a power cut before the run is published. Waiting for the disk takes no core, so a
/// thread of its own does it.
#[derive(Debug)]
pub(super) struct Syncing {
    files: Sender<(PathBuf, File)>,
    thread: JoinHandle<Result<(), Error>>,
}

impl Syncing {
    /// Starts the thread.
    ///
    /// # Errors
    /// A system that has no more threads.
    pub(super) fn begin() -> std::io::Result<Self> {
        let (files, received) = channel::<(PathBuf, File)>();
        let sync = move || {
            let mut files = received.iter();
            files.try_for_each(|(path, file)| file.sync_all().map_err(|cause| Error::unwritable(&path, cause)))
        };
        Ok(Self { files, thread: std::thread::Builder::new().spawn(sync)? })
    }

    /// Leaves a file, to whose end everything is written, to the thread.
    pub(super) fn add(&self, path: PathBuf, file: File) {
        // After a failure nobody receives it; `finish` tells which.
        let _ = self.files.send((path, file));
    }

    /// Waits until every file is on the disk.
    ///
    /// # Errors
    /// A disk that is full or gone.
    pub(super) fn finish(self) -> Result<(), Error> {
        drop(self.files);
        self.thread.join().unwrap_or_else(|_| Err(Error::Table("a worker ended early".to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_that_the_disk_refuses_is_told_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        let syncing = Syncing::begin().unwrap();
        syncing.add(path.clone(), File::create(&path).unwrap());
        syncing.finish().unwrap();
        // Pipes cannot be synced.
        let (_, pipe) = std::io::pipe().unwrap();
        let syncing = Syncing::begin().unwrap();
        syncing.add(path.clone(), File::from(std::os::fd::OwnedFd::from(pipe)));
        syncing.add(path.clone(), File::create(&path).unwrap());
        let refused = syncing.finish().unwrap_err().to_string();
        assert!(refused.contains("table"), "{refused}");
    }
}
