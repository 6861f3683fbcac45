//! The encounter that was asked for, where case or spaces around its id differ; and what to say where there is none.

use crate::error::Error;
use crate::run::{RunManifest, each_row};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The id of a run that equals `asked` but for case and surrounding spaces.
///
/// # Errors
/// No such id, or several of them: with how many encounters the run holds and the form of their ids, and none of the ids.
pub(super) fn find_encounter(run: &Path, asked: &str) -> Result<String, Error> {
    let plain = |id: &str| id.trim().to_lowercase();
    let wanted = plain(asked);
    let mut alike = BTreeSet::new();
    let mut form = Form::default();
    each_row(run, "encounters.parquet", &["encounter_id"], |row| {
        let id = row.text(0);
        form.add(id);
        if id.trim().len() == wanted.len() && plain(id) == wanted {
            alike.insert(id.to_owned());
        }
        Ok(())
    })?;
    match alike.len() {
        0 => {
            let encounters = RunManifest::read(run)?.totals.encounters;
            let form = form.describe();
            Err(Error::NoEncounter(format!(
                "it holds {encounters} encounters{form}; check the id against encounters.parquet"
            )))
        }
        1 => alike.pop_first().ok_or_else(|| Error::NoEncounter("check the id".to_owned())),
        several => Err(Error::NoEncounter(format!(
            "{several} ids differ from it by case or spaces alone; give the id as encounters.parquet has it"
        ))),
    }
}

/// A run of letters of an id of one class, with how many they are.
type Stretch = (Class, usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Letter,
    Digit,
    Sign(char),
}

/// Forms of ids that are told apart.
const FORMS: usize = 64;

/// Stretches of the longest form that is spelled out.
const LONGEST_FORM: usize = 6;

/// The form of ids, in general terms.
#[derive(Debug, Default)]
struct Form {
    /// Ids by their form, of the first forms.
    forms: BTreeMap<Vec<Stretch>, usize>,
    ids: usize,
    /// Characters of the shortest and of the longest id.
    lengths: Option<(usize, usize)>,
}

impl Form {
    fn add(&mut self, id: &str) {
        let length = id.chars().count();
        self.ids += 1;
        self.lengths = match self.lengths {
            None => Some((length, length)),
            Some((shortest, longest)) => Some((shortest.min(length), longest.max(length))),
        };
        let form = stretches(id);
        if self.forms.len() < FORMS || self.forms.contains_key(&form) {
            *self.forms.entry(form).or_default() += 1;
        }
    }

    /// Such as `, whose ids have 1 letter, then 9 digits`; empty where there are no ids.
    fn describe(&self) -> String {
        let Some((shortest, longest)) = self.lengths else { return String::new() };
        let usual = self.forms.iter().max_by_key(|(_, count)| **count);
        let spelled = usual.filter(|(form, count)| **count * 2 > self.ids && form.len() <= LONGEST_FORM);
        match spelled {
            Some((form, count)) => {
                let shown: Vec<String> = form.iter().map(shown).collect();
                let most = if *count == self.ids { "" } else { "most of " };
                format!(", {most}whose ids have {}", shown.join(", then "))
            }
            None if shortest == longest => format!(", whose ids have {longest} characters"),
            None => format!(", whose ids have {shortest} to {longest} characters"),
        }
    }
}

fn shown((class, count): &Stretch) -> String {
    let plural = if *count == 1 { "" } else { "s" };
    match class {
        Class::Letter => format!("{count} letter{plural}"),
        Class::Digit => format!("{count} digit{plural}"),
        Class::Sign(sign) => format!("`{sign}`"),
    }
}

fn stretches(id: &str) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for letter in id.chars() {
        let class = match letter {
            _ if letter.is_ascii_digit() => Class::Digit,
            _ if letter.is_alphanumeric() => Class::Letter,
            _ => Class::Sign(letter),
        };
        match all.last_mut() {
            Some((last, count)) if *last == class => *count += 1,
            _ => all.push((class, 1)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(ids: &[&str]) -> String {
        let mut form = Form::default();
        ids.iter().for_each(|id| form.add(id));
        form.describe()
    }

    #[test]
    fn the_form_of_ids_is_told_without_an_id() {
        assert_eq!(form(&["E000000113", "E000000114"]), ", whose ids have 1 letter, then 9 digits");
        assert_eq!(form(&["12-7", "13-8"]), ", whose ids have 2 digits, then `-`, then 1 digit");
        assert_eq!(form(&["a1b2c3d4", "00112233"]), ", whose ids have 8 characters");
        assert_eq!(form(&["E01", "E02", "E02B"]), ", most of whose ids have 1 letter, then 2 digits");
        assert_eq!(form(&["1", "22"]), ", whose ids have 1 to 2 characters");
        assert_eq!(form(&[]), "");
    }
}
