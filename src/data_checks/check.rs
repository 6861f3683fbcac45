//! The checks by name.

use std::fmt;
use std::str::FromStr;

macro_rules! checks {
    ($($(#[$about:meta])* $item:ident = $name:literal, $title:literal, $limit:literal;)+) => {
        /// One check of a run's data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check { $($(#[$about])* $item),+ }

        impl Check {
            /// Every check, in the order in which they are shown: causes before what follows from them.
            pub const ALL: &'static [Check] = &[$(Check::$item),+];

            /// Stable name: of `--accept`, of `[checks]` in a policy, in the manifest and the metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Check::$item => $name),+ }
            }

            /// Short title for pages.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Check::$item => $title),+ }
            }

            /// Default limit in percent. A share above it stops the run; at 100 nothing does.
            #[must_use]
            pub const fn default_limit(self) -> i64 {
                match self { $(Check::$item => $limit),+ }
            }
        }
    };
}

checks! {
    /// A table without a row that can be audited.
    EmptyTable = "empty-table", "Table without usable rows", 0;
    /// Files that were part of the last night and are gone.
    FilesGone = "files-gone", "Files that went away", 0;
    /// Rows with a value that cannot be read.
    UnreadableRows = "unreadable-rows", "Rows that cannot be read", 2;
    /// Rows whose encounter is not in the encounters table.
    UnmatchedRows = "unmatched-rows", "Rows of encounters that the encounters table lacks", 50;
    DuplicateRows = "duplicate-rows", "Rows with a duplicate key", 20;
    /// Rows that a later version of the same administration or claim replaces.
    SupersededRows = "superseded-rows", "Rows replaced by a later version", 20;
    /// Charted rows, and encounters with claim lines, that are there twice under different ids.
    CopiedRows = "copied-rows", "Rows copied under another id", 5;
    /// Dates and times outside 1990 to 2299.
    ImplausibleDates = "implausible-dates", "Dates outside 1990 to 2299", 5;
    /// Claim lines without a HCPCS code.
    ClaimCodes = "claim-codes", "Claim lines without a HCPCS code", 60;
    /// Encounters with a chart and no bill, or a bill and no chart.
    UnpairedEncounters = "unpaired-encounters", "Encounters with only a chart or only a bill", 25;
    /// Months of service in which most charted encounters have no bill.
    UnpairedMonths = "unpaired-months", "Months with one side missing", 50;
    /// Departments, payer types and claim forms of which most encounters lack one side.
    UnpairedGroups = "unpaired-groups", "Departments, payers or claim forms with one side only", 50;
    /// Charted drugs, and no claim line with a drug code.
    DrugCodes = "drug-codes", "No drug codes on claims", 0;
    /// Drug codes on claims, and no line with an administration code.
    AdministrationCodes = "administration-codes", "No administration codes on claims", 0;
    /// Stops a month or more after their start.
    OpenEnds = "open-ends", "Stops that mean an open end", 20;
    /// Charted rows without a start.
    ChartedStarts = "charted-starts", "Charted rows without a start time", 50;
    /// Charted infusions without a stop.
    ChartedStops = "charted-stops", "Infusions without a stop time", 50;
    /// Rows whose stop lies before their start.
    ReversedTimes = "reversed-times", "Stops before their start", 20;
    /// Charted times that something else had already: the order, the record, the stay, the clock's full hour.
    CopiedTimes = "copied-times", "Times that were not charted", 60;
    /// Charted drugs for which neither chart nor tables give a HCPCS code.
    ChartedDrugs = "charted-drugs", "Charted drugs without a code", 30;
    /// Charted rows whose drug no table classifies.
    UnknownDrugs = "unknown-drugs", "Drugs that are in no reference table", 20;
    /// Claim lines with a drug or product code that no table knows.
    UnknownCodes = "unknown-codes", "Drug codes that are in no reference table", 30;
    /// Charted doses that make no billing units.
    Doses = "doses", "Doses that do not convert", 50;
    /// Encounters whose claim dates and charted dates do not meet.
    DatesApart = "dates-apart", "Claim and chart on different days", 10;
    /// Charted rows outside their encounter's stay.
    ClockShift = "clock-shift", "Charted times outside the stay", 20;
    /// Billed units of drugs far from the charted ones.
    UnitScale = "unit-scale", "Drug units far from the charted dose", 30;
    /// Amounts of money far from the tables' prices.
    MoneyScale = "money-scale", "Amounts far from the price tables", 10;
    /// Claim lines with a negative amount.
    NegativeAmounts = "negative-amounts", "Claim lines with negative amounts", 2;
    /// Drugs whose billed units differ from the charted ones.
    DrugUnits = "drug-units", "Drug units that differ from the charted dose", 20;
    /// Encounters whose chart and bill disagree on more than half of their dollars.
    Disagreement = "disagreement", "Chart and bill have little in common", 12;
    /// Encounters on which the same rule finds dollars.
    OneRule = "one-rule", "One rule finds dollars on many encounters", 50;
    /// Payers of policies and fee schedules that no claim carries.
    UnusedPayers = "unused-payers", "Payers that no claim carries", 100;
}

impl fmt::Display for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Check {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_lowercase().replace('_', "-");
        Check::ALL.iter().copied().find(|check| check.as_str() == wanted).ok_or_else(|| {
            let names: Vec<&str> = Check::ALL.iter().map(|check| check.as_str()).collect();
            format!("no check has this name; one of {}", names.join(", "))
        })
    }
}
