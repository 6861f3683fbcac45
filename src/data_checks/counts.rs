//! Counts of a run's data, added up encounter by encounter.

use crate::model::normal_name;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

macro_rules! counters {
    ($($(#[$about:meta])* $item:ident),+ $(,)?) => {
        /// What is counted.
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

/// Payers kept: a feed with more names them in other ways than as payers.
const MOST_PAYERS: usize = 10_000;

impl Default for DataCounts {
    fn default() -> Self {
        Self {
            counts: [0; COUNTERS],
            days: BTreeMap::new(),
            billed_days: BTreeMap::new(),
            submitted_days: BTreeMap::new(),
            payers: BTreeSet::new(),
        }
    }
}

impl DataCounts {
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.counts[counter as usize]
    }

    pub fn add(&mut self, counter: Counter, count: u64) {
        let of = &mut self.counts[counter as usize];
        *of = of.saturating_add(count);
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
        for (day, count) in other.billed_days {
            *self.billed_days.entry(day).or_default() += count;
        }
        for (day, count) in other.submitted_days {
            *self.submitted_days.entry(day).or_default() += count;
        }
        let room = MOST_PAYERS.saturating_sub(self.payers.len());
        self.payers.extend(other.payers.into_iter().take(room));
    }

    /// The counts as text, without payers: `counter=count`, `d<day>=paired/chart/bill/pending`, `b<day>=count` and
    /// `s<day>=count`, separated by spaces.
    #[must_use]
    pub fn encode(&self) -> String {
        let counts = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let counts = counts.map(|(at, count)| format!("{at}={count}"));
        let day = |(day, of): (&i32, &DayCounts)| {
            format!("d{day}={}/{}/{}/{}", of.paired, of.chart_only, of.bill_only, of.pending)
        };
        let days = self.days.iter().map(day);
        let billed = self.billed_days.iter().map(|(day, count)| format!("b{day}={count}"));
        let submitted = self.submitted_days.iter().map(|(day, count)| format!("s{day}={count}"));
        counts.chain(days).chain(billed).chain(submitted).collect::<Vec<_>>().join(" ")
    }

    /// Adds counts that [`DataCounts::encode`] wrote. What is not of its form adds nothing.
    pub fn add_encoded(&mut self, text: &str) {
        for (key, value) in text.split(' ').filter_map(|item| item.split_once('=')) {
            let number = value.parse::<u64>().ok();
            let kind = key.chars().next().filter(char::is_ascii_alphabetic);
            let Ok(place) = key[kind.map_or(0, char::len_utf8)..].parse::<i32>() else { continue };
            match (kind, number) {
                (Some('d'), _) => {
                    let mut parts = value.split('/').map(|part| part.parse::<u64>().unwrap_or(0));
                    let mut next = || parts.next().unwrap_or(0);
                    let (paired, chart_only, bill_only, pending) = (next(), next(), next(), next());
                    self.days.entry(place).or_default().add(DayCounts { paired, chart_only, bill_only, pending });
                }
                (Some('b'), Some(count)) => *self.billed_days.entry(place).or_default() += count,
                (Some('s'), Some(count)) => *self.submitted_days.entry(place).or_default() += count,
                (None, Some(count)) => {
                    if let Some(of) = usize::try_from(place).ok().and_then(|at| self.counts.get_mut(at)) {
                        *of = of.saturating_add(count);
                    }
                }
                _ => {}
            }
        }
    }
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
        let mut back = DataCounts::default();
        back.add_encoded(&counts.encode());
        back.add_encoded("");
        back.add_encoded("nothing 9999=3 m=1 x5=1 -3=1");
        assert_eq!(back, counts);
        back.merge(counts.clone());
        assert_eq!(back.get(Counter::Paired), 6);
        assert_eq!((back.days[&20_483].pending, back.submitted_days[&20_500]), (8, 2));
    }
}
