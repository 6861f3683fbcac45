//! Sentences for files and folders that cannot be written: the kind of the system's error decides the sentence and its advice.

use super::Error;
use parquet::errors::ParquetError;
use std::error::Error as _;
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;

/// A cause of a failed write, with the kind of the system's error where there is one.
pub(crate) trait WriteCause: Display {
    /// The kind of the system's error.
    fn kind(&self) -> Option<ErrorKind>;
}

impl WriteCause for io::Error {
    fn kind(&self) -> Option<ErrorKind> {
        Some(io::Error::kind(self))
    }
}

impl WriteCause for &io::Error {
    fn kind(&self) -> Option<ErrorKind> {
        Some(io::Error::kind(self))
    }
}

impl WriteCause for csv::Error {
    fn kind(&self) -> Option<ErrorKind> {
        match csv::Error::kind(self) {
            csv::ErrorKind::Io(cause) => Some(cause.kind()),
            _ => None,
        }
    }
}

impl WriteCause for ParquetError {
    fn kind(&self) -> Option<ErrorKind> {
        self.source().and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
    }
}

/// A sentence about a disk that is too small.
impl WriteCause for String {
    fn kind(&self) -> Option<ErrorKind> {
        Some(ErrorKind::StorageFull)
    }
}

/// The kind of thing that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    File,
    Folder,
}

/// The error for a file or folder that cannot be written.
pub(super) fn error(path: &Path, target: Target, cause: &impl WriteCause) -> Error {
    let taken = |path: &Path, problem| Error::Taken { path: path.display().to_string(), problem };
    let kind = cause.kind();
    if let Some(ErrorKind::AlreadyExists | ErrorKind::NotADirectory | ErrorKind::IsADirectory) = kind {
        if let Some(file) = path.ancestors().skip(usize::from(target == Target::File)).find(|above| above.is_file()) {
            return taken(file, "is a file, and a folder is needed; name another folder");
        }
        if target == Target::File && path.is_dir() {
            return taken(path, "is a folder, and a file is needed; name a file in it");
        }
        if target == Target::File && path.exists() {
            return taken(path, "exists already and is not written over; name a new file, or remove it first");
        }
    }
    let advice = match kind {
        Some(ErrorKind::NotFound) if !folder_of(path).exists() => {
            "its folder does not exist; make that folder first".to_owned()
        }
        _ => advice(path, kind, "folder"),
    };
    Error::Unwritable { path: path.display().to_string(), cause: cause.to_string(), advice }
}

/// The error for a temporary folder that cannot be used.
pub(super) fn spill(folder: &Path, cause: &impl WriteCause) -> Error {
    let advice = match cause.kind() {
        Some(ErrorKind::NotFound) if !folder.exists() => "make it or choose another --temp-dir".to_owned(),
        kind => advice(folder, kind, "--temp-dir"),
    };
    Error::Spill { path: folder.display().to_string(), cause: cause.to_string(), advice }
}

/// Advice for a folder in which something cannot be written; `another` names the alternative.
fn advice(path: &Path, kind: Option<ErrorKind>, another: &str) -> String {
    match kind {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            format!("free the space or choose another {another}")
        }
        Some(ErrorKind::PermissionDenied) => {
            format!("{}; allow writing there or choose another {another}", closed(path))
        }
        Some(ErrorKind::ReadOnlyFilesystem) => format!("it cannot be written at all; choose another {another}"),
        _ => format!("choose another {another}"),
    }
}

/// The folder of a file.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The nearest folder above a path that exists, with its owner and permissions.
fn closed(path: &Path) -> String {
    let relative = path.is_relative().then_some(Path::new("."));
    let above = path.ancestors().skip(usize::from(!path.is_dir())).filter(|above| !above.as_os_str().is_empty());
    let Some(folder) = above.chain(relative).find(|above| above.is_dir()) else {
        return "a folder above it is closed to this user".to_owned();
    };
    #[cfg(unix)]
    if let Ok(found) = std::fs::metadata(folder) {
        use std::os::unix::fs::MetadataExt;
        return format!(
            "the folder {} belongs to user {} with permissions {:04o}",
            folder.display(),
            found.uid(),
            found.mode() & 0o7777
        );
    }
    format!("the folder {} is closed to this user", folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &Path, target: Target, kind: ErrorKind) -> (u8, String) {
        let error = error(path, target, &io::Error::from(kind));
        (error.exit_code(), error.to_string())
    }

    #[test]
    fn the_advice_fits_the_kind_of_error() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        let (status, text) = said(&new, Target::File, ErrorKind::StorageFull);
        assert!(status == 4 && text.contains("free the space"), "{text}");
        let (status, text) = said(&new, Target::Folder, ErrorKind::PermissionDenied);
        assert!(status == 4 && text.contains("permission denied") && !text.contains("space"), "{text}");
        assert!(text.contains(&folder.path().display().to_string()), "{text}");
        #[cfg(unix)]
        assert!(text.contains("belongs to user") && text.contains("with permissions 0"), "{text}");
        let (status, text) = said(&new.join("file"), Target::File, ErrorKind::NotFound);
        assert!(status == 4 && text.contains("make that folder first"), "{text}");
        let spilled = |kind| spill(folder.path(), &io::Error::from(kind)).to_string();
        assert!(spilled(ErrorKind::StorageFull).ends_with("free the space or choose another --temp-dir"));
        assert!(spilled(ErrorKind::PermissionDenied).ends_with("allow writing there or choose another --temp-dir"));
        assert!(spill(&new, &io::Error::from(ErrorKind::NotFound)).to_string().contains("make it or choose another"));
    }

    #[test]
    fn a_file_or_folder_in_the_way_is_named_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for (path, target, kind) in [
            (file.clone(), Target::Folder, ErrorKind::AlreadyExists),
            (file.join("below"), Target::Folder, ErrorKind::NotADirectory),
            (file.join("below"), Target::File, ErrorKind::NotADirectory),
        ] {
            let (status, text) = said(&path, target, kind);
            assert!(status == 2 && text.contains("/file is a file, and a folder is needed"), "{text}");
        }
        let (status, text) = said(&file, Target::File, ErrorKind::AlreadyExists);
        assert!(status == 2 && text.contains("exists already"), "{text}");
        let (status, text) = said(folder.path(), Target::File, ErrorKind::AlreadyExists);
        assert!(status == 2 && text.contains("is a folder, and a file is needed"), "{text}");
    }
}
