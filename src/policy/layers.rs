//! Layers of policy and their resolution for one encounter.

use super::feed::FeedLimits;
use super::file::{self, PolicyError};
use super::switch_list::{SWITCHES, Switch};
use super::switches::{Policy, RuleOverride, SwitchValue};
use crate::data_checks::CheckLimits;
use crate::model::{Date, EncounterClass, HcpcsCode, PayerType, SubstanceClass, is_same_name, normal_name};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// For whom and when a layer holds; absent conditions hold always.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Condition {
    pub setting: Option<crate::model::Setting>,
    pub payer_type: Option<PayerType>,
    pub payer: Option<String>,
    pub encounter_class: Option<EncounterClass>,
    pub effective_from: Option<Date>,
    pub effective_to: Option<Date>,
}

/// One switch that a layer sets, and on which line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub key: String,
    pub value: SwitchValue,
    pub line: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Layer {
    /// Where it stands.
    pub file: String,
    pub line: usize,
    pub condition: Condition,
    pub switches: Vec<Setting>,
    pub rules: Vec<(&'static str, RuleOverride, usize)>,
    pub drug_classes: Vec<(HcpcsCode, SubstanceClass, usize)>,
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub key: String,
    pub value: String,
    /// File and line; `None` for a default that no layer touched.
    pub set_by: Option<(String, usize)>,
}

/// One switch as a run used it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SwitchShown {
    pub key: &'static str,
    pub about: &'static str,
    /// Where no layer sets it.
    pub value: String,
    /// What layers make of it, for whom and where they say so.
    pub layers: Vec<String>,
}

/// Values of the switches that count days from the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLimits {
    /// Filing limits, each with how long before it is warned.
    pub filing: Vec<(i64, i64)>,
    /// Days that a claim may take.
    pub grace: Vec<i64>,
}

/// What a policy is looked up by.
#[derive(Debug, Clone, Copy)]
pub struct Profile<'a> {
    pub setting: crate::model::Setting,
    pub payer_type: Option<PayerType>,
    pub payer: Option<&'a str>,
    pub encounter_class: Option<EncounterClass>,
    /// The date of service, never today.
    pub date: Option<Date>,
}

/// Every layer of a run: the built-in ones, then those of the user's files.
#[derive(Debug, Clone)]
pub struct PolicySet {
    layers: Vec<Layer>,
    files: Vec<(String, String)>,
    /// When a night's feed is not believed.
    pub feed: FeedLimits,
    /// Limits beyond which the data of a run are not believed.
    pub checks: CheckLimits,
}

/// The built-in files, in the order in which they are read.
pub(super) const BUILT_IN: [(&str, &str); 4] = [
    ("built-in policy/base.toml", include_str!("../../policy/base.toml")),
    ("built-in policy/medicare_facility.toml", include_str!("../../policy/medicare_facility.toml")),
    ("built-in policy/medicare_professional.toml", include_str!("../../policy/medicare_professional.toml")),
    ("built-in policy/commercial.toml", include_str!("../../policy/commercial.toml")),
];

impl Condition {
    /// Later layers win; a payer's word beats its type's, an encounter class beats them all.
    fn rank(&self) -> u8 {
        if self.encounter_class.is_some() {
            4
        } else if self.payer.is_some() {
            3
        } else if self.payer_type.is_some() {
            2
        } else {
            u8::from(self.setting.is_some())
        }
    }

    fn holds(&self, profile: &Profile<'_>) -> bool {
        self.setting.is_none_or(|setting| setting == profile.setting)
            && self.payer_type.is_none_or(|payer_type| Some(payer_type) == profile.payer_type)
            && self.encounter_class.is_none_or(|class| Some(class) == profile.encounter_class)
            && self.payer.as_deref().is_none_or(|payer| profile.payer.is_some_and(|of| is_same_name(of, payer)))
            && self.effective_from.is_none_or(|from| profile.date.is_some_and(|date| date >= from))
            && self.effective_to.is_none_or(|to| profile.date.is_some_and(|date| date <= to))
    }
}

impl std::fmt::Display for Condition {
    /// `payer ACME, from 2026-01-01`, or `everyone`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            self.payer.as_ref().map(|payer| format!("payer {payer}")),
            self.payer_type.map(|payer_type| format!("payer type {payer_type}")),
            self.setting.map(|setting| setting.to_string()),
            self.encounter_class.map(|class| format!("encounter class {class}")),
            self.effective_from.map(|from| format!("from {from}")),
            self.effective_to.map(|to| format!("to {to}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        out.write_str(&if parts.is_empty() { "everyone".to_owned() } else { parts.join(", ") })
    }
}

impl PolicySet {
    /// The built-in layers alone.
    ///
    /// # Errors
    /// Only if the built-in file were broken, which a test rules out.
    pub fn built_in() -> Result<Self, PolicyError> {
        let mut set =
            Self { layers: Vec::new(), files: Vec::new(), feed: FeedLimits::default(), checks: CheckLimits::default() };
        for (name, text) in BUILT_IN {
            set.add(name, text)?;
        }
        Ok(set)
    }

    /// The built-in layers under those of the files, in the order given.
    ///
    /// # Errors
    /// A file that cannot be read, is not TOML, or holds an unknown key or value: named with the file and its line.
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, PolicyError> {
        let mut set = Self::built_in()?;
        for path in paths {
            let path = path.as_ref();
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|cause| PolicyError::Unreadable { file: name.clone(), cause: cause.to_string() })?;
            set.add(&name, &text)?;
        }
        Ok(set)
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), PolicyError> {
        let parsed = file::parse(name, text)?;
        self.layers.extend(parsed.layers);
        for (key, value) in parsed.feed {
            self.feed.set(&key, value);
        }
        for (key, value) in parsed.checks {
            self.checks.set(&key, value);
        }
        // Stable: files keep their order within a rank.
        self.layers.sort_by_key(|layer| layer.condition.rank());
        self.files.push((name.to_owned(), format!("{:x}", HexDigest(Sha256::digest(text.as_bytes()).into()))));
        Ok(())
    }

    /// Names and SHA-256 digests of the files, the built-in one first.
    #[must_use]
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// SHA-256 over the digests of all files in order: the policy of a run in one string.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut all = Sha256::new();
        for (_, digest) in &self.files {
            all.update(digest.as_bytes());
        }
        format!("{:x}", HexDigest(all.finalize().into()))
    }

    /// Rules that a layer turns off, with for whom and where it says so, in the order of layers.
    #[must_use]
    pub fn turned_off(&self) -> Vec<(&'static str, String)> {
        let mut off = Vec::new();
        for layer in &self.layers {
            for (code, _, line) in layer.rules.iter().filter(|(_, one, _)| one.enabled == Some(false)) {
                off.push((*code, format!("{} ({}, line {line})", layer.condition, layer.file)));
            }
        }
        off
    }

    /// Every switch with what it is unless a layer says otherwise, and what each layer makes of it for whom, in the order
    /// of layers.
    #[must_use]
    pub fn switches(&self) -> Vec<SwitchShown> {
        let default = Policy::default();
        let said = |key: &str| {
            let of = |layer: &Layer| {
                let one = layer.switches.iter().find(|one| one.key == key)?;
                let mut alone = Policy::default();
                // Checked when the file was read.
                let _ = alone.set(key, &one.value);
                let value = alone.shown(key).unwrap_or_default();
                Some(format!("{value} for {} ({}, line {})", layer.condition, layer.file, one.line))
            };
            self.layers.iter().filter_map(of).collect()
        };
        let shown = |switch: &Switch| SwitchShown {
            key: switch.key,
            about: switch.about,
            value: default.shown(switch.key).unwrap_or_default(),
            layers: said(switch.key),
        };
        SWITCHES.iter().map(shown).collect()
    }

    /// Every value that the switches which count days have for anybody.
    #[must_use]
    pub fn day_limits(&self) -> DayLimits {
        let mut all = vec![Policy::default()];
        for one in self.layers.iter().flat_map(|layer| &layer.switches) {
            let mut alone = Policy::default();
            // Checked when the file was read.
            let _ = alone.set(&one.key, &one.value);
            all.push(alone);
        }
        let distinct = |of: fn(&Policy) -> i64| all.iter().map(of).collect::<BTreeSet<i64>>();
        let warnings = distinct(|policy| policy.filing_warning_days);
        let limits = distinct(|policy| policy.filing_limit_days);
        // Layers combine in ways that hang on the encounter, so every limit may meet every warning.
        let filing = limits.iter().flat_map(|limit| warnings.iter().map(|warning| (*limit, *warning))).collect();
        DayLimits { filing, grace: distinct(|policy| policy.unbilled_grace_days).into_iter().collect() }
    }

    /// The built-in files, names and text.
    #[must_use]
    pub fn built_in_files() -> &'static [(&'static str, &'static str)] {
        &BUILT_IN
    }

    /// The payers that layers name, each once, as the first layer writes them.
    #[must_use]
    pub fn payers(&self) -> Vec<&str> {
        let mut named = BTreeMap::new();
        for payer in self.layers.iter().filter_map(|layer| layer.condition.payer.as_deref()) {
            named.entry(normal_name(payer)).or_insert(payer);
        }
        named.into_values().collect()
    }

    /// How many layers there are.
    pub(super) fn layer_count(&self) -> usize {
        self.layers.len()
    }

    /// Which layers hold for a profile, as bits; `None` where there are more layers than bits.
    #[must_use]
    pub fn held(&self, profile: &Profile<'_>) -> Option<u128> {
        if self.layers.len() > 128 {
            return None;
        }
        let holds = self.layers.iter().map(|layer| u128::from(layer.condition.holds(profile)));
        Some(holds.enumerate().fold(0, |held, (at, holds)| held | holds << at))
    }

    /// The switches in force for one profile.
    #[must_use]
    pub fn resolve(&self, profile: &Profile<'_>) -> Policy {
        let mut policy = Policy::default();
        for layer in self.layers.iter().filter(|layer| layer.condition.holds(profile)) {
            for one in &layer.switches {
                // Checked when the file was read.
                let _ = policy.set(&one.key, &one.value);
            }
            policy.rules.extend(layer.rules.iter().map(|(code, one, _)| (*code, *one)));
            policy.drug_classes.extend(layer.drug_classes.iter().map(|(code, class, _)| (*code, *class)));
        }
        policy
    }

    /// Every switch in force for a profile with its value and the layer that set it, then what layers say of rules and
    /// of drug classes.
    #[must_use]
    pub fn origins(&self, profile: &Profile<'_>) -> Vec<Origin> {
        let policy = self.resolve(profile);
        let held: Vec<&Layer> = self.layers.iter().filter(|layer| layer.condition.holds(profile)).collect();
        let mut origins: Vec<Origin> = SWITCHES
            .iter()
            .map(|switch| {
                let of = |layer: &&Layer| {
                    let one = layer.switches.iter().find(|one| one.key == switch.key)?;
                    Some((layer.file.clone(), one.line))
                };
                let set_by = held.iter().rev().find_map(of);
                let value = policy.shown(switch.key).unwrap_or_default();
                Origin { key: switch.key.to_owned(), value, set_by }
            })
            .collect();
        for layer in &held {
            for (code, one, line) in &layer.rules {
                let said = [
                    one.enabled.map(|on| format!("enabled = {on}")),
                    one.severity.map(|severity| format!("severity = {}", severity.as_str())),
                    one.probability_basis_points
                        .map(|points| format!("probability = {}.{:02} %", points / 100, points % 100)),
                ];
                let value = said.into_iter().flatten().collect::<Vec<_>>().join(", ");
                origins.push(Origin { key: (*code).to_owned(), value, set_by: Some((layer.file.clone(), *line)) });
            }
            for (code, class, line) in &layer.drug_classes {
                let set_by = Some((layer.file.clone(), *line));
                origins.push(Origin { key: format!("class of {code}"), value: class.to_string(), set_by });
            }
        }
        origins
    }
}

struct HexDigest([u8; 32]);

impl std::fmt::LowerHex for HexDigest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PartialOverlap;

    fn profile(payer: &str, date: &str) -> (String, Option<Date>) {
        (payer.to_owned(), date.parse().ok())
    }

    #[test]
    fn later_ranks_win_and_dates_bound_a_layer() {
        let mut set = PolicySet::built_in().unwrap();
        set.add(
            "test",
            "[[layer]]\npayer = \"ACME\"\n[layer.switches]\npartial_overlap = \"threshold\"\n\
             [[layer]]\npayer_type = \"commercial\"\neffective_from = \"2026-01-01\"\n\
             [layer.switches]\npartial_overlap = \"any\"\n",
        )
        .unwrap();
        for (who, expected) in [
            (profile("acme", "2026-02-01"), PartialOverlap::Threshold),
            (profile("other", "2026-02-01"), PartialOverlap::Any),
            (profile("other", "2025-12-31"), PartialOverlap::Split),
        ] {
            let policy = set.resolve(&Profile {
                setting: crate::model::Setting::Facility,
                payer_type: Some(PayerType::Commercial),
                payer: Some(&who.0),
                encounter_class: None,
                date: who.1,
            });
            assert_eq!(policy.partial_overlap, expected, "{who:?}");
        }
    }
}
