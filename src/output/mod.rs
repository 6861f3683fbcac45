//! The run folder: tables, manifest, and the one rename that publishes them.

mod finding_row;
mod folder;
mod joined;
mod layouts;
mod manifest;
mod sink;
mod table;
mod tables;

pub use finding_row::FindingRow;
pub use folder::RunFolder;
pub(crate) use folder::{create_private, create_private_folder, write_private};
pub use layouts::layouts;
pub use manifest::{Check, InputRecord, Manifest, MovedTotals, RunCounts, TableCounts, TimeUncertainty};
pub use sink::Sink;
pub use tables::{Rows, findings_totals};
