//! How things are spelled in the cells of the result tables.

use super::joined::Joined;
use super::words::{Numbered, Word, Words};
use crate::coding::{Coded, CodedLine, Reason};
use crate::model::{Date, Encounter, Indexes, Minutes, Modifiers};
use std::fmt::Write as _;

/// Appends modifiers as `59,JW`.
pub(super) fn modifiers(text: &mut String, modifiers: Modifiers) {
    for (at, modifier) in modifiers.iter().enumerate() {
        text.push_str(if at > 0 { "," } else { "" });
        text.push_str(modifier.as_str());
    }
}

/// Appends a month as `2026-03`.
pub(super) fn month(text: &mut String, date: Date) {
    let (year, month) = date.year_and_month();
    let _ = write!(text, "{year:04}-{month:02}");
}

/// Appends what was charted in capitals, without what surrounds it.
pub(super) fn upper_case(text: &mut String, charted: Option<&str>) {
    let (start, charted) = (text.len(), charted.unwrap_or_default().trim());
    if charted.is_ascii() {
        text.push_str(charted);
        text.get_mut(start..).unwrap_or_default().make_ascii_uppercase();
    } else {
        text.extend(charted.chars().flat_map(char::to_uppercase));
    }
}

/// The name of an access site.
pub(super) fn site(coded: &Coded, site: Option<u16>) -> Option<&str> {
    site.and_then(|site| coded.sites.get(usize::from(site))).map(AsRef::as_ref)
}

/// The names of one encounter's access sites as words of a column, each looked up once.
#[derive(Default)]
pub(super) struct SiteWords(Vec<Option<Word>>);

impl SiteWords {
    /// Begins another encounter.
    pub(super) fn begin(&mut self, coded: &Coded) {
        self.0.clear();
        self.0.resize(coded.sites.len(), None);
    }

    /// The word of a site that has a name.
    #[inline]
    pub(super) fn find(&mut self, coded: &Coded, of: Option<u16>, column: &mut Words) -> Option<Word> {
        let name = site(coded, of)?;
        let known = self.0.get_mut(usize::from(of?))?;
        Some(*known.get_or_insert_with(|| column.find(name)))
    }
}

/// Sorts charted rows by their ids; each stands once.
pub(super) fn sort_by_id(encounter: &Encounter<'_>, rows: &mut Indexes) {
    let id = |row: u32| encounter.administrations.get(row as usize).map_or("", |row| row.administration_id);
    rows.sort_by_key(|&row| (id(row), row));
    rows.dedup();
}

/// Where a text of the program lies and how long it is, as a number: no two texts lie further apart than a length leaves room
/// for.
fn place(text: &'static str) -> u64 {
    text.as_ptr() as u64 ^ (text.len() as u64) << 48
}

/// What one reason is found by: where its two texts lie, and its minutes.
type ReasonNumber = (u64, u64, u64, bool);

fn number_of(reason: Reason) -> ReasonNumber {
    let minutes = reason.minutes.map_or(0, Minutes::cast_unsigned);
    (place(reason.step), place(reason.about), minutes, reason.minutes.is_some())
}

/// Nothing, in the place of a number of a text.
const NOTHING: u64 = 0;

/// Reasons of up to two lines, and why there is no administration line, as words of a column.
#[derive(Default)]
pub(super) struct Reasons(Numbered<(ReasonNumber, ReasonNumber, u64)>);

impl Reasons {
    /// The word of the reasons of some lines and of a reason for which nothing was earned; none where they are too many to
    /// be found by number.
    #[inline]
    pub(super) fn find<'l>(
        &mut self,
        lines: impl Iterator<Item = &'l CodedLine> + Clone,
        nothing: Option<&'static str>,
        column: &mut Words,
    ) -> Option<Word> {
        let none = (NOTHING, NOTHING, 0, false);
        let (one, other) = up_to_two(lines.clone().map(|line| number_of(line.reason)), none)?;
        let key = (one, other, nothing.map_or(NOTHING, place));
        Some(self.0.find(key, column, |text| spell_reasons(lines, nothing, text)))
    }
}

/// Appends the reasons of lines, each once, and why nothing was earned.
pub(super) fn spell_reasons<'l>(
    lines: impl Iterator<Item = &'l CodedLine>,
    nothing: Option<&'static str>,
    text: &mut String,
) {
    let mut reasons = Joined::new(text, "; ");
    lines.for_each(|line| reasons.push_new(line.reason));
    if let Some(reason) = nothing {
        reasons.push("no administration line: ");
        reasons.extend(reason);
    }
}

/// The codes of up to two lines as words of a column.
#[derive(Default)]
pub(super) struct LineCodes(Numbered<((u64, u64), (u64, u64))>);

impl LineCodes {
    /// The word of the codes of some lines; none where they are too many to be found by number.
    #[inline]
    pub(super) fn find<'l>(
        &mut self,
        lines: impl Iterator<Item = &'l CodedLine> + Clone,
        column: &mut Words,
    ) -> Option<Word> {
        let number = |line: &CodedLine| (line.code.number(), line.modifiers.number());
        let numbers = up_to_two(lines.clone().map(number), (0, 0))?;
        Some(self.0.find(numbers, column, |text| spell_codes(lines, text)))
    }
}

/// Appends the codes of lines, each once.
pub(super) fn spell_codes<'l>(lines: impl Iterator<Item = &'l CodedLine>, text: &mut String) {
    let mut codes = Joined::new(text, ";");
    lines.for_each(|line| codes.push_new(line));
}

/// The items, if there are no more than two; `nothing` in the place of those that are not there.
#[inline]
fn up_to_two<T: Copy>(mut items: impl Iterator<Item = T>, nothing: T) -> Option<(T, T)> {
    let two = (items.next().unwrap_or(nothing), items.next().unwrap_or(nothing));
    items.next().is_none().then_some(two)
}
