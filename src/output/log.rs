//! The log of the runs published in a folder: every entry holds the hash of the one before, so that none can be changed,
//! left out or put in between without all that follow telling.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

/// Its name in the folder of the runs.
pub const RUN_LOG: &str = "run_log.jsonl";

/// What stands in the place of a hash before the first entry.
const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One published run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub sequence: u64,
    /// When it was published, in UTC to the second.
    pub at: String,
    pub run_id: String,
    /// SHA-256 of its manifest, which holds those of all its files.
    pub manifest_sha256: String,
    /// Hash of the entry before.
    pub previous: String,
    /// SHA-256 over all of the above.
    pub hash: String,
}

impl LogEntry {
    fn computed(&self) -> String {
        let sequence = self.sequence.to_string();
        let parts = [&sequence, &self.at, &self.run_id, &self.manifest_sha256, &self.previous];
        hex(parts.map(String::as_str).join("\u{1f}").as_bytes())
    }
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines of a log that were written to their end; what follows is what a killed run left of its entry.
fn whole_lines(text: &[u8]) -> usize {
    text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

/// Reads a log and checks its chain. Out: its entries; empty where there is none. An entry that a killed run did not finish
/// is none.
///
/// # Errors
/// A log that cannot be read; the first entry that does not follow from the one before it.
pub fn read_log(out: &Path) -> Result<Vec<LogEntry>, Error> {
    let path = out.join(RUN_LOG);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(Error::unreadable(&path, cause)),
    };
    let mut entries: Vec<LogEntry> = Vec::new();
    for (line, number) in text[..whole_lines(text.as_bytes())].lines().zip(1..) {
        let broken = |problem: &str| Error::BrokenLog {
            path: path.display().to_string(),
            line: number,
            problem: problem.to_owned(),
        };
        let entry: LogEntry = serde_json::from_str(line).map_err(|_| broken("is no entry of a run log"))?;
        let previous = entries.last().map_or(NONE, |entry| entry.hash.as_str());
        if entry.previous != previous || entry.sequence != number {
            return Err(broken("does not follow from the one before it"));
        }
        if entry.hash != entry.computed() {
            return Err(broken("was changed after it was written"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Appends a run, whose files are in `folder`, to the log; it is on the disk then.
pub(super) fn append(out: &Path, run_id: &str, folder: &Path) -> Result<(), Error> {
    let entries = read_log(out)?;
    let mut entry = LogEntry {
        sequence: entries.len() as u64 + 1,
        at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        run_id: run_id.to_owned(),
        manifest_sha256: manifest_digest(folder)?,
        previous: entries.last().map_or(NONE, |entry| entry.hash.as_str()).to_owned(),
        hash: String::new(),
    };
    entry.hash = entry.computed();
    let path = out.join(RUN_LOG);
    let line = serde_json::to_string(&entry).map_err(|cause| Error::Table(cause.to_string()))?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    let mut file = options.open(&path).map_err(|cause| Error::unwritable(&path, cause))?;
    file.write_all(format!("{line}\n").as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|cause| Error::unwritable(&path, cause))
}

/// SHA-256 of the manifest in a run's folder.
///
/// # Errors
/// A folder without one.
pub(crate) fn manifest_digest(folder: &Path) -> Result<String, Error> {
    let path = folder.join("manifest.json");
    fs::read(&path).map(|bytes| hex(&bytes)).map_err(|cause| Error::unreadable(&path, cause))
}

/// Takes away a last line that a killed run did not finish. Anything else that is wrong with a log is for a person to see.
pub(super) fn mend(out: &Path) -> Result<(), Error> {
    let path = out.join(RUN_LOG);
    let Ok(bytes) = fs::read(&path) else { return Ok(()) };
    let whole = whole_lines(&bytes);
    if whole < bytes.len() {
        let failed = |cause: std::io::Error| Error::unwritable(&path, cause);
        let file = OpenOptions::new().write(true).open(&path).map_err(failed)?;
        file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(out: &Path, run_id: &str) {
        fs::create_dir_all(out.join(run_id)).unwrap();
        fs::write(out.join(run_id).join("manifest.json"), run_id).unwrap();
        append(out, run_id, &out.join(run_id)).unwrap();
    }

    #[test]
    fn a_changed_a_missing_and_an_inserted_entry_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        for run_id in ["a", "b", "c", "d"] {
            published(out, run_id);
        }
        assert_eq!(read_log(out).unwrap().len(), 4);
        let path = out.join(RUN_LOG);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let changed = lines[1].replace("\"b\"", "\"x\"");
        for (bad, at) in [
            ([lines[0], &changed, lines[2], lines[3]].join("\n"), 2),
            ([lines[0], lines[2], lines[3]].join("\n"), 2),
            ([lines[0], lines[1], lines[1], lines[2]].join("\n"), 3),
            ([lines[0], "{}", ""].join("\n"), 2),
        ] {
            fs::write(&path, bad).unwrap();
            let message = read_log(out).unwrap_err().to_string();
            assert!(message.contains(&format!("line {at} ")), "{message}");
        }
        // Half a line is what a killed run leaves.
        fs::write(&path, format!("{}\n{}", lines[0], &lines[1][..20])).unwrap();
        assert_eq!(read_log(out).unwrap().len(), 1);
        mend(out).unwrap();
        assert_eq!(read_log(out).unwrap().len(), 1);
        published(out, "b");
        assert_eq!(read_log(out).unwrap()[1].run_id, "b");
    }
}
