//! Which encounters are a patient's second of the day at one facility.

use crate::error::Error;
use crate::schema::{DecodeOptions, read_text, read_times};
use arrow::array::{Array, RecordBatch};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// One encounter: patient, facility and day in one number; its start in minutes; its id in another number.
pub(super) type Stay = (u64, i64, u64);

/// Bytes that one stay takes while stays are collected.
pub(super) const STAY_BYTES: u64 = 24;

/// The columns that tell stays.
pub(super) const COLUMNS: [&str; 4] = ["encounter_id", "patient_id", "facility", "start_time"];

/// Collects stays while the encounters table is read; one share of them at a time, so that memory stays bounded.
#[derive(Debug)]
pub(super) struct Stays {
    found: Mutex<Vec<Stay>>,
    share: u64,
    shares: u64,
}

/// The encounters that began later on a day on which the patient already had one.
#[derive(Debug, Default)]
pub(super) struct SecondEncounters(FxHashSet<u64>);

/// Calls `each` for every row that tells a stay, with its id.
fn each_stay(rows: &RecordBatch, options: &DecodeOptions, mut each: impl FnMut(Stay, &str)) -> Result<(), Error> {
    let column = |name: &str| rows.column_by_name(name);
    let (Some(ids), Some(patients), Some(starts)) =
        (column("encounter_id"), column("patient_id"), column("start_time"))
    else {
        return Ok(());
    };
    let (ids, patients) = (read_text(ids)?, read_text(patients)?);
    let facilities = column("facility").map(read_text).transpose()?;
    let starts = read_times(starts, options, "start_time")?;
    let mut key = String::new();
    let whole = |row: &usize| ids.is_valid(*row) && patients.is_valid(*row) && starts.is_valid(*row);
    for row in (0..rows.num_rows()).filter(whole) {
        let start = starts.value(row);
        key.clear();
        key.push_str(patients.value(row));
        key.push('\u{1f}');
        key.push_str(facilities.as_ref().filter(|names| names.is_valid(row)).map_or("", |names| names.value(row)));
        // The day is the seed: one hash of patient, facility and day.
        let of_day = xxh3_64_with_seed(key.as_bytes(), start.div_euclid(1_440) as u64);
        each((of_day, start, xxh3_64(ids.value(row).as_bytes())), ids.value(row));
    }
    Ok(())
}

impl Stays {
    pub(super) fn new(share: u64, shares: u64) -> Self {
        Self { found: Mutex::default(), share, shares }
    }

    pub(super) fn add(&self, rows: &RecordBatch, options: &DecodeOptions) -> Result<(), Error> {
        let mut stays: Vec<Stay> = Vec::new();
        each_stay(rows, options, |stay, _| {
            if stay.0 % self.shares == self.share {
                stays.push(stay);
            }
        })?;
        self.found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut stays);
        Ok(())
    }
}

impl Stays {
    /// The stays of a batch with their ids.
    pub(super) fn with_ids(rows: &RecordBatch, options: &DecodeOptions) -> Result<Vec<(Stay, String)>, Error> {
        let mut found = Vec::new();
        each_stay(rows, options, |stay, id| found.push((stay, id.to_owned())))?;
        Ok(found)
    }
}

impl SecondEncounters {
    /// Of stays that are all of their patients' days.
    pub(super) fn of(stays: Vec<Stay>) -> Self {
        let mut second = Self::default();
        second.extend(Stays { found: Mutex::new(stays), share: 0, shares: 1 });
        second
    }

    /// The first stay of a day, by start and then by id, is the first; the others are not.
    pub(super) fn extend(&mut self, stays: Stays) {
        let mut stays = stays.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        stays.par_sort_unstable();
        let later = stays.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[0].2 != pair[1].2);
        self.0.extend(later.map(|pair| pair[1].2));
    }

    pub(super) fn contains(&self, encounter_id: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&xxh3_64(encounter_id.as_bytes()))
    }
}
