//! Text columns: trimmed, empty as null, checked against lists and alphabets.

use super::decode::{Bad, Bads};
use super::{Column, Kind};
use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use std::sync::Arc;

/// Any text-like array as plain text; trimmed, with empty values as null.
pub(super) fn plain(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let text = cast(array, &DataType::Utf8)?;
    let text = text.as_string::<i32>();
    let clean = text.iter().flatten().all(|value| !value.is_empty() && value.trim().len() == value.len());
    if clean {
        return Ok(text.clone());
    }
    Ok(text.iter().map(|value| value.map(str::trim).filter(|value| !value.is_empty())).collect())
}

/// Lists joined by `;`; text as it is.
pub(super) fn joined(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let lists: Vec<Option<ArrayRef>> = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().iter().collect(),
        DataType::LargeList(_) => array.as_list::<i64>().iter().collect(),
        _ => return plain(array),
    };
    let mut builder = StringBuilder::new();
    for list in lists {
        let items = list.map(|items| plain(&items)).transpose()?;
        let text = items.map(|items| items.iter().flatten().collect::<Vec<_>>().join(";"));
        builder.append_option(text.filter(|text| !text.is_empty()));
    }
    Ok(builder.finish())
}

/// Checks text against the column's alphabet or list. Codes come out in upper case.
pub(super) fn checked(column: &Column, text: StringArray, bads: &mut Bads<'_>) -> ArrayRef {
    match &column.kind {
        Kind::Code => coded(text, 5, "unparsable-code", bads),
        Kind::Modifier => coded(text, 2, "unparsable-modifier", bads),
        Kind::Term(terms) => {
            // Most values repeat the one before.
            let mut last: Option<&str> = None;
            for (row, value) in text.iter().enumerate() {
                let Some(value) = value else { continue };
                if last != Some(value) {
                    if terms.iter().any(|term| term == value) {
                        last = Some(value);
                    } else {
                        bads.push(Bad { row, reason: "unknown-enum" });
                    }
                }
            }
            Arc::new(text)
        }
        _ => Arc::new(text),
    }
}

fn coded(text: StringArray, length: usize, reason: &'static str, bads: &mut Bads<'_>) -> ArrayRef {
    let mut upper = true;
    for (row, value) in text.iter().enumerate() {
        let Some(value) = value else { continue };
        if value.len() != length || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            bads.push(Bad { row, reason });
        }
        upper &= !value.bytes().any(|byte| byte.is_ascii_lowercase());
    }
    if upper {
        return Arc::new(text);
    }
    let upper: StringArray = text.iter().map(|value| value.map(str::to_ascii_uppercase)).collect();
    Arc::new(upper)
}
