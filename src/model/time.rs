//! Charted times: local minutes with an optional offset, and calendar days.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// A length of time in whole minutes.
pub type Minutes = i64;

const MINUTES_A_DAY: i64 = 1_440;

/// A calendar day, counted from 1970-01-01 (the Parquet `DATE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// The day of a year, month and day; `None` when the calendar has no such day.
    #[must_use]
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self::from_civil)
    }

    #[must_use]
    pub fn from_civil(date: jiff::civil::Date) -> Self {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        Self((date - epoch).get_days())
    }

    /// The civil date; days outside the calendar's years −9999 to 9999 clamp to its ends.
    #[must_use]
    pub fn civil(self) -> jiff::civil::Date {
        use jiff::ToSpan;
        jiff::civil::Date::constant(1970, 1, 1).saturating_add(i64::from(self.0).clamp(-4_000_000, 2_900_000).days())
    }

    #[must_use]
    pub fn year(self) -> i16 {
        self.year_and_month().0
    }

    /// The year and the month. Looked up for the days of 1970 to 2099, since every line of every claim asks.
    #[must_use]
    pub fn year_and_month(self) -> (i16, i8) {
        static DAYS: LazyLock<Vec<(i16, i8)>> = LazyLock::new(|| {
            let of = |day| {
                let civil = Date(day).civil();
                (civil.year(), civil.month())
            };
            (0..47_482).map(of).collect()
        });
        usize::try_from(self.0).ok().and_then(|day| DAYS.get(day).copied()).unwrap_or_else(|| {
            let civil = self.civil();
            (civil.year(), civil.month())
        })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.civil())
    }
}

impl FromStr for Date {
    type Err = jiff::Error;

    /// Reads `2026-01-15`.
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.trim().parse::<jiff::civil::Date>().map(Self::from_civil)
    }
}

/// A charted time, truncated to the minute: the local clock, and the offset from UTC where the record has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChartTime {
    /// Minutes since 1970-01-01T00:00 on the local clock.
    pub local: i64,
    /// Minutes east of UTC, where charted.
    pub offset: Option<i16>,
}

impl ChartTime {
    /// The minute on the absolute timeline; a time without an offset counts as UTC, which is right for differences
    /// between times of the same kind.
    #[must_use]
    pub fn absolute(self) -> i64 {
        self.local - i64::from(self.offset.unwrap_or(0))
    }

    /// The local calendar day.
    #[must_use]
    pub fn date(self) -> Date {
        Date(i32::try_from(self.local.div_euclid(MINUTES_A_DAY)).unwrap_or(i32::MAX))
    }

    /// The local day `minutes` later on the absolute timeline.
    #[must_use]
    pub fn date_after(self, minutes: Minutes) -> Date {
        ChartTime { local: self.local + minutes, offset: self.offset }.date()
    }

    /// The local clock as `HH:MM`.
    #[must_use]
    pub fn clock(self) -> String {
        let minute = self.local.rem_euclid(MINUTES_A_DAY);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    /// From seconds since the epoch on the local clock, truncated to the minute.
    #[must_use]
    pub fn from_local_seconds(seconds: i64) -> Self {
        Self { local: seconds.div_euclid(60), offset: None }
    }

    fn from_civil(when: jiff::civil::DateTime, offset: Option<i16>) -> Self {
        let day = i64::from(Date::from_civil(when.date()).0);
        Self { local: day * MINUTES_A_DAY + i64::from(when.hour()) * 60 + i64::from(when.minute()), offset }
    }
}

impl fmt::Display for ChartTime {
    /// `2026-01-15T08:00`, with the offset behind it where there is one.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}T{}", self.date(), self.clock())?;
        match self.offset {
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(out, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
            None => Ok(()),
        }
    }
}

impl FromStr for ChartTime {
    type Err = jiff::Error;

    /// Reads ISO 8601 with or without an offset (`2026-01-15T08:00:00`, `…-05:00`, `…Z`).
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        let text = text.trim();
        if let Ok(pieces) = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text) {
            if pieces.time().is_none() {
                return Err(text
                    .parse::<jiff::Timestamp>()
                    .err()
                    .unwrap_or_else(|| jiff::Error::from_args(format_args!("a date without a time"))));
            }
            let when = pieces.date().to_datetime(pieces.time().unwrap_or_default());
            let offset = pieces.to_numeric_offset().map(|offset| i16::try_from(offset.seconds() / 60).unwrap_or(0));
            return Ok(Self::from_civil(when, offset));
        }
        text.parse::<jiff::civil::DateTime>().map(|when| Self::from_civil(when, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_place_a_time_on_the_absolute_line() {
        let before: ChartTime = "2026-03-08T01:30:00-05:00".parse().unwrap();
        let after: ChartTime = "2026-03-08T03:30:00-04:00".parse().unwrap();
        assert_eq!(after.absolute() - before.absolute(), 60);
        assert_eq!(before.to_string(), "2026-03-08T01:30-05:00");
        let zulu: ChartTime = "2026-03-08T01:30:59Z".parse().unwrap();
        assert_eq!((zulu.local - before.local, zulu.offset), (0, Some(0)));
    }

    #[test]
    fn text_that_is_no_time_is_refused() {
        for text in ["", "2026-01-15", "2026-02-30T10:00:00", "soon"] {
            assert!(text.parse::<ChartTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_round_trip() {
        let day: Date = "2024-02-29".parse().unwrap();
        assert_eq!(day.to_string(), "2024-02-29");
        assert_eq!(
            ChartTime { local: i64::from(day.0) * 1440 + 1439, offset: None }.date_after(1).to_string(),
            "2024-03-01"
        );
    }
}
