//! What reviewers made of findings, keyed by the findings' identity, which is the same in every run.

use crate::error::Error;
use crate::report::STATUSES;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// One finding's review.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    pub finding_id: String,
    pub rule_code: String,
    pub status: String,
    pub assignee: String,
    pub comment: String,
}

impl Entry {
    /// Nothing that a reviewer would miss.
    pub(super) fn is_blank(&self) -> bool {
        self.status == STATUSES[0] && self.assignee.is_empty() && self.comment.is_empty()
    }
}

/// All reviews so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State(BTreeMap<String, Entry>);

/// Text as it was before a spreadsheet was kept from running it.
pub(super) fn undefused(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => text,
    }
}

impl State {
    /// Reads a state file; one that does not exist yet is empty.
    ///
    /// # Errors
    /// A file that cannot be read, or is no state file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        if path.try_exists().is_ok_and(|exists| !exists) { Ok(Self::default()) } else { Self::read_existing(path) }
    }

    /// Reads a state file that must exist.
    ///
    /// # Errors
    /// A file that does not exist or cannot be read, or is no state file.
    pub fn read_existing(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|cause| Error::unreadable(path, cause))?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let mut all = BTreeMap::new();
        for entry in reader.deserialize::<Entry>() {
            let entry = entry.map_err(|cause| Error::Worklist(format!("{}: {cause}", path.display())))?;
            all.insert(entry.finding_id.clone(), entry);
        }
        Ok(Self(all))
    }

    /// Writes the state file, readable by its owner alone, whole or not at all.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |cause: csv::Error| Error::Worklist(cause.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        for entry in self.0.values() {
            writer.serialize(entry).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|cause| Error::Worklist(cause.to_string()))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unwritable = |cause: std::io::Error| Error::unwritable(path, cause);
        // Files of this kind are made for their owner alone.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
        file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
        file.persist(path).map_err(|cause| Error::unwritable(path, cause.error))?;
        Ok(())
    }

    /// The review of a finding.
    #[must_use]
    pub fn get(&self, finding_id: &str) -> Option<&Entry> {
        self.0.get(finding_id)
    }

    /// Sets the review of a finding.
    pub(super) fn put(&mut self, entry: Entry) {
        self.0.insert(entry.finding_id.clone(), entry);
    }

    /// Every review, in the order of identities.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.values()
    }
}
