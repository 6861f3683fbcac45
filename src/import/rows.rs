//! Rows of each kind to the kind's own columns.

use super::text::{Sheet, has_decimal_comma};
use super::{ImportError, ImportOptions, Kind, Skipped};
use crate::model::{HcpcsCode, Modifier, normal_name, parse_quantity};
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::HashMap;

/// Reason for which a row does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// The row is left out and counted.
    Skipped(&'static str),
    /// The file is refused: an amount would be read as another one.
    Refused(&'static str),
}

impl From<&'static str> for Unread {
    fn from(reason: &'static str) -> Self {
        Unread::Skipped(reason)
    }
}

type Read = Result<Vec<String>, Unread>;

/// Every row that reads, and why the others do not.
pub(super) fn read(
    kind: Kind,
    file: &str,
    sheet: &Sheet,
    options: &ImportOptions,
) -> Result<(Vec<Vec<String>>, Vec<Skipped>), ImportError> {
    if kind == Kind::FeeSchedule && !sheet.has("amount") && !sheet.has("percent") {
        return Err(ImportError::no_header(kind, file));
    }
    if kind == Kind::FeeSchedule && !sheet.has("payer") && options.payer.is_none() {
        return Err(ImportError::NoPayer { file: file.to_owned() });
    }
    let (mut rows, mut skipped) = (Vec::new(), Vec::new());
    let mut prices = Prices::of(kind);
    for (line, record) in &sheet.rows {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let row = match kind {
            Kind::OppsAddendumB => opps(sheet, record),
            Kind::MpfsRelativeValues => mpfs(sheet, record, options.conversion_factor),
            Kind::AspPaymentLimits => limit(sheet, record),
            Kind::AspNdcCrosswalk => crosswalk(sheet, record),
            Kind::NcciPtpPractitioner | Kind::NcciPtpHospital => pair(sheet, record),
            Kind::MuePractitioner | Kind::MueHospital => unit_limit(sheet, record),
            Kind::HcpcsLevel2 => code_dates(sheet, record),
            Kind::FeeSchedule => fee(sheet, record, options.payer.as_deref()),
            Kind::DrugDiagnoses => diagnosis(sheet, record),
        };
        match row {
            Ok(row) => {
                if let Some(earlier) = prices.conflict(&row, *line) {
                    let problem = format!("another price for the same code as in line {earlier}; keep one of them");
                    return Err(ImportError::BadRow { file: file.to_owned(), line: *line, problem });
                }
                rows.push(row);
            }
            Err(Unread::Skipped(reason)) => skipped.push(Skipped { line: *line, reason }),
            Err(Unread::Refused(problem)) => {
                return Err(ImportError::BadRow { file: file.to_owned(), line: *line, problem: problem.to_owned() });
            }
        }
    }
    Ok((rows, skipped))
}

fn code(sheet: &Sheet, record: &csv::StringRecord, role: &str) -> Result<String, &'static str> {
    sheet.cell(record, role).parse::<HcpcsCode>().map(|code| code.to_string()).map_err(|_| "no five-character code")
}

/// Prices seen so far, with the line of each, in a kind of table that has one price for a key.
struct Prices {
    /// Columns of a row that are its key; none in a kind of table without prices.
    key: usize,
    seen: HashMap<Vec<String>, (u64, Vec<String>)>,
}

impl Prices {
    fn of(kind: Kind) -> Self {
        let key = match kind {
            Kind::OppsAddendumB | Kind::AspPaymentLimits => 1,
            Kind::MpfsRelativeValues => 2,
            Kind::FeeSchedule => 3,
            _ => 0,
        };
        Self { key, seen: HashMap::new() }
    }

    /// The line of an earlier row with the same key and another price.
    fn conflict(&mut self, row: &[String], line: u64) -> Option<u64> {
        let (key, price) = row.split_at_checked(self.key).filter(|(key, _)| !key.is_empty())?;
        match self.seen.get(key) {
            Some((earlier, other)) => (other != price).then_some(*earlier),
            None => {
                self.seen.insert(key.to_vec(), (line, price.to_vec()));
                None
            }
        }
    }
}

/// An amount such as `$1,234.50`; `None` for an empty cell. Commas separate thousands alone: one in another place is a
/// decimal comma, and the amount would be read as another one.
fn amount(text: &str) -> Result<Option<Decimal>, Unread> {
    let plain: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '$').collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let unsigned = plain.strip_prefix(['-', '\u{2212}']).or_else(|| plain.strip_prefix('(')?.strip_suffix(')'));
    let is_amount = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'));
    if unsigned.is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_digit()) && is_amount(rest)) {
        return Err(Unread::Refused("a negative amount; correct it or remove the line"));
    }
    if is_amount(&plain) && has_decimal_comma(&plain) {
        return Err(Unread::Refused("an amount with a decimal comma; write amounts such as 1,234.56"));
    }
    parse_quantity(&plain.replace(',', "")).map(Some).ok_or(Unread::Skipped("an amount that is no number"))
}

fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(String::new, |amount| amount.normalize().to_string())
}

fn opps(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let status = sheet.cell(record, "status");
    let code = code(sheet, record, "hcpcs")?;
    if status.is_empty() {
        return Err("no status indicator".into());
    }
    let rate = amount(sheet.cell(record, "rate"))?;
    Ok(vec![code, status.to_owned(), sheet.cell(record, "apc").to_owned(), shown(rate)])
}

fn mpfs(sheet: &Sheet, record: &csv::StringRecord, factor: Option<Decimal>) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    let factor = match factor {
        Some(factor) => factor,
        None => amount(sheet.cell(record, "factor"))?.ok_or("no conversion factor")?,
    };
    let dollars = |nth: usize| -> Result<String, Unread> {
        let units = amount(sheet.nth_cell(record, "total", nth))?.filter(|units| !units.is_zero());
        let product = units.and_then(|units| units.checked_mul(factor));
        Ok(shown(product.map(|dollars| dollars.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))))
    };
    let modifier = sheet.cell(record, "modifier").to_owned();
    Ok(vec![code, modifier, sheet.cell(record, "status").to_owned(), dollars(0)?, dollars(1)?])
}

fn limit(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    let limit = amount(sheet.cell(record, "limit"))?.ok_or("no payment limit")?;
    Ok(vec![code, shown(Some(limit))])
}

fn crosswalk(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    let ndc = crate::reference::eleven_digits(sheet.cell(record, "ndc")).ok_or("no NDC of eleven digits")?;
    let number = |role: &str| -> Result<Decimal, Unread> {
        amount(sheet.cell(record, role))?.ok_or(Unread::Skipped("a package that is not described"))
    };
    let (quantity, units, package) = (number("quantity")?, number("units")?, number("package")?);
    if quantity.checked_mul(units) != Some(package) {
        return Err("units of the vials do not add up to those of the package".into());
    }
    let size = sheet.cell(record, "size").to_owned();
    let name = sheet.cell(record, "name").to_owned();
    Ok(vec![ndc, code, shown(Some(package)), size, shown(Some(quantity)), shown(Some(units)), name])
}

/// `20240101`, `2024-01-01`, `01/01/2024`; `*`, the end of time and nothing are no day.
fn day(text: &str) -> Result<String, &'static str> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() || digits.starts_with("9999") {
        return Ok(String::new());
    }
    let parts: Option<[&str; 3]> = match text.split('/').collect::<Vec<_>>().as_slice() {
        [month, day, year] => Some([year, month, day]),
        _ if digits.len() == 8 => Some([&digits[..4], &digits[4..6], &digits[6..]]),
        _ => None,
    };
    let date = parts.and_then(|[year, month, day]| {
        crate::model::Date::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    });
    date.map(|date| date.to_string()).ok_or("a date that does not read")
}

fn pair(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let (first, second) = (code(sheet, record, "column1")?, code(sheet, record, "column2")?);
    let indicator = sheet.cell(record, "indicator");
    match indicator {
        "0" | "1" => {
            let (from, to) = (day(sheet.cell(record, "from"))?, day(sheet.cell(record, "to"))?);
            Ok(vec![first, second, from, to, indicator.to_owned()])
        }
        "9" => Err("a pair that was withdrawn from its beginning".into()),
        _ => Err("no modifier indicator".into()),
    }
}

fn unit_limit(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    let units: i64 = sheet.cell(record, "units").parse().map_err(|_| "a limit that is no number")?;
    let indicator = sheet.cell(record, "indicator").chars().next().filter(|digit| ('1'..='3').contains(digit));
    let indicator = indicator.ok_or("no adjudication indicator")?;
    Ok(vec![code, units.to_string(), indicator.to_string()])
}

fn code_dates(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    Ok(vec![code, day(sheet.cell(record, "from"))?, day(sheet.cell(record, "to"))?])
}

fn fee(sheet: &Sheet, record: &csv::StringRecord, payer: Option<&str>) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    let named = Some(sheet.cell(record, "payer")).filter(|payer| !payer.is_empty());
    let payer = named.or(payer).map(normal_name).ok_or("no payer")?;
    let modifier = match sheet.cell(record, "modifier") {
        "" => String::new(),
        text => text.parse::<Modifier>().map(|modifier| modifier.to_string()).map_err(|_| "no modifier")?,
    };
    let fee = amount(sheet.cell(record, "amount"))?;
    let percent = amount(&sheet.cell(record, "percent").replace('%', ""))?;
    match (fee, percent) {
        (None, None) => Err("neither an amount nor a percent of charge".into()),
        (Some(_), Some(_)) => Err("both an amount and a percent of charge".into()),
        (fee, Some(percent)) if !percent.is_integer() || percent <= Decimal::ZERO || percent > Decimal::from(100) => {
            let _ = fee;
            Err("a percent of charge that is not a whole number from 1 to 100".into())
        }
        (fee, percent) => Ok(vec![payer, code, modifier, shown(fee), shown(percent)]),
    }
}

fn diagnosis(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    let listed = sheet.cell(record, "icd10").replace('.', "").to_uppercase();
    let plain = listed.strip_suffix('*').unwrap_or(&listed);
    if plain.len() < 2 || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("no ICD-10-CM code".into());
    }
    Ok(vec![code, listed])
}
