//! The folder of imported tables: versions side by side, an index with digests.

use super::{ImportError, ImportOptions, Kind, Table, read};
use crate::error::Error;
use crate::reference::{INDEX, Index, TableRecord, hex};
use sha2::{Digest, Sha256};
use std::path::Path;

/// What an import came to.
#[derive(Debug, Clone)]
pub struct Imported {
    pub table: Table,
    pub record: TableRecord,
    /// A version of the same kind and days was there and gave way.
    pub replaced: bool,
}

/// Reads a file and puts its table into the reference folder. The table is complete before the index names it, and the
/// index is replaced in one step, so that a run never sees half of an import.
///
/// # Errors
/// See [`ImportError`].
pub fn import(kind: Kind, file: &Path, into: &Path, options: &ImportOptions) -> Result<Imported, ImportError> {
    let shown = file.display().to_string();
    let bytes = std::fs::read(file)
        .map_err(|cause| ImportError::Unreadable { file: shown.clone(), cause: cause.to_string() })?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or(shown);
    let table = read(kind, &name, &bytes, options)?;
    let text = table.to_csv();
    let digest = hex(&Sha256::digest(text.as_bytes()));
    let until = table.effective_to.map_or_else(|| "open".to_owned(), |to| to.to_string());
    let record = TableRecord {
        kind: kind.as_str().to_owned(),
        file: format!("{}/{}_{until}_{}.csv", kind.as_str(), table.effective_from, &digest[..8]),
        effective_from: table.effective_from.to_string(),
        effective_to: table.effective_to.map_or_else(String::new, |to| to.to_string()),
        source: name,
        source_sha256: hex(&Sha256::digest(&bytes)),
        sha256: digest,
        rows: table.rows.len() as u64,
        skipped: table.skipped.len() as u64,
    };
    let mut index = open_index(into)?;
    let folder = into.join(kind.as_str());
    std::fs::create_dir_all(&folder).map_err(|cause| Error::unwritable_folder(&folder, cause))?;
    write(&into.join(&record.file), text.as_bytes())?;
    let before = index.tables.len();
    // A payer's schedule is known by its rows; files of one national kind by their days.
    let same = |other: &TableRecord| {
        let days = other.kind == record.kind
            && other.effective_from == record.effective_from
            && other.effective_to == record.effective_to;
        days && (kind != Kind::FeeSchedule || other.source == record.source)
    };
    index.tables.retain(|other| !same(other));
    let replaced = index.tables.len() < before;
    index.tables.push(record.clone());
    index.tables.sort_by(|one, other| (&one.kind, &one.file).cmp(&(&other.kind, &other.file)));
    let json = serde_json::to_string_pretty(&index).unwrap_or_default();
    write(&into.join(INDEX), format!("{json}\n").as_bytes())?;
    Ok(Imported { table, record, replaced })
}

fn open_index(into: &Path) -> Result<Index, ImportError> {
    let path = into.join(INDEX);
    match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text)
            .map_err(|cause| ImportError::BadIndex { path: path.display().to_string(), cause: cause.to_string() }),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Index::default()),
        Err(cause) => Err(ImportError::Unreadable { file: path.display().to_string(), cause: cause.to_string() }),
    }
}

/// Writes beside and renames; readable by the owner alone, as payers' fees are confidential.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |cause: std::io::Error| Error::unwritable(path, cause);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut file, bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map(|_| ()).map_err(|cause| Error::unwritable(path, cause.error))
}
