//! Takes a reviewed list back. A list with one row that cannot be trusted changes nothing: a spreadsheet that turned one
//! identity into a number may have done so to others.

use super::state::{Entry, State, undefused};
use crate::error::Error;
use crate::import::separator;
use crate::report::STATUSES;
use std::collections::{BTreeMap, BTreeSet};

/// Digits of a finding's identity.
const ID_DIGITS: usize = 16;

/// Start and digits of an identity in a de-identified run.
const PSEUDONYM: (&str, usize) = ("F-", 20);

/// Lines that an error names.
const LINES_NAMED: usize = 10;

/// Results of taking in the reviews of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Rows without a review, of findings that have none yet.
    pub blank: usize,
}

/// Faults of rows of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error(
        "{0}: finding_id is a number that a spreadsheet made of it; import the column as text, or export the list as .xlsx"
    )]
    Number(Lines),
    #[error("{0}: finding_id is not one of a run, which has 16 hexadecimal digits; copy it from the exported list")]
    Form(Lines),
    #[error("lines {0} and {1} have the same finding_id and different reviews; keep one of them")]
    Conflict(u64, u64),
    #[error("{0}: the run has no finding of this finding_id; take the run that the list was exported from")]
    Unknown(Lines),
}

impl Refusal {
    /// True if no row has the fault.
    fn is_empty(&self) -> bool {
        match self {
            Refusal::Number(lines) | Refusal::Form(lines) | Refusal::Unknown(lines) => lines.0.is_empty(),
            Refusal::Conflict(..) => false,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Worklist(format!("{refusal}; nothing was taken in"))
    }
}

/// Line numbers, shown as `line 3` or `lines 3, 7 and 12 more`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Lines(Vec<u64>);

impl std::fmt::Display for Lines {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named: Vec<String> = self.0.iter().take(LINES_NAMED).map(u64::to_string).collect();
        let word = if self.0.len() == 1 { "line" } else { "lines" };
        write!(out, "{word} {}", named.join(", "))?;
        match self.0.len().checked_sub(LINES_NAMED) {
            Some(more) if more > 0 => write!(out, " and {more} more"),
            _ => Ok(()),
        }
    }
}

/// An identity as runs write it; `None` for any other text.
fn identity(text: &str) -> Option<String> {
    let hexadecimal =
        |digits: &str, count: usize| digits.len() == count && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if hexadecimal(text, ID_DIGITS) {
        return Some(text.to_ascii_lowercase());
    }
    let (start, count) = PSEUDONYM;
    let (head, digits) = text.split_at_checked(start.len())?;
    (head.eq_ignore_ascii_case(start) && hexadecimal(digits, count))
        .then(|| format!("{start}{}", digits.to_ascii_lowercase()))
}

/// True if a heading is that of a column; the workbook's headings have spaces.
pub(super) fn is_named(header: &str, column: &str) -> bool {
    header.trim().to_lowercase().replace(' ', "_") == column
}

/// The reviews of a list's rows, checked. `known` are the findings of the list's run, where it is given.
///
/// # Errors
/// A list that lacks a column; rows with an identity that is none or is not in the run, an unknown status, or another
/// review than an earlier row of the same finding.
fn reviews(
    headers: &[String],
    rows: Vec<(u64, Vec<String>)>,
    known: Option<&BTreeSet<String>>,
) -> Result<Vec<Entry>, Error> {
    let place = |name: &str| {
        let at = headers.iter().position(|header| is_named(header, name));
        at.ok_or_else(|| {
            Error::Worklist(format!("the list has no column `{name}`; export it again and keep its columns"))
        })
    };
    let places = [place("finding_id")?, place("rule_code")?, place("status")?, place("assignee")?, place("comment")?];
    let (mut numbers, mut malformed, mut unknown) = (Lines::default(), Lines::default(), Lines::default());
    let mut taken: BTreeMap<String, (u64, Entry)> = BTreeMap::new();
    for (line, row) in rows {
        let [id, rule_code, status, assignee, comment] =
            places.map(|at| undefused(row.get(at).map_or("", |text| text.trim())).to_owned());
        let status = if status.is_empty() { STATUSES[0].to_owned() } else { status.to_lowercase() };
        if !STATUSES.contains(&status.as_str()) {
            let words = STATUSES.join(", ");
            return Err(Error::Worklist(format!("line {line}: unknown status `{status}`; one of {words}")));
        }
        if id.is_empty() {
            return Err(Error::Worklist(format!("line {line}: the finding_id is missing")));
        }
        let Some(finding_id) = identity(&id) else {
            let number = id.replace(',', ".").parse::<f64>().is_ok();
            if number { &mut numbers } else { &mut malformed }.0.push(line);
            continue;
        };
        if known.is_some_and(|known| !known.contains(&finding_id)) {
            unknown.0.push(line);
        }
        let entry = Entry { finding_id, rule_code, status, assignee, comment };
        match taken.get(&entry.finding_id) {
            Some((earlier, other)) if *other != entry => return Err(Refusal::Conflict(*earlier, line).into()),
            Some(_) => {}
            None => {
                taken.insert(entry.finding_id.clone(), (line, entry));
            }
        }
    }
    let mut refusals = [Refusal::Number(numbers), Refusal::Form(malformed), Refusal::Unknown(unknown)].into_iter();
    match refusals.find(|refusal| !refusal.is_empty()) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(taken.into_values().map(|(_, entry)| entry).collect()),
    }
}

/// A list's headings and its rows with their line numbers.
type Table = (Vec<String>, Vec<(u64, Vec<String>)>);

fn table(list: &str) -> Result<Table, Error> {
    let failed = |cause: csv::Error| Error::Worklist(cause.to_string());
    // Spreadsheets put a mark in front of what they save.
    let list = list.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator(list)).from_reader(list.as_bytes());
    let texts = |row: &csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<_>>();
    let headers = texts(reader.headers().map_err(failed)?);
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row.map_err(failed)?;
        Ok((row.position().map_or(0, csv::Position::line), texts(&row)))
    };
    Ok((headers, reader.records().map(row).collect::<Result<Vec<_>, Error>>()?))
}

impl State {
    /// Takes in a reviewed worklist, separated by commas, semicolons or tabs. Findings that the list does not hold keep
    /// their reviews. `known` are the findings of the list's run, where it is given: a list with others is refused.
    ///
    /// # Errors
    /// A list that lacks a column, or holds a row that cannot be trusted: named by its line; nothing is taken in then.
    pub fn take_in(&mut self, list: &str, known: Option<&BTreeSet<String>>) -> Result<Imported, Error> {
        let (headers, rows) = table(list)?;
        self.take_in_rows(&headers, rows, known)
    }

    /// Takes in rows with their line numbers, as [`State::take_in`].
    ///
    /// # Errors
    /// As for a list.
    pub fn take_in_rows(
        &mut self,
        headers: &[String],
        rows: Vec<(u64, Vec<String>)>,
        known: Option<&BTreeSet<String>>,
    ) -> Result<Imported, Error> {
        let mut imported = Imported::default();
        for entry in reviews(headers, rows, known)? {
            match self.get(&entry.finding_id) {
                Some(earlier) if *earlier == entry => imported.unchanged += 1,
                Some(_) => {
                    imported.changed += 1;
                    self.put(entry);
                }
                None if entry.is_blank() => imported.blank += 1,
                None => {
                    imported.new += 1;
                    self.put(entry);
                }
            }
        }
        Ok(imported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "finding_id,rule_code,status,assignee,comment\n";
    const A: &str = "00000000000000aa";
    const B: &str = "00000000000000bb";

    fn refused(state: &mut State, list: &str, known: Option<&BTreeSet<String>>) -> String {
        let before = state.clone();
        let said = state.take_in(list, known).unwrap_err().to_string();
        assert_eq!(*state, before, "{said}");
        said
    }

    #[test]
    fn a_bad_status_takes_nothing_in() {
        let mut state = State::default();
        let done = state.take_in(&format!("{HEAD}{A},IA-C01,Confirmed,kim,\n{B},IA-C01,,,\n"), None).unwrap();
        assert_eq!(done, Imported { new: 1, blank: 1, ..Imported::default() });
        assert_eq!(state.get(A).unwrap().status, "confirmed");
        assert!(state.get(B).is_none(), "nothing was said of it");
        let said = refused(&mut state, &format!("{HEAD}{A},IA-C01,rejected,,\n{B},IA-C01,maybe,,\n"), None);
        assert!(said.contains("line 3") && said.contains("maybe"), "{said}");
        let done = state.take_in(&format!("{HEAD}{A},IA-C01,open,,'=1+1\n"), None).unwrap();
        assert_eq!(done, Imported { changed: 1, ..Imported::default() });
        assert_eq!(state.get(A).unwrap().comment, "=1+1");
    }

    #[test]
    fn identities_that_are_none_are_refused_by_line() {
        let mut state = State::default();
        for id in ["1.23457E+15", "9590633980749576.0", "1,23457E+15", "12345678901234"] {
            let said = refused(&mut state, &format!("{HEAD}{A},IA-C01,open,kim,\n\"{id}\",IA-C01,confirmed,,\n"), None);
            assert!(said.contains("line 3: finding_id is a number that a spreadsheet made"), "{said}");
        }
        for id in ["none", "00000000000000ag", "F-00000000000000aa"] {
            let said = refused(&mut state, &format!("{HEAD}{id},IA-C01,confirmed,,\n"), None);
            assert!(said.contains("line 2: finding_id is not one of a run"), "{said}");
        }
        let many: String = (0..12).map(|at| format!("{at},IA-C01,open,,\n")).collect();
        assert!(refused(&mut state, &format!("{HEAD}{many}"), None).contains("10, 11 and 2 more: finding_id"));
        let pseudonym = "F-0123456789abcdef0123";
        assert_eq!(state.take_in(&format!("{HEAD}{pseudonym},IA-C01,closed,,\n"), None).unwrap().new, 1);
    }

    #[test]
    fn two_answers_for_one_finding_are_refused_and_the_same_twice_is_not() {
        let mut state = State::default();
        let said =
            refused(&mut state, &format!("{HEAD}{A},IA-C01,confirmed,,\n{B},IA-C01,,,\n{A},IA-C01,rejected,,\n"), None);
        assert!(said.contains("lines 2 and 4 have the same finding_id"), "{said}");
        let twice = format!("{HEAD}{A},IA-C01,confirmed,,\n{A},IA-C01,Confirmed,,\n");
        assert_eq!(state.take_in(&twice, None).unwrap().new, 1);
        assert_eq!(state.take_in(&twice, None).unwrap().unchanged, 1);
    }

    #[test]
    fn findings_of_another_run_are_refused_where_the_run_is_known() {
        let mut state = State::default();
        let known = BTreeSet::from([A.to_owned()]);
        let said = refused(&mut state, &format!("{HEAD}{A},IA-C01,closed,,\n{B},IA-C01,closed,,\n"), Some(&known));
        assert!(said.contains("line 3: the run has no finding"), "{said}");
        assert_eq!(state.take_in(&format!("{HEAD}{A},IA-C01,closed,,\n"), Some(&known)).unwrap().new, 1);
    }

    #[test]
    fn semicolons_and_tabs_separate_too() {
        for separator in [";", "\t"] {
            let list = format!("{HEAD}{A},IA-C01,confirmed,kim,\n").replace(',', separator);
            assert_eq!(State::default().take_in(&list, None).unwrap().new, 1, "{separator}");
        }
    }
}
