//! What reviewers made of findings, keyed by the findings' identity, which is the same in every run.

use crate::error::Error;
use crate::report::STATUSES;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// One finding's review.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    pub finding_id: String,
    pub rule_code: String,
    pub status: String,
    pub assignee: String,
    pub comment: String,
}

impl Entry {
    /// Nothing that a reviewer would miss.
    fn is_blank(&self) -> bool {
        self.status == STATUSES[0] && self.assignee.is_empty() && self.comment.is_empty()
    }
}

/// All reviews so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State(BTreeMap<String, Entry>);

/// Text as it was before a spreadsheet was kept from running it.
fn undefused(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => text,
    }
}

impl State {
    /// Reads a state file; one that does not exist yet is empty.
    ///
    /// # Errors
    /// A file that is no state file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let mut reader = csv::Reader::from_path(path).map_err(|cause| Error::unreadable(path, cause))?;
        let mut all = BTreeMap::new();
        for entry in reader.deserialize::<Entry>() {
            let entry = entry.map_err(|cause| Error::Worklist(format!("{}: {cause}", path.display())))?;
            all.insert(entry.finding_id.clone(), entry);
        }
        Ok(Self(all))
    }

    /// Writes the state file, readable by its owner alone, whole or not at all.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |cause: csv::Error| Error::Worklist(cause.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        for entry in self.0.values() {
            writer.serialize(entry).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|cause| Error::Worklist(cause.to_string()))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unwritable = |cause: std::io::Error| Error::unwritable(path, cause);
        // Files of this kind are made for their owner alone.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
        file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
        file.persist(path).map_err(|cause| Error::unwritable(path, cause.error))?;
        Ok(())
    }

    /// The review of a finding.
    #[must_use]
    pub fn get(&self, finding_id: &str) -> Option<&Entry> {
        self.0.get(finding_id)
    }

    /// Takes in a reviewed worklist. Out: how many reviews are new or changed. Findings that the list does not hold keep
    /// theirs.
    ///
    /// # Errors
    /// A list that lacks a column or holds an unknown status: named by its line; nothing is taken in then.
    pub fn take_in(&mut self, list: &str) -> Result<usize, Error> {
        // Spreadsheets put a mark in front of what they save.
        let mut reader = csv::Reader::from_reader(list.trim_start_matches('\u{feff}').as_bytes());
        let failed = |cause: csv::Error| Error::Worklist(cause.to_string());
        let texts = |row: &csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<_>>();
        let headers = texts(reader.headers().map_err(failed)?);
        let row = |row: Result<csv::StringRecord, csv::Error>| {
            let row = row.map_err(failed)?;
            Ok((row.position().map_or(0, csv::Position::line), texts(&row)))
        };
        let rows = reader.records().map(row).collect::<Result<Vec<_>, Error>>()?;
        self.take_in_rows(&headers, rows)
    }

    /// Takes in rows with their line numbers, as [`State::take_in`].
    ///
    /// # Errors
    /// As for a list.
    pub fn take_in_rows(&mut self, headers: &[String], rows: Vec<(u64, Vec<String>)>) -> Result<usize, Error> {
        // The workbook's headings have spaces.
        let named = |header: &String, name: &str| header.trim().to_lowercase().replace(' ', "_") == name;
        let place = |name: &str| {
            let at = headers.iter().position(|header| named(header, name));
            at.ok_or_else(|| {
                Error::Worklist(format!("the list has no column `{name}`; export it again and keep its columns"))
            })
        };
        let places =
            [place("finding_id")?, place("rule_code")?, place("status")?, place("assignee")?, place("comment")?];
        let mut taken = Vec::new();
        for (line, row) in rows {
            let [finding_id, rule_code, status, assignee, comment] =
                places.map(|at| undefused(row.get(at).map_or("", |text| text.trim())).to_owned());
            let status = if status.is_empty() { STATUSES[0].to_owned() } else { status.to_lowercase() };
            if !STATUSES.contains(&status.as_str()) {
                let known = STATUSES.join(", ");
                return Err(Error::Worklist(format!("line {line}: unknown status `{status}`; one of {known}")));
            }
            if finding_id.is_empty() {
                return Err(Error::Worklist(format!("line {line}: the finding_id is missing")));
            }
            taken.push(Entry { finding_id, rule_code, status, assignee, comment });
        }
        let mut changed = 0;
        for entry in taken {
            let known = self.0.get(&entry.finding_id);
            if known == Some(&entry) || (known.is_none() && entry.is_blank()) {
                continue;
            }
            changed += 1;
            self.0.insert(entry.finding_id.clone(), entry);
        }
        Ok(changed)
    }

    /// Every review, in the order of identities.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_status_takes_nothing_in() {
        let mut state = State::default();
        let head = "finding_id,rule_code,status,assignee,comment\n";
        assert_eq!(state.take_in(&format!("{head}a,IA-C01,Confirmed,kim,\nb,IA-C01,,,\n")).unwrap(), 1);
        assert_eq!(state.get("a").unwrap().status, "confirmed");
        assert!(state.get("b").is_none(), "nothing was said of it");
        let said = state.take_in(&format!("{head}a,IA-C01,rejected,,\nc,IA-C01,maybe,,\n")).unwrap_err().to_string();
        assert!(said.contains("line 3") && said.contains("maybe"), "{said}");
        assert_eq!(state.get("a").unwrap().status, "confirmed");
        assert_eq!(state.take_in(&format!("{head}a,IA-C01,open,,'=1+1\n")).unwrap(), 1);
        assert_eq!(state.get("a").unwrap().comment, "=1+1");
    }
}
