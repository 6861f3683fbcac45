//! The catalogue: one folder per family, one file per rule.

mod info;

pub use info::{Direction, Owner, RuleInfo, Severity};
