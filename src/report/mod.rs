//! The two reports, each as a page and a table, and the summary that closes a run. Every number comes from the run's
//! own Parquet files.

mod page;
mod rollup;
mod summary;
mod table;

pub use rollup::{Group, Rollup, Totals};
pub use summary::summary;

use crate::error::Error;
use crate::output::Manifest;
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

/// Writes both reports into a folder that holds the run's tables.
///
/// # Errors
/// Tables that do not read, or a folder that cannot be written.
pub fn write_reports(folder: &Path, manifest: &Manifest) -> Result<(), Error> {
    // polars has its own threads and is not called from ours.
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let rollup = Rollup::read(folder)?;
            for report in Report::ALL {
                let page = page::render(report, &rollup, manifest)?;
                table::write_private(&folder.join(format!("{}.html", report.file_stem())), page.as_bytes())?;
                table::write_csv(report, folder)?;
            }
            Ok(())
        });
        work.join().unwrap_or_else(|_| Err(Error::Report("the report's thread ended early".to_owned())))
    })
}
