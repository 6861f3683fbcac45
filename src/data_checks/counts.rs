//! Counts of a run's data, added up encounter by encounter.

use crate::model::{Date, normal_name};
use crate::schema::Table;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

macro_rules! counters {
    ($($(#[$about:meta])* $item:ident),+ $(,)?) => {
        /// A count of encounters, rows or codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Counter { $($(#[$about])* $item),+ }

        impl Counter {
            /// Every counter. Their order is part of the state's format: new ones go to the end.
            pub const ALL: &'static [Counter] = &[$(Counter::$item),+];
        }
    };
}

counters! {
    Encounters,
    /// Encounters whose record supports a line and whose bill has a line that the audit compares.
    Paired,
    ChartOnly,
    BillOnly,
    /// Encounters without a bill that is not due yet, or of a run without claims.
    Pending,
    /// Supported and billed dollars of paired encounters, the larger of the two, in cents.
    PairedCents,
    /// Supported dollars of encounters without a bill, in cents.
    ChartOnlyCents,
    /// Billed dollars of encounters without a chart, in cents.
    BillOnlyCents,
    ClaimLines,
    LinesWithoutCode,
    /// Claim lines with a drug or product code (J, Q, or C of a drug).
    ProductLines,
    UnknownProductLines,
    /// Lines with an administration code that the audit compares.
    AdministrationLines,
    /// Charted rows that were given by a parenteral route.
    GivenRows,
    UnknownDrugRows,
    /// Rows, hydration apart, for which neither chart nor tables give a HCPCS code.
    UncodedRows,
    RowsWithoutStart,
    /// Given rows charted as infusions, or by vein with no method.
    Infusions,
    InfusionsWithoutStop,
    /// Rows with start and stop.
    TimedRows,
    ReversedRows,
    /// Rows that earn or should earn a drug line.
    DrugRows,
    RowsWithoutUnits,
    /// Paired encounters with a date on both sides.
    DatedEncounters,
    DatesApart,
    /// Infusions with start and stop; those of no minute, those that begin on the hour, and those that stop or begin when
    /// something else did: the record, the order, the encounter.
    TimedInfusions,
    NoMinutes,
    OnTheHour,
    StopIsRecorded,
    StartIsOrder,
    StartIsArrival,
    StopIsDeparture,
    /// Charted rows of encounters with a stay.
    RowsInStays,
    RowsOutsideStay,
    /// Ledger entries with a table's price and the amount on all their claim lines; those far below and far above.
    AllowedPriced,
    AllowedLow,
    AllowedHigh,
    PaidPriced,
    PaidLow,
    PaidHigh,
    ChargePriced,
    ChargeLow,
    ChargeHigh,
    /// Drug entries with supported and billed units; those billed at an eighth or less, or eight times or more.
    UnitPairs,
    UnitsLow,
    UnitsHigh,
    /// Drug entries whose billed units differ from the supported ones.
    UnitsDiffer,
    /// Claim lines with a negative amount.
    NegativeLines,
    /// Charted rows with a start, and those of them that equal another row of the encounter in all but their id.
    ChartedRows,
    CopiedRows,
    /// Encounters with two live claim lines of different claims or numbers that are equal in code, modifiers, units and date.
    CopiedBills,
    /// Dollars of undisputed leakage and overpayment of paired encounters, in cents.
    DisagreedCents,
    /// Paired encounters of which these are more than half of their own dollars.
    Disagreed,
}

const COUNTERS: usize = Counter::ALL.len();

/// Counts of encounters on one day of service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayCounts {
    pub paired: u64,
    pub chart_only: u64,
    pub bill_only: u64,
    pub pending: u64,
}

impl DayCounts {
    /// Adds the counts of another day or of other encounters of the day.
    pub fn add(&mut self, other: DayCounts) {
        self.paired += other.paired;
        self.chart_only += other.chart_only;
        self.bill_only += other.bill_only;
        self.pending += other.pending;
    }
}

/// Counts of a run's data, or of some encounters of it. Days count from 1970-01-01.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct DataCounts {
    counts: [u64; COUNTERS],
    /// Encounters by day of service.
    pub days: BTreeMap<i32, DayCounts>,
    /// Billed encounters by the last service date on their claims.
    pub billed_days: BTreeMap<i32, u64>,
    /// Billed encounters by the last day on which a claim of theirs was submitted, where that is known.
    pub submitted_days: BTreeMap<i32, u64>,
    /// Rows of claims and of flowsheets whose encounter is not in the encounters table, by day.
    pub stray_days: [BTreeMap<i32, u64>; 2],
    /// Charted minutes of infusions of 16 minutes or more.
    pub durations: BTreeMap<i32, u64>,
    /// Paired encounters with an undisputed difference of dollars, by rule.
    pub rules: BTreeMap<String, u64>,
    /// Encounters by department, payer type and claim form, in the order of [`GROUPS`].
    pub groups: [BTreeMap<String, DayCounts>; GROUPS.len()],
    /// Payers of encounters, as [`normal_name`] writes them, up to [`MOST_PAYERS`].
    pub payers: BTreeSet<String>,
}

/// The counts as a state keeps them.
#[derive(Serialize, Deserialize)]
struct Stored {
    counts: String,
    payers: BTreeSet<String>,
}

impl From<DataCounts> for Stored {
    fn from(counts: DataCounts) -> Self {
        Self { counts: counts.encode(), payers: counts.payers }
    }
}

impl From<Stored> for DataCounts {
    fn from(stored: Stored) -> Self {
        let mut counts = Self { payers: stored.payers, ..Self::default() };
        counts.add_encoded(&stored.counts);
        counts
    }
}

fn add_all<K: Ord>(to: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, count) in from {
        *to.entry(key).or_default() += count;
    }
}

/// Kinds of groups in which encounters are counted.
pub const GROUPS: [&str; 3] = ["department", "payer type", "claim form"];

/// Groups kept: a feed with more departments names something else in that column.
const MOST_GROUPS: usize = 2_000;

/// Payers kept: a feed with more names them in other ways than as payers.
const MOST_PAYERS: usize = 10_000;

impl Default for DataCounts {
    fn default() -> Self {
        Self {
            counts: [0; COUNTERS],
            days: BTreeMap::new(),
            billed_days: BTreeMap::new(),
            submitted_days: BTreeMap::new(),
            stray_days: Default::default(),
            durations: BTreeMap::new(),
            rules: BTreeMap::new(),
            groups: Default::default(),
            payers: BTreeSet::new(),
        }
    }
}

impl DataCounts {
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.counts[counter as usize]
    }

    /// Adds to a counter of rows or encounters, of which there are never too many for it.
    #[inline]
    pub fn add(&mut self, counter: Counter, count: u64) {
        let of = &mut self.counts[counter as usize];
        *of = of.wrapping_add(count);
    }

    /// Adds to a counter of cents; a sum that is too large stays at the largest.
    pub fn add_cents(&mut self, counter: Counter, cents: u64) {
        let of = &mut self.counts[counter as usize];
        *of = of.saturating_add(cents);
    }

    /// Counts a row whose encounter is not in the encounters table.
    pub fn add_stray(&mut self, table: Table, day: Date) {
        *self.stray_days[usize::from(table == Table::Flowsheets)].entry(day.0).or_default() += 1;
    }

    /// Counts an encounter in a group; `kind` is a place in [`GROUPS`].
    pub fn add_group(&mut self, kind: usize, name: &str, of: DayCounts) {
        let groups = &mut self.groups[kind];
        if let Some(known) = groups.get_mut(name) {
            known.add(of);
        } else if groups.len() < MOST_GROUPS {
            groups.insert(name.to_owned(), of);
        }
    }

    pub fn add_payer(&mut self, payer: &str) {
        if self.payers.len() < MOST_PAYERS && !self.payers.contains(payer) {
            self.payers.insert(normal_name(payer));
        }
    }

    /// Adds the counts of other encounters.
    pub fn merge(&mut self, other: DataCounts) {
        for (of, count) in self.counts.iter_mut().zip(other.counts) {
            *of = of.saturating_add(count);
        }
        for (day, counts) in other.days {
            self.days.entry(day).or_default().add(counts);
        }
        add_all(&mut self.billed_days, other.billed_days);
        add_all(&mut self.submitted_days, other.submitted_days);
        add_all(&mut self.durations, other.durations);
        add_all(&mut self.rules, other.rules);
        for (of, days) in self.stray_days.iter_mut().zip(other.stray_days) {
            add_all(of, days);
        }
        for (kind, groups) in other.groups.into_iter().enumerate() {
            groups.iter().for_each(|(name, of)| self.add_group(kind, name, *of));
        }
        let room = MOST_PAYERS.saturating_sub(self.payers.len());
        self.payers.extend(other.payers.into_iter().take(room));
    }

    /// The counts as text, without payers, separated by spaces: `counter=count`; by day or minutes `b`, `s`, `x`, `y` and `u`
    /// with `<key>=count`, `d<day>=paired/chart/bill/pending`; by name `r<rule>=count` and `g<group>=…`, names in hexadecimal
    /// digits.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.counts.iter().enumerate().filter(|(_, of)| **of > 0).map(|(at, of)| format!("{at}={of}")));
        parts.extend(self.days.iter().map(|(day, of)| format!("d{day}={}", four(of))));
        let [claims, charts] = &self.stray_days;
        let by_number = [
            ('b', &self.billed_days),
            ('s', &self.submitted_days),
            ('x', claims),
            ('y', charts),
            ('u', &self.durations),
        ];
        for (kind, of) in by_number {
            parts.extend(of.iter().map(|(key, count)| format!("{kind}{key}={count}")));
        }
        parts.extend(self.rules.iter().map(|(rule, count)| format!("r{}={count}", digits_of(rule))));
        for (kind, groups) in self.groups.iter().enumerate() {
            parts.extend(groups.iter().map(|(name, of)| format!("g{kind}{}={}", digits_of(name), four(of))));
        }
        parts.join(" ")
    }

    /// Adds counts that [`DataCounts::encode`] wrote. What is not of its form adds nothing.
    pub fn add_encoded(&mut self, text: &str) {
        for (key, value) in text.split(' ').filter_map(|item| item.split_once('=')) {
            let kind = key.chars().next().filter(char::is_ascii_alphabetic);
            let rest = &key[kind.map_or(0, char::len_utf8)..];
            match kind {
                Some('r') => {
                    if let Some((rule, count)) = text_of(rest).zip(value.parse::<u64>().ok()) {
                        *self.rules.entry(rule).or_default() += count;
                    }
                }
                Some('g') => {
                    let (kind, name) = rest.split_at_checked(1).unwrap_or_default();
                    let kind = kind.parse::<usize>().ok().filter(|kind| *kind < GROUPS.len());
                    if let Some((kind, name)) = kind.zip(text_of(name)) {
                        self.add_group(kind, &name, of_four(value));
                    }
                }
                _ => self.add_by_number(kind, rest, value),
            }
        }
    }

    fn add_by_number(&mut self, kind: Option<char>, key: &str, value: &str) {
        let Ok(key) = key.parse::<i32>() else { return };
        if kind == Some('d') {
            self.days.entry(key).or_default().add(of_four(value));
            return;
        }
        let Ok(count) = value.parse::<u64>() else { return };
        let [claims, charts] = &mut self.stray_days;
        let of = match kind {
            Some('b') => &mut self.billed_days,
            Some('s') => &mut self.submitted_days,
            Some('x') => claims,
            Some('y') => charts,
            Some('u') => &mut self.durations,
            Some(_) => return,
            None => {
                if let Some(of) = usize::try_from(key).ok().and_then(|at| self.counts.get_mut(at)) {
                    *of = of.saturating_add(count);
                }
                return;
            }
        };
        *of.entry(key).or_default() += count;
    }
}

fn four(of: &DayCounts) -> String {
    format!("{}/{}/{}/{}", of.paired, of.chart_only, of.bill_only, of.pending)
}

fn of_four(text: &str) -> DayCounts {
    let mut parts = text.split('/').map(|part| part.parse::<u64>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let (paired, chart_only, bill_only, pending) = (next(), next(), next(), next());
    DayCounts { paired, chart_only, bill_only, pending }
}

/// Text as hexadecimal digits, which no separator is.
fn digits_of(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn text_of(digits: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back_from_text() {
        let mut counts = DataCounts::default();
        counts.add(Counter::Paired, 3);
        counts.add(Counter::DisagreedCents, 12);
        counts.days.insert(20_483, DayCounts { paired: 2, chart_only: 1, bill_only: 0, pending: 4 });
        counts.billed_days.insert(20_484, 2);
        counts.submitted_days.insert(20_500, 1);
        counts.add_stray(Table::Flowsheets, Date(20_000));
        counts.durations.insert(60, 3);
        counts.rules.insert("IA-T01".to_owned(), 2);
        counts.add_group(0, "3 West = ICU", DayCounts { bill_only: 5, ..DayCounts::default() });
        let mut back = DataCounts::default();
        back.add_encoded(&counts.encode());
        back.add_encoded("");
        back.add_encoded("nothing 9999=3 m=1 k5=1 -3=1 rzz=1 g5=1/1/1/1");
        assert_eq!(back, counts);
        back.merge(counts.clone());
        assert_eq!(back.get(Counter::Paired), 6);
        assert_eq!((back.days[&20_483].pending, back.submitted_days[&20_500]), (8, 2));
    }
}
