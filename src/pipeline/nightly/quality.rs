//! Whether a night's new files are like those of the nights before: a feed that halves is an alarm, not a quiet clean report.

use super::saved::FileRecord;
use crate::error::Error;
use crate::policy::FeedLimits;
use crate::run::each_row;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Nights without which nothing is usual yet.
const LEAST_NIGHTS: usize = 3;

/// Nights that are kept.
const MOST_NIGHTS: usize = 30;

/// Rows of a file from which shares can be told from chance.
const LEAST_ROWS: u64 = 200;

/// What is told of a night's new files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quality {
    rows: BTreeMap<String, u64>,
    /// Values that columns lack, by `table.column`.
    nulls: BTreeMap<String, u64>,
    /// Claim lines by code.
    codes: BTreeMap<String, u64>,
    encounters: u64,
    /// Encounters without a claim line or without a charted row.
    unmatched: u64,
    /// All stays of the new files are on a Saturday or Sunday.
    #[serde(default)]
    weekend: bool,
}

/// True if a day since 1970-01-01, which was a Thursday, is a Saturday or Sunday.
fn is_weekend(day: i64) -> bool {
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

/// Hundredths of a percent.
fn share(part: u64, of: u64) -> i64 {
    i64::try_from(u128::from(part) * 10_000 / u128::from(of.max(1))).unwrap_or(i64::MAX)
}

fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() {
        0 => 0,
        count if count % 2 == 0 => i64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

impl Quality {
    /// Sums new files, and what came of tonight's encounters but those that only a date touched; `tonight` is the folder of
    /// their results.
    pub(super) fn of<'r>(
        new: impl Iterator<Item = &'r FileRecord>,
        tonight: &Path,
        by_date: &BTreeSet<String>,
    ) -> Result<Self, Error> {
        let mut all = Self::default();
        let mut days: Option<(i64, i64)> = None;
        for record in new {
            if let Some((first, last)) = record.days {
                days = Some(days.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
            }
            *all.rows.entry(record.table.clone()).or_default() += record.rows;
            for (column, nulls) in &record.nulls {
                *all.nulls.entry(format!("{}.{column}", record.table)).or_default() += nulls;
            }
            for (code, lines) in &record.codes {
                *all.codes.entry(code.clone()).or_default() += lines;
            }
        }
        all.weekend = days.is_some_and(|(first, last)| last - first <= 1 && is_weekend(first) && is_weekend(last));
        each_row(tonight, "encounters.parquet", &["administrations", "billed_lines", "encounter_id"], |row| {
            if !by_date.contains(row.text(2)) {
                all.encounters += 1;
                all.unmatched += u64::from(row.cents(0) == 0 || row.cents(1) == 0);
            }
            Ok(())
        })?;
        Ok(all)
    }

    fn rows(&self, table: &str) -> u64 {
        self.rows.get(table).copied().unwrap_or(0)
    }

    fn null_share(&self, column: &str) -> Option<i64> {
        let rows = self.rows(column.split('.').next().unwrap_or_default());
        (rows >= LEAST_ROWS).then(|| share(self.nulls.get(column).copied().unwrap_or(0), rows))
    }

    /// What share of the lines has another code than it would have in the mix of `usual`: half of the sum of differences.
    fn mix_distance(&self, usual: &[&Quality]) -> Option<i64> {
        let mut all: BTreeMap<&str, u64> = BTreeMap::new();
        for (code, lines) in usual.iter().flat_map(|night| &night.codes) {
            *all.entry(code).or_default() += lines;
        }
        let (lines, before) = (self.codes.values().sum::<u64>(), all.values().sum::<u64>());
        if lines < LEAST_ROWS || before < LEAST_ROWS {
            return None;
        }
        let codes: BTreeSet<&str> = all.keys().copied().chain(self.codes.keys().map(String::as_str)).collect();
        let distance = |code: &str| {
            let now = share(self.codes.get(code).copied().unwrap_or(0), lines);
            (now - share(all.get(code).copied().unwrap_or(0), before)).abs()
        };
        Some(codes.into_iter().map(distance).sum::<i64>() / 2)
    }

    /// True for a quiet night: every table that usually has rows has less than a tenth of them.
    fn is_quiet(&self, usual: &[&Quality]) -> bool {
        let tables: BTreeSet<&String> = usual.iter().flat_map(|night| night.rows.keys()).collect();
        let full = tables.into_iter().filter_map(|table| {
            let rows = usual.iter().map(|night| i64::try_from(night.rows(table)).unwrap_or(i64::MAX)).collect();
            let before = u64::try_from(median(rows)).unwrap_or(0);
            (before >= LEAST_ROWS).then(|| (self.rows(table), before))
        });
        let full: Vec<(u64, u64)> = full.collect();
        full.len() > 1 && full.iter().all(|(now, before)| now * 10 < *before)
    }

    /// Alarms of the feed, in words. A weekend, or a day on which no table has many rows, may have few rows.
    pub(super) fn alarms(&self, nights: &[Quality], limits: &FeedLimits) -> Vec<String> {
        let usual: Vec<&Quality> =
            nights.iter().rev().take(usize::try_from(limits.nights).unwrap_or(LEAST_NIGHTS)).collect();
        let mut alarms = Vec::new();
        if usual.len() < LEAST_NIGHTS || self.rows.is_empty() {
            return alarms;
        }
        let few_are_usual = self.weekend || self.is_quiet(&usual);
        let nights = usual.len();
        let tables: BTreeSet<&String> = usual.iter().flat_map(|night| night.rows.keys()).collect();
        for table in tables {
            let whole = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
            let before = median(usual.iter().map(|night| whole(night.rows(table))).collect());
            let now = whole(self.rows(table));
            let change = (i128::from(now) - i128::from(before)) * 100;
            let (drop, rise) = (i128::from(limits.rows_drop_percent), i128::from(limits.rows_rise_percent));
            if before >= whole(LEAST_ROWS)
                && (!few_are_usual && -change > drop * i128::from(before) || change > rise * i128::from(before))
            {
                alarms.push(format!("{table}: {now} rows in new files, and {before} is the median of {nights} nights"));
            }
        }
        let points = |alarms: &mut Vec<String>, what: &str, now: i64, before: i64, limit: i64| {
            if (now - before).abs() > limit * 100 {
                let percent = |hundredths: i64| format!("{}.{} %", hundredths / 100, hundredths % 100 / 10);
                alarms.push(format!(
                    "{what}: {}, and {} is the median of {nights} nights",
                    percent(now),
                    percent(before)
                ));
            }
        };
        let columns: BTreeSet<&String> =
            usual.iter().flat_map(|night| night.nulls.keys()).chain(self.nulls.keys()).collect();
        for column in columns {
            let before: Vec<i64> = usual.iter().filter_map(|night| night.null_share(column)).collect();
            if let Some(now) = self.null_share(column).filter(|_| before.len() >= LEAST_NIGHTS) {
                points(&mut alarms, &format!("{column} without a value"), now, median(before), limits.null_points);
            }
        }
        if self.encounters >= LEAST_ROWS {
            let before = median(usual.iter().map(|night| share(night.unmatched, night.encounters)).collect());
            let now = share(self.unmatched, self.encounters);
            let what = "encounters without a claim or without a charted row";
            points(&mut alarms, what, now, before, limits.unmatched_points);
        }
        if let Some(distance) = self.mix_distance(&usual)
            && distance > limits.code_mix_points * 100
        {
            alarms.push(format!(
                "the codes of {}.{} % of the claim lines are not those of the mix of {nights} nights",
                distance / 100,
                distance % 100 / 10
            ));
        }
        alarms
    }

    /// Adds a night to those that are kept.
    pub(super) fn enter(self, nights: &mut Vec<Quality>) {
        if !self.rows.is_empty() {
            nights.push(self);
            let spare = nights.len().saturating_sub(MOST_NIGHTS);
            nights.drain(..spare);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(rows: u64, nulls: u64, codes: &[(&str, u64)]) -> Quality {
        Quality {
            rows: BTreeMap::from([("claims".to_owned(), rows)]),
            nulls: BTreeMap::from([("claims.allowed".to_owned(), nulls)]),
            codes: codes.iter().map(|(code, lines)| ((*code).to_owned(), *lines)).collect(),
            encounters: 1_000,
            unmatched: 100,
            weekend: false,
        }
    }

    #[test]
    fn a_night_unlike_the_others_is_an_alarm() {
        let usual = |rows| night(rows, rows / 10, &[("96365", rows / 2), ("96413", rows / 2)]);
        let nights: Vec<Quality> = [1_000, 1_100, 900, 5_000, 1_050].map(usual).into();
        let limits = FeedLimits::default();
        let told = |of: &Quality| of.alarms(&nights, &limits).join("; ");
        assert_eq!(told(&usual(700)), "");
        assert!(told(&usual(500)).contains("claims: 500 rows in new files, and 1050 is the median of 5 nights"));
        assert!(told(&usual(3_000)).contains("3000 rows"));
        let codes = [("96365", 500), ("96413", 500)];
        assert!(told(&night(1_000, 600, &codes)).contains("claims.allowed without a value: 60.0 %, and 10.0 %"));
        let mixed = told(&night(1_000, 100, &[("96365", 900), ("96413", 100)]));
        assert!(mixed.contains("the codes of 40.0 % of the claim lines"), "{mixed}");
        let unmatched = Quality { unmatched: 400, ..usual(1_000) };
        assert!(told(&unmatched).contains("without a charted row: 40.0 %, and 10.0 %"));
        // A table that does not come at all, and a limit that was lifted.
        let silent = Quality { rows: BTreeMap::from([("flowsheets".to_owned(), 900)]), ..Quality::default() };
        assert!(told(&silent).contains("claims: 0 rows"));
        let lifted = FeedLimits { rows_drop_percent: 100, ..limits };
        assert!(usual(500).alarms(&nights, &lifted).is_empty());
        // A weekend, and a day on which nothing happens in any table.
        assert_eq!(told(&Quality { weekend: true, ..usual(5) }), "");
        let both = |rows| Quality {
            rows: ["claims", "flowsheets"].map(|table| (table.to_owned(), rows)).into(),
            ..usual(rows)
        };
        let nights_of_both: Vec<Quality> = [1_000, 1_100, 900].map(both).into();
        assert!(both(3).alarms(&nights_of_both, &limits).is_empty());
        assert!(!both(300).alarms(&nights_of_both, &limits).is_empty());
        assert!(is_weekend(2) && is_weekend(3) && !is_weekend(4), "1970-01-03 and 04");
        // Two nights are no habit, and a night without new files is no feed.
        assert!(usual(10).alarms(&nights[..2], &limits).is_empty());
        assert!(Quality::default().alarms(&nights, &limits).is_empty());
    }
}
