//! What the rules found, with evidence, dollars and risk.

mod finding;

pub use finding::{Finding, LedgerUnits, PolicyAnswers, PriceBasis};
