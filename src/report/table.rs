//! The reports as CSV: every finding that belongs to them, safe to open in a spreadsheet.

use super::Report;
use super::rollup::scan;
use crate::error::Error;
use crate::model::Cents;
use polars::prelude::*;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

const COLUMNS: [&str; 31] = [
    "finding_id",
    "rule_code",
    "rule_name",
    "severity",
    "owner",
    "encounter_id",
    "setting",
    "service_date",
    "payer",
    "payer_type",
    "department",
    "rendering_provider",
    "claim_id",
    "line_number",
    "expected_codes",
    "billed_codes",
    "net_cents",
    "expected_loss_cents",
    "risk_basis_points",
    "price_basis",
    "price_table",
    "underpaid_cents",
    "policy_switch",
    "policy_other_value",
    "answer_codes",
    "answer_cents",
    "alternative_codes",
    "alternative_cents",
    "carc",
    "rarc",
    "evidence",
];

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::Report(cause.to_string())
}

/// Writes a new file that its owner alone can read.
pub(super) fn write_private(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|cause| Error::unwritable(path, cause))?;
    file.write_all(contents).map_err(|cause| Error::unwritable(path, cause))
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
fn defused(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// Dollars with two decimals, without separators, exactly.
fn dollars(cents: i64) -> String {
    let plain = Cents(cents).to_string();
    plain.replace(['$', ','], "")
}

pub(super) fn write_csv(report: Report, folder: &Path) -> Result<(), Error> {
    let wanted = match report {
        Report::DenialRisk => col("risk_basis_points").gt(lit(0)),
        // With what puts nothing at risk and has no net (charting, deadlines, underpayments), so that every finding stands
        // in one of the two.
        Report::RevenueLeakage => col("net_cents").neq(lit(0_i64)).or(col("risk_basis_points").eq(lit(0))),
    };
    let mut frame = scan(folder, "findings.parquet")?
        .filter(wanted)
        .select(COLUMNS.map(col))
        .with_column(col("service_date").cast(DataType::String))
        .sort(["encounter_id", "setting", "rule_code", "finding_id"], SortMultipleOptions::default())
        .collect()
        .map_err(failed)?;
    for (cents, name) in [
        ("net_cents", "net_dollars"),
        ("expected_loss_cents", "expected_loss_dollars"),
        ("underpaid_cents", "underpaid_dollars"),
        ("answer_cents", "answer_dollars"),
        ("alternative_cents", "alternative_dollars"),
    ] {
        let values = frame.column(cents).and_then(|column| Ok(column.i64()?.clone())).map_err(failed)?;
        let text: StringChunked = values.iter().map(|value| value.map(dollars)).collect();
        frame.with_column(text.with_name(name.into()).into_column()).map_err(failed)?;
    }
    let names: Vec<String> = frame.get_column_names().iter().map(|name| name.to_string()).collect();
    for name in names.iter().filter(|name| !name.ends_with("_dollars")) {
        let column = frame.column(name).map_err(failed)?;
        if let Ok(values) = column.str() {
            let safe: StringChunked = values.iter().map(|value| value.map(defused)).collect();
            frame.with_column(safe.with_name(name.as_str().into()).into_column()).map_err(failed)?;
        }
    }
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut frame).map_err(failed)?;
    write_private(&folder.join(format!("{}.csv", report.file_stem())), &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula_and_dollars_are_exact() {
        assert_eq!(defused("=1+1"), "'=1+1");
        assert_eq!(defused("J1745x4"), "J1745x4");
        assert_eq!(dollars(-123_405), "-1234.05");
    }
}
