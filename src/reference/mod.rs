//! Drugs, administration codes and their prices, by date of service.

mod administration_codes;
mod drugs;
mod units;

pub use administration_codes::{AdministrationCode, CodeRole};
pub use drugs::{Drug, OppsStatus};
pub use units::{DrugUnit, convert_dose};

use crate::model::HcpcsCode;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const DRUGS: &str = include_str!("tables/drugs.csv");
const ADMINISTRATION_CODES: &str = include_str!("tables/admin_codes.csv");

/// A built-in table that does not read: a defect of the build, which a test rules out.
#[derive(Debug, thiserror::Error)]
#[error("reference table {table}, line {line}: {problem}")]
pub struct ReferenceError {
    pub table: &'static str,
    pub line: u64,
    pub problem: String,
}

/// The tables of a run. Look-up only: nothing iterates over them where order could reach an output.
#[derive(Debug)]
pub struct Reference {
    drugs: HashMap<HcpcsCode, Drug>,
    administration_codes: HashMap<HcpcsCode, AdministrationCode>,
}

impl Reference {
    /// Reads the built-in tables.
    ///
    /// # Errors
    /// A row that does not read, named by table and line.
    pub fn built_in() -> Result<Self, ReferenceError> {
        Ok(Self { drugs: drugs::read(DRUGS)?, administration_codes: administration_codes::read(ADMINISTRATION_CODES)? })
    }

    /// The drug of a HCPCS code.
    #[must_use]
    pub fn drug(&self, code: HcpcsCode) -> Option<&Drug> {
        self.drugs.get(&code)
    }

    /// The administration code with its role, parents and rates.
    #[must_use]
    pub fn administration(&self, code: HcpcsCode) -> Option<&AdministrationCode> {
        self.administration_codes.get(&code)
    }

    /// Names and SHA-256 digests of the tables.
    #[must_use]
    pub fn tables() -> Vec<(&'static str, String)> {
        [("drugs", DRUGS), ("admin_codes", ADMINISTRATION_CODES)]
            .into_iter()
            .map(|(name, text)| {
                let digest = Sha256::digest(text.as_bytes());
                (name, digest.iter().map(|byte| format!("{byte:02x}")).collect())
            })
            .collect()
    }
}

/// Reads dollars with at most six decimals into millionths of a cent, exactly; `None` for an empty cell.
fn unit_price(text: &str) -> Option<crate::model::UnitPrice> {
    let dollars = crate::model::parse_quantity(text)?;
    let scaled = dollars * rust_decimal::Decimal::from(100_000_000);
    i64::try_from(scaled.round()).ok().map(crate::model::UnitPrice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_tables_read_and_hold_known_facts() {
        let reference = Reference::built_in().unwrap();
        let infliximab = reference.drug(HcpcsCode::new("J1745")).unwrap();
        assert_eq!(infliximab.billing_unit, rust_decimal::Decimal::from(10));
        assert_eq!(infliximab.unit, Some(DrugUnit::Milligram));
        let first_hour = reference.administration(HcpcsCode::new("96365")).unwrap();
        assert_eq!(first_hour.opps_rate(2026), Some(crate::model::UnitPrice(21_731_000_000)));
        assert_eq!(first_hour.opps_rate(2024), None);
        assert!(reference.administration(HcpcsCode::new("96366")).unwrap().add_on);
    }
}
