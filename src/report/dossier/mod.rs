//! Everything that the full report shows, summed from the tables of a run. The page has no other source, so its numbers
//! are the tables' numbers.

mod groups;
mod heat;
mod scorecard;
mod timeline;
mod trend;
mod worklist;

pub use groups::{Breakdown, Group, Sums};
pub use heat::HeatMap;
pub use scorecard::Scorecard;
pub use timeline::Timeline;
pub use trend::Trend;
pub use worklist::COLUMNS;

use crate::error::Error;
use crate::reference::Reference;
use crate::run::each_row;
use groups::Groups;
use std::path::Path;

/// What the page shows; money in cents.
#[derive(Debug)]
pub struct Dossier {
    pub sums: Breakdown,
    /// By code, from expected and billed side by side.
    pub drugs: Vec<Group>,
    pub administration_codes: Vec<Group>,
    pub heat: HeatMap,
    pub scorecards: Vec<Scorecard>,
    pub trends: Vec<Trend>,
    pub timelines: Vec<Timeline>,
    /// Rows of the worklist, each with the values of [`COLUMNS`].
    pub work: Vec<Vec<serde_json::Value>>,
}

/// What one pass over encounters and findings gathers.
#[derive(Default)]
struct Seen {
    all: Groups,
    worst: timeline::Worst,
    departments: scorecard::Tally,
    providers: scorecard::Tally,
    work: worklist::Worklist,
    trends: trend::Tally,
}

impl Dossier {
    /// Reads the tables of a run's folder. With `pooled`, nothing is shown of too few patients.
    ///
    /// # Errors
    /// A folder that is none of a run.
    pub fn read(run: &Path, reference: &Reference, pooled: bool) -> Result<Self, Error> {
        // The lines take as long as all else, so they are read beside it.
        let lines = || {
            let mut codes = groups::Codes::default();
            each_row(run, "lines.parquet", &groups::LINE_COLUMNS, |row| {
                codes.add(row);
                Ok(())
            })?;
            Ok::<_, Error>(codes)
        };
        let others = || {
            let mut seen = Seen::default();
            each_row(run, "encounters.parquet", &groups::ENCOUNTER_COLUMNS, |row| {
                seen.all.add_encounter(row);
                seen.worst.see(row);
                seen.trends.see(row);
                seen.departments.see(groups::DEPARTMENT, row);
                seen.providers.see(groups::PROVIDER, row);
                Ok(())
            })?;
            each_row(run, "findings.parquet", &groups::FINDING_COLUMNS, |row| {
                seen.all.add_finding(row);
                seen.work.add(row);
                Ok(())
            })?;
            Ok::<_, Error>(seen)
        };
        let (seen, codes) = rayon::join(others, lines);
        let (codes, Seen { all, worst, departments, providers, work, trends }) = (codes?, seen?);
        let (administration_codes, drugs) = codes.split(pooled, |code| reference.administration(code).is_some());
        let (heat, sums) = all.finish(pooled);
        Ok(Self {
            sums,
            drugs,
            administration_codes,
            heat,
            scorecards: vec![departments.card("Department", pooled), providers.card("Rendering provider", pooled)],
            trends: trends.trends(pooled),
            timelines: timeline::read(run, &worst.ids())?,
            work: work.rows(),
        })
    }
}
