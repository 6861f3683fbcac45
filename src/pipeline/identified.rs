//! The tables of a run that is to be de-identified, before they are.

use super::RunOptions;
use crate::deidentify::{self, Deidentify};
use crate::error::Error;
use crate::output::{Manifest, MovedTotals, ScratchFolder, create_private_folder};
use crate::reference::Reference;
use crate::report::{Group, Rollup};
use crate::small_cells::{LEAST_PATIENTS, OTHERS};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder for tables with identifiers, in the temporary folder; it vanishes with the value.
pub(super) struct Identified {
    folder: ScratchFolder,
    tables: PathBuf,
}

impl Identified {
    /// The folder, where one is needed.
    ///
    /// # Errors
    /// A temporary folder that cannot be written.
    pub(super) fn new(options: &RunOptions) -> Result<Option<Self>, Error> {
        if options.deidentify.is_none() {
            return Ok(None);
        }
        let folder = ScratchFolder::create(&options.temp_dir)?;
        let tables = folder.path().join("tables");
        create_private_folder(&tables)?;
        Ok(Some(Self { folder, tables }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.tables
    }

    /// Removes what was written so far.
    pub(super) fn empty(&self) -> Result<(), Error> {
        fs::remove_dir_all(&self.tables).map_err(|cause| Error::spill(&self.tables, cause))?;
        create_private_folder(&self.tables)
    }

    /// Writes the tables without identifiers into `published`, and removes the others.
    pub(super) fn publish(self, how: &Deidentify, published: &Path, reference: &Reference) -> Result<(), Error> {
        deidentify::write_tables(how, &self.tables, self.folder.path(), published, reference)?;
        self.folder.close()
    }
}

/// Replaces the counts of rules that few patients have by what the pages show.
pub(super) fn hide_few(manifest: &mut Manifest, shown: &Rollup) {
    let count = |group: &Group| (group.key.clone(), u64::try_from(group.findings).unwrap_or(0));
    manifest.totals.findings_by_rule = shown.by_rule.iter().map(count).collect();
    let Some(moved) = &mut manifest.time_uncertainty else { return };
    let enough = |findings: u64| findings >= LEAST_PATIENTS as u64;
    let by_rule = &manifest.totals.findings_by_rule;
    let (mut large, small): (BTreeMap<String, MovedTotals>, BTreeMap<String, MovedTotals>) =
        std::mem::take(&mut moved.sensitive)
            .into_iter()
            .partition(|(rule, of)| by_rule.contains_key(rule) && enough(of.findings));
    let mut rest = MovedTotals::default();
    small.values().for_each(|of| rest.merge(of));
    if enough(rest.findings) {
        large.insert(OTHERS.to_owned(), rest);
    }
    moved.sensitive = large;
}
