//! Which encounters are a patient's second of the day at one facility.

use crate::spill::encounter_hash;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// One encounter: patient, facility and day in one number; its start; its id in another.
type Stay = (u128, i64, u64);

/// Collects stays while the encounters table is read.
#[derive(Debug, Default)]
pub(super) struct Stays(Mutex<Vec<Stay>>);

/// The encounters that began later on a day on which the patient already had one.
#[derive(Debug, Default)]
pub(super) struct SecondEncounters(HashSet<u64>);

impl Stays {
    pub(super) fn add(&self, rows: &RecordBatch) {
        let column = |name: &str| rows.column_by_name(name);
        let (Some(ids), Some(patients), Some(facilities), Some(starts)) =
            (column("encounter_id"), column("patient_id"), column("facility"), column("start_time"))
        else {
            return;
        };
        let (ids, patients) = (ids.as_string::<i32>(), patients.as_string::<i32>());
        let (facilities, starts) = (facilities.as_string::<i32>(), starts.as_primitive::<Int64Type>());
        let stays = (0..rows.num_rows()).filter(|&row| patients.is_valid(row) && starts.is_valid(row)).map(|row| {
            let start = starts.value(row);
            let facility = if facilities.is_valid(row) { facilities.value(row) } else { "" };
            let day = start.div_euclid(1_440).to_string();
            let key = [patients.value(row), facility, &day].join("\u{1f}");
            (xxh3_128_with_seed(key.as_bytes(), 0), start, encounter_hash(ids.value(row)))
        });
        let stays: Vec<Stay> = stays.collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(stays);
    }

    /// The first stay of a day, by start and then by id, is the first; the others are not.
    pub(super) fn second_encounters(self) -> SecondEncounters {
        let mut stays = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        stays.sort_unstable();
        let later = stays.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[0].2 != pair[1].2);
        SecondEncounters(later.map(|pair| pair[1].2).collect())
    }
}

impl SecondEncounters {
    pub(super) fn contains(&self, encounter_id: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&encounter_hash(encounter_id))
    }
}
