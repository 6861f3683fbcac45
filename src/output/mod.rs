//! The run folder: tables, manifest, and the one rename that publishes them.

mod folder;
mod layouts;
mod manifest;
mod sink;
mod table;
mod tables;

pub use folder::RunFolder;
pub use layouts::layouts;
pub use manifest::{Check, InputRecord, Manifest, RunCounts, TableCounts};
pub use sink::Sink;
pub use tables::{Rows, findings_totals};
