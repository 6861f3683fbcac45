//! infusion-audit: what the record supports, what was billed, and what the difference is worth.
pub mod audit;
pub mod cli;
pub mod coding;
pub mod compare;
pub mod diff;
pub mod encounter;
pub mod error;

pub mod explain;
pub mod findings;
pub mod generate;
pub mod import;
pub mod json_lines;
pub mod model;
pub mod output;
pub mod partition;
pub mod pipeline;
pub mod policy;
pub mod profile;
pub mod progress;
pub mod reference;
pub mod report;
pub mod rules;
pub mod run;
pub mod scan;
pub mod schema;
pub(crate) mod stored_row;
