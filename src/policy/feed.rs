//! When a night's feed is not believed: limits on how far it may be from the nights before it.

/// Limits of a night's new files against the median of the nights before. In a policy file:
///
/// ```toml
/// [feed]
/// rows_drop_percent = 40   # so many percent fewer rows of a table than usual; 100 or more never stops a night
/// rows_rise_percent = 150  # so many percent more
/// null_points = 20         # a column's share without a value, in percentage points from usual
/// unmatched_points = 20    # the share of encounters without a claim or without a charted row
/// code_mix_points = 25     # share of claim lines whose codes would have to differ to have the usual mix
/// nights = 7               # nights that are usual
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedLimits {
    pub rows_drop_percent: i64,
    pub rows_rise_percent: i64,
    pub null_points: i64,
    pub unmatched_points: i64,
    pub code_mix_points: i64,
    pub nights: i64,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self {
            rows_drop_percent: 40,
            rows_rise_percent: 150,
            null_points: 20,
            unmatched_points: 20,
            code_mix_points: 25,
            nights: 7,
        }
    }
}

/// Their names in a policy file, in the order of [`FeedLimits::set`].
pub(super) const KEYS: [&str; 6] =
    ["rows_drop_percent", "rows_rise_percent", "null_points", "unmatched_points", "code_mix_points", "nights"];

impl FeedLimits {
    /// Sets one; false where there is no such limit, or no such value.
    pub(super) fn set(&mut self, key: &str, value: i64) -> bool {
        let least = i64::from(key == "nights");
        let of = match key {
            "rows_drop_percent" => &mut self.rows_drop_percent,
            "rows_rise_percent" => &mut self.rows_rise_percent,
            "null_points" => &mut self.null_points,
            "unmatched_points" => &mut self.unmatched_points,
            "code_mix_points" => &mut self.code_mix_points,
            "nights" => &mut self.nights,
            _ => return false,
        };
        *of = value;
        (least..=100_000).contains(&value)
    }
}
