//! Where the time of a run goes: by stage and by rule, summed over all threads.

use crate::rules;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Footers, digests of the input, and the columns that the whole run must be looked through for.
    FirstLook,
    /// Parquet pages to validated values.
    Decode,
    /// Values to the rows of a bucket, spilling included.
    Scatter,
    /// Rows of a bucket in order, from memory or disk.
    Sort,
    /// Rows to encounters.
    Build,
    Code,
    Compare,
    Rules,
    /// Disputes, risk, and the rows of the results.
    Results,
    /// Results to Parquet and text.
    Write,
}

impl Stage {
    pub const ALL: [Stage; 10] = [
        Stage::FirstLook,
        Stage::Decode,
        Stage::Scatter,
        Stage::Sort,
        Stage::Build,
        Stage::Code,
        Stage::Compare,
        Stage::Rules,
        Stage::Results,
        Stage::Write,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::FirstLook => "first look",
            Stage::Decode => "decode",
            Stage::Scatter => "scatter",
            Stage::Sort => "sort",
            Stage::Build => "build",
            Stage::Code => "code",
            Stage::Compare => "compare",
            Stage::Rules => "rules",
            Stage::Results => "results",
            Stage::Write => "write",
        }
    }
}

/// Nanoseconds by stage and by rule.
#[derive(Debug)]
pub struct Profile {
    stages: [AtomicU64; Stage::ALL.len()],
    rules: Vec<AtomicU64>,
}

impl Default for Profile {
    fn default() -> Self {
        Self { stages: Default::default(), rules: rules::RULES.iter().map(|_| AtomicU64::new(0)).collect() }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Does `work`; with a profile its time counts for a stage.
pub fn timed<T>(profile: Option<&Profile>, stage: Stage, work: impl FnOnce() -> T) -> T {
    let Some(profile) = profile else { return work() };
    let start = Instant::now();
    let done = work();
    profile.add(stage, start.elapsed());
    done
}

impl Profile {
    /// More time for a stage.
    pub fn add(&self, stage: Stage, time: Duration) {
        self.stages[stage as usize].fetch_add(nanoseconds(time), Ordering::Relaxed);
    }

    /// Nanoseconds of a stage so far.
    #[must_use]
    pub fn of(&self, stage: Stage) -> u64 {
        self.stages[stage as usize].load(Ordering::Relaxed)
    }

    /// Runs one rule, by its place in the catalogue.
    pub fn rule(&self, place: usize, work: impl FnOnce()) {
        let start = Instant::now();
        work();
        if let Some(rule) = self.rules.get(place) {
            rule.fetch_add(nanoseconds(start.elapsed()), Ordering::Relaxed);
        }
    }

    /// Both tables: stages in their order, rules by time.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::from("thread time by stage          ms      share\n");
        let total: u64 = Stage::ALL.into_iter().map(|stage| self.of(stage)).sum::<u64>().max(1);
        for stage in Stage::ALL {
            row(&mut text, stage.as_str(), self.of(stage), total);
        }
        text.push_str("\nthread time by rule           ms      share of the rules\n");
        let mut by_time: Vec<(u64, &str)> =
            self.rules.iter().zip(rules::all()).map(|(time, info)| (time.load(Ordering::Relaxed), info.code)).collect();
        by_time.sort_unstable_by_key(|(time, code)| (std::cmp::Reverse(*time), *code));
        let total: u64 = by_time.iter().map(|(time, _)| time).sum::<u64>().max(1);
        for (time, code) in by_time {
            row(&mut text, code, time, total);
        }
        text
    }
}

fn row(text: &mut String, name: &str, time: u64, total: u64) {
    let thousandths = time.saturating_mul(1_000) / total;
    let share = format!("{}.{}", thousandths / 10, thousandths % 10);
    let _ = writeln!(text, "{name:<20}{:>12}{share:>9} %", time / 1_000_000);
}
