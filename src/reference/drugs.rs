//! The drug table: class, billing unit, payment status and limit of each HCPCS code.

use super::units::DrugUnit;
use super::{ReferenceError, unit_price};
use crate::model::{HcpcsCode, SubstanceClass, UnitPrice};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

/// One drug.
#[derive(Debug, Clone, PartialEq)]
pub struct Drug {
    pub code: HcpcsCode,
    pub name: String,
    /// Amount of one billing unit, in `unit`.
    pub billing_unit: Decimal,
    /// `None` where units are not amounts (each, dose).
    pub unit: Option<DrugUnit>,
    /// `None` for codes that stand for no one drug.
    pub class: Option<SubstanceClass>,
    /// J3490, J3590, J9999, C9399, J7999: one unit per drug name and date.
    pub unclassified: bool,
    /// A flush: never an administration of its own.
    pub flush: bool,
    /// Every vial on the market is multi-dose.
    pub multi_dose_only: bool,
    /// Contents of the single-dose vials on the market, in `vial_unit`; empty where the table does not know them.
    pub vial_sizes: Vec<Decimal>,
    /// Unit of `vial_sizes`, as the label writes it.
    pub vial_unit: String,
    /// The reference product of a biosimilar.
    pub biosimilar_reference: Option<HcpcsCode>,
    pub opps_status: OppsStatus,
    /// OPPS status G: paid apart even beside a comprehensive service.
    pub pass_through: bool,
    /// Medicare payment limit per billing unit, fourth quarter of 2026.
    pub payment_limit: Option<UnitPrice>,
}

/// OPPS status indicator of a drug (CMS Addendum B, January 2026).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OppsStatus {
    /// G, K or K1.
    SeparatelyPayable,
    /// N.
    Packaged,
    /// E1 and the like.
    NotPayable,
    Unknown,
}

impl OppsStatus {
    /// Reads a status indicator.
    #[must_use]
    pub fn of(indicator: &str) -> Self {
        match indicator {
            "G" | "K" | "K1" => Self::SeparatelyPayable,
            "N" => Self::Packaged,
            "" => Self::Unknown,
            _ => Self::NotPayable,
        }
    }
}

/// Codes that stand for any drug without a code of its own (CMS Pub 100-04 ch. 17).
const UNCLASSIFIED: [HcpcsCode; 5] = [
    HcpcsCode::new("J3490"),
    HcpcsCode::new("J3590"),
    HcpcsCode::new("J9999"),
    HcpcsCode::new("C9399"),
    HcpcsCode::new("J7999"),
];

#[derive(serde::Deserialize)]
struct Row {
    hcpcs: String,
    generic_name: String,
    billing_unit_qty: String,
    billing_unit_uom: String,
    substance_class: String,
    routes: String,
    single_dose_vial_sizes: String,
    biosimilar_reference_hcpcs: String,
    opps_si_jan2026: String,
    payment_limit_2026q4_per_unit: String,
}

pub(super) fn read(text: &str) -> Result<FxHashMap<HcpcsCode, Drug>, ReferenceError> {
    let fail = |line: u64, problem: String| ReferenceError { table: "drugs", line, problem };
    let mut drugs = FxHashMap::default();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let line = index as u64 + 2;
        let row = row.map_err(|cause| fail(line, cause.to_string()))?;
        let drug = drug(&row).map_err(|problem| fail(line, problem))?;
        if drugs.insert(drug.code, drug).is_some() {
            return Err(fail(line, "the code stands twice".to_owned()));
        }
    }
    Ok(drugs)
}

fn drug(row: &Row) -> Result<Drug, String> {
    let code: HcpcsCode = row.hcpcs.parse().map_err(|_| format!("{} is not a code", row.hcpcs))?;
    let class = match row.substance_class.as_str() {
        "other" => None,
        class => Some(class.parse().map_err(|_| format!("unknown class {class}"))?),
    };
    let (vial_unit, vial_sizes) = vials(&row.single_dose_vial_sizes);
    let biosimilar_reference = match row.biosimilar_reference_hcpcs.as_str() {
        "" => None,
        code => Some(code.parse().map_err(|_| format!("{code} is not a code"))?),
    };
    let sizes: Vec<&str> = row.single_dose_vial_sizes.split(';').filter(|size| !size.is_empty()).collect();
    Ok(Drug {
        code,
        name: row.generic_name.clone(),
        billing_unit: crate::model::parse_quantity(&row.billing_unit_qty)
            .filter(|quantity| *quantity > Decimal::ZERO)
            .ok_or_else(|| format!("billing unit {} is no amount", row.billing_unit_qty))?,
        unit: DrugUnit::parse(&row.billing_unit_uom),
        class,
        unclassified: UNCLASSIFIED.contains(&code),
        flush: row.routes == "flush",
        multi_dose_only: !sizes.is_empty() && sizes.iter().all(|size| size.contains("(MDV)")),
        vial_sizes,
        vial_unit,
        biosimilar_reference,
        opps_status: OppsStatus::of(&row.opps_si_jan2026),
        pass_through: row.opps_si_jan2026 == "G",
        payment_limit: unit_price(&row.payment_limit_2026q4_per_unit),
    })
}

/// `100 mg;500 mg;200 mg(MDV)` as the unit and its single-dose sizes; nothing where a size does not read or the units
/// differ.
fn vials(text: &str) -> (String, Vec<Decimal>) {
    let mut unit = String::new();
    let mut sizes = Vec::new();
    for one in text.split(';').map(str::trim).filter(|one| !one.is_empty() && !one.contains("(MDV)")) {
        let Some((size, of)) = one.split_once(' ') else { return (String::new(), Vec::new()) };
        let Some(size) = crate::model::parse_quantity(size).filter(|size| *size > Decimal::ZERO) else {
            return (String::new(), Vec::new());
        };
        if !unit.is_empty() && unit != of.trim() {
            return (String::new(), Vec::new());
        }
        of.trim().clone_into(&mut unit);
        sizes.push(size);
    }
    (unit, sizes)
}
