//! Which encounters tonight's files touch: their own, those of files that are gone, and those that share a patient's day
//! with one of them.

use super::inventory::{self, Inventory};
use super::saved::FileRecord;
use crate::error::Error;
use crate::pipeline::second_encounters::{SecondEncounters, Stay};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::path::Path;

/// The encounters that are audited again, and which of them are a patient's second of the day.
pub(super) struct Found {
    pub ids: BTreeSet<String>,
    /// Those among them of which no file tells anything new.
    pub by_date: BTreeSet<String>,
    pub second: SecondEncounters,
}

/// Works out what is touched, beside the encounters of `moved`, whose deadlines are. `all` are the records of tonight's files; `is_new` says which
/// of them are.
pub(super) fn find(
    folder: &Path,
    moved: BTreeSet<String>,
    inventory: &Inventory,
    all: &[FileRecord],
    is_new: &[bool],
) -> Result<Found, Error> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let new = all.iter().zip(is_new).filter(|(_, new)| **new).map(|(record, _)| record);
    for record in new.chain(&inventory.gone) {
        ids.extend(inventory::ids(record, folder)?);
    }
    let by_date: BTreeSet<String> = moved.difference(&ids).cloned().collect();
    ids.extend(moved);
    let mut stays = Known { folder, files: all, read: FxHashMap::default() };
    // Stays of files that are gone may have made others the second of a day.
    let mut keys: FxHashSet<u64> = FxHashSet::default();
    let mut days: Option<(i64, i64)> = None;
    for record in inventory.gone.iter().filter(|record| record.days.is_some()) {
        for ((key, start, _), _) in inventory::stays(record, folder)? {
            keys.insert(key);
            widen(&mut days, start);
        }
    }
    loop {
        for at in stays.that_hold(&ids) {
            for ((key, start, _), id) in stays.of(at)? {
                if ids.contains(id) {
                    keys.insert(*key);
                    widen(&mut days, *start);
                }
            }
        }
        let mut together: Vec<Stay> = Vec::new();
        let mut others = BTreeSet::new();
        for at in stays.of_days(days) {
            for (stay, id) in stays.of(at)? {
                if keys.contains(&stay.0) {
                    together.push(*stay);
                    if !ids.contains(id) {
                        others.insert(id.clone());
                    }
                }
            }
        }
        if others.is_empty() {
            return Ok(Found { ids, by_date, second: SecondEncounters::of(together) });
        }
        ids.extend(others);
    }
}

fn widen(days: &mut Option<(i64, i64)>, start: i64) {
    let day = start.div_euclid(1_440);
    *days = Some(days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
}

/// Whether one of the sorted ids may lie in a file.
pub(super) fn may_hold(record: &FileRecord, ids: &BTreeSet<String>) -> bool {
    !record.least.is_empty() && ids.range(record.least.clone()..=record.most.clone()).next().is_some()
}

/// Stays of tonight's files, read when they are asked for.
struct Known<'k> {
    folder: &'k Path,
    files: &'k [FileRecord],
    read: FxHashMap<usize, Vec<(Stay, String)>>,
}

impl Known<'_> {
    fn that_hold(&self, ids: &BTreeSet<String>) -> Vec<usize> {
        let holds = |at: &usize| self.files[*at].days.is_some() && may_hold(&self.files[*at], ids);
        (0..self.files.len()).filter(holds).collect()
    }

    fn of_days(&self, days: Option<(i64, i64)>) -> Vec<usize> {
        let Some((first, last)) = days else { return Vec::new() };
        let meets = |at: &usize| self.files[*at].days.is_some_and(|(from, to)| from <= last && first <= to);
        (0..self.files.len()).filter(meets).collect()
    }

    fn of(&mut self, at: usize) -> Result<&[(Stay, String)], Error> {
        if !self.read.contains_key(&at) {
            self.read.insert(at, inventory::stays(&self.files[at], self.folder)?);
        }
        Ok(self.read.get(&at).map_or(&[], Vec::as_slice))
    }
}
