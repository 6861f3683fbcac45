//! The administration codes: role, parents and national rates.

use super::{ReferenceError, unit_price};
use crate::model::{HcpcsCode, UnitPrice};
use rustc_hash::FxHashMap;

/// What part a code plays in an encounter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRole {
    /// An infusion, push, injection or pump service that the engine codes.
    Administration,
    /// Bundled into an administration, never expected.
    Bundled,
    /// A visit.
    Visit,
    /// Known, but no part of this audit (blood, vaccines, observation hours).
    Outside,
}

/// One administration code.
#[derive(Debug, Clone, PartialEq)]
pub struct AdministrationCode {
    pub code: HcpcsCode,
    pub role: CodeRole,
    /// Chemotherapy and other highly complex administration.
    pub chemo: bool,
    /// Whether the code needs one of `parents` on the claim.
    pub add_on: bool,
    pub parents: Vec<HcpcsCode>,
    /// OPPS status indicator of 2026; empty where unknown.
    pub opps_status: String,
    opps: [Option<UnitPrice>; 2],
    mpfs: [Option<UnitPrice>; 2],
}

impl AdministrationCode {
    /// OPPS status indicator, where it is known.
    pub(super) fn opps_status(&self) -> Option<&str> {
        Some(self.opps_status.as_str()).filter(|status| !status.is_empty())
    }

    /// OPPS national rate for a year; `None` where no table of that year is known.
    #[must_use]
    pub fn opps_rate(&self, year: i16) -> Option<UnitPrice> {
        of_year(self.opps, year)
    }

    /// Physician fee schedule, national non-facility amount for a year.
    #[must_use]
    pub fn mpfs_rate(&self, year: i16) -> Option<UnitPrice> {
        of_year(self.mpfs, year)
    }
}

fn of_year(rates: [Option<UnitPrice>; 2], year: i16) -> Option<UnitPrice> {
    match year {
        2025 => rates[0],
        2026 => rates[1],
        _ => None,
    }
}

#[derive(serde::Deserialize)]
struct Row {
    code: String,
    family: String,
    role: String,
    add_on: String,
    parent_codes: String,
    opps_si_2026: String,
    opps_rate_2026: String,
    opps_rate_2025: String,
    mpfs_nonfac_national_2026: String,
    mpfs_nonfac_national_2025: String,
}

pub(super) fn read(text: &str) -> Result<FxHashMap<HcpcsCode, AdministrationCode>, ReferenceError> {
    let fail = |line: u64, problem: String| ReferenceError { table: "admin_codes", line, problem };
    let mut codes = FxHashMap::default();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let line = index as u64 + 2;
        let row = row.map_err(|cause| fail(line, cause.to_string()))?;
        for code in expand(&row.code).map_err(|problem| fail(line, problem))? {
            let entry = administration_code(code, &row).map_err(|problem| fail(line, problem))?;
            codes.insert(code, entry);
        }
    }
    Ok(codes)
}

/// One code, or every code of a numeric range such as `99281-99285`.
fn expand(text: &str) -> Result<Vec<HcpcsCode>, String> {
    let parse = |text: &str| text.parse::<HcpcsCode>().map_err(|_| format!("{text} is not a code"));
    match text.split_once('-') {
        None => Ok(vec![parse(text)?]),
        Some((first, last)) => {
            let bounds = (first.parse::<u32>(), last.parse::<u32>());
            let (Ok(first), Ok(last)) = bounds else { return Err(format!("{text} is not a range")) };
            (first..=last).map(|number| parse(&number.to_string())).collect()
        }
    }
}

fn administration_code(code: HcpcsCode, row: &Row) -> Result<AdministrationCode, String> {
    let parents = row.parent_codes.split(';').filter(|parent| !parent.is_empty());
    Ok(AdministrationCode {
        code,
        role: match row.family.as_str() {
            // Whether an unlisted service is right cannot be told from the flowsheet.
            _ if row.role == "unlisted" => CodeRole::Outside,
            "bundled" => CodeRole::Bundled,
            "em" => CodeRole::Visit,
            "excluded" | "observation" | "rsv_mab" | "hipec" | "line_care" | "pump_maintenance" => CodeRole::Outside,
            _ => CodeRole::Administration,
        },
        chemo: row.family == "chemo_complex" || row.code == "G0498",
        add_on: row.add_on == "Y",
        parents: parents
            .map(|parent| parent.parse().map_err(|_| format!("parent {parent} is not a code")))
            .collect::<Result<_, _>>()?,
        opps_status: row.opps_si_2026.clone(),
        opps: [unit_price(&row.opps_rate_2025), unit_price(&row.opps_rate_2026)],
        mpfs: [unit_price(&row.mpfs_nonfac_national_2025), unit_price(&row.mpfs_nonfac_national_2026)],
    })
}
