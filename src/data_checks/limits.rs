//! Limits of the checks, as a policy sets them.

use super::check::Check;
use std::collections::BTreeMap;

/// Limits in percent, by check. In a policy file:
///
/// ```toml
/// [checks]
/// unreadable-rows = 5        # percent; 100 never stops a run
/// unpaired-encounters = 40
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckLimits(BTreeMap<Check, i64>);

/// Names in a policy file.
pub(crate) const KEYS: [&str; Check::ALL.len()] = {
    let mut names = [""; Check::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Check::ALL[at].as_str();
        at += 1;
    }
    names
};

impl CheckLimits {
    /// The limit of a check in percent: the policy's, else the default.
    #[must_use]
    pub fn of(&self, check: Check) -> i64 {
        self.0.get(&check).copied().unwrap_or_else(|| check.default_limit())
    }

    /// Sets one; false where there is no such check, or where the value is not 0 to 100.
    pub fn set(&mut self, key: &str, value: i64) -> bool {
        let Some(check) = Check::ALL.iter().find(|check| check.as_str() == key) else { return false };
        self.0.insert(*check, value);
        (0..=100).contains(&value)
    }
}
