//! What the hour rules share.

use crate::coding::intervals::Interval;
use crate::coding::{Technique, intervals};
use crate::model::{HcpcsCode, Minutes};
use crate::rules::{Case, codes};

/// Whether the hours belong to a pause or restart that was billed as a new service; that is another finding.
pub(super) fn is_restart(case: &Case<'_>, hours: HcpcsCode) -> bool {
    hours != codes::HYDRATION_HOURS && case.restart_billed_as_new()
}

/// Charted hydration intervals of the encounter, overlapping ones as charted.
pub(super) fn hydration_intervals(case: &Case<'_>) -> Vec<Interval> {
    let services = case.coded.services.iter().filter(|service| service.technique == Technique::Hydration);
    services.flat_map(|service| service.intervals.iter().copied()).collect()
}

/// Whether billed hydration hours fit the charted fluid and only its overlap with drugs makes them too many; that is
/// another finding.
pub(super) fn overlap_explains(case: &Case<'_>, hours: HcpcsCode) -> bool {
    if hours != codes::HYDRATION_HOURS {
        return false;
    }
    let charted = intervals::total(&intervals::union(hydration_intervals(case)));
    let alone = case.minutes_of(codes::HYDRATION_HOURS).or(case.minutes_of(codes::HYDRATION_INITIAL));
    let units = if charted >= 31 { (charted + 29) / 60 } else { 0 };
    charted > alone.unwrap_or_default() && case.billed(hours) <= units
}

/// The administrations behind an hour code and the codes it extends.
pub(super) fn rows_of(case: &Case<'_>, hours: HcpcsCode, bases: &[HcpcsCode]) -> Vec<u32> {
    let lines = case.coded.lines.iter().filter(|line| line.code == hours || bases.contains(&line.code));
    lines.flat_map(|line| line.administrations.iter().copied()).collect()
}

/// Documented minutes of the services that an hour code extends.
pub(super) fn base_minutes(case: &Case<'_>, hours: HcpcsCode, bases: &[HcpcsCode]) -> Minutes {
    let minutes: Option<Minutes> =
        bases.iter().filter_map(|base| case.minutes_of(*base)).reduce(|one, other| one + other);
    minutes.or_else(|| case.minutes_of(hours)).unwrap_or_default()
}
