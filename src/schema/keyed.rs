//! The distinct values of a dictionary, read once for all the rows that have them.

use super::cells::{MOST_TEXT_BYTES, coded};
use super::slots::{self, NO_TERM, Slots};
use super::text::trimmed;
use super::tidy::with_semicolons;
use super::{Cells, Column, Kind, words};
use crate::stored_row::{intern, tail_slot};
use arrow::array::{Array, ArrayRef, AsArray, Int32Array};
use std::sync::Arc;

/// A dictionary with more values than this holds names of single things rather than words that repeat.
const MOST_WORDS: usize = 1_024;

/// Distinct values by their key.
#[derive(Debug)]
struct KeyedValues {
    of: Values,
    /// Why a value cannot be used, where one cannot.
    bad: Vec<(i32, &'static str)>,
}

#[derive(Debug)]
enum Values {
    Terms(Vec<[u8; 1]>),
    /// Modifiers, or numbers of texts that are kept once.
    Twos(Vec<[u8; 2]>),
    Codes(Vec<[u8; 5]>),
    Texts(Arc<KeyedTexts>),
}

/// Texts of which some stand in the rows' tails.
#[derive(Debug, Default)]
pub(crate) struct KeyedTexts {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// What a row's slot holds.
    slots: Vec<[u8; 2]>,
    longest: usize,
    /// Whether some key has no text.
    lack: bool,
}

impl KeyedTexts {
    /// A text; empty where there is none.
    #[inline]
    pub(crate) fn get(&self, key: i32) -> &[u8] {
        let at = key as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }

    #[inline]
    pub(crate) fn slot(&self, key: i32) -> [u8; 2] {
        self.slots[key as usize]
    }

    /// The length of the longest text, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether every key has a text.
    pub(crate) fn are_whole(&self) -> bool {
        !self.lack
    }

    fn push(&mut self, value: &str, slot: [u8; 2]) {
        self.bytes.extend_from_slice(value.as_bytes());
        self.longest = self.longest.max(value.len());
        self.lack |= slot == [0; 2];
        self.ends.push(self.bytes.len() as u32);
        self.slots.push(slot);
    }
}

/// The values of a dictionary seen last, by column: batches of one row group share theirs.
#[derive(Debug, Default)]
pub(crate) struct KeyedCache(Vec<Option<(ArrayRef, Arc<KeyedValues>)>>);

impl KeyedCache {
    /// The cells of a column that came as a dictionary, and which keys cannot be used.
    pub(super) fn cells(
        &mut self,
        (at, column): (usize, &Column),
        keys: &Int32Array,
        dictionary: &ArrayRef,
        mut bad: impl FnMut(usize, &'static str),
    ) -> Cells {
        let values = self.of(at, column, dictionary);
        for (key, reason) in &values.bad {
            for row in (0..keys.len()).filter(|&row| keys.is_valid(row) && keys.value(row) == *key) {
                bad(row, reason);
            }
        }
        let slots = match &values.of {
            Values::Terms(terms) => Slots::One(slots::keyed(keys, terms, [NO_TERM])),
            Values::Twos(twos) => Slots::Two(slots::keyed(keys, twos, [0; 2])),
            Values::Codes(codes) => Slots::Five(slots::keyed(keys, codes, [0; 5])),
            Values::Texts(texts) => return Cells::Keyed { keys: keys.clone(), values: texts.clone() },
        };
        Cells::Slots { slots, wide: Vec::new() }
    }

    fn of(&mut self, at: usize, column: &Column, dictionary: &ArrayRef) -> Arc<KeyedValues> {
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        if let Some((of, values)) = &self.0[at]
            && (Arc::ptr_eq(of, dictionary) || of.to_data().ptr_eq(&dictionary.to_data()))
        {
            return values.clone();
        }
        let values = Arc::new(KeyedValues::new(column, dictionary));
        self.0[at] = Some((dictionary.clone(), values.clone()));
        values
    }
}

impl KeyedValues {
    fn new(column: &Column, dictionary: &ArrayRef) -> Self {
        let mut bad = Vec::new();
        let values = dictionary.as_string::<i32>();
        let values = (0..).zip(values).map(|(key, value)| (key, value.map_or("", trimmed)));
        let of = match &column.kind {
            Kind::Term(terms) => {
                Values::Terms(read(values, [NO_TERM], &mut bad, |value| words::slot(terms, &column.words, value)))
            }
            Kind::Code => Values::Codes(read(values, [0; 5], &mut bad, |value| coded(value, "unparsable-code"))),
            Kind::Modifier => Values::Twos(read(values, [0; 2], &mut bad, |value| coded(value, "unparsable-modifier"))),
            Kind::List if column.splits => {
                let split: Vec<_> = values.map(|(key, value)| (key, with_semicolons(value))).collect();
                let split = split.iter().map(|(key, value)| (*key, value.as_ref()));
                texts(split, dictionary.len() <= MOST_WORDS, &mut bad)
            }
            _ => texts(values, dictionary.len() <= MOST_WORDS && !column.is_unique(), &mut bad),
        };
        Self { of, bad }
    }
}

fn read<'v, const N: usize>(
    values: impl Iterator<Item = (i32, &'v str)>,
    absent: [u8; N],
    bad: &mut Vec<(i32, &'static str)>,
    encode: impl Fn(&str) -> Result<[u8; N], &'static str>,
) -> Vec<[u8; N]> {
    let mut slot = |(key, value): (i32, &str)| {
        if value.is_empty() {
            return absent;
        }
        encode(value).unwrap_or_else(|reason| {
            bad.push((key, reason));
            absent
        })
    };
    values.map(&mut slot).collect()
}

/// Texts; with `repeats`, those for which there is room stand in no row but are kept once.
fn texts<'v>(
    values: impl Iterator<Item = (i32, &'v str)>,
    repeats: bool,
    bad: &mut Vec<(i32, &'static str)>,
) -> Values {
    let (mut texts, mut all_kept) = (KeyedTexts::default(), true);
    for (key, value) in values {
        if value.len() > MOST_TEXT_BYTES {
            bad.push((key, "absurd-text"));
            texts.push("", [0; 2]);
            continue;
        }
        let number = if repeats && !value.is_empty() { intern(value) } else { None };
        all_kept &= value.is_empty() || number.is_some();
        texts.push(value, number.unwrap_or_else(|| tail_slot(value.len())).to_le_bytes());
    }
    if all_kept { Values::Twos(texts.slots) } else { Values::Texts(Arc::new(texts)) }
}
