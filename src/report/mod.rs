//! The reports of a run, as pages, tables and a workbook, and the summary that closes it. Their one source is the tables
//! in the run's folder.

mod dossier;
mod full;

mod page;
mod rollup;
mod summary;
mod table;
mod workbook;

pub use dossier::Dossier;
pub(crate) use page::DATA as DATA_TEMPLATE;
pub use rollup::{Group, Rollup, Totals};
pub use summary::summary;
pub use table::write_csv;
pub(crate) use table::{defused, dollars};
pub use workbook::{STATUSES, WORKBOOK, write_workbook};
pub(crate) use workbook::{failed as failed_workbook, fill_worklist, made};

use crate::error::Error;
use crate::output::{Manifest, RunCounts, RunFolder};
use crate::reference::Reference;
use crate::run::RunManifest;
use std::path::Path;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    DenialRisk,
    RevenueLeakage,
}

impl Report {
    pub const ALL: [Report; 2] = [Report::DenialRisk, Report::RevenueLeakage];

    /// The name of its files, without ending.
    #[must_use]
    pub fn file_stem(self) -> &'static str {
        match self {
            Report::DenialRisk => "denial_risk",
            Report::RevenueLeakage => "revenue_leakage",
        }
    }
}

/// Everything that the reports show.
#[derive(Debug)]
pub struct Shown {
    dossier: Dossier,
    pub rollup: Rollup,
}

impl Shown {
    /// Reads the tables of a run's folder; with `pooled`, nothing is shown of too few patients.
    ///
    /// # Errors
    /// A folder that is none of a run.
    pub fn read(run: &Path, totals: &RunCounts, reference: &Reference, pooled: bool) -> Result<Self, Error> {
        let (dossier, rollup) =
            rayon::join(|| Dossier::read(run, reference, pooled), || Rollup::read(run, totals, pooled));
        Ok(Self { dossier: dossier?, rollup: rollup? })
    }
}

/// Writes the full report, and both reports as pages, into a run's folder, whose tables must be complete.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_pages(
    folder: &RunFolder,
    shown: &Shown,
    manifest: &Manifest,
    prior: Option<&RunManifest>,
) -> Result<(), Error> {
    let page = full::render(&shown.dossier, &shown.rollup, manifest, prior)?;
    folder.write("report.html", page.as_bytes())?;
    for report in Report::ALL {
        let page = page::render(report, &shown.rollup, manifest)?;
        folder.write(&format!("{}.html", report.file_stem()), page.as_bytes())?;
    }
    Ok(())
}
