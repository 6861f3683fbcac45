//! A run without identifiers: keyed hashes for ids, moved dates, no free text, and names of a feed only where enough
//! patients share them.
//!
//! The audit itself sees the true record, since prices, edits and deadlines hang on the day; its tables wait in the
//! temporary folder, and what is published is made of them here. Rows stand in the order of the hashes, which tells nothing
//! of the order in which patients came.
//!
//! Source of what counts as an identifier: 45 CFR 164.514(b)(2)(i), the HIPAA safe harbor. Dates that are moved or
//! reduced to their month are more than it allows (years alone), so a release rests on an expert's determination under
//! 164.514(b)(1) or on a data use agreement for a limited data set under 164.514(e).

mod columns;
mod key;
mod names;
mod rewrite;
mod split;

pub use key::{Identifier, KEY_VARIABLE, Key};

use crate::error::Error;
use crate::reference::Reference;
use std::path::{Path, PathBuf};

/// The option under which a manifest says that its run is de-identified.
pub const DEIDENTIFY: &str = "deidentify";

/// What becomes of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Dates {
    /// Every patient's dates move together, by up to half a year.
    Shift,
    /// An encounter moves to the first day of its month.
    Month,
}

impl Dates {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Dates::Shift => "shift",
            Dates::Month => "month",
        }
    }
}

/// How a run is de-identified.
#[derive(Debug, Clone)]
pub struct Deidentify {
    pub key: Key,
    pub dates: Dates,
    /// Where to write which pseudonym is whose, for those who may know.
    pub crosswalk: Option<PathBuf>,
}

/// Makes the tables in `published` of those in `identified`; `scratch` holds rows in between.
///
/// # Errors
/// Too few patients to hide among; a folder that cannot be written.
pub fn write_tables(
    how: &Deidentify,
    identified: &Path,
    scratch: &Path,
    published: &Path,
    reference: &Reference,
) -> Result<(), Error> {
    let names = names::Names::read(identified)?;
    let parts = split::split(&how.key, identified, scratch, names.encounters)?;
    rewrite::rewrite(how, &names, scratch, parts, published, reference)
}
