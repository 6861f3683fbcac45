//! infusion-audit: what the record supports, what was billed, and what the difference is worth.
pub mod audit;
pub mod coding;
pub mod findings;
pub mod model;
pub mod rules;
