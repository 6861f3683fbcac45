//! Compares the counts of a run with the limits of the checks.

use super::check::Check;
use super::counts::{Counter, DataCounts, DayCounts};
use super::limits::CheckLimits;
use super::pairing::span;
use super::sentences::{self, Found};
use super::state::{DataState, Judgement, Side, Verdict};
use crate::model::Date;
use crate::output::TableCounts;
use crate::schema::Table;
use crate::statistics::wilson;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of one input file and how many of them are in quarantine.
#[derive(Debug, Clone)]
pub struct FileRows {
    pub table: Table,
    pub name: String,
    pub rows: u64,
    pub quarantined: u64,
}

/// Input files of the last night that are gone, and encounters that lost all their rows of a table with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    pub files: u64,
    pub encounters: u64,
    /// Encounters that keep rows in another table.
    pub halved: u64,
}

/// Everything that the checks look at.
#[derive(Debug)]
pub struct Evidence<'a> {
    pub counts: &'a DataCounts,
    /// Rows of each table by where they went.
    pub tables: &'a BTreeMap<&'static str, TableCounts>,
    pub files: &'a [FileRows],
    /// Column in which most rows of a table are unreadable for a reason.
    pub columns: &'a BTreeMap<(Table, String), String>,
    /// Times outside 1990 to 2299, read as none.
    pub implausible_times: u64,
    /// Stops 30 days or more after their start, read as missing.
    pub open_ends: u64,
    /// The code column of some claims file holds numbers.
    pub integer_codes: bool,
    /// Files of other kinds in the input folders, such as `3 .csv`.
    pub files_left_out: &'a [String],
    /// Payers that policies and fee schedules name, in the form in which payers are compared.
    pub named_payers: &'a BTreeSet<String>,
    /// Input files of the last night that are gone.
    pub gone: Option<Gone>,
    pub without_claims: bool,
    pub without_charts: bool,
    pub limits: &'a CheckLimits,
    pub accepted: &'a BTreeSet<Check>,
}

/// Standard errors of the interval: 99.9 %.
const Z: f64 = 3.290_526_731_491_926;

/// Cases below which nothing is beyond a limit.
pub(super) const LEAST_CASES: u64 = 3;

/// Lines of drugs or administrations from which none at all of the other kind is no chance.
const LEAST_LINES: u64 = 30;

/// Rows of a file from which most of them in quarantine stop a run.
const LEAST_FILE_ROWS: u64 = 20;

/// True if a share is beyond a limit in percent by more than chance: the lower end of its Wilson interval is beyond it.
#[allow(clippy::float_arithmetic, reason = "statistics; no code, unit or cent of a claim comes from here")]
pub(super) fn is_beyond(part: u64, of: u64, limit: i64) -> bool {
    if part < LEAST_CASES || of == 0 || limit >= 100 {
        return false;
    }
    let share = part.min(of) as f64 / of as f64;
    wilson(share, of as f64, Z).0 * 100.0 > limit as f64
}

/// Judges a run. Out: its state with every check, the checks that say nothing included.
#[must_use]
pub fn judge(evidence: &Evidence<'_>) -> DataState {
    let mut judge = Judge { evidence, checks: Vec::new() };
    let mut state = totals(evidence);
    judge.rows();
    judge.pairing(&mut state);
    judge.columns();
    judge.tables_known();
    judge.times();
    judge.scales();
    judge.others();
    // A table whose rows cannot be used is told after the reasons why they cannot.
    let follows = |check: Check, of: &Judgement| check == Check::EmptyTable && of.verdict == Verdict::Stop && of.of > 0;
    judge.checks.sort_by_key(|(check, entered)| (follows(*check, entered), *check));
    state.accepted = judge.names_of(Verdict::Accepted);
    state.checks = judge.checks.into_iter().map(|(_, judgement)| judgement).collect();
    state
}

/// Counts of the state that need no limit.
fn totals(evidence: &Evidence<'_>) -> DataState {
    let counts = evidence.counts;
    let sum = |of: fn(&TableCounts) -> u64| evidence.tables.values().map(of).sum::<u64>();
    let of = |counter| counts.get(counter);
    let mut months: BTreeMap<String, DayCounts> = BTreeMap::new();
    for (day, counts) in &counts.days {
        months.entry(month_of(*day)).or_default().add(*counts);
    }
    let charted = |of: &DayCounts| of.paired + of.chart_only + of.pending > 0;
    let side = |months: BTreeSet<String>| Side {
        first_month: months.first().cloned().unwrap_or_default(),
        last_month: months.last().cloned().unwrap_or_default(),
        months: months.len() as u64,
    };
    let not_given = if evidence.without_claims {
        Some("claims".to_owned())
    } else {
        evidence.without_charts.then(|| "flowsheets".to_owned())
    };
    DataState {
        rows_read: sum(|of| of.rows_in),
        rows_audited: sum(|of| of.audited),
        rows_quarantined: sum(|of| of.quarantined.values().sum()),
        rows_excluded: sum(|of| of.excluded.values().sum()),
        encounters: of(Counter::Paired) + of(Counter::ChartOnly) + of(Counter::BillOnly) + of(Counter::Pending),
        encounters_paired: of(Counter::Paired),
        encounters_chart_only: of(Counter::ChartOnly),
        encounters_bill_only: of(Counter::BillOnly),
        encounters_pending: of(Counter::Pending),
        paired_cents: of(Counter::PairedCents),
        chart_only_cents: of(Counter::ChartOnlyCents),
        bill_only_cents: of(Counter::BillOnlyCents),
        charts: if evidence.without_charts {
            Side::default()
        } else {
            side(months.iter().filter(|(_, of)| charted(of)).map(|(month, _)| month.clone()).collect())
        },
        claims: side(counts.billed_days.keys().map(|day| month_of(*day)).collect()),
        unknown_drug_rows: of(Counter::UnknownDrugRows),
        given_rows: of(Counter::GivenRows),
        not_given,
        without_encounters: evidence.files.iter().all(|file| file.table != Table::Encounters),
        by_month: months
            .into_iter()
            .map(|(month, of)| (month, [of.paired, of.chart_only, of.bill_only, of.pending]))
            .collect(),
        ..DataState::default()
    }
}

/// `2026-01` of a day.
pub(super) fn month_of(day: i32) -> String {
    let (year, month) = Date(day).year_and_month();
    format!("{year:04}-{month:02}")
}

/// The checks of a run as they are made.
pub(super) struct Judge<'e> {
    pub(super) evidence: &'e Evidence<'e>,
    pub(super) checks: Vec<(Check, Judgement)>,
}

impl Judge<'_> {
    pub(super) fn of(&self, counter: Counter) -> u64 {
        self.evidence.counts.get(counter)
    }

    fn names_of(&self, verdict: Verdict) -> Vec<String> {
        self.checks.iter().filter(|(_, of)| of.verdict == verdict).map(|(check, _)| check.as_str().to_owned()).collect()
    }

    /// Enters a check: beyond its limit it stops the run or is accepted, noted it has a sentence, else it has none.
    pub(super) fn enter(&mut self, check: Check, (part, of): (u64, u64), beyond: bool, noted: bool, found: Found<'_>) {
        let limit = self.evidence.limits.of(check);
        let verdict = match (beyond && limit < 100, self.evidence.accepted.contains(&check)) {
            (true, true) => Verdict::Accepted,
            (true, false) => Verdict::Stop,
            (false, _) if noted || beyond => Verdict::Note,
            (false, _) => Verdict::Ok,
        };
        let sentence = if verdict == Verdict::Ok { String::new() } else { sentences::sentence(check, part, of, found) };
        let judgement = Judgement {
            check: check.as_str().to_owned(),
            title: check.title().to_owned(),
            verdict,
            part,
            of,
            limit_percent: limit,
            sentence,
        };
        // A check with several aspects is shown by its worst.
        match self.checks.iter_mut().find(|(known, _)| *known == check) {
            Some((_, known)) if known.verdict >= judgement.verdict => {}
            Some((_, known)) => *known = judgement,
            None => self.checks.push((check, judgement)),
        }
    }

    /// A share against the check's limit; noted from half of the limit on.
    pub(super) fn share(&mut self, check: Check, part: u64, of: u64, found: Found<'_>) {
        let limit = self.evidence.limits.of(check);
        let noted = part >= LEAST_CASES && part.saturating_mul(200) >= of.saturating_mul(limit.unsigned_abs());
        self.enter(check, (part, of), is_beyond(part, of, limit), noted, found);
    }

    fn rows(&mut self) {
        let is_given = |table: Table| match table {
            Table::Claims => !self.evidence.without_claims,
            Table::Flowsheets => !self.evidence.without_charts,
            Table::Encounters => true,
        };
        let given: Vec<(Table, &TableCounts)> = Table::ALL
            .into_iter()
            .filter(|table| is_given(*table))
            .filter_map(|table| Some((table, self.evidence.tables.get(table.as_str())?)))
            .collect();
        for (table, rows) in given {
            let quarantined = |reason: &str| rows.quarantined.get(reason).copied().unwrap_or(0);
            let (unmatched, duplicates) = (quarantined("foreign-key-unmatched"), quarantined("duplicate-key"));
            let unreadable = rows.quarantined.values().sum::<u64>() - unmatched - duplicates;
            let of = |reason: &str| rows.excluded.get(reason).copied().unwrap_or(0);
            let superseded = of("superseded-version") + of("superseded-claim");
            let worst = rows
                .quarantined
                .iter()
                .filter(|(reason, _)| !matches!(reason.as_str(), "foreign-key-unmatched" | "duplicate-key"));
            let worst = worst.max_by_key(|(reason, count)| (**count, std::cmp::Reverse(*reason)));
            let reason = worst.map_or("", |(reason, _)| reason.as_str());
            let column = self.evidence.columns.get(&(table, reason.to_owned())).map_or("", String::as_str);
            let found = Found { in_column: column, ..Found::rows(table, reason) };
            let (within, outside) = self.strays(table, unmatched);
            // Claims of earlier encounters alone are a feed that has just begun.
            let begun = outside > 0 && outside == rows.rows_in;
            let usable = rows.rows_in - rows.quarantined.values().sum::<u64>();
            let expected = table != Table::Encounters || self.evidence.files.iter().any(|file| file.table == table);
            let empty = expected && usable == 0;
            let lacking = Found { outside: begun, ..Found::table(table) };
            self.enter(Check::EmptyTable, (0, rows.rows_in), empty && !begun, empty && begun, lacking);
            self.share(Check::UnreadableRows, unreadable, rows.rows_in, found);
            // Rows of other days belong to encounters that the table is not meant to have.
            self.share(Check::UnmatchedRows, within, rows.rows_in - outside, Found::table(table));
            if outside >= LEAST_CASES && outside * 20 > rows.rows_in {
                let found = Found { outside: true, ..Found::table(table) };
                self.enter(Check::UnmatchedRows, (outside, rows.rows_in), false, true, found);
            }
            self.share(Check::DuplicateRows, duplicates, rows.rows_in, Found::table(table));
            self.share(Check::SupersededRows, superseded, rows.rows_in, Found::table(table));
            if unreadable > 0 {
                self.enter(Check::UnreadableRows, (unreadable, rows.rows_in), false, true, found);
            }
        }
        // One file of many may be of another form.
        for file in self.evidence.files {
            let limit = self.evidence.limits.of(Check::UnreadableRows);
            let most = file.rows >= LEAST_FILE_ROWS && file.quarantined * 2 > file.rows && limit < 100;
            if most && is_given(file.table) {
                let found = Found { file: Some(&file.name), ..Found::table(file.table) };
                self.enter(Check::UnreadableRows, (file.quarantined, file.rows), true, true, found);
            }
        }
    }

    /// Rows of a table whose encounter is not in the encounters table: those of days that the other encounters have, and the
    /// rest.
    pub(super) fn strays(&self, table: Table, all: u64) -> (u64, u64) {
        let counts = self.evidence.counts;
        let of = match table {
            Table::Claims => &counts.stray_days[0],
            Table::Flowsheets => &counts.stray_days[1],
            Table::Encounters => return (all, 0),
        };
        let days: BTreeMap<i32, u64> =
            counts.days.iter().map(|(day, of)| (*day, of.paired + of.chart_only + of.bill_only + of.pending)).collect();
        let Some((first, last)) = span(&days) else { return (all, 0) };
        let outside: u64 = of.iter().filter(|(day, _)| !(first..=last).contains(day)).map(|(_, rows)| rows).sum();
        (all.saturating_sub(outside), outside.min(all))
    }

    /// Columns without which most findings mean nothing.
    fn columns(&mut self) {
        if !self.evidence.without_claims {
            self.share(
                Check::ClaimCodes,
                self.of(Counter::LinesWithoutCode),
                self.of(Counter::ClaimLines),
                Found::default(),
            );
            let (charted, products) = (self.of(Counter::DrugRows), self.of(Counter::ProductLines));
            let none = products == 0 && charted >= LEAST_LINES && self.of(Counter::ClaimLines) >= LEAST_LINES;
            let found = Found { integer_codes: self.evidence.integer_codes, ..Found::default() };
            self.enter(Check::DrugCodes, (0, charted), none && !self.evidence.without_charts, false, found);
            let administered = self.of(Counter::AdministrationLines);
            self.enter(
                Check::AdministrationCodes,
                (0, products),
                administered == 0 && products >= LEAST_LINES,
                false,
                Found::default(),
            );
        }
        let given = self.of(Counter::GivenRows);
        self.share(Check::ChartedStarts, self.of(Counter::RowsWithoutStart), given, Found::default());
        self.share(
            Check::ChartedStops,
            self.of(Counter::InfusionsWithoutStop),
            self.of(Counter::Infusions),
            Found::default(),
        );
        // Without drugs on a bill nothing is compared with them.
        if self.of(Counter::ProductLines) > 0 {
            self.share(Check::ChartedDrugs, self.of(Counter::UncodedRows), given, Found::default());
        }
    }

    /// Drugs, codes and doses that the tables do not know.
    fn tables_known(&mut self) {
        self.share(
            Check::UnknownDrugs,
            self.of(Counter::UnknownDrugRows),
            self.of(Counter::GivenRows),
            Found::default(),
        );
        let (unknown, products) = (self.of(Counter::UnknownProductLines), self.of(Counter::ProductLines));
        self.share(Check::UnknownCodes, unknown, products, Found::default());
        // Without a bill no units are compared.
        if !self.evidence.without_claims {
            self.share(Check::Doses, self.of(Counter::RowsWithoutUnits), self.of(Counter::DrugRows), Found::default());
        }
    }

    fn times(&mut self) {
        self.copied_times();
        let rows = |table: Table| self.evidence.tables.get(table.as_str()).map_or(0, |rows| rows.rows_in);
        let refused = |table: &TableCounts| table.quarantined.get("implausible-date").copied().unwrap_or(0);
        let dates: u64 = self.evidence.tables.values().map(refused).sum();
        let implausible = self.evidence.implausible_times + dates;
        let all = rows(Table::Claims) + rows(Table::Flowsheets);
        self.share(Check::ImplausibleDates, implausible, all, Found::default());
        self.enter(Check::ImplausibleDates, (implausible, all), false, implausible > 0, Found::default());
        let timed = self.of(Counter::TimedRows) + self.evidence.open_ends;
        self.share(Check::OpenEnds, self.evidence.open_ends, timed, Found::default());
        self.enter(
            Check::OpenEnds,
            (self.evidence.open_ends, timed),
            false,
            self.evidence.open_ends > 0,
            Found::default(),
        );
        self.share(Check::ReversedTimes, self.of(Counter::ReversedRows), self.of(Counter::TimedRows), Found::default());
        self.share(
            Check::DatesApart,
            self.of(Counter::DatesApart),
            self.of(Counter::DatedEncounters),
            Found::default(),
        );
        self.share(
            Check::ClockShift,
            self.of(Counter::RowsOutsideStay),
            self.of(Counter::RowsInStays),
            Found::default(),
        );
    }

    /// Times that something else had already, and infusions that all take the same time.
    fn copied_times(&mut self) {
        let timed = self.of(Counter::TimedInfusions);
        for (counter, column) in [
            (Counter::StopIsRecorded, "stop_time is the time of the record"),
            (Counter::StartIsOrder, "start_time is the time of the order"),
            (Counter::StartIsArrival, "start_time is the start of the encounter"),
            (Counter::StopIsDeparture, "stop_time is the end of the encounter"),
            (Counter::OnTheHour, "start_time is a full hour"),
            (Counter::NoMinutes, "stop_time is start_time"),
        ] {
            self.share(Check::CopiedTimes, self.of(counter), timed, Found { column: Some(column), ..Found::default() });
        }
        let durations = &self.evidence.counts.durations;
        let most = durations.values().max().copied().unwrap_or(0);
        let found = Found { column: Some("the minutes are the same"), ..Found::default() };
        self.share(Check::CopiedTimes, most, durations.values().sum(), found);
    }

    /// Money and units of another scale, and a bill that has hardly anything to do with its chart.
    fn scales(&mut self) {
        let money = [
            ("allowed", Counter::AllowedPriced, Counter::AllowedLow, Counter::AllowedHigh),
            ("paid", Counter::PaidPriced, Counter::PaidLow, Counter::PaidHigh),
            ("charge", Counter::ChargePriced, Counter::ChargeLow, Counter::ChargeHigh),
        ];
        for (column, priced, low, high) in money {
            for (counter, is_low) in [(low, true), (high, false)] {
                let found = Found { column: Some(column), is_low, ..Found::default() };
                self.share(Check::MoneyScale, self.of(counter), self.of(priced), found);
            }
        }
        for (counter, is_low) in [(Counter::UnitsLow, true), (Counter::UnitsHigh, false)] {
            let found = Found { is_low, ..Found::default() };
            self.share(Check::UnitScale, self.of(counter), self.of(Counter::UnitPairs), found);
        }
        self.share(Check::DrugUnits, self.of(Counter::UnitsDiffer), self.of(Counter::UnitPairs), Found::default());
        self.share(
            Check::NegativeAmounts,
            self.of(Counter::NegativeLines),
            self.of(Counter::ClaimLines),
            Found::default(),
        );
        let (cents, dollars) = (self.of(Counter::DisagreedCents), self.of(Counter::PairedCents));
        let found = Found { cents, dollars, ..Found::default() };
        self.share(Check::Disagreement, self.of(Counter::Disagreed), self.of(Counter::Paired), found);
        let rules = &self.evidence.counts.rules;
        if let Some((rule, encounters)) = rules.iter().max_by_key(|(rule, of)| (**of, std::cmp::Reverse(*rule))) {
            let (encounters, paired) = (*encounters, self.of(Counter::Paired));
            let names = [rule.clone()];
            let found = Found { names: &names, ..Found::default() };
            self.share(Check::OneRule, encounters, paired, found);
            // Bad billing of every kind leaves each rule at a few encounters of a hundred.
            self.enter(Check::OneRule, (encounters, paired), false, is_beyond(encounters, paired, 10), found);
        }
    }

    fn others(&mut self) {
        let charted = self.of(Counter::ChartedRows);
        self.share(Check::CopiedRows, self.of(Counter::CopiedRows), charted, Found::table(Table::Flowsheets));
        let billed = self.of(Counter::Paired) + self.of(Counter::BillOnly);
        self.share(Check::CopiedRows, self.of(Counter::CopiedBills), billed, Found::table(Table::Claims));
        let unused: Vec<String> =
            self.evidence.named_payers.difference(&self.evidence.counts.payers).cloned().collect();
        let named = self.evidence.named_payers.len() as u64;
        let found = Found { names: &unused, ..Found::default() };
        self.enter(Check::UnusedPayers, (unused.len() as u64, named), false, !unused.is_empty(), found);
        if let Some(Gone { files, encounters, halved }) = self.evidence.gone {
            let found = Found { files, ..Found::default() };
            // Encounters that are gone from every table were taken out, not lost.
            self.enter(Check::FilesGone, (halved, encounters), halved > 0, true, found);
        }
        if !self.evidence.files_left_out.is_empty() {
            let found = Found { names: self.evidence.files_left_out, other_files: true, ..Found::default() };
            self.enter(Check::UnreadableRows, (0, 0), false, true, found);
        }
    }
}
