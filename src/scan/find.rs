//! Which files an option names.

use super::sniff::other_ending;
use crate::error::Error;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files of an option: every `.parquet` below a folder, or what a glob matches; in the order of their paths.
///
/// # Errors
/// A glob that is none, a folder that cannot be read or holds a link to another, one file found under two names, or nothing
/// found.
pub fn find(option: &'static str, pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let path = Path::new(pattern);
    let mut files = Vec::new();
    let found = std::fs::metadata(path);
    if found.as_ref().is_ok_and(std::fs::Metadata::is_dir) {
        walk(path, &mut files)?;
    } else if found.as_ref().is_ok_and(std::fs::Metadata::is_file) {
        files.push(path.to_owned());
    } else if let Err(cause) = found.as_ref()
        && cause.kind() == std::io::ErrorKind::PermissionDenied
    {
        return Err(Error::unreadable(path, cause));
    } else {
        let matches = glob::glob(pattern).map_err(|cause| Error::BadGlob {
            option,
            pattern: pattern.to_owned(),
            cause: cause.to_string(),
        })?;
        for found in matches {
            let found = found.map_err(|cause| Error::unreadable(cause.path(), cause.error()))?;
            if found.is_dir() { walk(&found, &mut files)? } else { files.push(found) }
        }
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        let path = pattern.to_owned();
        let is_glob = pattern.contains(['*', '?', '[']);
        if found.is_err() && !is_glob {
            return Err(Error::NoSuchPath { option, path });
        }
        let others: Vec<String> =
            left_out(pattern).into_iter().map(|(ending, files)| format!("{files} .{ending}")).collect();
        let there = if others.is_empty() { String::new() } else { format!(", but {} files", others.join(" and ")) };
        return Err(Error::NoFiles { option, path, there });
    }
    let mut real: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    for path in &files {
        let place = path.canonicalize().map_err(|cause| Error::unreadable(path, cause))?;
        if let Some(other) = real.insert(place, path) {
            let (one, other) = (other.display().to_string(), path.display().to_string());
            return Err(Error::Twice { option, one, other });
        }
    }
    Ok(files)
}

/// Files below a folder that are no Parquet and look like data, by their ending: nothing reads them. A glob names its files
/// itself.
#[must_use]
pub fn left_out(pattern: &str) -> BTreeMap<&'static str, u64> {
    let mut others = BTreeMap::new();
    let mut folders = vec![PathBuf::from(pattern)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => {
                    if let Some(ending) = other_ending(&entry.path()) {
                        *others.entry(ending).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }
    others
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder).map_err(|cause| Error::unreadable(folder, cause))? {
        let entry = entry.map_err(|cause| Error::unreadable(folder, cause))?;
        let path = entry.path();
        if path.is_dir() {
            // A link back to a folder above would have no end, and any other may leave the feed.
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                return Err(Error::LinkedFolder { path: path.display().to_string() });
            }
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
            files.push(path);
        }
    }
    Ok(())
}
