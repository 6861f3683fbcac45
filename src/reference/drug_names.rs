//! From a charted drug name to its code, where the name leaves no choice.

use super::ReferenceError;
use super::drugs::Drug;
use super::national_edits::{parse, rows};
use crate::model::HcpcsCode;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameMatch {
    /// One code and no other.
    One(HcpcsCode),
    /// Several codes: products of one substance, or a reference product and its biosimilars.
    Several(Vec<HcpcsCode>),
    /// Not a name of the table, but so like one that a person should look.
    Resembles(HcpcsCode),
    Unknown,
}

/// Normalised names with the codes that they may stand for.
#[derive(Debug, Default)]
pub(super) struct DrugNames {
    names: BTreeMap<String, Vec<HcpcsCode>>,
    /// Charted names already looked up: a chart repeats a few hundred of them, and a likeness is dear.
    seen: RwLock<FxHashMap<String, NameMatch>>,
}

/// Charted names that are remembered at most, so that free text cannot fill the memory.
const REMEMBERED: usize = 50_000;

/// Words of a charted name that say nothing about which drug it is.
const NOISE: [&str; 33] = [
    "inj",
    "injection",
    "injectable",
    "iv",
    "ivpb",
    "ivp",
    "im",
    "sc",
    "subq",
    "infusion",
    "soln",
    "solution",
    "vial",
    "vials",
    "premix",
    "premixed",
    "bag",
    "in",
    "ns",
    "d5w",
    "mg",
    "g",
    "gm",
    "mcg",
    "ml",
    "units",
    "unit",
    "iu",
    "meq",
    "nos",
    "per",
    "powder",
    "for",
];

/// Letters by which a name may differ and still be worth a second look.
const RESEMBLES: usize = 2;

#[derive(serde::Deserialize)]
struct Row {
    name: String,
    hcpcs: String,
}

impl DrugNames {
    pub(super) fn read(text: &str, drugs: &FxHashMap<HcpcsCode, Drug>) -> Result<Self, ReferenceError> {
        let mut all = Self::default();
        for row in rows::<Row>("drug_names", text) {
            let (line, row) = row?;
            let code = parse(&row.hcpcs).map_err(|problem| ReferenceError { table: "drug_names", line, problem })?;
            all.add(&row.name, code);
        }
        let mut known: Vec<&Drug> = drugs.values().filter(|drug| !drug.unclassified).collect();
        known.sort_by_key(|drug| drug.code);
        for drug in known {
            // A code of earlier years keeps its substance's name to itself by its dates, not by its name.
            let name = drug.name.replace("(old)", "");
            all.add(&name, drug.code);
            // Brands stand in brackets; a slash outside them joins substances, neither of which is the drug.
            let (substance, brands) = name.split_once('(').unwrap_or((&name, ""));
            let brands = brands.trim_end().trim_end_matches(')').split('/').map(str::trim);
            for part in brands.chain([substance.trim()]).filter(|part| part.len() > 4) {
                all.add(part, drug.code);
            }
            if let Some(base) = biosimilar_base(&name) {
                all.add(base, drug.code);
            }
            if let Some((base, _)) = name.split_once(" excl.") {
                all.add(base, drug.code);
            }
        }
        Ok(all)
    }

    fn add(&mut self, name: &str, code: HcpcsCode) {
        for name in [exact(name), normal(name)] {
            let codes = self.names.entry(name).or_default();
            if !codes.contains(&code) {
                codes.push(code);
                codes.sort_unstable();
            }
        }
    }

    /// The codes of a charted name.
    pub(super) fn find(&self, charted: &str) -> NameMatch {
        if let Some(known) = self.seen.read().unwrap_or_else(PoisonError::into_inner).get(charted) {
            return known.clone();
        }
        let found = self.look_up(charted);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < REMEMBERED {
            seen.insert(charted.to_owned(), found.clone());
        }
        found
    }

    fn look_up(&self, charted: &str) -> NameMatch {
        let known = self.names.get(&exact(charted)).or_else(|| self.names.get(&normal(charted)));
        if let Some(codes) = known {
            return match codes.as_slice() {
                [one] => NameMatch::One(*one),
                codes => NameMatch::Several(codes.to_vec()),
            };
        }
        let wanted = normal(charted);
        if wanted.len() < 7 {
            return NameMatch::Unknown;
        }
        let like = self.names.iter().filter(|(name, _)| name.len().abs_diff(wanted.len()) <= RESEMBLES);
        let nearest = like.map(|(name, codes)| (strsim::damerau_levenshtein(name, &wanted), codes));
        match nearest.min_by_key(|(distance, _)| *distance) {
            Some((distance, codes)) if distance <= RESEMBLES => {
                codes.first().map_or(NameMatch::Unknown, |code| NameMatch::Resembles(*code))
            }
            _ => NameMatch::Unknown,
        }
    }
}

/// `infliximab-dyyb` without its four-letter suffix.
fn biosimilar_base(name: &str) -> Option<&str> {
    let (base, suffix) = name.split_whitespace().next()?.rsplit_once('-')?;
    (suffix.len() == 4 && suffix.chars().all(|letter| letter.is_ascii_lowercase())).then_some(base)
}

fn exact(name: &str) -> String {
    let words = name.to_lowercase();
    words.split(|letter: char| letter.is_whitespace() || "(),;".contains(letter)).filter(|word| !word.is_empty()).fold(
        String::new(),
        |mut all, word| {
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(word);
            all
        },
    )
}

/// Without strengths, forms and routes.
fn normal(name: &str) -> String {
    let exact = exact(name);
    let mut words: Vec<&str> = exact
        .split(' ')
        .map(|word| word.trim_matches(|letter: char| ".,".contains(letter)))
        .filter(|word| !NOISE.contains(word) && !word.starts_with(|letter: char| letter.is_ascii_digit()))
        .filter(|word| !word.is_empty() && !["mg/ml", "%", "mg/m2", "mcg/ml"].contains(word))
        .collect();
    if words.is_empty() {
        words = exact.split(' ').collect();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use crate::model::HcpcsCode;
    use crate::reference::{NameMatch, Reference};

    #[test]
    fn a_name_gives_a_code_only_where_it_leaves_no_choice() {
        let reference = Reference::built_in().unwrap();
        let one = |code| NameMatch::One(HcpcsCode::new(code));
        assert_eq!(reference.drug_named("Remicade"), one("J1745"));
        assert_eq!(reference.drug_named("CEFTRIAXONE 1 g IVPB"), one("J0696"));
        assert_eq!(reference.drug_named("infliximab-dyyb"), one("Q5103"));
        assert_eq!(reference.drug_named("ondansetron injection 4 mg"), one("J2405"));
        // The reference product or one of its biosimilars: the chart does not say which.
        assert!(matches!(reference.drug_named("infliximab"), NameMatch::Several(codes) if codes.len() > 2));
        assert!(matches!(reference.drug_named("immune globulin"), NameMatch::Several(_)));
        assert!(matches!(reference.drug_named("normal saline"), NameMatch::Several(codes) if codes.len() == 3));
        assert!(matches!(reference.drug_named("Lupron Depot"), NameMatch::Several(_)));
        assert_eq!(reference.drug_named("ceftriaxnoe"), NameMatch::Resembles(HcpcsCode::new("J0696")));
        assert_eq!(reference.drug_named("study drug 7"), NameMatch::Unknown);
    }
}
