//! One encounter from record to findings: code, compare, run the rules, price the risk. Pure; the pipeline calls it on
//! every core.

mod payer_policy;

use crate::coding::{self, Coded};
use crate::compare::{Entry, Ledger, RiskWeights, share_risk};
use crate::findings::{Finding, PriceBasis};
use crate::model::{Cents, Date, Encounter, HcpcsCode, Indexes, Modifiers, Setting, normal_name};
use crate::policy::{Policy, PolicySet, Profile as PolicyProfile, ResolvedPolicies};
use crate::profile::{Profile, Stage, timed};
use crate::reference::{Reference, TableId};
use crate::rules::{self, BilledLine, Case, RunFacts};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Everything an encounter is audited against.
#[derive(Debug)]
pub struct Context {
    pub policies: PolicySet,
    pub reference: Reference,
    weights: RiskWeights,
    resolved: ResolvedPolicies,
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

impl From<Entry> for LedgerLine {
    /// What is left of an entry once the rules have explained it.
    fn from(entry: Entry) -> Self {
        Self {
            expected: entry.expected_price(),
            billed: entry.billed_price(),
            code: entry.code,
            modifiers: entry.modifiers,
            expected_units: entry.expected,
            billed_units: entry.billed,
            basis: entry.basis,
            table: entry.table,
            undetermined: entry.undetermined,
            coded_lines: entry.coded_lines,
            claim_lines: entry.claim_lines,
        }
    }
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

/// One encounter under one setting.
struct Task<'t> {
    encounter: &'t Encounter<'t>,
    setting: Setting,
    policy: Cow<'t, Policy>,
}

/// What the rules leave of the ledger, and what they found.
struct Explained {
    ledger: Ledger,
    findings: Vec<Finding>,
}

impl Context {
    #[must_use]
    pub fn new(policies: PolicySet, reference: Reference) -> Self {
        let resolved = ResolvedPolicies::of(&policies);
        Self { policies, reference, weights: RiskWeights::new(), resolved, profile: None }
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

    /// Payers that the user's policies and fee schedules name, as payers are compared.
    #[must_use]
    pub fn named_payers(&self) -> BTreeSet<String> {
        self.policies.payers().into_iter().chain(self.reference.fee_payers()).map(normal_name).collect()
    }

    /// The policy in force for an encounter under a setting.
    #[must_use]
    pub fn policy(&self, encounter: &Encounter<'_>, setting: Setting, date: Option<Date>) -> Cow<'_, Policy> {
        let of = PolicyProfile {
            setting,
            payer_type: encounter.payer_type,
            payer: encounter.payer,
            encounter_class: encounter.encounter_class,
            date,
        };
        self.resolved.get(&self.policies, &of)
    }

    /// Codes the encounter under every setting it was billed for, compares, and explains every difference.
    #[must_use]
    pub fn audit(&self, encounter: &Encounter<'_>, facts: &RunFacts) -> EncounterAudit {
        let tasks = self.tasks(encounter);
        EncounterAudit { sides: tasks.map(|task| self.carry_out(&task, facts)).collect() }
    }

    /// Audits encounters stage by stage, so that what one stage works with stays close at hand for all of them. Out: the audit
    /// of each, as [`Context::audit`] makes it.
    #[must_use]
    pub fn audit_together(&self, encounters: &[Encounter<'_>], facts: &RunFacts) -> Vec<EncounterAudit> {
        let tasks: Vec<Vec<Task<'_>>> = encounters.iter().map(|encounter| self.tasks(encounter).collect()).collect();
        let all = || tasks.iter().flatten();
        let coded: Vec<Coded> = all().map(|task| self.code(task)).collect();
        let ledgers: Vec<Ledger> = all().zip(&coded).map(|(task, coded)| self.compare(task, coded, facts)).collect();
        let work = all().zip(&coded).zip(ledgers);
        let explained: Vec<Explained> =
            work.map(|((task, coded), ledger)| self.explain(task, coded, ledger, facts)).collect();
        let mut made = coded.into_iter().zip(explained);
        let audit = |tasks: &Vec<Task<'_>>| {
            let sides = tasks.iter().zip(&mut made);
            EncounterAudit {
                sides: sides.map(|(task, (coded, explained))| self.settle(task, coded, explained)).collect(),
            }
        };
        tasks.iter().map(audit).collect()
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
        self.carry_out(&Task { encounter, setting, policy: Cow::Borrowed(policy) }, facts)
    }

    /// What an encounter is audited for: every setting it was billed for; its own where it has no claims.
    fn tasks<'t>(&'t self, encounter: &'t Encounter<'_>) -> impl Iterator<Item = Task<'t>> {
        let lines = &encounter.claim_lines;
        let own = lines.is_empty().then(|| encounter.setting.unwrap_or(Setting::Facility));
        let billed = |setting: &Setting| lines.iter().any(|line| Setting::of_claim(line.claim_type) == *setting);
        let settings = own.into_iter().chain(Setting::ALL.iter().copied().filter(billed));
        let date = encounter.date();
        settings.map(move |setting| Task { encounter, setting, policy: self.policy(encounter, setting, date) })
    }

    fn carry_out(&self, task: &Task<'_>, facts: &RunFacts) -> SideAudit {
        let coded = self.code(task);
        let ledger = self.compare(task, &coded, facts);
        let explained = self.explain(task, &coded, ledger, facts);
        self.settle(task, coded, explained)
    }

    fn code(&self, task: &Task<'_>) -> Coded {
        let code = || coding::code(task.encounter, task.setting, &task.policy, &self.reference);
        timed(self.profile(), Stage::Code, code)
    }

    fn compare(&self, task: &Task<'_>, coded: &Coded, facts: &RunFacts) -> Ledger {
        let pending = facts.is_pending(task.encounter, &task.policy);
        let compare = || Ledger::new(task.encounter, coded, &task.policy, &self.reference, pending);
        timed(self.profile(), Stage::Compare, compare)
    }

    /// Runs the rules, which leave nothing in the ledger unexplained.
    fn explain(&self, task: &Task<'_>, coded: &Coded, ledger: Ledger, facts: &RunFacts) -> Explained {
        let billed = BilledLine::of(task.encounter, task.setting, &self.reference);
        let mut case = Case {
            encounter: task.encounter,
            coded,
            policy: &task.policy,
            reference: &self.reference,
            facts,
            billed: &billed,
            ledger,
            findings: Vec::new(),
        };
        timed(self.profile(), Stage::Rules, || rules::run(&mut case, self.profile()));
        debug_assert!(case.ledger.is_empty(), "the generic rules leave nothing");
        Explained { ledger: case.ledger, findings: case.findings }
    }

    fn settle(&self, task: &Task<'_>, coded: Coded, explained: Explained) -> SideAudit {
        let Explained { ledger, mut findings } = explained;
        let lines: Vec<LedgerLine> = ledger.entries.into_iter().map(LedgerLine::from).collect();
        if findings.len() > 1 {
            findings.sort_by_key(|finding| rules::place_of(finding.rule.code));
        }
        if !findings.is_empty() {
            timed(self.profile(), Stage::Results, || {
                self.mark_payer_policy(task.encounter, &coded, &task.policy, &lines, &mut findings);
                self.price_risk(task.encounter, &lines, &mut findings);
            });
        }
        SideAudit { setting: task.setting, coded, ledger: lines, findings, out_of_scope: ledger.out_of_scope }
    }

    /// Each billed line's expected loss, shared among the findings on it.
    fn price_risk(&self, encounter: &Encounter<'_>, ledger: &[LedgerLine], findings: &mut [Finding]) {
        if findings.iter().all(|finding| finding.claim_line.is_none() || finding.risk_basis_points == 0) {
            return;
        }
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
