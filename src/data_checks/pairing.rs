//! Encounters with both a chart and a bill, as a whole, by month and by group.

use super::check::Check;
use super::counts::{Counter, DayCounts, GROUPS};
use super::judge::{Judge, LEAST_CASES, is_beyond, month_of};
use super::sentences::{Found, Lacking};
use super::state::DataState;
use crate::schema::Table;
use std::collections::BTreeMap;

/// Days after its service within which most claims are submitted.
const CLAIM_LAG: i32 = 45;

/// Days by which charts may be newer than the last submitted claim.
const CHART_LEAD: i32 = 7;

/// First and last day, all but one of 200 at each end left out.
pub(super) fn span(days: &BTreeMap<i32, u64>) -> Option<(i32, i32)> {
    let mut left = days.values().sum::<u64>() / 200;
    let first = days.iter().find(|(_, count)| {
        let enough = **count > left;
        left = left.saturating_sub(**count);
        enough
    });
    Some((*first?.0, horizon(days)?))
}

/// The day up to which all but one of 200 lie.
fn horizon(days: &BTreeMap<i32, u64>) -> Option<i32> {
    let all: u64 = days.values().sum();
    let mut left = all / 200;
    for (day, count) in days.iter().rev() {
        if *count > left {
            return Some(*day);
        }
        left -= count;
    }
    None
}

/// Size of the month in which the middle encounter lies, months in the order of their sizes.
fn usual_size(sizes: impl Iterator<Item = u64>) -> u64 {
    let mut sizes: Vec<u64> = sizes.collect();
    sizes.sort_unstable();
    let half = sizes.iter().sum::<u64>().div_ceil(2);
    let mut so_far = 0;
    let reaches = |size: &&u64| {
        so_far += **size;
        so_far >= half
    };
    sizes.iter().find(reaches).copied().unwrap_or(0)
}

impl Judge<'_> {
    /// Days of encounters whose bill may still come: those shortly before the last submitted claims. None where many claims
    /// name encounters that are not there: their bills came and met no chart.
    fn awaiting(&self) -> impl Fn(i32) -> bool + use<> {
        let counts = self.evidence.counts;
        let claims = self.evidence.tables.get(Table::Claims.as_str());
        let strays = claims.and_then(|rows| rows.quarantined.get("foreign-key-unmatched")).copied().unwrap_or(0);
        let (strays, _) = self.strays(Table::Claims, strays);
        let astray = claims.is_some_and(|rows| strays * 10 > rows.rows_in);
        let submitted = horizon(&counts.submitted_days).map(|day| (day - CLAIM_LAG, day + CHART_LEAD));
        // Claims of encounters before the first charted ones tell how far claims have come, too.
        let mut billed = counts.billed_days.clone();
        counts.stray_days[0].iter().for_each(|(day, rows)| *billed.entry(*day).or_default() += rows);
        let billed = horizon(&billed).map(|day| (day - CLAIM_LAG, day + CLAIM_LAG));
        let window = submitted.or(billed).filter(|_| !astray);
        move |day| window.is_some_and(|(from, to)| (from + 1..=to).contains(&day))
    }

    /// Encounters without a bill and without a chart, by count and by dollars.
    pub(super) fn pairing(&mut self, state: &mut DataState) {
        if self.evidence.without_claims || self.evidence.without_charts {
            return;
        }
        let [paired, chart_only, bill_only] =
            [Counter::Paired, Counter::ChartOnly, Counter::BillOnly].map(|counter| self.of(counter));
        let all = paired + chart_only + bill_only;
        let awaiting = self.awaiting();
        let days = &self.evidence.counts.days;
        let late: u64 = days.iter().filter(|(day, _)| awaiting(**day)).map(|(_, of)| of.chart_only).sum();
        let [paired_cents, chart_cents, bill_cents] =
            [Counter::PairedCents, Counter::ChartOnlyCents, Counter::BillOnlyCents].map(|counter| self.of(counter));
        let dollars = paired_cents + chart_cents + bill_cents;
        let check = Check::UnpairedEncounters;
        let found = |side, cents| Found { side: Some(side), cents, dollars, ..Found::default() };
        // Charts whose bill may still come are noted and stop nothing.
        let overdue = chart_only - late;
        // Whole months without a chart are noted for themselves, while they are the lesser part.
        let chartless = self.chartless_months();
        let scattered = if chartless * 2 < all { bill_only - chartless } else { bill_only };
        self.share(check, overdue, all, found(Lacking::Bill, chart_cents));
        self.share(check, scattered, all, found(Lacking::Chart, bill_cents));
        let large = |part: u64, cents: u64| {
            let limit = self.evidence.limits.of(check).unsigned_abs();
            limit < 100 && part >= 10 && all >= 30 && u128::from(cents) * 100 > u128::from(dollars) * u128::from(limit)
        };
        // Dollars of a part of the encounters, as if all had the same.
        let part_of = |cents: u64, part: u64, of: u64| {
            u64::try_from(u128::from(cents) * u128::from(part) / u128::from(of.max(1))).unwrap_or(0)
        };
        let chart_large = large(overdue, part_of(chart_cents, overdue, chart_only));
        let bill_large = large(scattered, part_of(bill_cents, scattered, bill_only));
        if chart_large {
            self.enter(check, (overdue, all), true, true, found(Lacking::Bill, chart_cents));
        }
        if bill_large {
            self.enter(check, (scattered, all), true, true, found(Lacking::Chart, bill_cents));
        }
        if late >= LEAST_CASES && late * 20 >= all {
            self.enter(check, (late, all), false, true, found(Lacking::LateBill, chart_cents));
        }
        self.months(&awaiting);
        self.groups(late * 20 < all, self.billed_outside_charts() * 20 < all);
        if !self.checks.iter().any(|(known, _)| *known == check) {
            self.enter(check, (0, all), false, false, Found::default());
        }
        state.encounters = all + self.of(Counter::Pending);
    }

    /// Encounters with a bill alone in months in which nine of ten have no chart.
    fn chartless_months(&self) -> u64 {
        let mut months: BTreeMap<String, DayCounts> = BTreeMap::new();
        for (day, of) in &self.evidence.counts.days {
            months.entry(month_of(*day)).or_default().add(*of);
        }
        let all = |of: &DayCounts| of.paired + of.chart_only + of.bill_only;
        let usual = usual_size(months.values().map(all));
        let chartless = |of: &&DayCounts| all(of) * 5 >= usual && of.bill_only * 10 >= all(of) * 9;
        months.values().filter(chartless).map(|of| of.bill_only).sum()
    }

    /// Encounters with a bill alone on days before or after those of the charts.
    fn billed_outside_charts(&self) -> u64 {
        let days = &self.evidence.counts.days;
        let charted = days.iter().map(|(day, of)| (*day, of.paired + of.chart_only + of.pending));
        let Some((first, last)) = span(&charted.filter(|(_, of)| *of > 0).collect()) else { return 0 };
        days.iter().filter(|(day, _)| !(first..=last).contains(*day)).map(|(_, of)| of.bill_only).sum()
    }

    /// Departments, payer types and claim forms of which most encounters lack one side. A side counts only where it covers
    /// the days of the other: where `bills` are not late, and `charts` begin when bills do.
    fn groups(&mut self, bills: bool, charts: bool) {
        let limit = self.evidence.limits.of(Check::UnpairedGroups);
        let all = |of: &DayCounts| of.paired + of.chart_only + of.bill_only;
        for (side, lacking) in
            [(Lacking::Bill, (|of| of.chart_only) as fn(&DayCounts) -> u64), (Lacking::Chart, |of| of.bill_only)]
        {
            let counted = if side == Lacking::Chart { charts } else { bills };
            let kinds = GROUPS.iter().zip(&self.evidence.counts.groups).filter(|_| counted);
            let groups = kinds.flat_map(|(kind, groups)| groups.iter().map(move |(name, of)| (*kind, name, of)));
            let beyond = groups.filter(|(.., of)| is_beyond(lacking(of), all(of), limit.min(99)));
            let beyond: Vec<(String, DayCounts)> =
                beyond.map(|(kind, name, of)| (format!("{kind} {name}"), *of)).collect();
            let names: Vec<String> = beyond.iter().map(|(name, _)| name.clone()).collect();
            let sums = beyond.iter().fold((0, 0), |sum, (_, of)| (sum.0 + lacking(of), sum.1 + all(of)));
            let said = Found { side: Some(side), names: &names, ..Found::default() };
            self.enter(Check::UnpairedGroups, sums, !names.is_empty(), false, said);
        }
    }

    /// Months in which most charted encounters have no bill: stop. Months in which most bills have no chart: a note, for a
    /// practice may chart elsewhere for a time.
    fn months(&mut self, awaiting: &impl Fn(i32) -> bool) {
        let limit = self.evidence.limits.of(Check::UnpairedMonths);
        let mut months: BTreeMap<String, DayCounts> = BTreeMap::new();
        for (day, of) in &self.evidence.counts.days {
            let chart_only = if awaiting(*day) { 0 } else { of.chart_only };
            months.entry(month_of(*day)).or_default().add(DayCounts { chart_only, ..*of });
        }
        let all = |of: &DayCounts| of.paired + of.chart_only + of.bill_only;
        let usual = usual_size(months.values().map(all));
        let without = |lacking: fn(&DayCounts) -> u64| {
            // Strays of other months are no months.
            let full = months.iter().filter(|(_, of)| all(of) * 5 >= usual);
            let beyond = full.filter(|(_, of)| is_beyond(lacking(of), all(of), limit.min(99)));
            beyond.map(|(month, of)| (month.clone(), lacking(of), all(of))).collect::<Vec<_>>()
        };
        let (bills, charts) = (without(|of| of.chart_only), without(|of| of.bill_only));
        for (side, found, stops) in [(Lacking::Bill, bills, true), (Lacking::Chart, charts, false)] {
            let names: Vec<String> = found.iter().map(|(month, ..)| month.clone()).collect();
            let sums = found.iter().fold((0, 0), |sum, (_, part, of)| (sum.0 + part, sum.1 + of));
            let said = Found { side: Some(side), names: &names, ..Found::default() };
            self.enter(Check::UnpairedMonths, sums, stops && !found.is_empty(), !found.is_empty(), said);
        }
    }
}
