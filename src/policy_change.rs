//! What a policy or another version of the tables would change, before it is adopted: the inputs of a run audited under
//! both, and the difference.

use crate::audit::Context;
use crate::data_checks::Check;
use crate::diff::RunDiff;
use crate::error::Error;
use crate::output::ScratchFolder;
use crate::pipeline::{RunOptions, run_audit};
use crate::policy::PolicySet;
use crate::progress::Progress;
use crate::reference::Reference;
use crate::run::RunManifest;
use crate::scan;
use crate::schema::Table;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The policy files and imported tables of one side.
#[derive(Debug, Clone, Default)]
pub struct Side {
    pub policy: Vec<PathBuf>,
    pub reference: Option<PathBuf>,
}

/// The inputs of a run, as its manifest names them.
///
/// # Errors
/// A run that does not name its files, and files that are no longer what the run read.
fn inputs(run: &Path, manifest: &RunManifest) -> Result<Vec<(Table, PathBuf)>, Error> {
    let listed = |of: &crate::run::RunInput| {
        let table = Table::ALL.into_iter().find(|table| table.as_str() == of.table)?;
        Some((table, PathBuf::from(&of.path)))
    };
    let files: Vec<(Table, PathBuf)> = manifest.inputs.iter().filter_map(listed).collect();
    if files.is_empty() || manifest.options.contains_key(crate::deidentify::DEIDENTIFY) {
        return Err(Error::NoInputs { path: run.display().to_string() });
    }
    manifest.inputs.par_iter().try_for_each(|of| {
        let path = Path::new(&of.path);
        if scan::digest(path)? == of.sha256 { Ok(()) } else { Err(Error::Changed { file: of.path.clone() }) }
    })?;
    Ok(files)
}

/// Audits the inputs of a run under two policies and compares; nothing of it stays. `options` has the memory limit and the
/// temporary folder.
///
/// # Errors
/// A run without its inputs, policies that cannot be used, and what stops an audit.
pub fn change(
    run: &Path,
    [before, after]: [&Side; 2],
    options: &RunOptions,
    progress: &Progress,
) -> Result<RunDiff, Error> {
    let manifest = RunManifest::read(run)?;
    let context = |side: &Side| {
        Ok::<_, Error>(Context::new(PolicySet::load(&side.policy)?, Reference::load(side.reference.as_deref())?))
    };
    // Both are read before the long work.
    let contexts = [context(before)?, context(after)?];
    let files = inputs(run, &manifest)?;
    let folder = ScratchFolder::create(&options.temp_dir)?;
    let as_of = manifest.options.get("as_of").and_then(|date| date.parse().ok());
    let mut runs = Vec::new();
    for (context, name) in contexts.iter().zip(["before", "after"]) {
        let asked = RunOptions {
            listed: files.clone(),
            out: folder.path().join(name),
            as_of,
            // The run was believed; another policy changes nothing about its data.
            accept: Check::ALL.iter().copied().collect(),
            ..options.clone().reading_as(&manifest.options)
        };
        runs.push(run_audit(&asked, context, progress)?.path);
    }
    let difference = RunDiff::read(&runs[0], &runs[1])?;
    folder.close()?;
    Ok(difference)
}
