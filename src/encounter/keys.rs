//! Checks encounters of whose rows only what tells them apart is kept.

use super::build::{refusal, set_aside};
use super::{BucketRows, EncounterRows, SetAside};
use crate::schema::Table;
use crate::stored_row::{LineKey, StoredRow};

/// Checks the encounters of a bucket, one after the other, as [`super::Builder::check`] does.
#[derive(Debug)]
pub struct KeyCheck<'b> {
    rows: &'b BucketRows<'b>,
    encounters_given: bool,
    /// The claim lines of the encounter in hand.
    keys: Vec<LineKey<'b>>,
}

impl<'b> KeyCheck<'b> {
    /// `encounters_given`: the run has an encounters table, so every encounter must stand in it.
    #[must_use]
    pub fn new(rows: &'b BucketRows<'b>, encounters_given: bool) -> Self {
        Self { rows, encounters_given, keys: Vec::new() }
    }

    /// Checks the rows of one encounter, and sets aside those that cannot be audited. Out: whether that is all there is to
    /// say; it is not where rows have the same key, for which of them stays is told by everything they hold.
    pub fn check(&mut self, rows: &EncounterRows, aside: &mut Vec<SetAside>) -> bool {
        if let Some(reason) = refusal(rows, self.encounters_given) {
            for table in Table::ALL {
                set_aside(table, self.rows.rows(table, rows), "encounter_id", reason, aside);
            }
            return true;
        }
        rows.counts()[Table::Encounters as usize] < 2 && !self.are_twins_among(rows)
    }

    fn are_twins_among(&mut self, rows: &EncounterRows) -> bool {
        self.keys.clear();
        self.keys.extend(self.rows.rows(Table::Claims, rows).map(StoredRow::line_key));
        if self.keys.is_sorted_by(|key, next| key < next) {
            return false;
        }
        self.keys.sort_unstable();
        self.keys.windows(2).any(|keys| keys[0] == keys[1])
    }
}
