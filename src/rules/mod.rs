//! The catalogue: one folder per family, one file per rule.

mod info;

pub use info::{Direction, Owner, RuleInfo, Severity};

/// The rule of a code.
#[must_use]
pub fn info_of(code: &str) -> Option<&'static RuleInfo> {
    all().find(|info| info.code == code)
}

/// Every rule, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static RuleInfo> {
    [].into_iter()
}
