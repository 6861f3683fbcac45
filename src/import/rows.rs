//! Rows of each kind to the kind's own columns.

use super::text::Sheet;
use super::{ImportError, ImportOptions, Kind, Skipped};
use crate::model::{HcpcsCode, Modifier, parse_quantity};
use rust_decimal::{Decimal, RoundingStrategy};

type Read = Result<Vec<String>, &'static str>;

/// Every row that reads, and why the others do not.
pub(super) fn read(
    kind: Kind,
    file: &str,
    sheet: &Sheet,
    options: &ImportOptions,
) -> Result<(Vec<Vec<String>>, Vec<Skipped>), ImportError> {
    if kind == Kind::FeeSchedule && !sheet.has("payer") && options.payer.is_none() {
        return Err(ImportError::NoPayer { file: file.to_owned() });
    }
    let (mut rows, mut skipped) = (Vec::new(), Vec::new());
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
            Ok(row) => rows.push(row),
            Err(reason) => skipped.push(Skipped { line: *line, reason }),
        }
    }
    Ok((rows, skipped))
}

fn code(sheet: &Sheet, record: &csv::StringRecord, role: &str) -> Result<String, &'static str> {
    sheet.cell(record, role).parse::<HcpcsCode>().map(|code| code.to_string()).map_err(|_| "no five-character code")
}

/// An amount such as `$1,234.50`; `None` for an empty cell.
fn amount(text: &str) -> Result<Option<Decimal>, &'static str> {
    let digits: String = text.chars().filter(|letter| !"$, ".contains(*letter)).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    parse_quantity(&digits).map(Some).ok_or("an amount that is no number")
}

fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(String::new, |amount| amount.normalize().to_string())
}

fn opps(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let status = sheet.cell(record, "status");
    let code = code(sheet, record, "hcpcs")?;
    if status.is_empty() {
        return Err("no status indicator");
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
    let dollars = |nth: usize| -> Result<String, &'static str> {
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
    let number = |role: &str| amount(sheet.cell(record, role))?.ok_or("a package that is not described");
    let (quantity, units, package) = (number("quantity")?, number("units")?, number("package")?);
    if quantity.checked_mul(units) != Some(package) {
        return Err("units of the vials do not add up to those of the package");
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
        "9" => Err("a pair that was withdrawn from its beginning"),
        _ => Err("no modifier indicator"),
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
    let payer = named.or(payer).ok_or("no payer")?.trim().to_uppercase();
    let modifier = match sheet.cell(record, "modifier") {
        "" => String::new(),
        text => text.parse::<Modifier>().map(|modifier| modifier.to_string()).map_err(|_| "no modifier")?,
    };
    let fee = amount(sheet.cell(record, "amount"))?;
    let percent = amount(&sheet.cell(record, "percent").replace('%', ""))?;
    match (fee, percent) {
        (None, None) => Err("neither an amount nor a percent of charge"),
        (Some(_), Some(_)) => Err("both an amount and a percent of charge"),
        (fee, Some(percent)) if !percent.is_integer() || percent <= Decimal::ZERO || percent > Decimal::from(100) => {
            let _ = fee;
            Err("a percent of charge that is not a whole number from 1 to 100")
        }
        (fee, percent) => Ok(vec![payer, code, modifier, shown(fee), shown(percent)]),
    }
}

fn diagnosis(sheet: &Sheet, record: &csv::StringRecord) -> Read {
    let code = code(sheet, record, "hcpcs")?;
    let listed = sheet.cell(record, "icd10").replace('.', "").to_uppercase();
    let plain = listed.strip_suffix('*').unwrap_or(&listed);
    if plain.len() < 2 || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("no ICD-10-CM code");
    }
    Ok(vec![code, listed])
}
