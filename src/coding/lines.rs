//! Builds and combines lines.

use super::{CodedLine, LineKind, Reason, SiteIndex};
use crate::model::{Date, HcpcsCode, Indexes, Modifiers};

impl CodedLine {
    /// An administration line.
    pub(super) fn administration(
        code: HcpcsCode,
        units: i64,
        service_date: Option<Date>,
        site: Option<SiteIndex>,
        administrations: Indexes,
        reason: Reason,
    ) -> Self {
        Self {
            kind: LineKind::Administration,
            code,
            modifiers: Modifiers::NONE,
            units,
            service_date,
            site,
            administrations,
            reason,
        }
    }
}

impl Reason {
    pub(super) fn new(step: &'static str, about: &'static str) -> Self {
        Self { step, about, minutes: None }
    }

    pub(super) fn of_minutes(step: &'static str, about: &'static str, minutes: i64) -> Self {
        Self { step, about, minutes: Some(minutes) }
    }
}

/// Orders lines by kind, site, code, modifiers and date, and sums those that agree in all of these. `rank` places the
/// administrations in the order of their ids.
pub(super) fn combine(lines: &mut Vec<CodedLine>, rank: impl Fn(u32) -> u32) {
    lines.retain(|line| line.units > 0);
    let rest = |line: &CodedLine| (line.modifiers, line.service_date);
    lines.sort_by(|left, right| {
        leading_key(left).cmp(&leading_key(right)).then_with(|| rest(left).cmp(&rest(right))).then_with(|| {
            let first = |line: &CodedLine| line.administrations.iter().map(|&row| rank(row)).min();
            first(left).cmp(&first(right))
        })
    });
    lines.dedup_by(|line, last| {
        let same = leading_key(line) == leading_key(last) && rest(line) == rest(last);
        if same {
            last.units += line.units;
            last.administrations.extend_from_slice(&line.administrations);
            last.reason.minutes = match (last.reason.minutes, line.reason.minutes) {
                (Some(one), Some(other)) => Some(one + other),
                (one, other) => one.or(other),
            };
        }
        same
    });
    for line in lines.iter_mut().filter(|line| line.administrations.len() > 1) {
        line.administrations.sort_unstable_by_key(|&row| rank(row));
        line.administrations.dedup();
    }
}

/// Kind, site and code as one number, which compares as they do: no site before the first.
fn leading_key(line: &CodedLine) -> u64 {
    let site = line.site.map_or(0, |site| u64::from(site) + 1);
    (line.kind as u64) << 60 | site << 40 | line.code.number()
}
