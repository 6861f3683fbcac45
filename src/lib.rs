//! infusion-audit: what the record supports, what was billed, and what the difference is worth.
pub mod audit;
pub mod cli;
pub mod coding;
pub mod compare;
pub mod findings;
pub mod json_lines;
pub mod model;
pub mod policy;
pub mod reference;
pub mod rules;
