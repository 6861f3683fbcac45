//! Something for each distinct text of a column, found row by row.

use super::Row;
use arrow::array::{Array, ArrayRef};
use rustc_hash::FxHashMap;

/// Not looked up yet.
const UNKNOWN: u32 = u32::MAX;

/// Values by text. Every row of a run asks, so a text that the column holds as a key of a dictionary is looked up once for
/// each dictionary. One of these serves one column.
#[derive(Debug)]
pub struct Keyed<T> {
    places: FxHashMap<String, usize>,
    entries: Vec<(String, T)>,
    /// The dictionary of the rows seen last, and the place of each of its texts.
    seen: Option<(ArrayRef, Vec<u32>)>,
}

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self { places: FxHashMap::default(), entries: Vec::new(), seen: None }
    }
}

impl<T: Default> Keyed<T> {
    /// The place of a text, which it keeps; a new one begins with the default.
    pub fn place_of(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.entries.len();
        self.places.insert(text.to_owned(), place);
        self.entries.push((text.to_owned(), T::default()));
        place
    }

    /// The place of the text of a row; of empty text where it has none.
    pub fn place(&mut self, row: Row<'_>, column: usize) -> usize {
        let Some((texts, key)) = row.word(column) else { return self.place_of(row.text(column)) };
        if !self.seen.as_ref().is_some_and(|(of, _)| std::ptr::addr_eq(of.as_ref(), texts.as_ref())) {
            self.seen = Some((texts.clone(), vec![UNKNOWN; texts.len()]));
        }
        if let Some((_, known)) = &self.seen
            && let Some(&place) = known.get(key)
            && place != UNKNOWN
        {
            return place as usize;
        }
        let place = self.place_of(row.text(column));
        if let Some(known) = self.seen.as_mut().and_then(|(_, known)| known.get_mut(key)) {
            *known = place as u32;
        }
        place
    }

    /// What belongs to the text of a row.
    pub fn of(&mut self, row: Row<'_>, column: usize) -> &mut T {
        let place = self.place(row, column);
        &mut self.entries[place].1
    }

    /// What stands at a place.
    pub fn at(&mut self, place: usize) -> &mut T {
        &mut self.entries[place].1
    }

    /// Every text with what belongs to it, in the order of the texts.
    #[must_use]
    pub fn sorted(self) -> Vec<(String, T)> {
        let mut entries = self.entries;
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries
    }

    /// Every text with what belongs to it, by place.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(text, of)| (text.as_str(), of))
    }
}
