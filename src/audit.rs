//! One encounter from record to findings: code, compare, run the rules, price the risk. Pure; the pipeline calls it on
//! every core.

use crate::coding::{self, Coded, Technique};
use crate::compare::{Ledger, RiskWeights, share_risk};
use crate::findings::{Finding, PolicyAnswers, PriceBasis};
use crate::model::{Cents, Date, Encounter, HcpcsCode, Indexes, Modifiers, Setting, SubstanceClass};
use crate::policy::{Policy, PolicySet, Profile as PolicyProfile, SAME_ANSWER_SWITCHES, SwitchValue};
use crate::profile::{Profile, Stage, timed};
use crate::reference::{Reference, TableId};
use crate::rules::{self, BilledLine, Case, RunFacts};
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Everything an encounter is audited against.
#[derive(Debug)]
pub struct Context {
    pub policies: PolicySet,
    pub reference: Reference,
    weights: RiskWeights,
    /// Policies already resolved, by the layers that hold.
    resolved: RwLock<FxHashMap<u128, Arc<Policy>>>,
    profile: Option<Profile>,
}

/// The audit of one encounter.
#[derive(Debug)]
pub struct EncounterAudit {
    /// One per claim form that was billed; one for an encounter without claims.
    pub sides: Vec<SideAudit>,
}

/// The audit of one encounter under one setting.
#[derive(Debug)]
pub struct SideAudit {
    pub setting: Setting,
    pub coded: Coded,
    /// Expected and billed units side by side, ordered by code and modifiers.
    pub ledger: Vec<LedgerLine>,
    /// In the order of the catalogue.
    pub findings: Vec<Finding>,
    /// Claim lines of this setting that the ledger does not compare (visits, laboratory, unknown drugs): indexes.
    pub out_of_scope: Vec<u32>,
}

/// Expected against billed for one code and distinguishing modifier.
#[derive(Debug, Clone)]
pub struct LedgerLine {
    pub code: HcpcsCode,
    /// 59/XS/XE/XP/XU as 59, JW as JW; otherwise none.
    pub modifiers: Modifiers,
    pub expected_units: i64,
    pub billed_units: i64,
    pub expected: Cents,
    pub billed: Cents,
    pub basis: PriceBasis,
    pub table: Option<TableId>,
    /// The record cannot say how many units are right (a dose is missing): the billed units stand.
    pub undetermined: bool,
    /// Indexes of supported lines in [`Coded::lines`].
    pub coded_lines: Indexes,
    /// Indexes of billed lines in the encounter's claim lines.
    pub claim_lines: Indexes,
}

impl SideAudit {
    /// Whether the findings' net dollars add up to expected minus billed, to the cent.
    #[must_use]
    pub fn balances(&self) -> bool {
        let findings: Cents = self.findings.iter().map(|finding| finding.net).sum();
        let lines: Cents = self.ledger.iter().map(|line| line.expected - line.billed).sum();
        findings == lines
    }
}

impl Context {
    #[must_use]
    pub fn new(policies: PolicySet, reference: Reference) -> Self {
        Self { policies, reference, weights: RiskWeights::new(), resolved: RwLock::default(), profile: None }
    }

    /// Measures where the time goes, from now on.
    #[must_use]
    pub fn with_profile(self) -> Self {
        Self { profile: Some(Profile::default()), ..self }
    }

    /// Where the time went, if that is measured.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// The policy in force for an encounter under a setting.
    #[must_use]
    pub fn policy(&self, encounter: &Encounter<'_>, setting: Setting, date: Option<Date>) -> Arc<Policy> {
        let of = PolicyProfile {
            setting,
            payer_type: encounter.payer_type,
            payer: encounter.payer,
            encounter_class: encounter.encounter_class,
            date,
        };
        // Few sets of layers hold in a run, and reading switches for every encounter would cost more than coding it.
        let Some(held) = self.policies.held(&of) else { return Arc::new(self.policies.resolve(&of)) };
        if let Some(policy) = self.resolved.read().unwrap_or_else(PoisonError::into_inner).get(&held) {
            return policy.clone();
        }
        let policy = Arc::new(self.policies.resolve(&of));
        self.resolved.write().unwrap_or_else(PoisonError::into_inner).insert(held, policy.clone());
        policy
    }

    /// Codes the encounter under every setting it was billed for, compares, and explains every difference.
    #[must_use]
    pub fn audit(&self, encounter: &Encounter<'_>, facts: &RunFacts) -> EncounterAudit {
        let mut settings: Vec<Setting> =
            encounter.claim_lines.iter().map(|line| Setting::of_claim(line.claim_type)).collect();
        settings.sort_unstable();
        settings.dedup();
        if settings.is_empty() {
            settings.push(encounter.setting.unwrap_or(Setting::Facility));
        }
        let date = encounter.date();
        let side = |setting| self.audit_side(encounter, setting, &self.policy(encounter, setting, date), facts);
        EncounterAudit { sides: settings.into_iter().map(side).collect() }
    }

    /// One setting under a given policy.
    #[must_use]
    pub fn audit_side(
        &self,
        encounter: &Encounter<'_>,
        setting: Setting,
        policy: &Policy,
        facts: &RunFacts,
    ) -> SideAudit {
        let profile = self.profile.as_ref();
        let coded = timed(profile, Stage::Code, || coding::code(encounter, setting, policy, &self.reference));
        let pending = facts.is_pending(encounter, policy);
        let ledger =
            timed(profile, Stage::Compare, || Ledger::new(encounter, &coded, policy, &self.reference, pending));
        let lines = ledger.entries.iter().map(|entry| LedgerLine {
            code: entry.code,
            modifiers: entry.modifiers,
            expected_units: entry.expected,
            billed_units: entry.billed,
            expected: entry.expected_price(),
            billed: entry.billed_price(),
            basis: entry.basis,
            table: entry.table,
            undetermined: entry.undetermined,
            coded_lines: entry.coded_lines.clone(),
            claim_lines: entry.claim_lines.clone(),
        });
        let lines: Vec<LedgerLine> = lines.collect();
        let out_of_scope = ledger.out_of_scope.clone();
        let billed = BilledLine::of(encounter, setting, &self.reference);
        let mut case = Case {
            encounter,
            coded: &coded,
            policy,
            reference: &self.reference,
            facts,
            billed: &billed,
            ledger,
            findings: Vec::new(),
        };
        timed(profile, Stage::Rules, || rules::run(&mut case, profile));
        debug_assert!(case.ledger.is_empty(), "the generic rules leave nothing");
        let mut findings = case.findings;
        findings.sort_by_key(|finding| rules::place_of(finding.rule.code));
        timed(profile, Stage::Results, || {
            self.mark_payer_policy(encounter, &coded, policy, &lines, &mut findings);
            self.price_risk(encounter, &lines, &mut findings);
        });
        SideAudit { setting, coded, ledger: lines, findings, out_of_scope }
    }

    /// Each billed line's expected loss, shared among the findings on it.
    fn price_risk(&self, encounter: &Encounter<'_>, ledger: &[LedgerLine], findings: &mut [Finding]) {
        for (at, line) in encounter.claim_lines.iter().enumerate() {
            let at = at as u32;
            let on_line = |finding: &Finding| finding.claim_line == Some(at) && finding.risk_basis_points > 0;
            let probabilities: Vec<u32> =
                findings.iter().filter(|finding| on_line(finding)).map(|finding| finding.risk_basis_points).collect();
            if probabilities.is_empty() {
                continue;
            }
            let allowed = line.allowed.unwrap_or_else(|| {
                let entry = ledger.iter().find(|entry| entry.claim_lines.contains(&at));
                entry.map_or(Cents::ZERO, |entry| {
                    crate::model::UnitPrice::from_total(entry.billed, entry.billed_units).total(line.units)
                })
            });
            let shares = share_risk(allowed, &probabilities, &self.weights);
            let at_risk = findings.iter_mut().filter(|finding| on_line(finding));
            for (finding, share) in at_risk.zip(shares) {
                finding.expected_loss = share;
            }
        }
    }

    /// A difference that another value of a payer switch would explain away is a matter of policy, not an error.
    fn mark_payer_policy(
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
    fn supported(&self, encounter: &Encounter<'_>, setting: Setting, policy: &Policy) -> (bool, (String, Cents)) {
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
fn answer_of(lines: impl Iterator<Item = (HcpcsCode, Modifiers, i64, Cents)>) -> (String, Cents) {
    let (mut text, mut price) = (String::new(), Cents::ZERO);
    for (code, modifiers, units, cents) in lines.filter(|(_, _, units, _)| *units > 0) {
        let modifiers: String = modifiers.iter().map(|modifier| format!("-{modifier}")).collect();
        let separator = if text.is_empty() { "" } else { ";" };
        text.push_str(&format!("{separator}{code}{modifiers}x{units}"));
        price += cents;
    }
    (text, price)
}

/// Whether a switch can change this encounter at all.
fn touches(key: &str, encounter: &Encounter<'_>, coded: &Coded) -> bool {
    let count = |technique: Technique| coded.services.iter().filter(|service| service.technique == technique).count();
    let flagged = |flag: &str| coded.flags.iter().any(|one| one.flag == flag);
    match key {
        "complex_biologic_policy" => {
            coded.services.iter().any(|service| service.class == SubstanceClass::ComplexBiologic)
        }
        "partial_overlap" => count(Technique::Infusion) > 1,
        "missing_stop" | "derive_stop_time" => flagged("missing-stop") || flagged("derived-stop-time"),
        "bolus_of_infused_drug" => count(Technique::Push) > 0 && count(Technique::Infusion) > 0,
        "split_dose_injection" => encounter.administrations.len() > 1 && count(Technique::Injection) > 1,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Example;

    fn findings(
        given: &'static [&'static str],
        billed: &'static [&'static str],
    ) -> Vec<(&'static str, Option<&'static str>)> {
        let context = Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
        let encounter = Example::clean("", given, billed).encounter().unwrap();
        let audit = context.audit(&encounter, &RunFacts::default());
        let found = audit.sides.iter().flat_map(|side| &side.findings);
        found.map(|finding| (finding.rule.code, finding.payer_policy)).collect()
    }

    #[test]
    fn a_difference_that_a_payer_switch_explains_is_disputed() {
        // A complex biologic billed as a therapeutic infusion is what some payers ask for.
        let given: &[&str] = &["biologic:complex_biologic IV infusion 10:00-11:00"];
        let found = findings(given, &["96365"]);
        assert!(
            !found.is_empty() && found.iter().all(|(_, switch)| *switch == Some("complex_biologic_policy")),
            "{found:?}"
        );
        // An hour too many is an error under every policy.
        let found = findings(given, &["96413", "96415"]);
        assert_eq!(found, [("IA-T01", None)]);
    }

    #[test]
    fn a_partial_overlap_billed_under_another_reading_is_disputed() {
        let given: &[&str] = &["a:therapeutic IV infusion 10:00-11:00", "b:therapeutic IV infusion 10:30-11:30"];
        let found = findings(given, &["96365", "96368"]);
        assert_eq!(found, [("IA-T08", Some("partial_overlap"))]);
    }

    #[test]
    fn facility_and_professional_claims_of_one_encounter_are_audited_apart() {
        let context = Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
        let facility = Example::clean("", &["a:therapeutic IV infusion 10:00-11:00"], &["96365"]);
        let mut encounter = facility.encounter().unwrap();
        encounter.claim_lines.extend(facility.professional().encounter().unwrap().claim_lines);
        let settings: Vec<Setting> =
            context.audit(&encounter, &RunFacts::default()).sides.iter().map(|side| side.setting).collect();
        assert_eq!(settings, [Setting::Facility, Setting::Professional]);
    }
}
