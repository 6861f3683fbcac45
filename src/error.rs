//! What stops a run: every variant names the file, column or option, and the mend.

mod write_failure;

pub(crate) use write_failure::WriteCause;

use std::path::Path;
use write_failure::Target;

/// A run that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "{option} {path}: no Parquet files there{there}; name a folder that holds .parquet files, or a glob in quotes (docs/inputs.md#files)"
    )]
    NoFiles { option: &'static str, path: String, there: String },
    #[error("{option} {path}: there is no such file or folder; check the path")]
    NoSuchPath { option: &'static str, path: String },
    #[error("{option} `{pattern}` is not a valid glob: {cause}")]
    BadGlob { option: &'static str, pattern: String, cause: String },
    #[error(
        "{path} is a link to a folder, which is not followed; name that folder in a glob of its own or move it here"
    )]
    LinkedFolder { path: String },
    #[error("{option}: {one} and {other} are the same file, whose rows would count twice; take one of them away")]
    Twice { option: &'static str, one: String, other: String },
    #[error("cannot read {file}: {cause}; check the path and its permissions")]
    Unreadable { file: String, cause: String },
    #[error("{file} is not a complete Parquet file ({cause}); copy or export it again")]
    NotParquet { file: String, cause: String },
    #[error("{file} is {what}, not Parquet; convert it to Parquet first (docs/inputs.md#files shows one line for it)")]
    OtherFormat { file: String, what: String },
    #[error("cannot read {file}: {cause}; give the key it needs with --parquet-keys")]
    Encrypted { file: String, cause: String },
    #[error("{0}; add them or rename the columns that hold them (docs/inputs.md#columns)")]
    MissingColumns(String),
    #[error(
        "{file} has the columns of {looks_like}, not of {table}; check whether --{table} and --{looks_like} are swapped (docs/inputs.md#columns)"
    )]
    OtherTable { file: String, table: &'static str, looks_like: &'static str },
    #[error("{file}: column `{column}` is {found}; the schema takes {accepted} (docs/inputs.md#types)")]
    WrongType { file: String, column: String, found: String, accepted: &'static str },
    #[error(
        "{file}: `{columns}` hold whole numbers, which may be dollars or cents; say which with --integer-money dollars or --integer-money cents (docs/inputs.md#money)"
    )]
    IntegerMoney { file: String, columns: String },
    #[error("{columns}: text in a form that is not ISO 8601; name the form, such as {options} (docs/inputs.md#dates)")]
    DateForm { columns: String, options: String },
    #[error(
        "{file}: `{column}` holds dates without a time of day; export the time too, or leave the column out (docs/inputs.md#dates)"
    )]
    NoTimeOfDay { file: String, column: String },
    #[error("neither claims nor flowsheets are given; pass a folder for at least one of --claims and --flowsheets")]
    NothingGiven,
    #[error("{0}")]
    NotBelieved(crate::data_checks::Stop),
    #[error("cannot write {path}: {cause}; {advice}")]
    Unwritable { path: String, cause: String, advice: String },
    #[error("{path} {problem}")]
    Taken { path: String, problem: &'static str },
    #[error("cannot use the temporary folder {path}: {cause}; {advice}")]
    Spill { path: String, cause: String, advice: String },
    #[error(
        "the temporary folder {path} has {free} bytes free and the run may need {needed}; choose another --temp-dir, \
         free the space or raise --memory-limit"
    )]
    SpillSpace { path: String, needed: u64, free: u64 },
    #[error("--time-zone `{name}` is not a known time zone; use a name such as America/Chicago")]
    TimeZone { name: String },
    #[error("the run does not balance: {check} ({left} against {right}); nothing was published, please report this")]
    Unbalanced { check: String, left: i64, right: i64 },
    #[error(transparent)]
    Policy(#[from] crate::policy::PolicyError),
    #[error(transparent)]
    BuiltIn(#[from] crate::reference::ReferenceError),
    #[error("reference {file}: {problem}")]
    Reference { file: String, problem: String },
    #[error("a report could not be made: {0}")]
    Report(String),
    #[error("{path} is not a run folder: {cause}; name a folder that `infusion-audit audit` has written")]
    NotARun { path: String, cause: String },
    #[error("{path} does not exist; RUN is the path of a run's folder, such as {example}")]
    NoRun { path: String, example: String },
    #[error("{path} does not name its input files, as a de-identified run does not; name a run with identifiers")]
    NoInputs { path: String },
    #[error("the run holds no such encounter: {0}")]
    NoEncounter(String),
    #[error("worklist: {0}")]
    Worklist(String),
    #[error("snapshot: {0}")]
    Snapshot(String),
    #[error("sample: {0}")]
    Sample(String),
    #[error("the key of --deidentify cannot be used: {0}")]
    Key(String),
    #[error("the keys of Parquet files cannot be used: {0}")]
    Keys(String),
    #[error("the run has fewer than eleven patients, too few to hide any of them; audit more encounters together")]
    TooFewPatients,
    #[error("--crosswalk {path} is there already; name another file, since an older crosswalk may still be needed")]
    CrosswalkThere { path: String },
    #[error("stopped by a signal; nothing was published")]
    Interrupted,
    #[error("{path} is in use by another run{who}; wait for it to end, or choose another --out")]
    Locked { path: String, who: String },
    #[error(
        "{path}, line {line} {problem}; someone has changed the log of runs: move it aside after looking into that"
    )]
    BrokenLog { path: String, line: u64, problem: String },
    #[error(
        "tonight's feed is unlike that of the nights before: {0}; look at it, then run with --accept-feed, or set [feed] limits in a policy"
    )]
    Feed(String),
    #[error("the state {path} cannot be used: {cause}; move its folder aside, and the next run makes a new one")]
    State { path: String, cause: String },
    #[error("{file} changed while it was read; run again when whoever writes it is done")]
    Changed { file: String },
    #[error("{path} is not a folder of its own but a link or something else; name a plain folder")]
    NotAFolder { path: String },
    #[error("internal table error: {0}; please report this")]
    Table(String),
}

impl Error {
    /// The exit status of a run that ends so: 2 for options and policy, 3 for what was to be read, 4 for the machine and
    /// for faults of the program, 130 when a signal asked for it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::BadGlob { .. }
            | Error::NothingGiven
            | Error::TimeZone { .. }
            | Error::Policy(_)
            | Error::Key(_)
            | Error::Keys(_)
            | Error::CrosswalkThere { .. }
            | Error::Taken { .. }
            | Error::NoEncounter(_) => 2,
            Error::NoFiles { .. }
            | Error::NoSuchPath { .. }
            | Error::OtherFormat { .. }
            | Error::OtherTable { .. }
            | Error::IntegerMoney { .. }
            | Error::DateForm { .. }
            | Error::NoTimeOfDay { .. }
            | Error::NotBelieved(_)
            | Error::LinkedFolder { .. }
            | Error::Twice { .. }
            | Error::Unreadable { .. }
            | Error::NotParquet { .. }
            | Error::Encrypted { .. }
            | Error::Changed { .. }
            | Error::Feed(_)
            | Error::MissingColumns(_)
            | Error::WrongType { .. }
            | Error::Reference { .. }
            | Error::NotARun { .. }
            | Error::NoRun { .. }
            | Error::NoInputs { .. }
            | Error::Worklist(_)
            | Error::Snapshot(_)
            | Error::Sample(_)
            | Error::TooFewPatients => 3,
            Error::Unwritable { .. }
            | Error::Spill { .. }
            | Error::SpillSpace { .. }
            | Error::Locked { .. }
            | Error::NotAFolder { .. }
            | Error::BrokenLog { .. }
            | Error::State { .. }
            | Error::Unbalanced { .. }
            | Error::BuiltIn(_)
            | Error::Report(_)
            | Error::Table(_) => 4,
            Error::Interrupted => 130,
        }
    }

    pub(crate) fn unreadable(file: &Path, cause: impl std::fmt::Display) -> Self {
        Error::Unreadable { file: file.display().to_string(), cause: cause.to_string() }
    }

    /// The error for a file that cannot be written.
    pub(crate) fn unwritable(path: &Path, cause: impl WriteCause) -> Self {
        write_failure::error(path, Target::File, &cause)
    }

    /// The error for a folder that cannot be made.
    pub(crate) fn unwritable_folder(path: &Path, cause: impl WriteCause) -> Self {
        write_failure::error(path, Target::Folder, &cause)
    }

    pub(crate) fn spill(path: &Path, cause: impl WriteCause) -> Self {
        write_failure::spill(path, &cause)
    }

    pub(crate) fn not_a_run(path: &Path, cause: impl std::fmt::Display) -> Self {
        let (path, cause) = (path.display().to_string(), cause.to_string());
        if is_of_keys(&cause) { Error::Encrypted { file: path, cause } } else { Error::NotARun { path, cause } }
    }
}

/// Whether what the Parquet library says comes of a key: it has one kind of error for all of them.
pub(crate) fn is_of_keys(cause: &str) -> bool {
    cause.contains("crypt")
}

impl From<arrow::error::ArrowError> for Error {
    fn from(cause: arrow::error::ArrowError) -> Self {
        Error::Table(cause.to_string())
    }
}

/// Text as one line that moves no cursor: names of columns and files are whatever a file holds.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The name of a file without its folders, for messages that name many.
#[must_use]
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_its_line_or_moves_the_cursor() {
        assert_eq!(one_line("rate_ml_per_hou\n\u{1b}[2Jr\t"), "rate_ml_per_hou  [2Jr ");
    }
}
