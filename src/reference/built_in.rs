//! The tables that come with the program.

use super::drug_names::DrugNames;
use super::national_edits::NationalEdits;
use super::{
    Imported, Reference, ReferenceError, TableId, administration_codes, code_dates, code_facts, drugs, national_edits,
    unit_price,
};
use crate::model::{Date, HcpcsCode, UnitPrice};
use rustc_hash::{FxHashMap, FxHashSet};

const DRUGS: &str = include_str!("tables/drugs.csv");
const ADMINISTRATION_CODES: &str = include_str!("tables/admin_codes.csv");
const CODE_DATES: &str = include_str!("tables/code_dates.csv");
const CODE_PAIRS: &str = include_str!("tables/ncci_pairs.csv");
const UNIT_LIMITS: &str = include_str!("tables/drug_mue.csv");
const PAYMENT_LIMITS: &str = include_str!("tables/drug_limits.csv");
const DRUG_NAMES: &str = include_str!("tables/drug_names.csv");
const HYDRATION_DIAGNOSES: &str = include_str!("tables/hydration_diagnoses.csv");

/// The built-in tables with their names, in the order of [`Reference::versions`].
pub(super) const BUILT_IN: [(&str, &str); 8] = [
    ("drugs", DRUGS),
    ("admin_codes", ADMINISTRATION_CODES),
    ("code_dates", CODE_DATES),
    ("ncci_pairs", CODE_PAIRS),
    ("drug_limits", PAYMENT_LIMITS),
    ("drug_mue", UNIT_LIMITS),
    ("drug_names", DRUG_NAMES),
    ("hydration_diagnoses", HYDRATION_DIAGNOSES),
];

/// Place of a built-in table in [`Reference::versions`].
pub(super) const CODES_TABLE: TableId = 1;
pub(super) const LIMITS_TABLE: TableId = 4;

impl Reference {
    /// Reads the built-in tables.
    ///
    /// # Errors
    /// A row that does not read, named by table and line.
    pub fn built_in() -> Result<Self, ReferenceError> {
        let drugs = drugs::read(DRUGS)?;
        let mut hydration_diagnoses = FxHashSet::default();
        for row in national_edits::rows::<FxHashMap<String, String>>("hydration_diagnoses", HYDRATION_DIAGNOSES) {
            let (_, row) = row?;
            hydration_diagnoses.extend(row.get("icd10").map(|code| code.replace('.', "")));
        }
        let administration_codes = administration_codes::read(ADMINISTRATION_CODES)?;
        let code_dates = code_dates::read(CODE_DATES)?;
        let edits = NationalEdits::read(CODE_PAIRS, UNIT_LIMITS, ADMINISTRATION_CODES)?;
        Ok(Self {
            names: DrugNames::read(DRUG_NAMES, &drugs)?,
            code_facts: code_facts::gather(&drugs, &administration_codes, &code_dates, &edits)?,
            drugs: drugs.into(),
            administration_codes: administration_codes.into(),
            code_dates: code_dates.into(),
            edits,
            payment_limits: payment_limits()?.into(),
            hydration_diagnoses,
            imported: Imported::default(),
            versions: BUILT_IN
                .iter()
                .map(|(name, _)| format!("built-in {name} {}", env!("CARGO_PKG_VERSION")))
                .collect(),
        })
    }
}

/// The built-in drug payment limits by code and first day.
fn payment_limits() -> Result<FxHashMap<HcpcsCode, Vec<(Date, UnitPrice)>>, ReferenceError> {
    #[derive(serde::Deserialize)]
    struct Row {
        hcpcs: String,
        effective_from: String,
        limit: String,
    }
    let mut limits: FxHashMap<HcpcsCode, Vec<(Date, UnitPrice)>> = FxHashMap::default();
    for row in national_edits::rows::<Row>("drug_limits", PAYMENT_LIMITS) {
        let (line, row) = row?;
        let fail = |problem: &str| ReferenceError { table: "drug_limits", line, problem: problem.to_owned() };
        let code = row.hcpcs.parse().map_err(|_| fail("no code"))?;
        let from = row.effective_from.parse().map_err(|_| fail("no date"))?;
        let limit = unit_price(&row.limit).ok_or_else(|| fail("no amount"))?;
        // The table is sorted by code and day.
        limits.entry(code).or_default().push((from, limit));
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::super::{CodePair, DrugUnit, InForce, Listed};
    use super::*;
    use crate::model::Setting;

    #[test]
    fn built_in_tables_read_and_hold_known_facts() {
        let reference = Reference::built_in().unwrap();
        let code = HcpcsCode::new;
        let infliximab = reference.drug(code("J1745")).unwrap();
        assert_eq!(infliximab.billing_unit, rust_decimal::Decimal::from(10));
        assert_eq!(infliximab.unit, Some(DrugUnit::Milligram));
        let day = |text: &str| text.parse::<Date>().unwrap();
        let rate = reference.opps_rate(code("96365"), day("2026-01-15")).unwrap();
        assert_eq!(rate, Listed { price: UnitPrice(21_731_000_000), table: CODES_TABLE });
        assert_eq!(reference.opps_rate(code("96365"), day("2024-01-15")), None);
        assert!(reference.administration(code("96366")).unwrap().add_on);
        assert_eq!(
            reference.in_force(code("J2796"), day("2025-01-01")),
            InForce::Ended(day("2024-12-31"), Some(code("J2802")))
        );
        assert_eq!(reference.in_force(code("J2796"), day("2024-12-31")), InForce::Yes);
        assert_eq!(reference.in_force(code("J2802"), day("2024-12-31")), InForce::NotYet(day("2025-01-01")));
        let pair = |first, second| reference.code_pair(Setting::Facility, code(first), code(second), day("2026-01-15"));
        assert_eq!(pair("96413", "96365"), Some(CodePair { modifier_allowed: true }));
        assert_eq!(pair("96365", "96413"), None);
        let dollars = |on: &str| reference.drug_limit(code("J1745"), day(on)).map(|listed| listed.price);
        assert!(dollars("2025-05-01") != dollars("2026-05-01") && dollars("2026-05-01") != dollars("2026-11-01"));
        assert_eq!(dollars("2024-05-01"), None);
        let limit = reference.unit_limit(Setting::Facility, code("96368"), day("2026-01-15")).unwrap();
        assert_eq!((limit.units, limit.adjudication_indicator), (1, 2));
        assert!(reference.supports_hydration("E86.0") && reference.supports_hydration("e860"));
        assert!(!reference.supports_hydration("N39.0"));
    }
}
