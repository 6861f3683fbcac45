//! National Correct Coding Initiative: code pairs and units that are medically unlikely.

use super::ReferenceError;
use crate::model::{HcpcsCode, Setting};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// An active pair: the second code is not paid beside the first on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePair {
    /// Whether a modifier on the second code may open the edit (indicator 1).
    pub modifier_allowed: bool,
}

/// Most units of a code that are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitLimit {
    /// Billing units.
    pub units: i64,
    /// 1: per claim line; 2: per day, by policy, never lifted on appeal; 3: per day, lifted by records.
    pub adjudication_indicator: u8,
}

/// For a practitioner and for a hospital.
pub(super) type BySetting<T> = [Option<T>; 2];

/// The built-in part of the edits: pairs among the administration codes, and limits of the drugs in the drug table.
#[derive(Debug, Default)]
pub(super) struct NationalEdits {
    /// Codes that some pair denies, which most codes of a claim are not.
    seconds: FxHashSet<HcpcsCode>,
    pairs: FxHashMap<(HcpcsCode, HcpcsCode), BySetting<CodePair>>,
    limits: FxHashMap<HcpcsCode, BySetting<UnitLimit>>,
}

/// Place of a setting in [`BySetting`].
pub(super) fn at(setting: Setting) -> usize {
    match setting {
        Setting::Professional => 0,
        Setting::Facility => 1,
    }
}

impl NationalEdits {
    /// Whether a pair denies the code.
    pub(super) fn is_second(&self, code: HcpcsCode) -> bool {
        self.seconds.contains(&code)
    }

    pub(super) fn pair(&self, setting: Setting, first: HcpcsCode, second: HcpcsCode) -> Option<CodePair> {
        if !self.is_second(second) {
            return None;
        }
        self.pairs.get(&(first, second))?[at(setting)]
    }

    pub(super) fn limit(&self, setting: Setting, code: HcpcsCode) -> Option<UnitLimit> {
        self.limits.get(&code)?[at(setting)]
    }

    /// The limits of a code in both settings.
    pub(super) fn limits(&self, code: HcpcsCode) -> BySetting<UnitLimit> {
        self.limits.get(&code).copied().unwrap_or_default()
    }

    /// Every pair, first and second code, by the second.
    pub(super) fn firsts_by_second(&self) -> BTreeMap<HcpcsCode, Vec<(HcpcsCode, BySetting<CodePair>)>> {
        let sorted: BTreeMap<_, _> = self.pairs.iter().map(|(codes, both)| (*codes, *both)).collect();
        let mut all: BTreeMap<HcpcsCode, Vec<_>> = BTreeMap::new();
        for ((first, second), both) in sorted {
            all.entry(second).or_default().push((first, both));
        }
        all
    }

    /// The codes that have a limit.
    pub(super) fn limited(&self) -> impl Iterator<Item = HcpcsCode> {
        self.limits.keys().copied()
    }

    pub(super) fn read(pairs: &str, limits: &str, more_limits: &str) -> Result<Self, ReferenceError> {
        let mut edits = Self::default();
        for row in rows::<PairRow>("ncci_pairs", pairs) {
            let (line, row) = row?;
            let fail = |problem: String| ReferenceError { table: "ncci_pairs", line, problem };
            let indicator = |text: &str| match text {
                "" => Ok(None),
                "0" => Ok(Some(CodePair { modifier_allowed: false })),
                "1" => Ok(Some(CodePair { modifier_allowed: true })),
                other => Err(fail(format!("{other} is no indicator"))),
            };
            let both = [indicator(&row.practitioner_indicator)?, indicator(&row.hospital_indicator)?];
            let second = parse(&row.column2).map_err(fail)?;
            edits.seconds.insert(second);
            edits.pairs.insert((parse(&row.column1).map_err(fail)?, second), both);
        }
        for (table, text) in [("drug_mue", limits), ("admin_codes", more_limits)] {
            for row in rows::<LimitRow>(table, text) {
                let (line, row) = row?;
                let fail = |problem: String| ReferenceError { table, line, problem };
                // Ranges of visits have no limit of their own here.
                let Ok(code) = parse(&row.hcpcs) else { continue };
                let both = [
                    limit(&row.mue_practitioner, &row.mai_practitioner).map_err(fail)?,
                    limit(&row.mue_outpatient_hospital, &row.mai_outpatient_hospital).map_err(fail)?,
                ];
                edits.limits.insert(code, both);
            }
        }
        Ok(edits)
    }
}

#[derive(serde::Deserialize)]
struct PairRow {
    column1: String,
    column2: String,
    practitioner_indicator: String,
    hospital_indicator: String,
}

#[derive(serde::Deserialize)]
struct LimitRow {
    #[serde(alias = "code")]
    hcpcs: String,
    mue_practitioner: String,
    mai_practitioner: String,
    mue_outpatient_hospital: String,
    mai_outpatient_hospital: String,
}

/// The rows of a built-in table with their lines.
pub(super) fn rows<'t, T: serde::de::DeserializeOwned + 't>(
    table: &'static str,
    text: &'t str,
) -> impl Iterator<Item = Result<(u64, T), ReferenceError>> + 't {
    csv::Reader::from_reader(text.as_bytes()).into_deserialize::<T>().enumerate().map(move |(index, row)| {
        let line = index as u64 + 2;
        row.map(|row| (line, row)).map_err(|cause| ReferenceError { table, line, problem: cause.to_string() })
    })
}

pub(super) fn parse(text: &str) -> Result<HcpcsCode, String> {
    text.parse().map_err(|_| format!("{text} is not a code"))
}

fn limit(units: &str, indicator: &str) -> Result<Option<UnitLimit>, String> {
    if units.is_empty() {
        return Ok(None);
    }
    let units = units.parse().map_err(|_| format!("{units} is no number of units"))?;
    let adjudication_indicator = indicator.parse().map_err(|_| format!("{indicator} is no indicator"))?;
    Ok(Some(UnitLimit { units, adjudication_indicator }))
}
