//! The run folder: tables, manifest, and the one rename that publishes them.

mod accounts;
mod administrations;
mod cells;
mod dictionary_chunk;
mod encounters;
mod finding_row;
mod folder;
mod hybrid;
mod joined;
mod layouts;
mod lines;
mod lock;
mod log;
mod manifest;
mod piece;
mod scratch;
mod shelf;
mod sink;
mod spelled;
mod table;
mod tables;
mod words;

pub use accounts::{Accounts, ChangeRows, DEADLINE, HistoryRows, QUARANTINED, Seen};
pub(crate) use finding_row::FindingRow;
pub use folder::{RunFolder, check_folder};
pub(crate) use folder::{create_private, create_private_folder, write_private};
pub use layouts::{accounts_layout, changes_layout, history_layout, layouts};
pub(crate) use lock::FolderLock;
pub use log::{LogEntry, RUN_LOG, read_log};
pub(crate) use log::{hex, manifest_digest};
pub use manifest::{Check, InputRecord, Manifest, MovedTotals, OutputRecord, RunCounts, TableCounts, TimeUncertainty};
pub use piece::Piece;
pub(crate) use scratch::ScratchFolder;
pub use shelf::LATEST;
pub use sink::Sink;
pub use tables::{Rows, findings_totals};
