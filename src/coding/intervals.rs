//! Arithmetic on sets of minutes: sorted, disjoint, half-open intervals on the absolute timeline.

use crate::model::Minutes;

/// A half-open interval of minutes.
pub type Interval = (Minutes, Minutes);

/// Intervals of one service or a few: two of them need no allocation.
pub type Intervals = smallvec::SmallVec<[Interval; 2]>;

/// Sorts and joins intervals that overlap or touch; empty ones vanish.
#[must_use]
pub fn union(intervals: impl IntoIterator<Item = Interval>) -> Intervals {
    let mut all = Intervals::new();
    for (start, stop) in intervals {
        if start < stop {
            all.push((start, stop));
        }
    }
    if all.len() < 2 {
        return all;
    }
    all.sort_unstable();
    let mut joined = 0;
    for at in 1..all.len() {
        let (start, stop) = all[at];
        if start <= all[joined].1 {
            all[joined].1 = all[joined].1.max(stop);
        } else {
            joined += 1;
            all[joined] = (start, stop);
        }
    }
    all.truncate(joined + 1);
    all
}

/// Both unions as one.
#[must_use]
pub fn join(one: &[Interval], other: &[Interval]) -> Intervals {
    match (one, other) {
        ([], only) | (only, []) => only.into(),
        _ => union(one.iter().chain(other).copied()),
    }
}

/// What of `from` (a union) lies outside `taken` (a union).
#[must_use]
pub fn subtract(from: &[Interval], taken: &[Interval]) -> Intervals {
    let mut rest = Intervals::new();
    for &(mut start, stop) in from {
        for &(taken_start, taken_stop) in taken {
            if taken_stop <= start {
                continue;
            }
            if taken_start >= stop {
                break;
            }
            if taken_start > start {
                rest.push((start, taken_start));
            }
            start = taken_stop;
        }
        if start < stop {
            rest.push((start, stop));
        }
    }
    rest
}

/// Minutes in a union.
#[must_use]
pub fn total(intervals: &[Interval]) -> Minutes {
    intervals.iter().map(|(start, stop)| stop - start).sum()
}

/// The clock minute at which the given minute of the union begins; its end for a minute beyond.
#[must_use]
pub fn position(intervals: &[Interval], mut minute: Minutes) -> Option<Minutes> {
    for &(start, stop) in intervals {
        if minute < stop - start {
            return Some(start + minute);
        }
        minute -= stop - start;
    }
    intervals.last().map(|(_, stop)| *stop)
}

/// Minutes from a moment to the nearest end of the union's intervals; 0 inside one.
#[must_use]
pub fn distance(intervals: &[Interval], moment: Minutes) -> Option<Minutes> {
    intervals.iter().map(|&(start, stop)| if moment < start { start - moment } else { (moment - stop).max(0) }).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn union_joins_and_subtract_cuts() {
        let all = union(vec![(50, 60), (0, 10), (10, 20), (15, 30), (40, 40)]);
        assert_eq!(all.as_slice(), [(0, 30), (50, 60)]);
        assert_eq!(subtract(&all, &[(5, 8), (25, 55)]).as_slice(), [(0, 5), (8, 25), (55, 60)]);
        assert_eq!(subtract(&all, &[]), all);
        assert!(subtract(&all, &[(-10, 100)]).is_empty());
        assert_eq!(position(&all, 30), Some(50));
        assert_eq!(distance(&all, 41), Some(9));
        assert_eq!(distance(&all, 10), Some(0));
    }
}
