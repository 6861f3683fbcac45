//! Encounters whose deadlines a new as-of date moves: without any new row, their findings change.

use super::leaves::{ACCOUNTS_NAME, LEAVES};
use super::saved::LeafRecord;
use crate::error::Error;
use crate::model::Date;
use crate::output::DEADLINE;
use crate::policy::{DayLimits, PolicySet};
use crate::run::each_row;
use std::collections::BTreeSet;
use std::path::Path;

/// What a deadline says at an age, in days.
#[derive(Debug, PartialEq, Eq)]
enum Says {
    Nothing,
    Left(i64),
    Passed,
}

/// Whether the findings of an encounter of `day` may differ between two as-of dates, under any limits of a policy.
fn differs(day: i64, (before, now): (i64, i64), limits: &DayLimits) -> bool {
    let ages = [before - day, now - day];
    let filing = |age: i64, (limit, warning): (i64, i64)| match limit - age {
        left if age < 0 || left > warning => Says::Nothing,
        left if left < 0 => Says::Passed,
        left => Says::Left(left),
    };
    limits.grace.iter().any(|grace| (ages[0] < *grace) != (ages[1] < *grace))
        || limits.filing.iter().any(|limit| filing(ages[0], *limit) != filing(ages[1], *limit))
}

/// Days that are looked at one by one; a longer stretch holds mistyped dates and is looked at as a whole.
const MOST_DAYS: i64 = 10_000;

fn may_differ(leaf: &LeafRecord, dates: (i64, i64), limits: &DayLimits) -> bool {
    let Some((first, last)) = leaf.totals.deadline_days else { return false };
    last - first > MOST_DAYS || (first..=last).any(|day| differs(day, dates, limits))
}

/// The encounters. Only leaves with days for which it matters are read.
pub(super) fn moved(
    state: &Path,
    leaves: &[LeafRecord],
    (before, now): (Option<Date>, Option<Date>),
    policies: &PolicySet,
) -> Result<BTreeSet<String>, Error> {
    let mut ids = BTreeSet::new();
    let (Some(before), Some(now)) = (before, now) else { return Ok(ids) };
    let dates = (i64::from(before.0), i64::from(now.0));
    let limits = policies.day_limits();
    for leaf in leaves.iter().filter(|leaf| may_differ(leaf, dates, &limits)) {
        let columns = ["encounter_id", "part", "rows"];
        each_row(&state.join(LEAVES).join(&leaf.name), ACCOUNTS_NAME, &columns, |row| {
            if row.text(1) == DEADLINE && differs(row.cents(2), dates, &limits) {
                ids.insert(row.text(0).to_owned());
            }
            Ok(())
        })?;
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_matters_while_a_limit_is_near_and_when_it_passes() {
        let limits = DayLimits { filing: vec![(365, 30)], grace: vec![5] };
        let matters = |day, dates| differs(day, dates, &limits);
        let day = 1_000;
        for (before, now, expected) in [
            (day + 10, day + 11, false),
            (day + 4, day + 5, true),
            (day + 334, day + 335, true),
            (day + 333, day + 334, false),
            (day + 350, day + 351, true),
            (day + 350, day + 350, false),
            (day + 365, day + 366, true),
            (day + 366, day + 367, false),
            (day + 100, day + 400, true),
            (day + 400, day + 100, true),
            (day - 3, day - 2, false),
        ] {
            assert_eq!(matters(day, (before, now)), expected, "{} to {}", before - day, now - day);
        }
    }
}
