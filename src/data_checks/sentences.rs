//! One sentence for each check: count, likely cause, remedy.

use super::check::Check;
use super::state::{count, percent};
use crate::model::Cents;
use crate::schema::Table;

/// The side that encounters lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacking {
    Bill,
    /// A bill that may still come.
    LateBill,
    Chart,
}

/// Details of what a check found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found<'a> {
    pub table: Option<Table>,
    /// Most frequent reason of quarantine.
    pub reason: &'a str,
    /// Column in which most rows have it.
    pub in_column: &'a str,
    /// The one file that is meant.
    pub file: Option<&'a str>,
    pub side: Option<Lacking>,
    pub cents: u64,
    pub dollars: u64,
    /// Months, payers or files, by the check.
    pub names: &'a [String],
    pub column: Option<&'static str>,
    pub is_low: bool,
    pub integer_codes: bool,
    pub files: u64,
    /// Rows of days that the encounters table does not have.
    pub outside: bool,
    /// Files of other kinds lie in the input folders.
    pub other_files: bool,
}

impl<'a> Found<'a> {
    pub(super) fn table(table: Table) -> Self {
        Self { table: Some(table), ..Self::default() }
    }

    pub(super) fn rows(table: Table, reason: &'a str) -> Self {
        Self { table: Some(table), reason, ..Self::default() }
    }
}

/// Names shown of a longer list.
const NAMES: usize = 6;

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn dollars(cents: u64) -> String {
    Cents(i64::try_from(cents).unwrap_or(i64::MAX)).to_string()
}

/// The sentence of a check: count, likely cause, remedy.
pub(super) fn sentence(check: Check, part: u64, of: u64, found: Found<'_>) -> String {
    of_rows(check, part, of, found).unwrap_or_else(|| of_contents(check, part, of, found))
}

/// Sentences on rows, and on which encounters have both sides; `None` for other checks.
fn of_rows(check: Check, part: u64, of: u64, found: Found<'_>) -> Option<String> {
    let table = found.table.map_or("", Table::as_str);
    let share = format!("{} of {} ({})", count(part), count(of), percent(part, of));
    Some(match check {
        Check::EmptyTable if of == 0 => format!(
            "{table} has no rows, so nothing can be compared: check the export, or pass `--{table} none` to audit without it"
        ),
        Check::EmptyTable if found.outside => format!(
            "The {} rows of {table} are all of days before or after those of the encounters table, so no encounter has one yet",
            count(of)
        ),
        Check::EmptyTable => format!(
            "None of the {} rows of {table} can be used: the other checks say why; correct the export",
            count(of)
        ),
        Check::UnreadableRows if found.other_files => {
            format!(
                "The input folders also hold {} files, which nothing reads: convert them to Parquet or move them away",
                listed(found.names)
            )
        }
        Check::UnreadableRows => unreadable(table, &share, found),
        Check::UnmatchedRows if found.outside => {
            format!("{share} rows of {table} are of days that the encounters table does not cover and were left out")
        }
        Check::UnmatchedRows => format!(
            "{share} rows of {table} name an encounter that the encounters table lacks: the ids may be written differently in the two tables, or the encounters table covers less; compare the form of encounter_id, or leave out --encounters"
        ),
        Check::DuplicateRows => format!(
            "{share} rows of {table} have a duplicate key: a file may be there twice, or the key column does not tell rows apart; remove the copy or give each row its own key"
        ),
        Check::SupersededRows => format!(
            "{share} rows of {table} are replaced by a later version: rows with one administration_id (or claim_id) count as versions of one record, so an order id or the actions of one order do not fit there; give each administration its own id"
        ),
        Check::UnpairedEncounters => unpaired(&share, found),
        Check::UnpairedMonths if found.side == Some(Lacking::Chart) => format!(
            "In {} most billed encounters have no chart ({share}): flowsheets of these months may be missing; their billed dollars are shown as not supported",
            listed(found.names)
        ),
        Check::UnpairedMonths => format!(
            "In {} most charted encounters have no bill ({share}): claims of these months may be missing; add them, or leave the months out",
            listed(found.names)
        ),
        Check::FilesGone if part == 0 => format!(
            "{} input files of the last night are gone, and {} encounters with them, from every table",
            count(found.files),
            count(of)
        ),
        Check::FilesGone => format!(
            "{} input files of the last night are gone, and {} encounters keep rows in another table only: a folder may not be mounted, or an export failed; bring the files back",
            count(found.files),
            count(part)
        ),
        Check::UnpairedGroups => format!(
            "In {} most encounters have {} ({share}): {} of these may be missing from the export; add them, or leave these encounters out",
            listed(found.names),
            if found.side == Some(Lacking::Chart) { "a bill and no chart" } else { "a chart and no bill" },
            if found.side == Some(Lacking::Chart) { "charts" } else { "claims" }
        ),
        Check::CopiedRows if found.table == Some(Table::Claims) => format!(
            "{share} billed encounters have two claim lines that are equal in code, modifiers, units, date and charge: resubmitted or secondary claims may lack their frequency code, or a join repeated the lines; export each standing line once"
        ),
        Check::CopiedRows => format!(
            "{share} charted rows equal another row of their encounter in drug, times and dose: a join may have repeated them under new ids; export each administration once"
        ),
        _ => return None,
    })
}

/// Sentences on what rows hold: codes, drugs, times, money.
fn of_contents(check: Check, part: u64, of: u64, found: Found<'_>) -> String {
    let share = format!("{} of {} ({})", count(part), count(of), percent(part, of));
    match check {
        Check::ClaimCodes => format!(
            "{share} claim lines have no HCPCS code: the column `hcpcs` may be missing or have a different name; rename the column that holds the codes"
        ),
        Check::DrugCodes if found.integer_codes => format!(
            "No claim line has a drug code, and {} charted rows have a drug: the column `hcpcs` holds numbers, so codes with a letter such as J1745 were lost in the export; export it as text",
            count(of)
        ),
        Check::DrugCodes => format!(
            "No claim line has a drug code, and {} charted rows have a drug: drug lines may be missing from the export; add them",
            count(of)
        ),
        Check::AdministrationCodes => format!(
            "{} claim lines have a drug code and none has an administration code such as 96365: these lines may be missing from the export; add them",
            count(of)
        ),
        Check::ChartedStarts => format!(
            "{share} charted rows have no start: the column `start_time` may be missing or have a different name; rename the column that holds it"
        ),
        Check::ChartedStops => format!(
            "{share} charted infusions have no stop: the column `stop_time` may be missing, or each row is one action of the MAR; give each administration its start and its stop"
        ),
        Check::ChartedDrugs => format!(
            "{share} charted drugs have no HCPCS code, in the chart or by their NDC or name, so that billed drugs cannot be compared: the columns `drug_code` and `ndc` may be missing or have a different name; rename the column that holds them, or import an NDC crosswalk"
        ),
        Check::UnknownDrugs => format!(
            "{share} charted rows have a drug that is in no reference table, so their codes cannot be determined: names may be written as ordered (drug, strength, diluent); fill `drug_code` or `ndc`, or `substance_class`"
        ),
        Check::UnknownCodes => format!(
            "{share} drug lines of claims have a code that is in no reference table: import newer tables with `reference import`, or check the column `hcpcs`"
        ),
        Check::Doses => format!(
            "{share} charted drugs have a dose that makes no billing units: `dose` or `dose_unit` may be missing, or the unit is not one that converts (mg, g, mcg, mL with concentration, units)"
        ),
        Check::ImplausibleDates => format!(
            "{share} rows have a date or time outside 1990 to 2299, which was read as none: such dates often mean an open end, or a wrong century; correct them in the export"
        ),
        Check::OpenEnds => format!(
            "{share} charted stops lie 30 days or more after their start and were read as missing: they often mean an order that is still open; export the charted stop"
        ),
        Check::ReversedTimes => format!(
            "{share} charted rows stop before they start: `start_time` and `stop_time` may be swapped, or come from two time zones"
        ),
        Check::DatesApart if part * 2 > of => format!(
            "{share} encounters have no claim on any of their charted days: the dates of one side are shifted, by a time zone or by days; compare `service_date` and `start_time` of a few encounters"
        ),
        Check::DatesApart => format!(
            "{share} encounters have no claim on any of their charted days: the times may be stored in UTC (pass --time-zone and --utc-times, or leave them out), or the dates of one side are shifted"
        ),
        Check::ClockShift => format!(
            "{share} charted rows begin outside their encounter's stay: the times of the two tables may be in different time zones; pass --time-zone and --utc-times, or export both on the local clock"
        ),
        Check::MoneyScale
        | Check::NegativeAmounts
        | Check::UnitScale
        | Check::DrugUnits
        | Check::Disagreement
        | Check::OneRule => of_scales(check, &share, found),
        Check::CopiedTimes => format!(
            "In {share} charted infusions {}: a planned or automatic time may stand in the place of the charted one; export the times that nursing charted",
            found.column.unwrap_or_default()
        ),
        Check::UnusedPayers => format!(
            "{} payers of policies or fee schedules are on no claim: {}; compare the spelling with the claims' `payer`",
            count(part),
            listed(found.names)
        ),
        Check::EmptyTable
        | Check::UnreadableRows
        | Check::UnmatchedRows
        | Check::DuplicateRows
        | Check::SupersededRows
        | Check::UnpairedEncounters
        | Check::UnpairedMonths
        | Check::UnpairedGroups
        | Check::CopiedRows
        | Check::FilesGone => share,
    }
}

/// Sentences on amounts and units of another scale.
fn of_scales(check: Check, share: &str, found: Found<'_>) -> String {
    match check {
        Check::MoneyScale => {
            let (column, how) = (
                found.column.unwrap_or_default(),
                if found.is_low { "less than a twentieth of" } else { "many times" },
            );
            format!(
                "{share} billed codes have an amount in `{column}` that is {how} the tables' price: the column may hold cents, totals of the claim, or amounts of other units; check one claim by hand, and for whole numbers see --integer-money"
            )
        }
        Check::UnitScale => {
            let how = if found.is_low { "an eighth or less" } else { "eight times or more" };
            format!(
                "{share} drugs are billed with {how} of the charted units: `dose`, `dose_unit` or `units` may be of another scale; compare one drug by hand"
            )
        }
        Check::Disagreement => format!(
            "{share} encounters have a chart and a bill that disagree on more than half of their dollars ({} of {} in all): columns may be misread; look at a few encounters with `explain` before believing any finding",
            dollars(found.cents),
            dollars(found.dollars)
        ),
        Check::NegativeAmounts => format!(
            "{share} claim lines have a negative amount: reversals count as bills here; leave reversed and reversing lines out, or give them frequency code 8"
        ),
        Check::DrugUnits => format!(
            "{share} drugs are billed with other units than the charted dose makes: `dose` may be the ordered dose, a vial or a rate, or `units` may not be billing units; compare one drug by hand"
        ),
        Check::OneRule => format!(
            "Rule {} finds dollars on {share} encounters: a column that it rests on may be misread or missing; look at a few of them with `explain` before you believe the total",
            listed(found.names)
        ),
        _ => share.to_owned(),
    }
}

fn unreadable(table: &str, share: &str, found: Found<'_>) -> String {
    let remedy = match found.reason {
        "unknown-enum" => {
            "a column with a fixed list holds a word that is not in it; docs/inputs.md#words lists the words that are read"
        }
        "unparsable-date" | "unparsable-time" => {
            "a column holds dates in several forms; name the form with --date-format"
        }
        "unparsable-code" => {
            "the column `hcpcs` or `drug_code` holds something other than five-character codes; move the rest to its own column"
        }
        "unparsable-modifier" => "a modifier column holds something other than two-character modifiers",
        "absurd-units" | "negative-units" | "not-a-whole-number" => "`units` must be whole numbers of one or more",
        "null-key" | "null-required" => "a required column is empty in these rows",
        "missing-drug" => "these rows name no drug by code, name or class",
        "implausible-date" => "service dates lie outside 1990 to 2299",
        "too-many-rows-for-one-encounter" => {
            "one encounter id gathers thousands of rows; it is a placeholder, not an encounter"
        }
        _ => "correct the column; `check` lists files and rows",
    };
    match found.file {
        Some(file) => format!(
            "{share} rows of one file ({file}) cannot be read: this file may be in a different form than the others; export it again"
        ),
        None => {
            let column = if found.in_column.is_empty() { String::new() } else { format!(" in `{}`", found.in_column) };
            format!("{share} rows of {table} cannot be read, most for {}{column}: {remedy}", found.reason)
        }
    }
}

fn unpaired(share: &str, found: Found<'_>) -> String {
    let worth = format!("{} ({} of the dollars)", dollars(found.cents), percent(found.cents, found.dollars));
    match found.side {
        Some(Lacking::Chart) => format!(
            "{share} encounters have a bill and no chart, {worth}: flowsheets may be missing, or the encounter ids of the two tables differ in form; compare encounter_id on both sides"
        ),
        Some(Lacking::LateBill) => format!(
            "{share} encounters have a chart and no bill and are within 45 days of the last claims, so that their claims may still come; they count as not billed ({worth} with all other unbilled ones): pass --as-of and set unbilled_grace_days in a policy"
        ),
        _ => format!(
            "{share} encounters have a chart and no bill, {worth}: claims may be missing, or the encounter ids of the two tables differ in form; compare encounter_id on both sides"
        ),
    }
}
