//! A column of texts that repeat: every distinct text once, and for each row which one it has.
//!
//! Most cells of the result tables are one of a few words, and many rows of one encounter share theirs. A cell that is found by a
//! number (a word of the program, a code, the minutes of a reason) is never spelled out again.

use super::piece::{NO_WORD, PieceColumn, WordColumn};
use crate::error::Error;
use arrow::array::StringArray;
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, Ordering};

/// The place of a text among the distinct ones of a column; none for a cell without text.
pub(super) type Word = Option<i32>;

/// What the next column is told from others by.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// Words of the program, and other texts, that are found without a hash.
const RECENT: usize = 16;
const NEAR: usize = 128;

/// Where a text lies, and how long it is.
type Place = (usize, usize);

fn place_of(text: &str) -> Place {
    (text.as_ptr() as usize, text.len())
}

/// One column as it is filled.
#[derive(Default)]
pub(super) struct Words {
    keys: Vec<i32>,
    /// The distinct texts, behind one another, and where each ends.
    text: String,
    ends: Vec<i32>,
    by_text: HashTable<i32>,
    /// Words of the program asked for last, by some bits of where they lie: what lies at one place is one text.
    recent: [(Place, i32); RECENT],
    /// Other texts asked for last, by some bits of where they lie; what lies there now may be another text.
    near: Box<[(Place, i32)]>,
}

impl Words {
    /// A column of about so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self { keys: Vec::with_capacity(rows), ends: vec![0], ..Self::default() }
    }

    /// Makes a text the next of the distinct ones, whether or not it is there already.
    pub(super) fn add(&mut self, text: &str) -> Word {
        if text.is_empty() {
            return None;
        }
        self.text.push_str(text);
        self.end_text()
    }

    /// Ends the text that was appended last.
    fn end_text(&mut self) -> Word {
        // What passes two gigabytes is refused when the column is finished.
        self.ends.push(self.text.len() as i32);
        Some(self.ends.len() as i32 - 2)
    }

    /// The word of a text.
    pub(super) fn find(&mut self, text: &str) -> Word {
        self.find_written(|out| out.push_str(text))
    }

    /// The word of the text that `write` appends: it is written where it stays if it is new.
    pub(super) fn find_written(&mut self, write: impl FnOnce(&mut String)) -> Word {
        let start = self.text.len();
        write(&mut self.text);
        let (before, text) = self.text.split_at(start);
        if text.is_empty() {
            return None;
        }
        let hash = |text: &str| FxBuildHasher.hash_one(text);
        let of = |key: &i32| distinct(before, &self.ends, *key);
        let entry = self.by_text.entry(hash(text), |key| of(key) == text, |key| hash(of(key)));
        match entry {
            Entry::Occupied(known) => {
                let key = *known.get();
                self.text.truncate(start);
                Some(key)
            }
            Entry::Vacant(new) => {
                let key = self.ends.len() as i32 - 1;
                new.insert(key);
                self.end_text()
            }
        }
    }

    /// The word of a text that is likely to be asked for again, and to lie in the same place then.
    #[inline]
    fn find_near(&mut self, text: &str) -> Word {
        if self.near.is_empty() {
            self.near = vec![Default::default(); NEAR].into();
        }
        let place = place_of(text);
        let slot = (place.0 >> 3 ^ place.0 >> 10) % NEAR;
        let (near, key) = self.near[slot];
        if near == place && distinct(&self.text, &self.ends, key) == text {
            return Some(key);
        }
        let key = self.find(text)?;
        self.near[slot] = (place, key);
        Some(key)
    }

    /// The word of a text that stays where it is for as long as the process.
    #[inline]
    pub(super) fn find_static(&mut self, text: &'static str) -> Word {
        let place = place_of(text);
        let slot = (place.0 ^ place.0 >> 4) % RECENT;
        let (recent, key) = self.recent[slot];
        // A text that lies nowhere is empty, and none is ever put there.
        if recent == place {
            return Some(key);
        }
        let key = self.find(text)?;
        self.recent[slot] = (place, key);
        Some(key)
    }

    /// Appends a cell.
    #[inline]
    pub(super) fn push(&mut self, word: Word) {
        self.keys.push(word.unwrap_or(NO_WORD));
    }

    /// Appends a text.
    #[inline]
    pub(super) fn push_text(&mut self, text: &str) {
        let word = if text.is_empty() { None } else { self.find_near(text) };
        self.push(word);
    }

    /// Appends a word of the program.
    #[inline]
    pub(super) fn push_static(&mut self, text: &'static str) {
        let word = self.find_static(text);
        self.push(word);
    }

    /// The rows as a column of a piece.
    ///
    /// # Errors
    /// Distinct texts of more than two gigabytes.
    pub(super) fn finish(self) -> Result<PieceColumn, Error> {
        check_length(&self.text)?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        Ok(PieceColumn::Words(WordColumn { serial, keys: self.keys, text: self.text, ends: self.ends }))
    }
}

/// One of the distinct texts.
fn distinct<'t>(text: &'t str, ends: &[i32], key: i32) -> &'t str {
    let ends = ends.get(key as usize..).and_then(<[i32]>::first_chunk::<2>);
    ends.and_then(|[start, end]| text.get(*start as usize..*end as usize)).unwrap_or_default()
}

fn check_length(text: &str) -> Result<(), Error> {
    let long = |_| Error::Table("a bucket's results hold more than two gigabytes of text".to_owned());
    i32::try_from(text.len()).map(drop).map_err(long)
}

/// Texts behind one another as an array.
pub(super) fn texts(
    text: String,
    ends: Vec<i32>,
    nulls: Option<arrow::buffer::NullBuffer>,
) -> Result<StringArray, Error> {
    check_length(&text)?;
    let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
    Ok(StringArray::try_new(ends, Buffer::from_vec(text.into_bytes()), nulls)?)
}

/// Words by a number or a few that stand for one text, beside the column that holds them.
pub(super) struct Numbered<K> {
    words: FxHashMap<K, Word>,
    last: Option<(K, Word)>,
}

impl<K> Default for Numbered<K> {
    fn default() -> Self {
        Self { words: FxHashMap::default(), last: None }
    }
}

impl<K: Hash + Eq + Copy> Numbered<K> {
    /// The word of a number; `spell` writes its text where it is not known yet.
    #[inline]
    pub(super) fn find(&mut self, number: K, column: &mut Words, spell: impl FnOnce(&mut String)) -> Word {
        if let Some((last, word)) = self.last
            && last == number
        {
            return word;
        }
        let word = match self.words.get(&number) {
            Some(word) => *word,
            None => {
                let word = column.find_written(spell);
                self.words.insert(number, word);
                word
            }
        };
        self.last = Some((number, word));
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray;

    #[test]
    fn every_text_stands_once_however_it_is_found() {
        let mut column = Words::new(4);
        let mut codes = Numbered::default();
        for (number, text) in [(1, "one"), (2, "two"), (1, "one"), (3, "")] {
            let word = codes.find(number, &mut column, |out| out.push_str(text));
            column.push(word);
        }
        column.push_static("two");
        column.push_text(&format!("o{}", "ne"));
        column.push_static("");
        let PieceColumn::Words(column) = column.finish().unwrap() else { panic!("words") };
        let texts: Vec<&str> =
            column.keys.iter().map(|key| usize::try_from(*key).map_or("", |key| column.distinct(key))).collect();
        assert_eq!(texts, ["one", "two", "one", "", "two", "one", ""]);
        assert_eq!(column.ends.len(), 3);
        let array = column.array(1..4);
        assert_eq!(array.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("two"), Some("one"), None]);
    }
}
