//! Text columns: trimmed, empty as null, lists joined.

use super::tidy::with_semicolons;
use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type};
use arrow::error::ArrowError;
use std::borrow::Cow;

/// Whether a text begins and ends with printable ASCII, as almost all do, so that there is nothing to trim.
fn is_printable(value: &str) -> bool {
    let bytes = value.as_bytes();
    let printable = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    printable(bytes.first()) && printable(bytes.last())
}

/// Words that exports write where there is no value.
fn is_null_word(value: &str) -> bool {
    (2..=5).contains(&value.len())
        && matches!(
            value,
            "NULL" | "Null" | "null" | "NaN" | "nan" | "NAN" | "None" | "NaT" | "<NA>" | "N/A" | "n/a" | "#N/A" | "\\N"
        )
}

/// A text without the blanks around it; empty where it is a word for no value.
pub(super) fn trimmed(value: &str) -> &str {
    let value = if is_printable(value) { value } else { value.trim() };
    if is_null_word(value) { "" } else { value }
}

/// The largest whole number up to which a floating-point column tells every one apart.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Whole decimals and floats as the digits of integers, as ids and codes are that were numbers in another system. What is
/// not whole, or too large to be exact, is null.
#[allow(clippy::float_arithmetic, reason = "tells whole numbers apart; no code, unit or cent comes of it")]
fn digits(array: &ArrayRef) -> Result<Option<StringArray>, ArrowError> {
    let value_type = match array.data_type() {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        other => other.clone(),
    };
    if value_type.is_floating() {
        let values = cast(array, &DataType::Float64)?;
        let whole = |value: f64| (value.fract() == 0.0 && value.abs() <= MOST_EXACT).then(|| format!("{value:.0}"));
        let values = values.as_primitive::<Float64Type>();
        return Ok(Some(values.iter().map(|value| value.and_then(whole)).collect()));
    }
    if !value_type.is_decimal() {
        return Ok(None);
    }
    let scale = match &value_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => *scale,
        _ => 0,
    };
    let values = cast(array, &DataType::Decimal128(38, scale.max(0)))?;
    let unit = 10_i128.checked_pow(u32::from(scale.max(0).unsigned_abs())).unwrap_or(i128::MAX);
    let whole = |value: i128| (value % unit == 0).then(|| (value / unit).to_string());
    let values = values.as_primitive::<Decimal128Type>();
    Ok(Some(values.iter().map(|value| value.and_then(whole)).collect()))
}

/// Any text-like array as plain text; trimmed, with empty values as null. Whole decimals and floats are their digits.
pub(crate) fn plain(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    if let Some(digits) = digits(array)? {
        return Ok(digits);
    }
    let text = cast(array, &DataType::Utf8)?;
    let text = text.as_string::<i32>();
    let tidy = |value: &str| {
        (is_printable(value) || (!value.is_empty() && value.trim().len() == value.len())) && !is_null_word(value)
    };
    let clean = text.iter().flatten().all(tidy);
    if clean {
        return Ok(text.clone());
    }
    Ok(text.iter().map(|value| value.map(trimmed).filter(|value| !value.is_empty())).collect())
}

/// Text of which values that are none have no bytes either, so that lengths tell everything.
pub(super) fn without_hidden(text: StringArray) -> StringArray {
    let Some(nulls) = text.nulls().filter(|nulls| nulls.null_count() > 0) else { return text };
    let hidden = text.value_offsets().windows(2).zip(nulls).any(|(ends, valid)| !valid && ends[0] != ends[1]);
    if hidden { text.iter().collect() } else { text }
}

/// Lists joined by `;`; text as it is, but for its separators where the column's list may have others.
pub(super) fn joined(array: &ArrayRef, splits: bool) -> Result<StringArray, ArrowError> {
    let lists: Vec<Option<ArrayRef>> = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().iter().collect(),
        DataType::LargeList(_) => array.as_list::<i64>().iter().collect(),
        _ => {
            let text = plain(array)?;
            let borrowed = |value: &str| matches!(with_semicolons(value), Cow::Borrowed(_));
            if !splits || text.iter().flatten().all(borrowed) {
                return Ok(text);
            }
            return Ok(text.iter().map(|value| value.map(with_semicolons)).collect());
        }
    };
    let mut builder = StringBuilder::new();
    for list in lists {
        let items = list.map(|items| plain(&items)).transpose()?;
        let text = items.map(|items| items.iter().flatten().collect::<Vec<_>>().join(";"));
        builder.append_option(text.filter(|text| !text.is_empty()));
    }
    Ok(builder.finish())
}
