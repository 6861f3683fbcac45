//! Sums over the findings and encounters of a run, in integer cents.

use crate::error::Error;
use crate::model::Cents;
use polars::prelude::*;
use serde::Serialize;
use std::path::Path;

/// Sums of one group of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    pub key: String,
    pub findings: i64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

/// Sums of the whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub encounters: i64,
    pub clean_encounters: i64,
    pub expected_cents: i64,
    pub billed_cents: i64,
    pub findings: i64,
    pub leakage_cents: i64,
    pub overpayment_cents: i64,
    pub disputed_cents: i64,
    pub expected_loss_cents: i64,
}

/// One finding as the worklist shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WorkItem {
    pub encounter_id: String,
    pub rule_code: String,
    pub date: String,
    pub department: String,
    pub payer: String,
    pub claim: String,
    pub expected: String,
    pub billed: String,
    pub net_cents: i64,
    pub expected_loss_cents: i64,
    pub basis: String,
    pub table: String,
    pub disputed: String,
    /// Both answers of a disputed finding, in words; else empty.
    pub answers: String,
    pub evidence: String,
}

/// Everything the reports show.
#[derive(Debug, Clone)]
pub struct Rollup {
    pub totals: Totals,
    pub by_rule: Vec<Group>,
    pub by_month: Vec<Group>,
    pub by_department: Vec<Group>,
    pub by_payer: Vec<Group>,
    pub by_class: Vec<Group>,
    pub by_owner: Vec<Group>,
    /// By claim adjustment reason codes, of findings with risk.
    pub by_carc: Vec<Group>,
    pub by_dollars: Vec<WorkItem>,
    pub by_risk: Vec<WorkItem>,
}

/// Rows of each worklist on the page; the tables hold them all.
const WORKLIST: u32 = 200;

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::Report(cause.to_string())
}

pub(super) fn scan(folder: &Path, name: &str) -> Result<LazyFrame, Error> {
    let path = PlRefPath::try_from_path(&folder.join(name)).map_err(failed)?;
    LazyFrame::scan_parquet(path, ScanArgsParquet::default()).map_err(failed)
}

/// Dollars of findings that rest on a payer switch stand in a column of their own.
fn undisputed(column: &str) -> Expr {
    when(col("policy_switch").is_null()).then(col(column)).otherwise(lit(0_i64)).alias(column)
}

fn sums() -> [Expr; 5] {
    [
        len().cast(DataType::Int64).alias("findings"),
        undisputed("leakage_cents").sum().alias("leakage_cents"),
        undisputed("overpayment_cents").sum().alias("overpayment_cents"),
        when(col("policy_switch").is_not_null())
            .then(col("net_cents"))
            .otherwise(lit(0_i64))
            .sum()
            .alias("disputed_cents"),
        col("expected_loss_cents").sum().alias("expected_loss_cents"),
    ]
}

fn integers(frame: &DataFrame, name: &str) -> Result<Vec<i64>, Error> {
    let column = frame.column(name).map_err(failed)?.cast(&DataType::Int64).map_err(failed)?;
    Ok(column.i64().map_err(failed)?.iter().map(|value| value.unwrap_or(0)).collect())
}

fn texts(frame: &DataFrame, name: &str) -> Result<Vec<String>, Error> {
    let column = frame.column(name).map_err(failed)?;
    Ok(column.str().map_err(failed)?.iter().map(|value| value.unwrap_or_default().to_owned()).collect())
}

fn groups(findings: &LazyFrame, key: &str) -> Result<Vec<Group>, Error> {
    let frame = findings
        .clone()
        .group_by([col(key)])
        .agg(sums())
        .sort([key], SortMultipleOptions::default())
        .collect()
        .map_err(failed)?;
    let (keys, counts) = (texts(&frame, key)?, integers(&frame, "findings")?);
    let (leakage, overpayment) = (integers(&frame, "leakage_cents")?, integers(&frame, "overpayment_cents")?);
    let (disputed, loss) = (integers(&frame, "disputed_cents")?, integers(&frame, "expected_loss_cents")?);
    let group = |at: usize| Group {
        key: keys[at].clone(),
        findings: counts[at],
        leakage_cents: leakage[at],
        overpayment_cents: overpayment[at],
        disputed_cents: disputed[at],
        expected_loss_cents: loss[at],
    };
    Ok((0..keys.len()).map(group).collect())
}

fn totals(folder: &Path, findings: &LazyFrame) -> Result<Totals, Error> {
    let frame = findings.clone().select(sums()).collect().map_err(failed)?;
    let one = |name: &str| -> Result<i64, Error> { Ok(integers(&frame, name)?.first().copied().unwrap_or(0)) };
    let encounters = scan(folder, "encounters.parquet")?
        .group_by([col("encounter_id")])
        .agg([col("findings").sum(), col("expected_cents").sum(), col("billed_cents").sum()])
        .select([
            len().cast(DataType::Int64).alias("encounters"),
            col("findings").eq(lit(0_i64)).cast(DataType::Int64).sum().alias("clean"),
            col("expected_cents").sum(),
            col("billed_cents").sum(),
        ])
        .collect()
        .map_err(failed)?;
    let whole = |name: &str| -> Result<i64, Error> { Ok(integers(&encounters, name)?.first().copied().unwrap_or(0)) };
    Ok(Totals {
        encounters: whole("encounters")?,
        clean_encounters: whole("clean")?,
        expected_cents: whole("expected_cents")?,
        billed_cents: whole("billed_cents")?,
        findings: one("findings")?,
        leakage_cents: one("leakage_cents")?,
        overpayment_cents: one("overpayment_cents")?,
        disputed_cents: one("disputed_cents")?,
        expected_loss_cents: one("expected_loss_cents")?,
    })
}

/// The findings with most at stake, ties in the order of their identity.
fn worklist(findings: &LazyFrame, stake: Expr) -> Result<Vec<WorkItem>, Error> {
    let options = SortMultipleOptions::default().with_order_descending_multi([true, false]);
    let frame = findings
        .clone()
        .with_column(stake.alias("stake"))
        .filter(col("stake").gt(lit(0_i64)))
        .sort_by_exprs([col("stake"), col("finding_id")], options)
        .limit(WORKLIST)
        .with_column(col("service_date").cast(DataType::String))
        .collect()
        .map_err(failed)?;
    let text = |name: &str| texts(&frame, name);
    let (encounters, rules, dates) = (text("encounter_id")?, text("rule_code")?, text("service_date")?);
    let (departments, payers, claims) = (text("department")?, text("payer")?, text("claim_id")?);
    let (expected, billed, basis) = (text("expected_codes")?, text("billed_codes")?, text("price_basis")?);
    let (disputed, evidence, tables) = (text("policy_switch")?, text("evidence")?, text("price_table")?);
    let (others, answers, alternatives) =
        (text("policy_other_value")?, text("answer_codes")?, text("alternative_codes")?);
    let (answer_cents, alternative_cents) = (integers(&frame, "answer_cents")?, integers(&frame, "alternative_cents")?);
    let both = |at: usize| {
        format!(
            "as the policy stands {} ({}); with {} = {} {} ({})",
            answers[at],
            Cents(answer_cents[at]),
            disputed[at],
            others[at],
            alternatives[at],
            Cents(alternative_cents[at])
        )
    };
    let (net, loss, lines) =
        (integers(&frame, "net_cents")?, integers(&frame, "expected_loss_cents")?, integers(&frame, "line_number")?);
    let item = |at: usize| WorkItem {
        encounter_id: encounters[at].clone(),
        rule_code: rules[at].clone(),
        date: dates[at].clone(),
        department: departments[at].clone(),
        payer: payers[at].clone(),
        claim: if claims[at].is_empty() { String::new() } else { format!("{}/{}", claims[at], lines[at]) },
        expected: expected[at].clone(),
        billed: billed[at].clone(),
        net_cents: net[at],
        expected_loss_cents: loss[at],
        basis: basis[at].clone(),
        table: tables[at].clone(),
        disputed: disputed[at].clone(),
        answers: if others[at].is_empty() { String::new() } else { both(at) },
        evidence: evidence[at].clone(),
    };
    Ok((0..encounters.len()).map(item).collect())
}

impl Rollup {
    /// Reads a run's tables and sums them up.
    ///
    /// # Errors
    /// Tables that are not there or do not read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let findings = scan(folder, "findings.parquet")?;
        let risky = findings.clone().filter(col("risk_basis_points").gt(lit(0)));
        let stake =
            when(col("net_cents").lt(lit(0_i64))).then(lit(0_i64) - col("net_cents")).otherwise(col("net_cents"));
        Ok(Self {
            totals: totals(folder, &findings)?,
            by_rule: groups(&findings, "rule_code")?,
            by_month: groups(&findings, "month")?,
            by_department: groups(&findings, "department")?,
            by_payer: groups(&findings, "payer")?,
            by_class: groups(&findings, "encounter_class")?,
            by_owner: groups(&findings, "owner")?,
            by_carc: groups(&risky, "carc")?,
            by_dollars: worklist(&findings, stake)?,
            by_risk: worklist(&findings, col("expected_loss_cents"))?,
        })
    }
}
