//! Builds and combines lines.

use super::{CodedLine, LineKind, Reason, SiteIndex};
use crate::model::{Date, HcpcsCode, Indexes, Modifiers};
use smallvec::SmallVec;

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
    let mut order: SmallVec<[(u64, u32); 16]> = SmallVec::new();
    for (at, line) in lines.iter().enumerate() {
        order.push((leading_key(line), at as u32));
    }
    let rest = |line: &CodedLine| (line.modifiers, line.service_date);
    order.sort_unstable_by(|&(left, one), &(right, other)| {
        left.cmp(&right).then_with(|| {
            let (one_line, other_line) = (&lines[one as usize], &lines[other as usize]);
            let first = |line: &CodedLine| line.administrations.iter().map(|&row| rank(row)).min();
            let key = |line| (rest(line), first(line));
            key(one_line).cmp(&key(other_line)).then(one.cmp(&other))
        })
    });
    put_in_order(lines, &mut order);
    // Lines of one code on one site are few.
    if order.windows(2).any(|pair| pair[0].0 == pair[1].0) {
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
    }
    for line in lines.iter_mut().filter(|line| line.administrations.len() > 1) {
        line.administrations.sort_unstable_by_key(|&row| rank(row));
        line.administrations.dedup();
    }
}

/// Moves each line to the place that `order` gives to its index, one cycle of moves after the other.
fn put_in_order(lines: &mut [CodedLine], order: &mut [(u64, u32)]) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = order[at].1 as usize;
            order[at].1 = at as u32;
            if from == start {
                break;
            }
            lines.swap(at, from);
            at = from;
        }
    }
}

/// Kind, site and code as one number, which compares as they do: no site before the first.
fn leading_key(line: &CodedLine) -> u64 {
    let site = line.site.map_or(0, |site| u64::from(site) + 1);
    (line.kind as u64) << 60 | site << 40 | line.code.number()
}
