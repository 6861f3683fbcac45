//! Step 2: charted times become minutes; impossible and missing ones are named.

use super::Coder;
use super::eligible::Given;
use crate::model::{ChartTime, Method, Minutes, Route, SubstanceClass};
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
        let rows = one.rows.clone();
        self.flag_all(&rows, flag);
    }

    /// stop = start + volume ÷ rate, for infusions whose record has both.
    fn derive_stop(&mut self, one: &mut Given) {
        let infusion =
            one.method == Some(Method::Infusion) || (one.method.is_none() && one.route == Route::Intravenous);
        let (true, Some(start), Some(minutes)) = (infusion, one.start, self.volume_minutes(one)) else { return };
        if minutes > 0 {
            one.stop = Some(ChartTime { local: start.local + minutes, offset: start.offset });
            one.derived_stop = true;
            let rows = one.rows.clone();
            self.flag_all(&rows, "derived-stop-time");
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
/// Sunday of March and the first Sunday of November (Energy Policy Act of 2005).
fn across_clock_change(start: ChartTime, stop: ChartTime) -> bool {
    let touches = |day: &crate::model::Date| {
        let midnight = i64::from(day.0) * DAY;
        start.local < midnight + 180 && stop.local >= midnight + 60
    };
    clock_changes(start.date().year()).iter().flatten().any(touches)
}

/// The two days of a year; those of 1970 to 2099 are worked out once, since every charted row asks.
fn clock_changes(year: i16) -> [Option<crate::model::Date>; 2] {
    static YEARS: LazyLock<Vec<[Option<crate::model::Date>; 2]>> =
        LazyLock::new(|| (1970..2100).map(changes_of).collect());
    usize::try_from(year - 1970).ok().and_then(|at| YEARS.get(at).copied()).unwrap_or_else(|| changes_of(year))
}

fn changes_of(year: i16) -> [Option<crate::model::Date>; 2] {
    [(3, 2), (11, 1)].map(|(month, nth)| {
        let first = jiff::civil::Date::new(year, month, 1).ok()?;
        let sunday = first.nth_weekday_of_month(nth, jiff::civil::Weekday::Sunday).ok()?;
        Some(crate::model::Date::from_civil(sunday))
    })
}
