//! The order in which rules look at a case, and which of them need to.

use super::{Case, Phase, RULES, Rule, Signals, place_of};
use crate::policy::Policy;
use crate::profile::Profile;
use std::sync::LazyLock;

/// One rule in the order of work.
struct Step {
    place: usize,
    rule: &'static dyn Rule,
    code: &'static str,
    when: Signals,
    rest: bool,
}

/// A set of steps, by their places in the order of work.
type StepSet = u128;

/// Bits of the signals that one table answers for.
const PART: usize = 4;
const PARTS: usize = u64::BITS as usize / PART;

struct WorkOrder {
    /// Every rule, phase by phase, each phase in the order of the catalogue.
    steps: Vec<Step>,
    /// For each part of the signals, and each value of the part, the steps that lack nothing in it.
    able: [[StepSet; 1 << PART]; PARTS],
}

static ORDER: LazyLock<WorkOrder> = LazyLock::new(|| {
    let mut steps: Vec<(Phase, Step)> = RULES
        .iter()
        .enumerate()
        .map(|(place, rule)| {
            let rest = rule.phase() == Phase::Rest;
            (rule.phase(), Step { place, rule: *rule, code: rule.info().code, when: rule.when(), rest })
        })
        .collect();
    steps.sort_by_key(|(phase, _)| *phase);
    let steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
    let mut able = [[0; 1 << PART]; PARTS];
    for (part, values) in able.iter_mut().enumerate() {
        for (value, set) in values.iter_mut().enumerate() {
            let lacks = |step: &Step| part_of(step.when, part) & !value != 0;
            *set = steps.iter().enumerate().filter(|(_, step)| !lacks(step)).fold(0, |set, (at, _)| set | 1 << at);
        }
    }
    WorkOrder { steps, able }
});

fn part_of(signals: Signals, part: usize) -> usize {
    (signals.bits() >> (part * PART)) as usize & ((1 << PART) - 1)
}

impl WorkOrder {
    /// The steps that may find something.
    fn able(&self, signals: Signals) -> StepSet {
        let parts = self.able.iter().enumerate();
        parts.fold(StepSet::MAX, |set, (part, values)| set & values[part_of(signals, part)])
    }

    /// The steps that the policy turns off. The generic rules keep the ledger closed and cannot be turned off.
    fn off(&self, policy: &Policy) -> StepSet {
        let named = policy.rules.iter().filter(|(code, _)| policy.rule(code).enabled == Some(false));
        let steps = named.filter_map(|(code, _)| self.steps.iter().position(|step| step.code == *code && !step.rest));
        steps.fold(0, |set, at| set | 1 << at)
    }
}

/// The rules of some codes as a set of steps.
pub(super) fn steps_of<'c>(codes: impl Iterator<Item = &'c str>) -> StepSet {
    let places: Vec<usize> = codes.filter_map(place_of).collect();
    let steps = ORDER.steps.iter().enumerate().filter(|(_, step)| places.contains(&step.place));
    steps.fold(0, |set, (at, _)| set | 1 << at)
}

/// Runs every rule that the policy leaves on, phase by phase, each phase in the order of the catalogue.
pub fn run(case: &mut Case<'_>, profile: Option<&Profile>) {
    let order = &*ORDER;
    let off = case.facts.silent | order.off(case.policy);
    let mut signals = Signals::of(case);
    let mut able = order.able(signals) & !off;
    let mut done = 0;
    loop {
        let at = (able.trailing_zeros() as usize).min(order.steps.len());
        if cfg!(debug_assertions) {
            make_sure_of_silence(case, order.steps.iter().enumerate().take(at).skip(done), off);
        }
        let Some(step) = order.steps.get(at) else { return };
        able &= able - 1;
        done = at + 1;
        let before = case.findings.len();
        match profile {
            Some(profile) => profile.rule(step.place, || step.rule.check(case)),
            None => step.rule.check(case),
        }
        if case.findings.len() > before {
            signals.renew(case);
            able = order.able(signals) & !off & (StepSet::MAX << at << 1);
        }
    }
}

/// Runs rules whose signals are not there, which must find nothing.
fn make_sure_of_silence<'s>(case: &mut Case<'_>, steps: impl Iterator<Item = (usize, &'s Step)>, off: StepSet) {
    for (_, step) in steps.filter(|(at, _)| off >> at & 1 == 0) {
        let before = case.findings.len();
        step.rule.check(case);
        debug_assert_eq!(before, case.findings.len(), "{} finds something without its signals", step.code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_able_where_all_its_signals_are_there() {
        let order = &*ORDER;
        let all = order.steps.iter().fold(Signals::NONE, |all, step| all.and(step.when));
        let sets = order.steps.iter().flat_map(|one| order.steps.iter().map(|other| one.when.and(other.when)));
        for signals in sets.chain([Signals::NONE, all]) {
            for (at, step) in order.steps.iter().enumerate() {
                assert_eq!(order.able(signals) >> at & 1 == 1, signals.has(step.when), "{}", step.code);
            }
        }
    }

    #[test]
    fn codes_are_found_in_the_order_of_work() {
        let last = ORDER.steps.len() - 1;
        assert_eq!(steps_of([ORDER.steps[0].code, ORDER.steps[last].code].into_iter()), 1 | 1 << last);
        assert_eq!(steps_of(["IA-Z99"].into_iter()), 0);
    }
}
