//! Columns of a file that may be what a missing column of the contract is called there: by name and by content.

use super::date_form::form_of;
use super::text::plain;
use super::values::iso_date;
use super::{Column, Contract, Kind, words};
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Schema};

/// Candidates shown for one column.
const SHOWN: usize = 3;

/// Likeness of two names, in thousandths, from which a name is a candidate whatever it holds.
const LIKE: u32 = 800;

/// Values looked at.
const SAMPLE: usize = 512;

/// A missing column and the columns that may be it, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates {
    pub column: String,
    /// Names of columns there, each with the reason why it is a candidate.
    pub there: Vec<(String, &'static str)>,
}

/// Likeness of a column's name to the contract's, in thousandths.
#[allow(clippy::float_arithmetic, reason = "a hint in an error message; no code, unit or cent comes of it")]
fn likeness(name: &str, wanted: &str) -> u32 {
    let (name, wanted) = (words::compared(name), words::compared(wanted));
    (strsim::jaro_winkler(&name, &wanted) * 1_000.0) as u32
}

/// True if the values of the file's column could be those of the contract's column.
fn holds(column: &Column, batch: &RecordBatch, at: usize) -> bool {
    let array = batch.column(at);
    let typed = array.data_type();
    if matches!(column.kind, Kind::Date | Kind::Time)
        && matches!(typed, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
    {
        return matches!(column.kind, Kind::Date) || matches!(typed, DataType::Timestamp(..));
    }
    let Ok(text) = plain(array) else { return false };
    let values: Vec<&str> = text.iter().flatten().filter(|value| !value.is_empty()).take(SAMPLE).collect();
    // Nine of ten values; none is no evidence.
    let mostly = |is: &dyn Fn(&str) -> bool| {
        !values.is_empty() && values.iter().filter(|value| is(value)).count() * 10 >= values.len() * 9
    };
    match &column.kind {
        Kind::Code => mostly(&is_code),
        Kind::Modifier => mostly(&|value| value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphanumeric())),
        Kind::Term(terms) => mostly(&|value| words::slot(terms, &column.words, value).is_ok()),
        Kind::Date => mostly(&|value| iso_date(value).is_some()) || form_of(&values).is_some(),
        Kind::Time => {
            mostly(&|value| value.contains(':') && (iso_date(value).is_some() || form_of(&[value]).is_some()))
        }
        Kind::Text | Kind::List | Kind::Integer | Kind::Money | Kind::Quantity => false,
    }
}

/// True if text has the form of a HCPCS code, perhaps with modifiers behind it.
fn is_code(value: &str) -> bool {
    let Some(code) = value.get(..5) else { return false };
    let [first, rest @ .., _] = code.as_bytes() else { return false };
    first.is_ascii_alphanumeric() && rest.iter().all(u8::is_ascii_digit) && value.len() <= 8
}

impl Candidates {
    /// The candidates for each missing column among those that the contract does not know. `sample` holds some rows of
    /// these.
    #[must_use]
    pub fn of(contract: &Contract, missing: &[&Column], schema: &Schema, sample: Option<&RecordBatch>) -> Vec<Self> {
        let strangers: Vec<String> = contract.unknown(schema);
        let candidates = |column: &&Column| {
            let mut there: Vec<(u32, &String, &'static str)> = Vec::new();
            for name in &strangers {
                let like = likeness(name, &column.name);
                let at = sample.and_then(|batch| batch.schema().index_of(name).ok());
                let fits = sample.zip(at).is_some_and(|(batch, at)| holds(column, batch, at));
                if fits {
                    there.push((like + 1_000, name, "by its values"));
                } else if like >= LIKE {
                    there.push((like, name, "by its name"));
                }
            }
            there.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
            let there = there.into_iter().take(SHOWN).map(|(_, name, why)| (name.clone(), why)).collect();
            Self { column: column.name.clone(), there }
        };
        missing.iter().map(candidates).collect()
    }
}

impl std::fmt::Display for Candidates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "`{}`", self.column)?;
        for (at, (name, why)) in self.there.iter().enumerate() {
            write!(out, "{}`{name}` {why}", if at == 0 { " (there: " } else { ", " })?;
        }
        if self.there.is_empty() { Ok(()) } else { out.write_str(")") }
    }
}
