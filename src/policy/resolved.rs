//! Policies that were resolved once, by the layers that hold.

use super::layers::{PolicySet, Profile};
use super::switches::Policy;
use std::borrow::Cow;
use std::sync::OnceLock;

/// Sets of layers that are looked for in so many places at most.
const PROBES: usize = 16;

/// Few sets of layers hold in a run, and reading switches for every encounter would cost more than coding it. Every
/// encounter on every core asks, so that looking one up takes no lock and counts no references.
#[derive(Debug)]
pub struct ResolvedPolicies {
    /// A power of two of places, each filled once.
    places: Vec<OnceLock<(u128, Policy)>>,
}

impl ResolvedPolicies {
    /// Room for the policies of a set of layers.
    #[must_use]
    pub fn of(policies: &PolicySet) -> Self {
        let places = (policies.layer_count() * 8).next_power_of_two().clamp(64, 4_096);
        Self { places: (0..places).map(|_| OnceLock::new()).collect() }
    }

    /// The policy in force for a profile.
    #[must_use]
    pub fn get(&self, policies: &PolicySet, profile: &Profile<'_>) -> Cow<'_, Policy> {
        let Some(held) = policies.held(profile) else { return Cow::Owned(policies.resolve(profile)) };
        let folded = (held as u64 ^ (held >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let home = (folded >> 32) as usize;
        for probe in 0..PROBES {
            let place = &self.places[(home + probe) & (self.places.len() - 1)];
            let (of, policy) = place.get_or_init(|| (held, policies.resolve(profile)));
            if *of == held {
                return Cow::Borrowed(policy);
            }
        }
        Cow::Owned(policies.resolve(profile))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PayerType, Setting};

    #[test]
    fn a_policy_is_resolved_once_and_is_the_same() {
        let policies = PolicySet::built_in().unwrap();
        let resolved = ResolvedPolicies::of(&policies);
        for payer_type in PayerType::ALL {
            for setting in Setting::ALL {
                let date = "2026-02-01".parse().ok();
                let (setting, payer_type) = (*setting, Some(*payer_type));
                let profile = Profile { setting, payer_type, payer: None, encounter_class: None, date };
                for _ in 0..2 {
                    assert_eq!(*resolved.get(&policies, &profile), policies.resolve(&profile));
                    assert!(matches!(resolved.get(&policies, &profile), Cow::Borrowed(_)));
                }
            }
        }
    }
}
