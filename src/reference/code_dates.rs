//! From when to when a drug code was in force, and what replaced it.

use super::ReferenceError;
use super::national_edits::{parse, rows};
use crate::model::{Date, HcpcsCode};
use rustc_hash::FxHashMap;

/// Whether a code could be billed on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InForce {
    Yes,
    /// It took effect later, on this day.
    NotYet(Date),
    /// It ended on this day; the code that replaced it, where the table knows it.
    Ended(Date, Option<HcpcsCode>),
    /// The table does not know the code.
    Unknown,
}

/// The dates of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodeDates {
    pub effective_from: Option<Date>,
    pub effective_to: Option<Date>,
    pub replaced_by: Option<HcpcsCode>,
}

impl CodeDates {
    #[must_use]
    pub fn on(&self, date: Date) -> InForce {
        match (self.effective_from, self.effective_to) {
            (Some(from), _) if date < from => InForce::NotYet(from),
            (_, Some(to)) if date > to => InForce::Ended(to, self.replaced_by),
            _ => InForce::Yes,
        }
    }
}

#[derive(serde::Deserialize)]
struct Row {
    hcpcs: String,
    effective_from: String,
    effective_to: String,
    replaced_by: String,
}

pub(super) fn read(text: &str) -> Result<FxHashMap<HcpcsCode, CodeDates>, ReferenceError> {
    let mut codes = FxHashMap::default();
    for row in rows::<Row>("code_dates", text) {
        let (line, row) = row?;
        let fail = |problem: String| ReferenceError { table: "code_dates", line, problem };
        let date = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| fail(format!("{text} is no date"))),
        };
        let replaced_by = match row.replaced_by.as_str() {
            "" => None,
            code => Some(parse(code).map_err(fail)?),
        };
        let dates = CodeDates {
            effective_from: date(&row.effective_from)?,
            effective_to: date(&row.effective_to)?,
            replaced_by,
        };
        codes.insert(parse(&row.hcpcs).map_err(fail)?, dates);
    }
    Ok(codes)
}
