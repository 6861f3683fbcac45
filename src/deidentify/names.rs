//! Names of the feed that few patients share.

use crate::error::Error;
use crate::run::each_row;
use crate::small_cells::{Cell, OTHERS, Patients, patient, pool};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;

/// The columns of names.
pub(super) const NAMED: [&str; 3] = ["payer", "department", "rendering_provider"];

/// Which names must not be shown.
#[derive(Debug)]
pub(super) struct Names {
    rare: [FxHashSet<String>; NAMED.len()],
    pub encounters: u64,
}

#[derive(Default)]
struct Name {
    name: String,
    rows: i64,
    patients: Patients,
}

impl Cell for Name {
    fn size(&self) -> i64 {
        self.rows
    }

    fn is_small(&self) -> bool {
        self.patients.is_small()
    }

    fn label(&self) -> &str {
        &self.name
    }

    fn join(&mut self, other: &Self) {
        self.rows += other.rows;
        self.patients.join(&other.patients);
    }
}

impl Names {
    /// Counts the patients of every name.
    ///
    /// # Errors
    /// Fewer patients than may be shown at all.
    pub(super) fn read(run: &Path) -> Result<Self, Error> {
        let mut all: [FxHashMap<String, Name>; NAMED.len()] = Default::default();
        let (mut everyone, mut encounters) = (Patients::default(), 0);
        let columns = [&["patient_id", "encounter_id"][..], &NAMED].concat();
        each_row(run, "encounters.parquet", &columns, |row| {
            let whose = patient(row.text(0), row.text(1));
            everyone.add(whose);
            encounters += 1;
            for (names, at) in all.iter_mut().zip(2..) {
                let name = row.text(at);
                if !name.is_empty() {
                    let of = match names.get_mut(name) {
                        Some(of) => of,
                        None => names.entry(name.to_owned()).or_default(),
                    };
                    of.rows += 1;
                    of.patients.add(whose);
                }
            }
            Ok(())
        })?;
        if everyone.is_small() {
            return Err(Error::TooFewPatients);
        }
        let rare = all.map(|names| {
            let names = names.into_iter().map(|(name, of)| Name { name, ..of });
            pool(names.collect(), Name::default()).1.into_iter().collect()
        });
        Ok(Self { rare, encounters })
    }

    /// The name of a column as it may be shown.
    pub(super) fn shown<'n>(&self, column: &str, name: &'n str) -> &'n str {
        let at = NAMED.iter().position(|named| *named == column);
        if at.and_then(|at| self.rare.get(at)).is_none_or(|rare| rare.contains(name)) { OTHERS } else { name }
    }
}
