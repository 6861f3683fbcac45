//! Words of closed lists: compared without case, surrounding space and punctuation, with everyday words for them.

use crate::model::Method;
use std::collections::BTreeMap;

/// Meaning of a word of a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Place of the term in its list.
    pub term: u8,
    /// Method that a word of a route says too, such as `IV push`.
    pub method: Option<Method>,
}

/// A word as it is compared: lower case, without periods and apostrophes, every run of other characters than letters and
/// digits as one space.
#[must_use]
pub(crate) fn compared(word: &str) -> String {
    let plain: String = word.chars().filter(|letter| !matches!(letter, '.' | '\'' | '’')).collect();
    let parts = plain.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The words of a list in their compared form: its terms, the synonyms of these, and words that say a method too.
pub(super) fn table(
    terms: &[String],
    synonyms: &BTreeMap<String, String>,
    with_method: &BTreeMap<String, [String; 2]>,
) -> Vec<(String, Word)> {
    let place = |term: &str| terms.iter().position(|of| of == term).and_then(|at| u8::try_from(at).ok());
    let own = terms.iter().filter_map(|term| Some((compared(term), Word { term: place(term)?, method: None })));
    let others =
        synonyms.iter().filter_map(|(word, term)| Some((compared(word), Word { term: place(term)?, method: None })));
    let both = with_method.iter().filter_map(|(word, [term, method])| {
        Some((compared(word), Word { term: place(term)?, method: method.parse().ok() }))
    });
    let mut words: Vec<(String, Word)> = own.chain(others).chain(both).collect();
    words.sort_by(|(one, _), (other, _)| one.cmp(other));
    words.dedup_by(|(one, _), (other, _)| one == other);
    words
}

/// Methods that a route's word can say, in the order of their marks.
const SAID: [Method; 2] = [Method::Push, Method::Infusion];

/// Byte of a term, or of a term with the method that its word says too: these lie above all terms of the list, a run of
/// the list's length for each method.
pub(super) fn slot(terms: &[String], words: &[(String, Word)], value: &str) -> Result<[u8; 1], &'static str> {
    if let Some(at) = terms.iter().position(|term| term == value) {
        return Ok([at as u8]);
    }
    let wanted = compared(value);
    let at = words.binary_search_by(|(word, _)| word.as_str().cmp(&wanted)).map_err(|_| "unknown-enum")?;
    let word = words[at].1;
    let run = word.method.and_then(|method| SAID.iter().position(|of| *of == method)).map_or(0, |at| at + 1);
    u8::try_from(run * terms.len() + usize::from(word.term)).map(|slot| [slot]).map_err(|_| "unknown-enum")
}

/// Takes the methods that words said out of the slots of a list of `terms` words. Out: the method of each row whose word
/// said one; nothing where none did.
pub(super) fn take_methods(slots: &mut [[u8; 1]], terms: usize, absent: u8) -> Vec<(usize, Method)> {
    let mut said = Vec::new();
    let within = |slot: u8| usize::from(slot) < terms || slot == absent;
    // One look at all together: hardly any feed has such words.
    if slots.iter().fold(true, |all, [slot]| all & within(*slot)) {
        return said;
    }
    for (row, [slot]) in slots.iter_mut().enumerate() {
        let value = usize::from(*slot);
        if within(*slot) || terms == 0 {
            continue;
        }
        if let Some(method) = SAID.get(value / terms - 1) {
            said.push((row, *method));
        }
        *slot = (value % terms) as u8;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    fn slot_of(table: Table, column: &str, value: &str) -> Result<u8, &'static str> {
        let column = table.contract().columns.iter().find(|one| one.name == column).unwrap();
        let crate::schema::Kind::Term(terms) = &column.kind else { panic!("{column:?}") };
        slot(terms, &column.words, value).map(|[slot]| slot)
    }

    #[test]
    fn words_compare_without_case_and_everyday_words_are_known() {
        for word in ["medicare", "Medicare", " MEDICARE ", "Medicare FFS", "medicare-ffs", "Medicare Part B"] {
            assert_eq!(slot_of(Table::Claims, "payer_type", word), Ok(0), "{word}");
        }
        for word in ["IV", "iv", "I.V.", "Intravenous"] {
            assert_eq!(slot_of(Table::Flowsheets, "route", word), Ok(0), "{word}");
        }
        for (word, term) in [("SubQ", 2), ("SUB-Q", 2), ("Intramuscular", 1), ("by mouth", 8)] {
            assert_eq!(slot_of(Table::Flowsheets, "route", word), Ok(term), "{word}");
        }
        assert_eq!(slot_of(Table::Flowsheets, "purchased_340b", "Y"), Ok(0));
        // HMO alone may be of any payer.
        assert_eq!(slot_of(Table::Claims, "payer_type", "HMO"), Err("unknown-enum"));
    }

    #[test]
    fn a_route_can_say_the_method() {
        let mut slots =
            ["IV Push", "IVPB", "IM", "IV"].map(|word| [slot_of(Table::Flowsheets, "route", word).unwrap()]);
        let said = take_methods(&mut slots, 12, u8::MAX);
        assert_eq!(said, [(0, Method::Push), (1, Method::Infusion)]);
        assert_eq!(slots, [[0], [0], [1], [0]]);
    }
}
