//! Differences on which payers differ: what another value of a switch supports, and whether it explains the bill.

use super::{Context, LedgerLine};
use crate::coding::{self, Coded, Family, Service, Technique};
use crate::compare::Ledger;
use crate::findings::{Finding, PolicyAnswers};
use crate::model::{Cents, Encounter, HcpcsCode, Modifiers, Setting, SubstanceClass};
use crate::policy::{Policy, SAME_ANSWER_SWITCHES, SwitchValue};
use std::fmt::Write as _;

/// Administration codes with units, such as `96413x1;96415x1`, and their price.
type Answer = (String, Cents);

impl Context {
    /// A difference that another value of a payer switch would explain away is a matter of policy, not an error.
    pub(super) fn mark_payer_policy(
        &self,
        encounter: &Encounter<'_>,
        coded: &Coded,
        policy: &Policy,
        lines: &[LedgerLine],
        findings: &mut [Finding],
    ) {
        let administration = |finding: &Finding| {
            finding
                .missing
                .iter()
                .chain(&finding.extra)
                .any(|units| self.reference.administration(units.code).is_some())
        };
        if encounter.claim_lines.is_empty() || !findings.iter().any(administration) {
            return;
        }
        let answer = || {
            let ours = lines.iter().filter(|line| self.reference.administration(line.code).is_some());
            answer_of(ours.map(|line| (line.code, line.modifiers, line.expected_units, line.expected)))
        };
        // Where a rule knows the switch, the other answer is what that switch's other values support.
        for finding in findings.iter_mut().filter(|finding| finding.answers.is_none()) {
            let Some(key) = finding.payer_policy else { continue };
            let values = SAME_ANSWER_SWITCHES.iter().find(|(of, _)| *of == key).map_or(&[][..], |(_, values)| values);
            let mut others = values.iter().filter_map(|value| other_policy(policy, key, value).map(|it| (*value, it)));
            finding.answers = others.next().map(|(value, other)| PolicyAnswers {
                switch: key,
                other_value: value.to_owned(),
                answer: answer(),
                alternative: self.supported(encounter, coded.setting, &other).1,
            });
        }
        let explains =
            SAME_ANSWER_SWITCHES.iter().filter(|(key, _)| touches(key, encounter, coded)).find_map(|(key, values)| {
                values.iter().find_map(|value| {
                    let other = other_policy(policy, key, value)?;
                    let (agrees, alternative) = self.supported(encounter, coded.setting, &other);
                    agrees.then_some((*key, *value, alternative))
                })
            });
        if let Some((key, value, alternative)) = explains {
            for finding in findings.iter_mut().filter(|finding| administration(finding)) {
                finding.payer_policy = Some(key);
                finding.answers = Some(PolicyAnswers {
                    switch: key,
                    other_value: value.to_owned(),
                    answer: answer(),
                    alternative: alternative.clone(),
                });
            }
        }
    }

    /// The administration lines that the record supports under a policy, and whether the bill's are exactly those.
    fn supported(&self, encounter: &Encounter<'_>, setting: Setting, policy: &Policy) -> (bool, Answer) {
        let coded = coding::code(encounter, setting, policy, &self.reference);
        let ledger = Ledger::new(encounter, &coded, policy, &self.reference, false);
        let entries = || ledger.entries.iter().filter(|entry| self.reference.administration(entry.code).is_some());
        let agrees = entries().all(|entry| entry.missing() == 0 && entry.extra() == 0);
        let lines = entries().map(|entry| (entry.code, entry.modifiers, entry.expected, entry.expected_price()));
        (agrees, answer_of(lines))
    }
}

/// The policy with one switch set otherwise; `None` where it stands so already.
fn other_policy(policy: &Policy, key: &str, value: &str) -> Option<Policy> {
    let mut other = policy.clone();
    other.set(key, &SwitchValue::Text(value.to_owned())).ok()?;
    (other != *policy).then_some(other)
}

/// Lines as `96413x1;96365-59x1` with their price in all.
fn answer_of(lines: impl Iterator<Item = (HcpcsCode, Modifiers, i64, Cents)>) -> Answer {
    let (mut text, mut price) = (String::new(), Cents::ZERO);
    for (code, modifiers, units, cents) in lines.filter(|(_, _, units, _)| *units > 0) {
        if !text.is_empty() {
            text.push(';');
        }
        text.push_str(code.as_str());
        for modifier in modifiers.iter() {
            text.push('-');
            text.push_str(modifier.as_str());
        }
        // Writing to a text cannot fail.
        let _ = write!(text, "x{units}");
        price += cents;
    }
    (text, price)
}

/// Whether a switch is asked for this encounter, and can change its services or lines at all. Coding an encounter again
/// costs as much as the first time, so what surely comes out the same is not tried: it would differ from the bill as
/// the first did.
fn touches(key: &str, encounter: &Encounter<'_>, coded: &Coded) -> bool {
    let of = |technique: Technique| coded.services.iter().filter(move |service| service.technique == technique);
    let flagged = |flag: &str| coded.flags.iter().any(|one| one.flag == flag);
    match key {
        "complex_biologic_policy" => {
            coded.services.iter().any(|service| service.class == SubstanceClass::ComplexBiologic)
        }
        "partial_overlap" => of(Technique::Infusion)
            .enumerate()
            .any(|(at, one)| of(Technique::Infusion).take(at).any(|other| overlap_with_choice(one, other))),
        "missing_stop" => flagged("missing-stop") || flagged("derived-stop-time"),
        "derive_stop_time" => {
            let has_both =
                encounter.administrations.iter().any(|row| row.volume_ml.and(row.rate_ml_per_hour).is_some());
            has_both && (flagged("missing-stop") || flagged("derived-stop-time"))
        }
        // A push whose drugs are all in one infusion of its site.
        "bolus_of_infused_drug" => of(Technique::Push).any(|push| {
            let holds = |infusion: &Service| push.drugs.iter().all(|drug| infusion.drugs.contains(drug));
            of(Technique::Infusion).any(|infusion| infusion.site == push.site && holds(infusion))
        }),
        "split_dose_injection" => {
            let order = |service: &Service| {
                let row = service.administrations.first().and_then(|&row| encounter.administrations.get(row as usize));
                row.and_then(|row| row.order_id)
            };
            let same = |one: &Service, other: &Service| one.drugs == other.drugs && order(one) == order(other);
            let mut injections = of(Technique::Injection).enumerate();
            injections.any(|(at, one)| of(Technique::Injection).take(at).any(|other| same(one, other)))
        }
        _ => true,
    }
}

/// Whether two infusions share minutes on one site, which only chemotherapy has no choice of codes for.
fn overlap_with_choice(one: &Service, other: &Service) -> bool {
    let chemo = one.family == Family::Chemo && other.family == Family::Chemo;
    let shared = |&(start, stop): &(i64, i64)| other.intervals.iter().any(|&(from, to)| from < stop && start < to);
    !chemo && one.site == other.site && one.intervals.iter().any(shared)
}
