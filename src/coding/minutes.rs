//! Step 2: charted times become minutes; impossible and missing ones are named.

use super::Coder;
use super::eligible::Given;
use crate::model::{ChartTime, Date, Method, Minutes, Route, SubstanceClass};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::sync::LazyLock;

const DAY: Minutes = 1_440;

impl Coder<'_> {
    /// Drops impossible stops, derives missing ones where the policy allows, and flags what a person should see.
    pub(super) fn check_times(&mut self, given: &mut [Given]) {
        self.flag_mixed_offsets(given);
        for one in given {
            self.check_interval(one);
            if one.stop.is_none() && self.policy.derive_stop_time {
                self.derive_stop(one);
            }
            let row = one.rows[0];
            match (one.start, one.stop) {
                (Some(start), Some(stop)) => {
                    if stop.absolute() - start.absolute() > DAY {
                        self.flag(row, "over-24-hours");
                    }
                    if start.offset.is_none() && across_clock_change(start, stop) {
                        self.flag(row, "clock-change");
                    }
                }
                (Some(time), None) | (None, Some(time)) => {
                    if time.offset.is_none() && across_clock_change(time, time) {
                        self.flag(row, "clock-change");
                    }
                }
                (None, None) => self.flag(row, "no-time-charted"),
            }
        }
    }

    /// A stop before the start, or an infusion that stops when it starts, is no duration.
    fn check_interval(&mut self, one: &mut Given) {
        let (Some(start), Some(stop)) = (one.start, one.stop) else { return };
        let infusion = one.method == Some(Method::Infusion) || one.class == SubstanceClass::Hydration;
        let flag = if stop.absolute() < start.absolute() {
            "stop-before-start"
        } else if stop.absolute() == start.absolute() && infusion {
            "stop-equals-start"
        } else {
            return;
        };
        one.stop = None;
        self.flag_all(&one.rows, flag);
    }

    /// stop = start + volume ÷ rate, for infusions whose record has both.
    fn derive_stop(&mut self, one: &mut Given) {
        let infusion =
            one.method == Some(Method::Infusion) || (one.method.is_none() && one.route == Route::Intravenous);
        let (true, Some(start), Some(minutes)) = (infusion, one.start, self.volume_minutes(one)) else { return };
        if minutes > 0 {
            one.stop = Some(ChartTime { local: start.local + minutes, offset: start.offset });
            one.derived_stop = true;
            self.flag_all(&one.rows, "derived-stop-time");
        }
    }

    /// Whole minutes that the charted volume takes at the charted rate.
    pub(super) fn volume_minutes(&self, one: &Given) -> Option<Minutes> {
        let rows = &self.encounter.administrations;
        one.rows.iter().filter_map(|&row| rows.get(row as usize)).find_map(|row| {
            let (volume, rate) = (row.volume_ml?, row.rate_ml_per_hour?);
            if volume <= Decimal::ZERO || rate <= Decimal::ZERO {
                return None;
            }
            (volume * Decimal::from(60)).checked_div(rate)?.floor().to_i64()
        })
    }

    /// Some times with an offset and some without, or with different ones, cannot be compared safely.
    fn flag_mixed_offsets(&mut self, given: &[Given]) {
        let offset = |one: &Given| [one.start, one.stop].into_iter().flatten().next().map(|time| time.offset);
        let Some(first) = given.iter().find_map(offset) else { return };
        let mixed: Vec<u32> = given
            .iter()
            .filter(|one| [one.start, one.stop].into_iter().flatten().any(|time| time.offset != first))
            .map(|one| one.rows[0])
            .collect();
        self.flag_all(&mixed, "mixed-offsets");
    }
}

/// Whether a local interval without offset touches the hours in which US clocks change: 01:00 to 03:00 on the second
/// Sunday of March and the first Sunday of November (Energy Policy Act of 2005) of the year in which it starts.
fn across_clock_change(start: ChartTime, stop: ChartTime) -> bool {
    // Nearly every interval ends before the next change begins.
    let day = start.date();
    let next = usize::try_from(day.0).ok().and_then(|day| NEXT_CHANGE.get(day));
    if next.is_some_and(|&next| stop.local < i64::from(next) * DAY + 60) {
        return false;
    }
    let touches = |day: &Date| {
        let midnight = i64::from(day.0) * DAY;
        start.local < midnight + 180 && stop.local >= midnight + 60
    };
    changes_of(day.year()).iter().flatten().any(touches)
}

/// For each day from 1970 to 2099 the first change on it or after it in its year; a day beyond all days where there is
/// none.
static NEXT_CHANGE: LazyLock<Vec<i32>> = LazyLock::new(|| {
    let mut next = Vec::new();
    for year in 1970..2100 {
        let [march, november] = changes_of(year).map(|day| day.map_or(i32::MAX, |day| day.0));
        let first = |month, day| Date::from_ymd(year, month, day).map_or(0, |day| day.0);
        let of = |day| if day <= march { march } else { november };
        next.extend((first(1, 1)..=first(12, 31)).map(|day| if day <= november { of(day) } else { i32::MAX }));
    }
    next
});

/// The two days of a year.
fn changes_of(year: i16) -> [Option<Date>; 2] {
    [(3, 2), (11, 1)].map(|(month, nth)| {
        let first = jiff::civil::Date::new(year, month, 1).ok()?;
        let sunday = first.nth_weekday_of_month(nth, jiff::civil::Weekday::Sunday).ok()?;
        Some(Date::from_civil(sunday))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_change_is_that_of_the_calendar() {
        let of = |text: &str| NEXT_CHANGE[text.parse::<Date>().unwrap().0 as usize];
        let day = |text: &str| text.parse::<Date>().unwrap().0;
        assert_eq!(of("1970-01-01"), day("1970-03-08"));
        assert_eq!(of("2026-03-08"), day("2026-03-08"));
        assert_eq!(of("2026-03-09"), day("2026-11-01"));
        assert_eq!(of("2026-11-02"), i32::MAX);
        assert_eq!(NEXT_CHANGE.len(), day("2100-01-01") as usize);
    }

    #[test]
    fn an_interval_is_across_a_change_between_one_and_three() {
        let time = |text: &str| text.parse::<ChartTime>().unwrap();
        for (start, stop, across) in [
            ("2026-03-08T00:10", "2026-03-08T00:59", false),
            ("2026-03-08T00:10", "2026-03-08T01:00", true),
            ("2026-03-07T22:00", "2026-03-08T04:00", true),
            ("2026-03-08T02:59", "2026-03-08T04:00", true),
            ("2026-03-08T03:00", "2026-03-08T04:00", false),
            ("2026-03-08T03:00", "2026-11-01T00:59", false),
            ("2026-03-08T03:00", "2026-11-01T01:00", true),
            ("2025-12-31T23:00", "2026-03-08T02:00", false),
            ("2150-03-08T02:00", "2150-03-08T02:30", true),
        ] {
            assert_eq!(across_clock_change(time(start), time(stop)), across, "{start} {stop}");
        }
    }
}
