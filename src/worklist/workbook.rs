//! The worklist as a workbook, out and back.

use super::import::is_named;
use super::{COLUMNS, Exported, Imported, State, rows};
use crate::error::Error;
use crate::report::{failed_workbook, fill_worklist, made};
use calamine::{Data, Reader, Xlsx, XlsxError, open_workbook};
use rust_xlsxwriter::Workbook;
use std::collections::BTreeSet;
use std::path::Path;

/// The sheet that reviewers fill in.
const SHEET: &str = "Worklist";

/// Whether a file is a workbook by its name.
#[must_use]
pub fn is_workbook(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"))
}

/// The worklist of a run as a workbook with a list to pick the status from.
///
/// # Errors
/// A folder that is none of a run, or more findings than a sheet has rows.
pub fn export_workbook(run: &Path, state: &State) -> Result<Exported, Error> {
    let (rows, reviewed) = rows(run, state)?;
    let mut book = Workbook::new();
    book.set_properties(&made()?);
    fill_worklist(book.add_worksheet(), SHEET, &COLUMNS, &rows).map_err(|cause| failed_workbook(&cause))?;
    let list = book.save_to_buffer().map_err(|cause| failed_workbook(&cause))?;
    Ok(Exported { list, findings: rows.len(), reviewed })
}

/// Takes in the sheet `Worklist` of a reviewed workbook, as [`State::take_in`] does a list.
///
/// # Errors
/// As for a list, and a file that is no workbook.
pub fn take_in_workbook(state: &mut State, path: &Path, known: Option<&BTreeSet<String>>) -> Result<Imported, Error> {
    let failed = |cause: XlsxError| match cause {
        XlsxError::Io(cause) => Error::unreadable(path, cause),
        cause => Error::Worklist(format!("{}: {cause}", path.display())),
    };
    let mut book: Xlsx<_> = open_workbook(path).map_err(failed)?;
    let sheet = book.worksheet_range(SHEET).map_err(failed)?;
    let mut all = sheet.rows();
    let headers: Vec<String> = all.next().unwrap_or_default().iter().map(ToString::to_string).collect();
    let identity = headers.iter().position(|header| is_named(header, "finding_id"));
    let text = |(at, cell): (usize, &Data)| match cell {
        // A number may have lost digits of the identity, even where it still has as many.
        Data::Float(_) | Data::Int(_) if Some(at) == identity => format!("{cell}.0"),
        _ => cell.to_string(),
    };
    let all = all.map(|row| row.iter().enumerate().map(text).collect::<Vec<String>>());
    // Lines count from one, and the headings are the first.
    let rows = all.zip(2..).filter(|(row, _)| row.iter().any(|cell| !cell.trim().is_empty()));
    state.take_in_rows(&headers, rows.map(|(row, line)| (line, row)).collect(), known)
}
