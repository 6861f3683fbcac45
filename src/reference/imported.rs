//! Reference files that a user imported: versioned tables, looked up by date of service.

use super::national_edits::{CodePair, UnitLimit, parse};
use super::{CodeDates, unit_price};
use crate::error::Error;
use crate::model::{Date, HcpcsCode, Modifier, UnitPrice, normal_name};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::Path;

/// One imported file in the index of a reference folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableRecord {
    /// Such as `opps-addendum-b`.
    pub kind: String,
    /// Path inside the reference folder.
    pub file: String,
    pub effective_from: String,
    /// Empty: until a later version takes over.
    #[serde(default)]
    pub effective_to: String,
    /// Name of the file that was imported.
    pub source: String,
    pub source_sha256: String,
    pub sha256: String,
    pub rows: u64,
    /// Rows of the source that did not read.
    pub skipped: u64,
}

/// The index of a reference folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Index {
    pub tables: Vec<TableRecord>,
}

/// Name of the index inside a reference folder.
pub const INDEX: &str = "index.json";

/// Which table a price or an edit came from: an index into [`super::Reference::versions`].
pub type TableId = u16;

/// What OPPS says about a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OppsEntry {
    pub status: String,
    pub rate: Option<UnitPrice>,
}

/// What one package of an NDC holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NdcEntry {
    pub hcpcs: HcpcsCode,
    /// Billing units in one vial (or other inner unit).
    pub units_per_vial: Option<rust_decimal::Decimal>,
}

/// A line of a payer's fee schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fee {
    Amount(UnitPrice),
    /// Hundredths of the charge.
    PercentOfCharge(i64),
}

/// A code pair with its own first and last day.
type DatedPair = (Option<Date>, Option<Date>, CodePair);

type Row = csv::StringRecord;

/// One imported table.
#[derive(Debug)]
enum Content {
    Opps(FxHashMap<HcpcsCode, OppsEntry>),
    /// Non-facility and facility amounts.
    Mpfs(FxHashMap<HcpcsCode, [Option<UnitPrice>; 2]>),
    Limits(FxHashMap<HcpcsCode, UnitPrice>),
    Ndc(FxHashMap<String, Vec<NdcEntry>>),
    Pairs(FxHashMap<(HcpcsCode, HcpcsCode), Vec<DatedPair>>),
    Units(FxHashMap<HcpcsCode, UnitLimit>),
    Dates(FxHashMap<HcpcsCode, CodeDates>),
    Fees(FxHashMap<(String, HcpcsCode, Option<Modifier>), Fee>),
    Diagnoses(FxHashMap<HcpcsCode, Vec<String>>),
}

#[derive(Debug)]
struct Version {
    kind: String,
    from: Date,
    to: Option<Date>,
    content: Content,
}

/// The imported tables of a run.
#[derive(Debug, Default)]
pub struct Imported {
    /// In the order of kind, then effective date.
    versions: Vec<Version>,
    pub(super) records: Vec<TableRecord>,
}

fn unusable(folder: &Path, problem: impl std::fmt::Display) -> Error {
    Error::Reference { file: folder.display().to_string(), problem: problem.to_string() }
}

impl Imported {
    /// Reads a reference folder. `is_ours` says which codes matter, so that a national table of millions of pairs keeps
    /// only those that an infusion claim can meet.
    ///
    /// # Errors
    /// No index there, a table that changed since its import, a row that does not read.
    pub(super) fn load(folder: &Path, is_ours: impl Fn(HcpcsCode) -> bool) -> Result<Self, Error> {
        let index = folder.join(INDEX);
        let text = std::fs::read_to_string(&index).map_err(|cause| match cause.kind() {
            ErrorKind::NotFound => unusable(&index, "does not exist; `infusion-audit reference import` makes it"),
            _ => Error::unreadable(&index, cause),
        })?;
        let index: Index = serde_json::from_str(&text).map_err(|cause| {
            unusable(&index, format!("is not an index of tables ({cause}); import its tables into a new folder"))
        })?;
        let mut loaded = Vec::new();
        for record in index.tables {
            let path = folder.join(&record.file);
            let bytes = std::fs::read(&path).map_err(|cause| Error::unreadable(&path, cause))?;
            if hex(&Sha256::digest(&bytes)) != record.sha256 {
                return Err(unusable(&path, "was changed since it was imported; import its source again"));
            }
            let date = |text: &str| text.parse::<Date>().map_err(|_| unusable(&path, "has no effective date"));
            let to = (!record.effective_to.is_empty()).then(|| date(&record.effective_to)).transpose()?;
            let from = date(&record.effective_from)?;
            let content = content(&record.kind, &bytes, &is_ours).map_err(|problem| unusable(&path, problem))?;
            loaded.push((Version { kind: record.kind.clone(), from, to, content }, record));
        }
        loaded.sort_by(|(one, _), (other, _)| (&one.kind, one.from).cmp(&(&other.kind, other.from)));
        let (versions, records) = loaded.into_iter().unzip();
        Ok(Self { versions, records })
    }

    /// The versions of a kind that hold on a day, the latest first.
    fn on<'s>(&'s self, kind: &'s str, date: Date) -> impl Iterator<Item = (TableId, &'s Content)> {
        let all = self.versions.iter().enumerate().rev();
        let held = all.filter(move |(_, of)| of.kind == kind && of.from <= date && of.to.is_none_or(|to| date <= to));
        held.map(|(at, of)| (TableId::try_from(at).unwrap_or(TableId::MAX), &of.content))
    }

    pub(super) fn opps(&self, code: HcpcsCode, date: Date) -> Option<(TableId, &OppsEntry)> {
        if self.is_empty() {
            return None;
        }
        self.on("opps-addendum-b", date).find_map(|(id, content)| match content {
            Content::Opps(rows) => rows.get(&code).map(|row| (id, row)),
            _ => None,
        })
    }

    /// Dollars of the physician fee schedule: outside a facility, or in one.
    pub(super) fn mpfs(&self, code: HcpcsCode, in_facility: bool, date: Date) -> Option<(TableId, UnitPrice)> {
        if self.is_empty() {
            return None;
        }
        self.on("mpfs-relative-values", date).find_map(|(id, content)| match content {
            Content::Mpfs(rows) => Some((id, rows.get(&code)?[usize::from(in_facility)]?)),
            _ => None,
        })
    }

    pub(super) fn limit(&self, code: HcpcsCode, date: Date) -> Option<(TableId, UnitPrice)> {
        if self.is_empty() {
            return None;
        }
        self.on("asp-payment-limits", date).find_map(|(id, content)| match content {
            Content::Limits(rows) => rows.get(&code).map(|price| (id, *price)),
            _ => None,
        })
    }

    pub(super) fn ndc(&self, ndc: &str, date: Date) -> &[NdcEntry] {
        let found = self.on("asp-ndc-crosswalk", date).find_map(|(_, content)| match content {
            Content::Ndc(rows) => rows.get(ndc),
            _ => None,
        });
        found.map_or(&[], Vec::as_slice)
    }

    /// `None`: no table of that day; `Some(None)`: a table, and the codes are no pair in it.
    pub(super) fn pair(&self, kind: &str, codes: (HcpcsCode, HcpcsCode), date: Date) -> Option<Option<CodePair>> {
        if self.is_empty() {
            return None;
        }
        let mut any = false;
        let found = self.on(kind, date).find_map(|(_, content)| {
            let Content::Pairs(rows) = content else { return None };
            any = true;
            let holds =
                |(from, to, _): &&DatedPair| from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to);
            rows.get(&codes)?.iter().find(holds).map(|(.., pair)| *pair)
        });
        any.then_some(found)
    }

    /// Whether a table of a kind covers a day.
    pub(super) fn holds(&self, kind: &str, date: Date) -> bool {
        !self.is_empty() && self.on(kind, date).next().is_some()
    }

    pub(super) fn units(&self, kind: &str, code: HcpcsCode, date: Date) -> Option<UnitLimit> {
        if self.is_empty() {
            return None;
        }
        self.on(kind, date).find_map(|(_, content)| match content {
            Content::Units(rows) => rows.get(&code).copied(),
            _ => None,
        })
    }

    /// The dates of a code by a file that covers the day.
    pub(super) fn dates_on(&self, code: HcpcsCode, date: Date) -> Option<&CodeDates> {
        if self.is_empty() {
            return None;
        }
        self.on("hcpcs-level-2", date).find_map(|(_, content)| match content {
            Content::Dates(rows) => rows.get(&code),
            _ => None,
        })
    }

    /// The dates of a code by the latest file, whatever days it covers.
    pub(super) fn dates(&self, code: HcpcsCode) -> Option<&CodeDates> {
        self.versions.iter().rev().find_map(|of| match &of.content {
            Content::Dates(rows) => rows.get(&code),
            _ => None,
        })
    }

    /// Payers that have a fee schedule.
    pub(super) fn fee_payers(&self) -> impl Iterator<Item = &str> {
        let schedules = self.versions.iter().filter_map(|version| match &version.content {
            Content::Fees(fees) => Some(fees),
            _ => None,
        });
        schedules.flat_map(|fees| fees.keys().map(|(payer, ..)| payer.as_str()))
    }

    pub(super) fn fee(
        &self,
        payer: &str,
        code: HcpcsCode,
        modifier: Option<Modifier>,
        date: Date,
    ) -> Option<(TableId, &Fee)> {
        if self.is_empty() || !self.has("fee-schedule") {
            return None;
        }
        let payer = normal_name(payer);
        self.on("fee-schedule", date).find_map(|(id, content)| match content {
            Content::Fees(rows) => {
                let of = |modifier| rows.get(&(payer.clone(), code, modifier));
                of(modifier).or_else(|| of(None)).map(|fee| (id, fee))
            }
            _ => None,
        })
    }

    pub(super) fn diagnoses(&self, code: HcpcsCode, date: Date) -> Option<&[String]> {
        self.on("drug-diagnoses", date).find_map(|(_, content)| match content {
            Content::Diagnoses(rows) => rows.get(&code).map(Vec::as_slice),
            _ => None,
        })
    }

    #[cfg(test)]
    pub(super) fn add_diagnoses(&mut self, code: HcpcsCode, diagnoses: &[&str]) {
        let list = diagnoses.iter().map(|one| (*one).to_owned()).collect();
        let content = Content::Diagnoses(FxHashMap::from_iter([(code, list)]));
        self.versions.push(Version { kind: "drug-diagnoses".to_owned(), from: Date(0), to: None, content });
    }

    #[cfg(test)]
    pub(super) fn add_fee(&mut self, payer: &str, code: HcpcsCode, fee: UnitPrice) {
        let content = Content::Fees(FxHashMap::from_iter([((payer.to_owned(), code, None), Fee::Amount(fee))]));
        self.versions.push(Version { kind: "fee-schedule".to_owned(), from: Date(0), to: None, content });
    }

    /// Whether nothing was imported, as is usual; asked first, since every line of every claim asks on.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Whether any version of a kind is there.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.versions.iter().any(|of| of.kind == kind)
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content(kind: &str, bytes: &[u8], is_ours: &impl Fn(HcpcsCode) -> bool) -> Result<Content, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut rows = Vec::new();
    for (index, row) in reader.records().enumerate() {
        rows.push(row.map_err(|cause| format!("line {}: {cause}", index + 2))?);
    }
    let code = |row: &Row, at: usize| parse(row.get(at).unwrap_or_default());
    let text = |row: &Row, at: usize| row.get(at).unwrap_or_default().to_owned();
    let price = |row: &Row, at: usize| unit_price(row.get(at).unwrap_or_default());
    let date = |row: &Row, at: usize| match row.get(at).unwrap_or_default() {
        "" => Ok(None),
        text => text.parse::<Date>().map(Some).map_err(|_| format!("{text} is no date")),
    };
    Ok(match kind {
        "opps-addendum-b" => Content::Opps(
            rows.iter()
                .map(|row| Ok((code(row, 0)?, OppsEntry { status: text(row, 1), rate: price(row, 3) })))
                .collect::<Result<_, String>>()?,
        ),
        "mpfs-relative-values" => Content::Mpfs(
            rows.iter()
                // Whole services only: 26 and TC are no infusion.
                .filter(|row| row.get(1).is_none_or(str::is_empty))
                .map(|row| Ok((code(row, 0)?, [price(row, 3), price(row, 4)])))
                .collect::<Result<_, String>>()?,
        ),
        "asp-payment-limits" => Content::Limits(
            rows.iter()
                .filter_map(|row| price(row, 1).map(|price| Ok((code(row, 0)?, price))))
                .collect::<Result<_, String>>()?,
        ),
        "asp-ndc-crosswalk" => {
            let mut by_ndc: FxHashMap<String, Vec<NdcEntry>> = FxHashMap::default();
            for row in &rows {
                let units_per_vial = crate::model::parse_quantity(row.get(5).unwrap_or_default());
                by_ndc.entry(text(row, 0)).or_default().push(NdcEntry { hcpcs: code(row, 1)?, units_per_vial });
            }
            Content::Ndc(by_ndc)
        }
        "ncci-ptp-practitioner" | "ncci-ptp-hospital" => {
            let mut pairs: FxHashMap<(HcpcsCode, HcpcsCode), Vec<_>> = FxHashMap::default();
            for row in &rows {
                let (Ok(first), Ok(second)) = (code(row, 0), code(row, 1)) else { continue };
                if is_ours(first) || is_ours(second) {
                    let pair = CodePair { modifier_allowed: row.get(4) == Some("1") };
                    pairs.entry((first, second)).or_default().push((date(row, 2)?, date(row, 3)?, pair));
                }
            }
            Content::Pairs(pairs)
        }
        "mue-practitioner" | "mue-hospital" => {
            let mut limits = FxHashMap::default();
            for row in &rows {
                let units = text(row, 1).parse().map_err(|_| "units that are no number".to_owned())?;
                let adjudication_indicator = text(row, 2).parse().map_err(|_| "no indicator".to_owned())?;
                limits.insert(code(row, 0)?, UnitLimit { units, adjudication_indicator });
            }
            Content::Units(limits)
        }
        "hcpcs-level-2" => {
            let mut dates = FxHashMap::default();
            for row in &rows {
                let of = CodeDates { effective_from: date(row, 1)?, effective_to: date(row, 2)?, replaced_by: None };
                dates.insert(code(row, 0)?, of);
            }
            Content::Dates(dates)
        }
        "fee-schedule" => {
            let mut fees = FxHashMap::default();
            for row in &rows {
                let modifier = match row.get(2).unwrap_or_default() {
                    "" => None,
                    text => Some(text.parse().map_err(|_| format!("{text} is no modifier"))?),
                };
                let percent = crate::model::parse_quantity(row.get(4).unwrap_or_default());
                let percent = percent.and_then(|percent| i64::try_from(percent.trunc()).ok());
                let fee = price(row, 3).map(Fee::Amount).or(percent.map(Fee::PercentOfCharge));
                let fee = fee.ok_or("a row with neither amount nor percent")?;
                fees.insert((normal_name(&text(row, 0)), code(row, 1)?, modifier), fee);
            }
            Content::Fees(fees)
        }
        "drug-diagnoses" => {
            let mut lists: FxHashMap<HcpcsCode, Vec<String>> = FxHashMap::default();
            for row in &rows {
                lists.entry(code(row, 0)?).or_default().push(text(row, 1));
            }
            Content::Diagnoses(lists)
        }
        other => return Err(format!("kind `{other}` is not known to this version")),
    })
}
