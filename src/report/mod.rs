//! The two reports, each as a page and a table, and the summary that closes a run. Every number is summed from the
//! findings as they are written; a test sums the written tables anew and compares.

mod dossier;
mod full;

mod page;
mod rollup;
mod summary;
mod table;
mod workbook;

pub use dossier::Dossier;
pub use rollup::{Group, Rollup, RollupPart, Totals};
pub use summary::summary;
pub use table::{CsvPart, header};
pub(crate) use table::{defused, dollars};
pub use workbook::{STATUSES, WORKBOOK, write_workbook};

use crate::error::Error;
use crate::output::{Manifest, RunFolder};
use crate::reference::Reference;
use crate::run::RunManifest;

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

/// Writes the full report and the pages of both reports into a run's folder, whose tables must be complete.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_pages(
    folder: &RunFolder,
    rollup: &Rollup,
    manifest: &Manifest,
    reference: &Reference,
    prior: Option<&RunManifest>,
) -> Result<(), Error> {
    let dossier = Dossier::read(folder.path(), reference)?;
    let page = full::render(&dossier, rollup, manifest, prior)?;
    folder.write("report.html", page.as_bytes())?;
    for report in Report::ALL {
        let page = page::render(report, rollup, manifest)?;
        folder.write(&format!("{}.html", report.file_stem()), page.as_bytes())?;
    }
    Ok(())
}
