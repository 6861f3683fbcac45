//! Claim lines whose modifiers stand elsewhere than in columns of their own: in one column together, or behind the code.

use super::Contract;
use super::text::plain;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use std::borrow::Cow;
use std::sync::Arc;

const CODE: &str = "hcpcs";
const MODIFIERS: [&str; 4] = ["modifier_1", "modifier_2", "modifier_3", "modifier_4"];

/// True if a character separates codes of a list.
pub(super) fn is_separator(letter: char) -> bool {
    matches!(letter, ';' | ',' | '|' | ':') || letter.is_whitespace()
}

/// The list with `;` for every other separator; borrowed where there is none.
pub(super) fn with_semicolons(value: &str) -> Cow<'_, str> {
    let other = |letter: char| matches!(letter, ',' | '|') || letter.is_whitespace();
    if !value.contains(other) {
        return Cow::Borrowed(value);
    }
    let items = value.split(|letter: char| letter == ';' || other(letter)).filter(|item| !item.is_empty());
    Cow::Owned(items.collect::<Vec<_>>().join(";"))
}

/// True if any text of a column is longer than so many characters once trimmed. Of a dictionary only its values are looked
/// at.
fn has_longer(array: &ArrayRef, most: usize) -> bool {
    let long = |value: Option<&str>| value.is_some_and(|value| value.len() > most && value.trim().len() > most);
    match array.data_type() {
        DataType::Dictionary(..) => array.as_any_dictionary_opt().is_some_and(|keyed| has_longer(keyed.values(), most)),
        DataType::Utf8 => array.as_string::<i32>().iter().any(long),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().any(long),
        DataType::Utf8View => array.as_string_view().iter().any(long),
        _ => false,
    }
}

/// A code with modifiers behind it, such as `J0696-JZ`, `96365 59` or `J0696JZTB`: the code and the rest. Behind a separator
/// each modifier stands alone, so that a word such as `VIAL` is none.
fn split_code(text: &str) -> Option<(&str, &str)> {
    let (code, rest) = text.split_at_checked(5)?;
    let behind = rest.trim_start_matches(|letter: char| letter == '-' || is_separator(letter));
    let letters = |item: &str| item.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let adjacent = behind.len() == rest.len() && letters(rest) && matches!(rest.len(), 2 | 4 | 6 | 8);
    let mut items = behind.split(|letter: char| letter == '-' || is_separator(letter)).filter(|item| !item.is_empty());
    let apart = behind.len() < rest.len() && items.all(|item| item.len() == 2 && letters(item));
    (letters(code) && !behind.is_empty() && (adjacent || apart)).then_some((code, behind))
}

/// Modifiers that are written without a separator, such as `JZTB`, two letters each; another item is left whole.
fn pairs(item: &str) -> Vec<String> {
    let run = matches!(item.len(), 4 | 6 | 8) && item.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !run {
        return vec![item.to_owned()];
    }
    item.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect()
}

/// The batch with each modifier in a column of its own, where some stand elsewhere.
///
/// Lists are split at comma, semicolon, colon, bar and space. A line with more than four modifiers keeps the rest in the
/// fourth column, where it is refused as no modifier.
pub(super) fn tidy<'b>(contract: &Contract, batch: &'b RecordBatch) -> Result<Cow<'b, RecordBatch>, ArrowError> {
    let Some(list) = &contract.modifier_list else { return Ok(Cow::Borrowed(batch)) };
    let column = |name: &str| batch.column_by_name(name);
    let lists = MODIFIERS.iter().any(|name| column(name).is_some_and(|array| has_longer(array, 2)));
    let coded = column(CODE).is_some_and(|array| has_longer(array, 5));
    if column(list).is_none() && !lists && !coded {
        return Ok(Cow::Borrowed(batch));
    }
    let texts = |name: &str| column(name).map(plain).transpose();
    let (codes, all) = (texts(CODE)?, texts(list)?);
    let four = MODIFIERS.map(texts).into_iter().collect::<Result<Vec<_>, _>>()?;
    let rows = batch.num_rows();
    let mut split: [Vec<Option<String>>; 4] = Default::default();
    let mut bare: Vec<Option<&str>> = Vec::with_capacity(rows);
    for row in 0..rows {
        let text =
            |of: &'_ Option<StringArray>| of.as_ref().filter(|of| of.is_valid(row)).map(|of| of.value(row).to_owned());
        let code = codes.as_ref().filter(|of| of.is_valid(row)).map(|of| of.value(row));
        let apart = code.filter(|code| code.len() > 5).and_then(split_code);
        bare.push(apart.map_or(code, |(code, _)| Some(code)));
        let behind = apart.map(|(_, rest)| rest.replace('-', " "));
        let places = four.iter().map(text).chain([text(&all), behind]).flatten();
        let mut modifiers: Vec<String> = Vec::new();
        for item in places.flat_map(|text| text.split(is_separator).flat_map(pairs).collect::<Vec<_>>()) {
            if !item.is_empty() && !modifiers.iter().any(|of| of.eq_ignore_ascii_case(&item)) {
                modifiers.push(item);
            }
        }
        let rest = modifiers.split_off(modifiers.len().min(3)).join(",");
        modifiers.push(rest);
        for (at, column) in split.iter_mut().enumerate() {
            column.push(modifiers.get(at).cloned().filter(|item| !item.is_empty()));
        }
    }
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        if name != list && name != CODE && !MODIFIERS.contains(&name) {
            columns.push((name.to_owned(), array.clone()));
        }
    }
    if codes.is_some() {
        columns.push((CODE.to_owned(), Arc::new(bare.into_iter().collect::<StringArray>())));
    }
    for (name, values) in MODIFIERS.into_iter().zip(split) {
        columns.push((name.to_owned(), Arc::new(values.into_iter().collect::<StringArray>())));
    }
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    fn batch(columns: &[(&str, [Option<&str>; 3])]) -> RecordBatch {
        let array = |values: &[Option<&str>; 3]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
        RecordBatch::try_from_iter_with_nullable(columns.iter().map(|(name, values)| (*name, array(values), true)))
            .unwrap()
    }

    fn cells(of: &RecordBatch, name: &str) -> Vec<Option<String>> {
        plain(of.column_by_name(name).unwrap()).unwrap().iter().map(|value| value.map(str::to_owned)).collect()
    }

    #[test]
    fn modifiers_are_split_wherever_they_stand() {
        let contract = Table::Claims.contract();
        let given = batch(&[
            ("hcpcs", [Some("J0696-JZ"), Some("96365"), Some("96375 59")]),
            ("modifier_1", [None, Some("59XS"), Some("59")]),
            ("modifiers", [Some("TB"), None, Some("GA|25")]),
        ]);
        let tidied = tidy(contract, &given).unwrap();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(cells(&tidied, "hcpcs"), [some("J0696"), some("96365"), some("96375")]);
        assert_eq!(cells(&tidied, "modifier_1"), [some("TB"), some("59"), some("59")]);
        assert_eq!(cells(&tidied, "modifier_2"), [some("JZ"), some("XS"), some("GA")]);
        assert_eq!(cells(&tidied, "modifier_3"), [None, None, some("25")]);
        assert!(tidied.column_by_name("modifiers").is_none());
    }

    #[test]
    fn what_is_in_its_place_is_left_as_it_is() {
        let contract = Table::Claims.contract();
        let given =
            batch(&[("hcpcs", [Some("J0696"), Some(" 96365 "), None]), ("modifier_1", [None, Some("59"), None])]);
        assert!(matches!(tidy(contract, &given).unwrap(), Cow::Borrowed(_)));
        // Text that is no code with modifiers stays, and is refused as a code.
        let odd = batch(&[("hcpcs", [Some("J0696 VIAL"), Some("not coded"), None])]);
        assert_eq!(cells(&tidy(contract, &odd).unwrap(), "hcpcs")[0].as_deref(), Some("J0696 VIAL"));
    }

    #[test]
    fn lists_are_separated_by_semicolons() {
        assert_eq!(with_semicolons("C18.9;D50.0"), "C18.9;D50.0");
        assert_eq!(with_semicolons("C18.9, D50.0|E11.9 Z51.11"), "C18.9;D50.0;E11.9;Z51.11");
    }
}
