//! How things are spelled in the cells of the result tables.

use super::joined::Joined;
use super::words::{Numbered, Word, Words};
use crate::coding::{Coded, CodedLine};
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

/// Where a text of the program lies: what lies at one place is one text.
type Place = (usize, usize);

fn place(text: &'static str) -> Place {
    (text.as_ptr() as usize, text.len())
}

/// What one reason is found by: where its two texts lie, and its minutes.
type ReasonNumber = (Place, Place, Option<Minutes>);

/// Reasons of up to two lines, and why there is no administration line, as words of a column.
#[derive(Default)]
pub(super) struct Reasons(Numbered<([Option<ReasonNumber>; 2], Option<Place>)>);

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
        let number = |line: &CodedLine| (place(line.reason.step), place(line.reason.about), line.reason.minutes);
        let numbers = up_to_two(lines.clone().map(number))?;
        Some(self.0.find((numbers, nothing.map(place)), column, |text| spell_reasons(lines, nothing, text)))
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
pub(super) struct LineCodes(Numbered<[Option<(u64, u64)>; 2]>);

impl LineCodes {
    /// The word of the codes of some lines; none where they are too many to be found by number.
    #[inline]
    pub(super) fn find<'l>(
        &mut self,
        lines: impl Iterator<Item = &'l CodedLine> + Clone,
        column: &mut Words,
    ) -> Option<Word> {
        let numbers = up_to_two(lines.clone().map(|line| (line.code.number(), line.modifiers.number())))?;
        Some(self.0.find(numbers, column, |text| spell_codes(lines, text)))
    }
}

/// Appends the codes of lines, each once.
pub(super) fn spell_codes<'l>(lines: impl Iterator<Item = &'l CodedLine>, text: &mut String) {
    let mut codes = Joined::new(text, ";");
    lines.for_each(|line| codes.push_new(line));
}

/// The items, if there are no more than two.
#[inline]
fn up_to_two<T>(mut items: impl Iterator<Item = T>) -> Option<[Option<T>; 2]> {
    let two = [items.next(), items.next()];
    items.next().is_none().then_some(two)
}
