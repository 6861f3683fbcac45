//! Builds and combines lines.

use super::{CodedLine, LineKind, Reason, SiteIndex};
use crate::model::{Date, HcpcsCode, Modifiers};

impl CodedLine {
    /// An administration line.
    pub(super) fn administration(
        code: HcpcsCode,
        units: i64,
        service_date: Option<Date>,
        site: Option<SiteIndex>,
        administrations: &[u32],
        reason: Reason,
    ) -> Self {
        Self {
            kind: LineKind::Administration,
            code,
            modifiers: Modifiers::NONE,
            units,
            service_date,
            site,
            administrations: crate::model::Indexes::from_slice(administrations),
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

/// Orders lines by kind, site, code, modifiers and date, and sums those that agree in all of these.
pub(super) fn combine<'e>(lines: &mut Vec<CodedLine>, id: impl Fn(u32) -> &'e str) {
    lines.retain(|line| line.units > 0);
    let key = |line: &CodedLine| (line.kind, line.site, line.code, line.modifiers, line.service_date);
    lines.sort_by(|left, right| {
        key(left).cmp(&key(right)).then_with(|| {
            let ids = |line: &CodedLine| line.administrations.iter().map(|&row| id(row)).min();
            ids(left).cmp(&ids(right))
        })
    });
    let mut combined: Vec<CodedLine> = Vec::with_capacity(lines.len());
    for line in lines.drain(..) {
        match combined.last_mut() {
            Some(last) if key(last) == key(&line) => {
                last.units += line.units;
                last.administrations.extend(line.administrations);
                last.reason.minutes = match (last.reason.minutes, line.reason.minutes) {
                    (Some(one), Some(other)) => Some(one + other),
                    (one, other) => one.or(other),
                };
            }
            _ => combined.push(line),
        }
    }
    for line in &mut combined {
        line.administrations.sort_by_key(|&row| (id(row), row));
        line.administrations.dedup();
    }
    *lines = combined;
}
