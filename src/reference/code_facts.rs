//! What the built-in tables together say about one code, so that a billed line is looked up once.

use super::national_edits::{BySetting, NationalEdits, at};
use super::{AdministrationCode, CodeDates, CodeRole, Drug, OppsStatus, ReferenceError, UnitLimit};
use crate::model::{HcpcsCode, Setting};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// A set of those codes on which others rest: the first codes of national pairs, and the parents of add-ons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodeSet(u64);

/// Codes that a [`CodeSet`] tells apart.
const MOST_CODES: usize = u64::BITS as usize;

impl CodeSet {
    pub const EMPTY: CodeSet = CodeSet(0);

    /// Both together.
    #[must_use]
    pub const fn join(self, other: CodeSet) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a code is in both.
    #[must_use]
    pub const fn meets(self, other: CodeSet) -> bool {
        self.0 & other.0 != 0
    }
}

/// What the built-in tables say about one code. Imported files may say otherwise on limits, pairs, dates and payment
/// status: see [`super::Reference::is_built_in_alone`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeFacts {
    /// `None` for a code that is not among the administration codes.
    pub role: Option<CodeRole>,
    /// Chemotherapy and other highly complex administration.
    pub chemo: bool,
    /// Whether the code needs one of `parents` on the claim.
    pub add_on: bool,
    /// Whether the drug table knows the code.
    pub drug: bool,
    /// A flush.
    pub flush: bool,
    /// Every vial on the market is multi-dose.
    pub multi_dose_only: bool,
    /// A hospital is paid for the drug with the service.
    pub packaged: bool,
    /// The code itself, where others rest on it.
    pub own: CodeSet,
    pub parents: CodeSet,
    pub dates: Option<CodeDates>,
    firsts: [CodeSet; 2],
    limits: BySetting<UnitLimit>,
}

/// What is known about a code of which no built-in table knows.
static UNKNOWN: CodeFacts = CodeFacts {
    role: None,
    chemo: false,
    add_on: false,
    drug: false,
    flush: false,
    multi_dose_only: false,
    packaged: false,
    own: CodeSet::EMPTY,
    parents: CodeSet::EMPTY,
    dates: None,
    firsts: [CodeSet::EMPTY; 2],
    limits: [None; 2],
};

impl CodeFacts {
    /// Those of a code that no built-in table knows.
    pub(super) fn unknown() -> &'static Self {
        &UNKNOWN
    }

    /// The codes beside which this one is not paid.
    #[must_use]
    pub fn firsts(&self, setting: Setting) -> CodeSet {
        self.firsts[at(setting)]
    }

    /// The most units that are paid.
    #[must_use]
    pub fn limit(&self, setting: Setting) -> Option<UnitLimit> {
        self.limits[at(setting)]
    }
}

/// The facts of every code that a built-in table knows.
pub(super) fn gather(
    drugs: &FxHashMap<HcpcsCode, Drug>,
    administration_codes: &FxHashMap<HcpcsCode, AdministrationCode>,
    dates: &FxHashMap<HcpcsCode, CodeDates>,
    edits: &NationalEdits,
) -> Result<FxHashMap<HcpcsCode, CodeFacts>, ReferenceError> {
    let pairs = edits.firsts_by_second();
    let parents = administration_codes.values().flat_map(|known| &known.parents).copied();
    let firsts = pairs.values().flatten().map(|(first, _)| *first);
    let bases: BTreeSet<HcpcsCode> = parents.chain(firsts).collect();
    if bases.len() > MOST_CODES {
        let problem = format!("{} codes on which others rest are more than {MOST_CODES}", bases.len());
        return Err(ReferenceError { table: "ncci_pairs", line: 0, problem });
    }
    let own: BTreeMap<HcpcsCode, CodeSet> =
        bases.into_iter().enumerate().map(|(place, code)| (code, CodeSet(1 << place))).collect();
    let set_of = |codes: &mut dyn Iterator<Item = HcpcsCode>| {
        codes.filter_map(|code| own.get(&code)).fold(CodeSet::EMPTY, |all, one| all.join(*one))
    };
    let all: BTreeSet<HcpcsCode> = drugs
        .keys()
        .chain(administration_codes.keys())
        .chain(dates.keys())
        .copied()
        .chain(edits.limited())
        .chain(own.keys().copied())
        .chain(pairs.keys().copied())
        .collect();
    let facts = all.into_iter().map(|code| {
        let (drug, known) = (drugs.get(&code), administration_codes.get(&code));
        let firsts = pairs.get(&code).map_or(&[][..], Vec::as_slice);
        let firsts_in = |setting: Setting| {
            set_of(&mut firsts.iter().filter(|(_, both)| both[at(setting)].is_some()).map(|(first, _)| *first))
        };
        let mut by_setting = [CodeSet::EMPTY; 2];
        for setting in [Setting::Professional, Setting::Facility] {
            by_setting[at(setting)] = firsts_in(setting);
        }
        let of = CodeFacts {
            role: known.map(|known| known.role),
            chemo: known.is_some_and(|known| known.chemo),
            add_on: known.is_some_and(|known| known.add_on),
            drug: drug.is_some(),
            flush: drug.is_some_and(|drug| drug.flush),
            multi_dose_only: drug.is_some_and(|drug| drug.multi_dose_only),
            packaged: drug.is_some_and(|drug| drug.opps_status == OppsStatus::Packaged),
            own: own.get(&code).copied().unwrap_or_default(),
            parents: set_of(&mut known.iter().flat_map(|known| &known.parents).copied()),
            dates: dates.get(&code).copied(),
            firsts: by_setting,
            limits: edits.limits(code),
        };
        (code, of)
    });
    Ok(facts.collect())
}

#[cfg(test)]
mod tests {
    use super::super::{CodePair, Reference};
    use super::*;
    use crate::model::Date;

    #[test]
    fn facts_say_what_the_tables_say() {
        let reference = Reference::built_in().unwrap();
        let day = Date::from_ymd(2026, 1, 15).unwrap();
        let codes: BTreeSet<HcpcsCode> = reference.code_facts.keys().copied().collect();
        for &code in &codes {
            let facts = reference.facts(code);
            let (drug, known) = (reference.drug(code), reference.administration(code));
            assert_eq!((facts.drug, facts.role), (drug.is_some(), known.map(|known| known.role)), "{code}");
            assert_eq!(facts.add_on, known.is_some_and(|known| known.add_on), "{code}");
            for setting in [Setting::Professional, Setting::Facility] {
                assert_eq!(facts.limit(setting), reference.unit_limit(setting, code, day), "{code}");
                for &first in &codes {
                    let pair: Option<CodePair> = reference.code_pair(setting, first, code, day);
                    let own = reference.facts(first).own;
                    assert_eq!(facts.firsts(setting).meets(own), pair.is_some(), "{first} {code}");
                }
            }
            for &parent in &codes {
                let own = reference.facts(parent).own;
                let is_parent = known.is_some_and(|known| known.parents.contains(&parent));
                assert_eq!(facts.parents.meets(own), is_parent, "{parent} {code}");
            }
        }
    }
}
