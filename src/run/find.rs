//! The run that a RUN argument names, and what is wrong with one that names none.

use crate::error::{Error, is_of_keys};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The folder in which `audit` writes runs unless `--out` says otherwise.
const REPORTS: &str = "reports";

/// The link to the run that was published last.
const LATEST: &str = "latest";

const MANIFEST: &str = "manifest.json";

/// The folder of the run that an argument names: the path itself, or else the run of that name in `reports`.
///
/// # Errors
/// A path that does not exist and names no run in `reports`; one that cannot be read; a file, or a folder without a
/// manifest.
pub fn find_run(given: &Path) -> Result<PathBuf, Error> {
    find_run_in(Path::new(REPORTS), given)
}

fn find_run_in(reports: &Path, given: &Path) -> Result<PathBuf, Error> {
    match std::fs::metadata(given) {
        Ok(found) if !found.is_dir() => Err(Error::not_a_run(given, "it is a file")),
        Ok(_) => match std::fs::metadata(given.join(MANIFEST)) {
            Err(cause) if cause.kind() == ErrorKind::NotFound && is_run(&given.join(LATEST)) => {
                let latest = given.join(LATEST);
                Err(Error::not_a_run(given, format!("it holds runs, such as {}", latest.display())))
            }
            Err(cause) => Err(unopened(given, MANIFEST, &cause)),
            Ok(_) => Ok(given.to_owned()),
        },
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            if given.components().count() == 1 {
                let named = reports.join(given);
                match std::fs::metadata(named.join(MANIFEST)) {
                    Ok(_) => return Ok(named),
                    Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
                        return Err(Error::unreadable(&named, cause));
                    }
                    Err(_) => {}
                }
            }
            let example = fitting(reports, given).unwrap_or_else(|| Path::new(REPORTS).join(LATEST));
            Err(Error::NoRun { path: given.display().to_string(), example: example.display().to_string() })
        }
        Err(cause) => Err(Error::unreadable(given, cause)),
    }
}

/// The error for a file of a run that cannot be opened: a folder without it is no run, and one that is closed to this
/// user cannot be read.
pub(crate) fn unopened(run: &Path, name: &str, cause: &io::Error) -> Error {
    if cause.kind() == ErrorKind::NotFound {
        Error::not_a_run(run, format!("it has no {name}"))
    } else {
        Error::unreadable(&run.join(name), cause)
    }
}

/// The error for a table of a run that opens and does not read.
pub(crate) fn damaged(file: &Path, cause: impl std::fmt::Display) -> Error {
    let (file, cause) = (file.display().to_string(), cause.to_string());
    if is_of_keys(&cause) { Error::Encrypted { file, cause } } else { Error::NotParquet { file, cause } }
}

fn is_run(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// The run in `reports` that is most likely meant: of the same name in another folder, or of an id that begins so.
fn fitting(reports: &Path, given: &Path) -> Option<PathBuf> {
    let name = given.file_name()?.to_string_lossy().into_owned();
    let held = std::fs::read_dir(reports).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let begins = |run: &String| !name.is_empty() && run.starts_with(&name) && is_run(&reports.join(run));
    held.filter(begins).min().map(|run| reports.join(run))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(run: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(run)).unwrap();
        std::fs::write(folder.path().join(run).join(MANIFEST), "{}").unwrap();
        folder
    }

    #[test]
    fn a_name_is_looked_for_in_the_folder_of_runs() {
        let runs = folder_with("f72c1feb088828dc");
        let run = runs.path().join("f72c1feb088828dc");
        assert_eq!(find_run_in(runs.path(), Path::new("f72c1feb088828dc")).unwrap(), run);
        assert_eq!(find_run_in(runs.path(), &run).unwrap(), run);
        for given in ["f72c", "elsewhere/f72c1feb088828dc"] {
            let said = find_run_in(runs.path(), Path::new(given)).unwrap_err().to_string();
            assert!(said.contains("does not exist") && said.contains(&run.display().to_string()), "{said}");
        }
        let said = find_run_in(runs.path(), Path::new("other")).unwrap_err().to_string();
        assert!(said.ends_with("such as reports/latest"), "{said}");
    }

    #[test]
    fn a_folder_of_runs_and_a_file_are_no_run() {
        let runs = folder_with(LATEST);
        let said = find_run_in(runs.path(), runs.path()).unwrap_err().to_string();
        assert!(said.contains("it holds runs, such as") && said.contains("/latest"), "{said}");
        let said = find_run_in(runs.path(), &runs.path().join("latest/manifest.json")).unwrap_err().to_string();
        assert!(said.contains("it is a file"), "{said}");
    }

    #[test]
    fn a_file_that_is_closed_is_not_called_missing() {
        let said = |kind| unopened(Path::new("r"), "lines.parquet", &io::Error::from(kind)).to_string();
        assert!(said(ErrorKind::PermissionDenied).starts_with("cannot read r/lines.parquet: permission denied"));
        assert!(said(ErrorKind::NotFound).contains("r is not a run folder: it has no lines.parquet"));
    }
}
