//! Drugs, administration codes, prices and national edits, by date of service.

mod administration_codes;
mod built_in;
mod code_dates;
mod code_facts;
mod code_table;
mod drug_names;
mod drugs;
mod imported;
mod national_edits;
mod resolve;
mod units;

pub use administration_codes::{AdministrationCode, CodeRole};
pub use code_dates::{CodeDates, InForce};
pub use code_facts::{CodeFacts, CodeSet};
pub use drug_names::NameMatch;
pub use drugs::{Drug, OppsStatus};
pub use imported::{Fee, INDEX, Imported, Index, NdcEntry, OppsEntry, TableId, TableRecord, hex};
pub use national_edits::{CodePair, UnitLimit};
pub use resolve::eleven_digits;
pub use units::{DrugUnit, convert_dose};

use crate::error::Error;
use crate::model::{Date, HcpcsCode, Modifier, Setting, UnitPrice};
use built_in::{BUILT_IN, CODES_TABLE, LIMITS_TABLE};
use code_table::CodeTable;
use drug_names::DrugNames;
use national_edits::NationalEdits;
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};
use std::path::Path;

/// A built-in table that does not read: a defect of the build, which a test rules out.
#[derive(Debug, thiserror::Error)]
#[error("reference table {table}, line {line}: {problem}")]
pub struct ReferenceError {
    pub table: &'static str,
    pub line: u64,
    pub problem: String,
}

/// A price with the table that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub price: UnitPrice,
    pub table: TableId,
}

/// The tables of a run. Look-up only: nothing iterates over them where order could reach an output.
#[derive(Debug)]
pub struct Reference {
    drugs: CodeTable<Drug>,
    administration_codes: CodeTable<AdministrationCode>,
    code_dates: CodeTable<CodeDates>,
    edits: NationalEdits,
    code_facts: FxHashMap<HcpcsCode, CodeFacts>,
    names: DrugNames,
    /// In the order of their first days.
    payment_limits: CodeTable<Vec<(Date, UnitPrice)>>,
    hydration_diagnoses: FxHashSet<String>,
    imported: Imported,
    versions: Vec<String>,
}

/// The imported table of code pairs for a setting.
fn pair_table(setting: Setting) -> &'static str {
    match setting {
        Setting::Professional => "ncci-ptp-practitioner",
        Setting::Facility => "ncci-ptp-hospital",
    }
}

impl Reference {
    /// The built-in tables under those that were imported into a folder.
    ///
    /// # Errors
    /// A folder that cannot be used: see [`Error::Reference`].
    pub fn with_imported(folder: &Path) -> Result<Self, Error> {
        let mut all = Self::built_in().map_err(|cause| Error::Table(cause.to_string()))?;
        let ours = |code| all.administration_codes.get(code).is_some();
        let imported = Imported::load(folder, ours)?;
        all.versions
            .extend(imported.records.iter().map(|record| format!("{} from {}", record.kind, record.effective_from)));
        all.imported = imported;
        Ok(all)
    }

    /// The built-in tables, under those of a folder where one is given.
    ///
    /// # Errors
    /// As for [`Self::with_imported`].
    pub fn load(folder: Option<&Path>) -> Result<Self, Error> {
        match folder {
            Some(folder) => Self::with_imported(folder),
            None => Ok(Self::built_in()?),
        }
    }

    /// The drug of a HCPCS code.
    #[must_use]
    pub fn drug(&self, code: HcpcsCode) -> Option<&Drug> {
        self.drugs.get(code)
    }

    /// What the built-in tables together say about a code.
    #[must_use]
    pub fn facts(&self, code: HcpcsCode) -> &CodeFacts {
        self.code_facts.get(&code).unwrap_or(CodeFacts::unknown())
    }

    /// Whether no file was imported, so that [`CodeFacts`] are all there is to know about a code.
    #[must_use]
    pub fn is_built_in_alone(&self) -> bool {
        self.imported.is_empty()
    }

    /// The administration code with its role, parents and rates.
    #[must_use]
    pub fn administration(&self, code: HcpcsCode) -> Option<&AdministrationCode> {
        self.administration_codes.get(code)
    }

    /// OPPS status indicator of a code on a day; `None` where no table knows it.
    #[must_use]
    pub fn opps_status(&self, code: HcpcsCode, date: Option<Date>) -> Option<&str> {
        self.imported_status(code, date).or_else(|| self.administration(code)?.opps_status())
    }

    /// The same of a code that was looked up already.
    pub(crate) fn opps_status_of<'a>(&'a self, known: &'a AdministrationCode, date: Option<Date>) -> Option<&'a str> {
        self.imported_status(known.code, date).or_else(|| known.opps_status())
    }

    fn imported_status(&self, code: HcpcsCode, date: Option<Date>) -> Option<&str> {
        date.and_then(|date| self.imported.opps(code, date)).map(|(_, entry)| entry.status.as_str())
    }

    /// Whether a hospital is paid for a drug apart from the service (OPPS status G, K, K1 or none of them).
    #[must_use]
    pub fn drug_status(&self, drug: &Drug, date: Option<Date>) -> OppsStatus {
        match date.and_then(|date| self.imported.opps(drug.code, date)) {
            Some((_, entry)) => OppsStatus::of(&entry.status),
            None => drug.opps_status,
        }
    }

    /// OPPS national rate of a code on a day.
    #[must_use]
    pub fn opps_rate(&self, code: HcpcsCode, date: Date) -> Option<Listed> {
        self.opps_rate_of(code, self.administration(code), date)
    }

    /// The same of a code that was looked up already.
    pub(crate) fn opps_rate_of(
        &self,
        code: HcpcsCode,
        known: Option<&AdministrationCode>,
        date: Date,
    ) -> Option<Listed> {
        match self.imported.opps(code, date) {
            Some((id, entry)) => entry.rate.map(|price| Listed { price, table: self.imported_id(id) }),
            None => known?.opps_rate(date.year()).map(|price| Listed { price, table: CODES_TABLE }),
        }
    }

    /// Physician fee schedule, national amount, in or outside a facility.
    #[must_use]
    pub fn mpfs_rate(&self, code: HcpcsCode, in_facility: bool, date: Date) -> Option<Listed> {
        if let Some((id, price)) = self.imported.mpfs(code, in_facility, date) {
            return Some(Listed { price, table: self.imported_id(id) });
        }
        let price = self.administration(code)?.mpfs_rate(date.year()).filter(|_| !in_facility)?;
        Some(Listed { price, table: CODES_TABLE })
    }

    /// Medicare payment limit of a drug per billing unit.
    #[must_use]
    pub fn drug_limit(&self, code: HcpcsCode, date: Date) -> Option<Listed> {
        if let Some((id, price)) = self.imported.limit(code, date) {
            return Some(Listed { price, table: self.imported_id(id) });
        }
        // The built-in quarters stand for the two years around them, the first for a code that came later.
        let known = self.payment_limits.get(code).filter(|_| (2025..=2026).contains(&date.year()))?;
        let held = known.iter().rev().find(|(from, _)| *from <= date).or_else(|| known.first());
        held.map(|(_, price)| Listed { price: *price, table: LIMITS_TABLE })
    }

    /// A payer's own fee for a code.
    #[must_use]
    pub fn fee(&self, payer: &str, code: HcpcsCode, modifier: Option<Modifier>, date: Date) -> Option<(TableId, &Fee)> {
        self.imported.fee(payer, code, modifier, date).map(|(id, fee)| (self.imported_id(id), fee))
    }

    /// Payers that have an imported fee schedule, some more than once.
    pub fn fee_payers(&self) -> impl Iterator<Item = &str> {
        self.imported.fee_payers()
    }

    /// Whether two codes are an active national code pair, the second not paid beside the first.
    #[must_use]
    pub fn code_pair(&self, setting: Setting, first: HcpcsCode, second: HcpcsCode, date: Date) -> Option<CodePair> {
        match self.imported.pair(pair_table(setting), (first, second), date) {
            Some(known) => known,
            None => self.edits.pair(setting, first, second),
        }
    }

    /// Whether some pair may deny this code on a day, which no pair does to most codes of a claim.
    #[must_use]
    pub fn is_second_of_a_pair(&self, setting: Setting, second: HcpcsCode, date: Date) -> bool {
        self.imported.holds(pair_table(setting), date) || self.edits.is_second(second)
    }

    /// The most units of a code that are paid in a setting.
    #[must_use]
    pub fn unit_limit(&self, setting: Setting, code: HcpcsCode, date: Date) -> Option<UnitLimit> {
        let kind = match setting {
            Setting::Professional => "mue-practitioner",
            Setting::Facility => "mue-hospital",
        };
        self.imported.units(kind, code, date).or_else(|| self.edits.limit(setting, code))
    }

    /// Whether a drug code was in force on a day.
    #[must_use]
    pub fn in_force(&self, code: HcpcsCode, date: Date) -> InForce {
        let built_in = self.code_dates.get(code);
        // A file of the day knows best; an older one does not know what ended since, which the built-in table may.
        let of_day = self.imported.dates_on(code, date).or(built_in);
        let Some(dates) = of_day.or_else(|| self.imported.dates(code)) else { return InForce::Unknown };
        match dates.on(date) {
            InForce::Ended(on, None) => InForce::Ended(on, built_in.and_then(|known| known.replaced_by)),
            known => known,
        }
    }

    /// Whether a diagnosis is on the built-in list for hydration.
    #[must_use]
    pub fn supports_hydration(&self, diagnosis: &str) -> bool {
        // A code has at most seven letters and digits: no copy on the heap.
        let trimmed = diagnosis.trim();
        let mut plain = [0_u8; 8];
        let mut length = 0;
        for byte in trimmed.bytes().filter(|byte| *byte != b'.') {
            match plain.get_mut(length).filter(|_| byte.is_ascii()) {
                Some(place) => *place = byte.to_ascii_uppercase(),
                None => return self.hydration_diagnoses.contains(&trimmed.replace('.', "").to_uppercase()),
            }
            length += 1;
        }
        let plain = plain.get(..length).and_then(|plain| std::str::from_utf8(plain).ok());
        plain.is_some_and(|plain| self.hydration_diagnoses.contains(plain))
    }

    /// The diagnoses that a user's list names for a drug; `None` where no list names the drug.
    #[must_use]
    pub fn drug_diagnoses(&self, code: HcpcsCode, date: Date) -> Option<&[String]> {
        self.imported.diagnoses(code, date)
    }

    /// Adds a list of diagnoses for a drug, as an imported table would.
    #[cfg(test)]
    pub(crate) fn add_drug_diagnoses(&mut self, code: HcpcsCode, diagnoses: &[&str]) {
        self.imported.add_diagnoses(code, diagnoses);
    }

    /// Adds a fee of a payer's schedule, as an imported table would.
    #[cfg(test)]
    pub(crate) fn add_fee(&mut self, payer: &str, code: HcpcsCode, fee: crate::model::Cents) {
        self.imported.add_fee(payer, code, UnitPrice::from_cents(fee));
    }

    /// Whether a table of this kind was imported.
    #[must_use]
    pub fn has_imported(&self, kind: &str) -> bool {
        self.imported.has(kind)
    }

    /// What a charted drug name stands for.
    #[must_use]
    pub fn drug_named(&self, name: &str) -> NameMatch {
        self.names.find(name)
    }

    /// The codes of an NDC on a day.
    #[must_use]
    pub fn ndc(&self, ndc: &str, date: Date) -> &[NdcEntry] {
        self.imported.ndc(ndc, date)
    }

    /// Every table by name, built-in ones first; prices point into it.
    #[must_use]
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    fn imported_id(&self, id: TableId) -> TableId {
        BUILT_IN.len() as TableId + id
    }

    /// Names and SHA-256 digests of the tables of this run, built-in ones first.
    #[must_use]
    pub fn tables(&self) -> Vec<(String, String)> {
        let built_in = BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), hex(&Sha256::digest(text.as_bytes()))));
        let imported = self.imported.records.iter().map(|record| {
            let until = if record.effective_to.is_empty() { "open" } else { &record.effective_to };
            (format!("{} {} to {until}", record.kind, record.effective_from), record.sha256.clone())
        });
        built_in.chain(imported).collect()
    }
}

/// Reads dollars with at most six decimals into millionths of a cent, exactly; `None` for an empty cell.
fn unit_price(text: &str) -> Option<UnitPrice> {
    let dollars = crate::model::parse_quantity(text)?;
    let scaled = dollars * rust_decimal::Decimal::from(100_000_000);
    i64::try_from(scaled.round()).ok().map(UnitPrice)
}
