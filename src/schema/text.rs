//! Text columns: trimmed, empty as null, lists joined.

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// Whether a text begins and ends with printable ASCII, as almost all do, so that there is nothing to trim.
fn is_printable(value: &str) -> bool {
    let bytes = value.as_bytes();
    let printable = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    printable(bytes.first()) && printable(bytes.last())
}

/// A text without the blanks around it.
pub(super) fn trimmed(value: &str) -> &str {
    if is_printable(value) { value } else { value.trim() }
}

/// Any text-like array as plain text; trimmed, with empty values as null.
pub(crate) fn plain(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let text = cast(array, &DataType::Utf8)?;
    let text = text.as_string::<i32>();
    let tidy = |value: &str| is_printable(value) || (!value.is_empty() && value.trim().len() == value.len());
    let clean = text.iter().flatten().all(tidy);
    if clean {
        return Ok(text.clone());
    }
    Ok(text.iter().map(|value| value.map(str::trim).filter(|value| !value.is_empty())).collect())
}

/// Text of which values that are none have no bytes either, so that lengths tell everything.
pub(super) fn without_hidden(text: StringArray) -> StringArray {
    let Some(nulls) = text.nulls().filter(|nulls| nulls.null_count() > 0) else { return text };
    let hidden = text.value_offsets().windows(2).zip(nulls).any(|(ends, valid)| !valid && ends[0] != ends[1]);
    if hidden { text.iter().collect() } else { text }
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
