//! Reads one encounter, and where it has them its claim lines.

use crate::model::{
    Administration, AdministrationStatus, Cents, ChartTime, ClaimLine, ClaimType, Concentration, Date, Encounter,
    HcpcsCode, Modifier, Modifiers, PayerType, RowReference, is_absurd_quantity, quantity_from_f64,
};
use crate::policy::SwitchValue;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// Why an encounter cannot be read: names the field and what it takes, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// One encounter as read.
#[derive(Debug)]
pub struct ParsedEncounter<'a> {
    pub encounter: Encounter<'a>,
    /// Switches for this encounter alone.
    pub overrides: Vec<(String, SwitchValue)>,
}

type Object = Map<String, Value>;

/// Reads an encounter object.
///
/// # Errors
/// A missing required field, an unknown value of a closed list, a time or number that does not read, a negative
/// amount.
pub fn encounter(value: &Value) -> Result<ParsedEncounter<'_>, Malformed> {
    let object = value.as_object().ok_or_else(|| Malformed("an encounter is a JSON object".to_owned()))?;
    let rows = match present(object, "administrations") {
        Some(Value::Array(rows)) => rows.as_slice(),
        Some(_) => return Err(bad("administrations", "takes a list of objects")),
        None => return Err(bad("administrations", "is required")),
    };
    let administrations =
        rows.iter().enumerate().map(|(index, row)| administration(row, index)).collect::<Result<Vec<_>, _>>()?;
    let lines = match present(object, "claims") {
        Some(Value::Array(lines)) => lines.as_slice(),
        Some(_) => return Err(bad("claims", "takes a list of objects")),
        None => &[],
    };
    let encounter = Encounter {
        encounter_id: required(object, "encounter_id")?,
        patient_id: text(object, "patient_id")?,
        setting: term(object, "setting")?,
        encounter_class: term(object, "encounter_class")?,
        place_of_service: text(object, "place_of_service")?,
        payer: text(object, "payer")?,
        payer_type: term(object, "payer_type")?,
        department: text(object, "department")?,
        rendering_provider: text(object, "rendering_provider")?,
        visit_note: text(object, "visit_note")?,
        global_period_provider: text(object, "global_period_provider")?,
        global_period_end: parse(object, "global_period_end")?,
        provider_based_department: term(object, "provider_based_department")?,
        resident_involved: term(object, "resident_involved")?,
        start_time: time(object, "start_time")?,
        end_time: time(object, "end_time")?,
        diagnoses: diagnoses(object)?,
        primary_administration_id: text(object, "primary_administration_id")?,
        second_encounter_of_day: flag(object, "second_encounter_of_day")?,
        administrations,
        claim_lines: lines.iter().enumerate().map(|(at, line)| claim_line(line, at)).collect::<Result<_, _>>()?,
    };
    Ok(ParsedEncounter { encounter, overrides: overrides(object)? })
}

fn administration(value: &Value, index: usize) -> Result<Administration<'_>, Malformed> {
    let at = |cause: Malformed| Malformed(format!("administrations[{index}]: {cause}"));
    read_administration(value, index).map_err(at)
}

fn read_administration(value: &Value, index: usize) -> Result<Administration<'_>, Malformed> {
    let row = value.as_object().ok_or_else(|| Malformed("takes an object".to_owned()))?;
    let route = term(row, "route")?.ok_or_else(|| bad("route", "is required"))?;
    let drug_code = code(row, "drug_code")?;
    let drug_name = text(row, "drug_name")?;
    let substance_class = term(row, "substance_class")?;
    if drug_code.is_none() && drug_name.is_none() && substance_class.is_none() {
        return Err(Malformed("one of drug_code, drug_name, substance_class is required".to_owned()));
    }
    Ok(Administration {
        drug_code,
        drug_name,
        substance_class,
        method: term(row, "method")?,
        device: term(row, "device")?,
        start_time: time(row, "start_time")?,
        stop_time: time(row, "stop_time")?,
        order_time: time(row, "order_time")?,
        recorded_time: time(row, "recorded_time")?,
        access_site: text(row, "access_site")?,
        site_reason: text(row, "site_reason")?,
        lumen: text(row, "lumen")?,
        purpose: term(row, "purpose")?,
        status: term(row, "status")?.unwrap_or(AdministrationStatus::Given),
        order_id: text(row, "order_id")?,
        bag_id: text(row, "bag_id")?,
        source_system: text(row, "source_system")?,
        department: text(row, "department")?,
        purchased_340b: term(row, "purchased_340b")?,
        dose: amount(row, "dose")?,
        dose_unit: text(row, "dose_unit")?,
        ordered_dose: amount(row, "ordered_dose")?,
        concentration: concentration(row)?,
        volume_ml: amount(row, "volume_ml")?,
        rate_ml_per_hour: amount(row, "rate_ml_per_hour")?,
        container: term(row, "container")?,
        vial_size: amount(row, "vial_size")?,
        vials_used: integer(row, "vials_used")?,
        amount_wasted: amount(row, "amount_wasted")?,
        ndc: text(row, "ndc")?,
        narrative: text(row, "narrative")?,
        source: RowReference { file: 0, row: index as u64 },
        ..Administration::new(required(row, "administration_id")?, route)
    })
}

/// Reads a claim line; used by the rules' own examples.
///
/// # Errors
/// As for [`encounter`].
pub fn claim_line(value: &Value, index: usize) -> Result<ClaimLine<'_>, Malformed> {
    let row = value.as_object().ok_or_else(|| bad("claims", "takes objects"))?;
    let modifiers = match present(row, "modifiers") {
        None => Modifiers::NONE,
        Some(Value::Array(all)) => all
            .iter()
            .map(|one| one.as_str().and_then(|one| one.parse::<Modifier>().ok()))
            .collect::<Option<Modifiers>>()
            .ok_or_else(|| bad("modifiers", "takes two-character modifiers"))?,
        Some(_) => return Err(bad("modifiers", "takes a list")),
    };
    Ok(ClaimLine {
        claim_id: text(row, "claim_id")?.unwrap_or("C1"),
        line_number: integer(row, "line_number")?.unwrap_or(index as i64 + 1),
        encounter_id: text(row, "encounter_id")?.unwrap_or_default(),
        patient_id: text(row, "patient_id")?,
        payer: text(row, "payer")?,
        payer_type: term(row, "payer_type")?.unwrap_or(PayerType::Medicare),
        claim_type: term(row, "claim_type")?.unwrap_or(ClaimType::Institutional),
        frequency_code: integer(row, "frequency_code")?.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        original_claim_id: text(row, "original_claim_id")?,
        type_of_bill: text(row, "type_of_bill")?,
        place_of_service: text(row, "place_of_service")?,
        revenue_code: text(row, "revenue_code")?,
        hcpcs: code(row, "hcpcs")?,
        modifiers,
        units: integer(row, "units")?.ok_or_else(|| bad("units", "is required"))?,
        charge: cents(row, "charge")?,
        allowed: cents(row, "allowed")?,
        paid: cents(row, "paid")?,
        adjustment_reason_codes: text(row, "adjustment_reason_codes")?,
        remark_codes: text(row, "remark_codes")?,
        service_date: parse::<Date>(row, "service_date")?.ok_or_else(|| bad("service_date", "is required"))?,
        diagnosis_codes: text(row, "diagnosis_codes")?,
        diagnosis_pointers: text(row, "diagnosis_pointers")?,
        ndc: text(row, "ndc")?,
        narrative: text(row, "narrative")?,
        rendering_provider: text(row, "rendering_provider")?,
        department: text(row, "department")?,
        submitted_date: parse::<Date>(row, "submitted_date")?,
        source: RowReference { file: 0, row: index as u64 },
    })
}

fn bad(field: &str, problem: impl Display) -> Malformed {
    Malformed(format!("{field} {problem}"))
}

fn present<'a>(object: &'a Object, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !value.is_null())
}

fn text<'a>(object: &'a Object, field: &str) -> Result<Option<&'a str>, Malformed> {
    match present(object, field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(bad(field, "takes text")),
    }
}

fn required<'a>(object: &'a Object, field: &str) -> Result<&'a str, Malformed> {
    text(object, field)?.ok_or_else(|| bad(field, "is required"))
}

fn parse<T: FromStr>(object: &Object, field: &str) -> Result<Option<T>, Malformed> {
    match text(object, field)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| bad(field, "does not read as a date")),
    }
}

fn term<T>(object: &Object, field: &str) -> Result<Option<T>, Malformed>
where
    T: FromStr,
    T::Err: Display,
{
    match text(object, field)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|cause: T::Err| Malformed(cause.to_string())),
    }
}

fn code(object: &Object, field: &str) -> Result<Option<HcpcsCode>, Malformed> {
    match text(object, field)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| bad(field, "is not a five-character HCPCS code")),
    }
}

fn time(object: &Object, field: &str) -> Result<Option<ChartTime>, Malformed> {
    match text(object, field)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| bad(field, "is not an ISO 8601 date and time")),
    }
}

fn number(value: &Value, field: &str) -> Result<Decimal, Malformed> {
    let read = match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Some(Decimal::from(whole)),
            (None, Some(fraction)) => quantity_from_f64(fraction),
            (None, None) => None,
        },
        Value::String(text) => crate::model::parse_quantity(text),
        _ => None,
    };
    read.ok_or_else(|| bad(field, "is not a number"))
}

/// A number that cannot be negative.
fn amount(object: &Object, field: &str) -> Result<Option<Decimal>, Malformed> {
    let Some(value) = present(object, field) else { return Ok(None) };
    let amount = number(value, field)?;
    if amount.is_sign_negative() && !amount.is_zero() {
        Err(bad(field, "is negative"))
    } else if is_absurd_quantity(amount) {
        Err(bad(field, "is out of range"))
    } else {
        Ok(Some(amount))
    }
}

fn integer(object: &Object, field: &str) -> Result<Option<i64>, Malformed> {
    let Some(amount) = amount(object, field)? else { return Ok(None) };
    let whole = amount.is_integer().then(|| amount.to_i64()).flatten();
    whole.map(Some).ok_or_else(|| bad(field, "is not a whole number"))
}

fn cents(object: &Object, field: &str) -> Result<Option<Cents>, Malformed> {
    let Some(dollars) = amount(object, field)? else { return Ok(None) };
    let cents = dollars * Decimal::from(100);
    cents.round_dp(0).to_i64().map(|cents| Some(Cents(cents))).ok_or_else(|| bad(field, "is not an amount"))
}

fn flag(object: &Object, field: &str) -> Result<bool, Malformed> {
    match present(object, field) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(bad(field, "takes true or false")),
    }
}

fn concentration(row: &Object) -> Result<Option<Concentration<'_>>, Malformed> {
    match present(row, "concentration") {
        None => Ok(None),
        Some(Value::Object(parts)) => {
            let amount = amount(parts, "amount")?.ok_or_else(|| bad("concentration.amount", "is required"))?;
            Ok(Some(Concentration { amount, unit: required(parts, "unit")? }))
        }
        Some(_) => Err(bad("concentration", "takes {\"amount\": …, \"unit\": …} per mL")),
    }
}

/// Diagnoses as a list of codes or as text separated by `;`.
fn diagnoses(object: &Object) -> Result<Option<Cow<'_, str>>, Malformed> {
    match present(object, "diagnoses") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(Cow::Borrowed(text))),
        Some(Value::Array(codes)) => {
            let codes: Option<Vec<&str>> = codes.iter().map(Value::as_str).collect();
            let codes = codes.ok_or_else(|| bad("diagnoses", "takes a list of codes"))?;
            Ok(Some(Cow::Owned(codes.join(";"))))
        }
        Some(_) => Err(bad("diagnoses", "takes a list of codes")),
    }
}

fn overrides(object: &Object) -> Result<Vec<(String, SwitchValue)>, Malformed> {
    match present(object, "policy") {
        None => Ok(Vec::new()),
        Some(Value::Object(switches)) => {
            let set = switches.iter().filter(|(_, value)| !value.is_null());
            Ok(set.map(|(key, value)| (key.clone(), switch_value(value))).collect())
        }
        Some(_) => Err(bad("policy", "takes an object of switches")),
    }
}

fn switch_value(value: &Value) -> SwitchValue {
    match value {
        Value::Bool(value) => SwitchValue::Bool(*value),
        Value::Number(number) => number.as_i64().map_or(SwitchValue::Other("a fraction"), SwitchValue::Integer),
        Value::String(text) => SwitchValue::Text(text.clone()),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(SwitchValue::Other("a mixed list"), SwitchValue::List),
        Value::Null => SwitchValue::Other("null"),
        Value::Object(_) => SwitchValue::Other("an object"),
    }
}
