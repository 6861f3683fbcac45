//! Reads the reference files that CMS and payers publish into plain tables of one layout, and keeps them by version.
//!
//! ```text
//! REFERENCE/index.json                                  what is there, with digests and effective dates
//! REFERENCE/asp-payment-limits/2026-01-01_2026-03-31_1a2b3c4d.csv
//! ```

mod dates;
mod kinds;
mod library;
mod rows;
mod text;

pub use library::{Imported, import};
pub(crate) use text::{decode, has_decimal_comma, separator};

use crate::error::Error;
use crate::model::Date;
use rust_decimal::Decimal;
use std::str::FromStr;

/// A kind of reference file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    OppsAddendumB,
    MpfsRelativeValues,
    AspPaymentLimits,
    AspNdcCrosswalk,
    NcciPtpPractitioner,
    NcciPtpHospital,
    MuePractitioner,
    MueHospital,
    HcpcsLevel2,
    FeeSchedule,
    DrugDiagnoses,
}

impl Kind {
    pub const ALL: [Kind; 11] = [
        Kind::OppsAddendumB,
        Kind::MpfsRelativeValues,
        Kind::AspPaymentLimits,
        Kind::AspNdcCrosswalk,
        Kind::NcciPtpPractitioner,
        Kind::NcciPtpHospital,
        Kind::MuePractitioner,
        Kind::MueHospital,
        Kind::HcpcsLevel2,
        Kind::FeeSchedule,
        Kind::DrugDiagnoses,
    ];

    /// The kind as it is written on the command line and in the index.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::OppsAddendumB => "opps-addendum-b",
            Kind::MpfsRelativeValues => "mpfs-relative-values",
            Kind::AspPaymentLimits => "asp-payment-limits",
            Kind::AspNdcCrosswalk => "asp-ndc-crosswalk",
            Kind::NcciPtpPractitioner => "ncci-ptp-practitioner",
            Kind::NcciPtpHospital => "ncci-ptp-hospital",
            Kind::MuePractitioner => "mue-practitioner",
            Kind::MueHospital => "mue-hospital",
            Kind::HcpcsLevel2 => "hcpcs-level-2",
            Kind::FeeSchedule => "fee-schedule",
            Kind::DrugDiagnoses => "drug-diagnoses",
        }
    }

    /// What the file is, in a line.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Kind::OppsAddendumB => "CMS OPPS Addendum B: status indicators and national rates of a quarter",
            Kind::MpfsRelativeValues => {
                "CMS physician fee schedule relative value file (PPRRVU) with its conversion factor"
            }
            Kind::AspPaymentLimits => "CMS Medicare Part B payment limit (ASP pricing) file of a quarter",
            Kind::AspNdcCrosswalk => "CMS ASP NDC to HCPCS crosswalk of a quarter",
            Kind::NcciPtpPractitioner => "CMS NCCI procedure-to-procedure edits, practitioner",
            Kind::NcciPtpHospital => "CMS NCCI procedure-to-procedure edits, outpatient hospital",
            Kind::MuePractitioner => "CMS medically unlikely edits, practitioner services",
            Kind::MueHospital => "CMS medically unlikely edits, outpatient hospital",
            Kind::HcpcsLevel2 => "CMS HCPCS Level II file: dates on which codes begin and end",
            Kind::FeeSchedule => {
                "a payer's fee schedule: hcpcs, and amount or percent_of_charge; payer and modifier optional"
            }
            Kind::DrugDiagnoses => "diagnoses by drug: hcpcs, icd10 (a code, or a beginning with *)",
        }
    }

    /// Columns of the imported table.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Kind::OppsAddendumB => &["hcpcs", "status", "apc", "rate"],
            Kind::MpfsRelativeValues => &["hcpcs", "modifier", "status", "nonfacility", "facility"],
            Kind::AspPaymentLimits => &["hcpcs", "limit"],
            Kind::AspNdcCrosswalk => {
                &["ndc", "hcpcs", "units_per_package", "package_size", "package_quantity", "units_per_vial", "name"]
            }
            Kind::NcciPtpPractitioner | Kind::NcciPtpHospital => {
                &["column1", "column2", "effective_from", "effective_to", "indicator"]
            }
            Kind::MuePractitioner | Kind::MueHospital => &["hcpcs", "units", "indicator"],
            Kind::HcpcsLevel2 => &["hcpcs", "effective_from", "effective_to"],
            Kind::FeeSchedule => &["payer", "hcpcs", "modifier", "amount", "percent_of_charge"],
            Kind::DrugDiagnoses => &["hcpcs", "icd10"],
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text.trim())).ok_or_else(|| {
            let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("`{text}` is no kind of reference file; one of: {}", all.join(", "))
        })
    }
}

/// What a file does not say itself.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    pub effective_from: Option<Date>,
    pub effective_to: Option<Date>,
    /// The payer of a fee schedule without a payer column.
    pub payer: Option<String>,
    /// Dollars per relative value unit, where the file's own is not meant.
    pub conversion_factor: Option<Decimal>,
}

/// A file that cannot be imported. Every message names the file and says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("cannot read {file}: {cause}; check the path and its permissions")]
    Unreadable { file: String, cause: String },
    #[error(
        "{file}: no line has the headings of {kind}; check the kind, export the sheet as CSV, or rename the headings to: \
         {wanted}"
    )]
    NoHeader { file: String, kind: &'static str, wanted: String },
    #[error("{file}, line {line}: {problem}; nothing of it was imported")]
    BadRow { file: String, line: u64, problem: String },
    #[error("{file}: the file does not say from when it holds; pass --effective-from YYYY-MM-DD")]
    NoDate { file: String },
    #[error("{file}: --effective-to lies before the first day, {from}")]
    DatesReversed { file: String, from: Date },
    #[error("{file}: not one row reads ({why}); check the kind")]
    NoRows { file: String, why: String },
    #[error("{file}: no payer is named; add a payer column or pass --payer NAME")]
    NoPayer { file: String },
    #[error("{problem}")]
    Unwritable { problem: String, status: u8 },
    #[error("{path} is not an index of reference tables ({cause}); choose another --into")]
    BadIndex { path: String, cause: String },
}

impl ImportError {
    /// The exit status: 2 for options, 3 for files that cannot be imported, 4 for the machine.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            ImportError::NoDate { .. } | ImportError::DatesReversed { .. } | ImportError::NoPayer { .. } => 2,
            ImportError::Unwritable { status, .. } => *status,
            _ => 3,
        }
    }

    fn no_header(kind: Kind, file: &str) -> Self {
        ImportError::NoHeader { file: file.to_owned(), kind: kind.as_str(), wanted: kind.headings() }
    }
}

impl From<Error> for ImportError {
    /// A table or folder that cannot be written.
    fn from(cause: Error) -> Self {
        ImportError::Unwritable { problem: cause.to_string(), status: cause.exit_code() }
    }
}

/// A row of a source that did not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Line of the source, 1-based.
    pub line: u64,
    pub reason: &'static str,
}

/// One file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub kind: Kind,
    pub effective_from: Date,
    pub effective_to: Option<Date>,
    /// In the kind's columns, sorted, without repetitions.
    pub rows: Vec<Vec<String>>,
    pub skipped: Vec<Skipped>,
}

impl Table {
    /// The table as CSV with its header.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record(self.kind.columns());
        for row in &self.rows {
            let _ = writer.write_record(row);
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// Reads a file of a kind.
///
/// # Errors
/// See [`ImportError`]. Rows that do not read are counted in [`Table::skipped`]; a file without any row that reads is an
/// error.
pub fn read(kind: Kind, file: &str, bytes: &[u8], options: &ImportOptions) -> Result<Table, ImportError> {
    let text = text::decode(bytes);
    let sheet = text::Sheet::find(kind, file, &text)?;
    let (effective_from, effective_to) = dates::effective(kind, file, &sheet.preamble, options)?;
    let (mut rows, skipped) = rows::read(kind, file, &sheet, options)?;
    rows.sort();
    rows.dedup();
    if rows.is_empty() {
        let why = skipped.first().map_or("it holds no rows", |one| one.reason).to_owned();
        return Err(ImportError::NoRows { file: file.to_owned(), why });
    }
    Ok(Table { kind, effective_from, effective_to, rows, skipped })
}

#[cfg(test)]
mod tests;
