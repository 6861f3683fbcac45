//! What a rule sees, and how it reports.

use super::{Carried, RuleInfo, RunFacts, codes};
use crate::coding::{Coded, CodedLine, Service};
use crate::compare::Ledger;
use crate::findings::{Finding, LedgerUnits, PolicyAnswers};
use crate::model::{Administration, Cents, ClaimLine, Encounter, HcpcsCode, Minutes, Modifiers, PayerType, Setting};
use crate::policy::Policy;
use crate::reference::{CodeFacts, CodeRole, Reference};
use smallvec::SmallVec;

/// One encounter under one setting, with its ledger.
#[derive(Debug)]
pub struct Case<'a> {
    pub encounter: &'a Encounter<'a>,
    pub coded: &'a Coded,
    pub policy: &'a Policy,
    pub reference: &'a Reference,
    pub facts: &'a RunFacts,
    /// The lines of this setting that carry a code.
    pub billed: &'a [BilledLine<'a>],
    pub ledger: Ledger,
    pub findings: Vec<Finding>,
}

/// A claim line with the code that it carries.
#[derive(Debug, Clone, Copy)]
pub struct BilledLine<'a> {
    /// Index in the encounter's claim lines.
    pub at: u32,
    pub code: HcpcsCode,
    pub kind: CodeKind,
    pub carried: Carried,
    pub line: &'a ClaimLine<'a>,
    /// What the built-in tables say about the code.
    pub facts: &'a CodeFacts,
}

/// The lines of one form; the usual one needs no room on the heap.
pub type BilledLines<'a> = SmallVec<[BilledLine<'a>; 12]>;

/// What a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// An infusion, push or injection.
    Administration,
    /// A drug of the table that is no flush.
    Drug,
    Other,
}

impl<'a> BilledLine<'a> {
    /// The lines of one setting that carry a code, in the order of the bill.
    #[must_use]
    pub fn of(encounter: &'a Encounter<'a>, setting: Setting, reference: &'a Reference) -> BilledLines<'a> {
        let lines = encounter.claim_lines.iter().enumerate();
        let ours = lines.filter(|(_, line)| Setting::of_claim(line.claim_type) == setting);
        ours.filter_map(|(at, line)| {
            let code = line.hcpcs?;
            let facts = reference.facts(code);
            let kind = match facts.role {
                Some(CodeRole::Administration) => CodeKind::Administration,
                _ if facts.drug && !facts.flush => CodeKind::Drug,
                _ => CodeKind::Other,
            };
            Some(Self { at: at as u32, code, kind, carried: Carried::of(&line.modifiers), line, facts })
        })
        .collect()
    }
}

/// What a rule has explained so far: the units it consumed and the evidence.
#[derive(Debug, Default)]
pub struct Explained {
    pub missing: Vec<LedgerUnits>,
    pub extra: Vec<LedgerUnits>,
    /// Indexes of the administrations that show it.
    pub administrations: Vec<u32>,
    /// The billed line that is at risk; found from `extra` where not set.
    pub claim_line: Option<u32>,
    /// The switch on which the finding rests, where it is known to.
    pub payer_policy: Option<&'static str>,
    /// Both answers, where the rule works them out itself.
    pub answers: Option<PolicyAnswers>,
    /// How much less than the schedule was allowed.
    pub underpaid: Cents,
}

impl<'a> Case<'a> {
    #[must_use]
    pub fn setting(&self) -> Setting {
        self.coded.setting
    }

    /// The claim lines of this setting with their indexes.
    pub fn claim_lines(&self) -> impl Iterator<Item = (u32, &'a ClaimLine<'a>)> + use<'a> {
        let (encounter, setting) = (self.encounter, self.coded.setting);
        let lines = encounter.claim_lines.iter().enumerate();
        lines.filter(move |(_, line)| Setting::of_claim(line.claim_type) == setting).map(|(at, line)| (at as u32, line))
    }

    /// Whether a code of these is billed at all.
    #[must_use]
    pub fn bills_any(&self, codes: &[HcpcsCode]) -> bool {
        self.billed.iter().any(|one| codes.contains(&one.code))
    }

    /// Whether any administration code is billed on this form.
    #[must_use]
    pub fn bills_administration(&self) -> bool {
        self.first_administration().is_some()
    }

    /// The first administration that is billed on this form.
    #[must_use]
    pub fn first_administration(&self) -> Option<&'a BilledLine<'a>> {
        self.billed.iter().find(|one| one.kind == CodeKind::Administration)
    }

    /// Whether a code is a drug of the table (not a flush).
    #[must_use]
    pub fn is_drug(&self, code: HcpcsCode) -> bool {
        self.reference.drug(code).is_some_and(|drug| !drug.flush)
    }

    /// One charted row.
    #[must_use]
    pub fn row(&self, at: u32) -> Option<&'a Administration<'a>> {
        self.encounter.administrations.get(at as usize)
    }

    /// The rows that became services, in the order of the services.
    pub fn served_rows(&self) -> impl Iterator<Item = (&'a Service, u32, &'a Administration<'a>)> + use<'a> {
        let encounter = self.encounter;
        self.coded.services.iter().flat_map(move |service| {
            let rows = service.administrations.iter();
            rows.filter_map(move |&at| Some((service, at, encounter.administrations.get(at as usize)?)))
        })
    }

    #[must_use]
    pub fn is_medicare(&self) -> bool {
        self.encounter.payer_type == Some(PayerType::Medicare)
    }

    /// Diagnoses as billed on this form, in their order; those of the encounter where the claim has none.
    pub fn diagnoses(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        let billed = self.claim_lines().find(|(_, line)| line.diagnoses().next().is_some());
        let text = billed.map_or(self.encounter.diagnoses.as_deref(), |(_, line)| line.diagnosis_codes);
        crate::model::listed(text)
    }

    /// Supported administration units that are neither billed nor explained.
    #[must_use]
    pub fn missing_administrations(&self) -> i64 {
        let entries = self.ledger.entries.iter().filter(|entry| self.is_administration(entry.code));
        entries.map(crate::compare::Entry::missing).sum()
    }

    /// Explains units of one code that were billed in place of another; how many.
    pub fn swap(&mut self, explained: &mut Explained, billed: HcpcsCode, supported: HcpcsCode) -> i64 {
        let units = self.extra(billed).min(self.missing(supported));
        self.take_extra(explained, billed, units);
        self.take_missing(explained, supported, units);
        units
    }

    /// Whether a code is an infusion, push or injection.
    #[must_use]
    pub fn is_administration(&self, code: HcpcsCode) -> bool {
        self.reference.administration(code).is_some_and(|known| known.role == CodeRole::Administration)
    }

    /// Units of a code that are expected, whatever the modifiers.
    #[must_use]
    pub fn expected(&self, code: HcpcsCode) -> i64 {
        self.sum(code, |entry| entry.expected)
    }

    /// Units of a code that are billed.
    #[must_use]
    pub fn billed(&self, code: HcpcsCode) -> i64 {
        self.sum(code, |entry| entry.billed)
    }

    /// Units of a code that are expected, not billed and not explained yet.
    #[must_use]
    pub fn missing(&self, code: HcpcsCode) -> i64 {
        self.sum(code, crate::compare::Entry::missing)
    }

    /// Units of a code that are billed, not expected and not explained yet.
    #[must_use]
    pub fn extra(&self, code: HcpcsCode) -> i64 {
        self.sum(code, crate::compare::Entry::extra)
    }

    fn sum(&self, code: HcpcsCode, of: impl Fn(&crate::compare::Entry) -> i64) -> i64 {
        self.ledger.entries.iter().filter(|entry| entry.code == code).map(of).sum()
    }

    /// Units of one ledger entry: missing, extra.
    #[must_use]
    pub fn open(&self, code: HcpcsCode, modifiers: Modifiers) -> (i64, i64) {
        let entry = self.ledger.entries.iter().find(|entry| entry.code == code && entry.modifiers == modifiers);
        entry.map_or((0, 0), |entry| (entry.missing(), entry.extra()))
    }

    /// Consumes up to `units` missing units of a code into `explained`, with the administrations that earned them.
    pub fn take_missing(&mut self, explained: &mut Explained, code: HcpcsCode, mut units: i64) {
        let coded = self.coded;
        for entry in self.ledger.entries.iter_mut().filter(|entry| entry.code == code) {
            if let Some(taken) = entry.take_missing(units) {
                units -= taken.units;
                explained.missing.push(taken);
                let lines = entry.coded_lines.iter().filter_map(|&at| coded.lines.get(at as usize));
                explained.administrations.extend(lines.flat_map(|line| line.administrations.iter().copied()));
            }
        }
    }

    /// Consumes up to `units` extra units of a code into `explained`; its last line is the one at risk.
    pub fn take_extra(&mut self, explained: &mut Explained, code: HcpcsCode, mut units: i64) {
        for entry in self.ledger.entries.iter_mut().filter(|entry| entry.code == code) {
            if let Some(taken) = entry.take_extra(units) {
                units -= taken.units;
                explained.extra.push(taken);
                explained.claim_line = explained.claim_line.or(entry.claim_lines.last().copied());
            }
        }
    }

    /// Consumes from one entry alone.
    pub fn take_from(&mut self, explained: &mut Explained, code: HcpcsCode, modifiers: Modifiers, units: i64) {
        let coded = self.coded;
        for entry in &mut self.ledger.entries {
            if entry.code != code || entry.modifiers != modifiers {
                continue;
            }
            if let Some(taken) = entry.take_missing(units) {
                explained.missing.push(taken);
                let lines = entry.coded_lines.iter().filter_map(|&at| coded.lines.get(at as usize));
                explained.administrations.extend(lines.flat_map(|line| line.administrations.iter().copied()));
            }
            if let Some(taken) = entry.take_extra(units) {
                explained.extra.push(taken);
                explained.claim_line = explained.claim_line.or(entry.claim_lines.last().copied());
            }
        }
    }

    /// The supported lines of a code.
    pub fn supported(&self, code: HcpcsCode) -> impl Iterator<Item = &'a CodedLine> + use<'a> {
        self.coded.lines.iter().filter(move |line| line.code == code)
    }

    /// Minutes on which the supported lines of a code rest.
    #[must_use]
    pub fn minutes_of(&self, code: HcpcsCode) -> Option<Minutes> {
        self.supported(code).filter_map(|line| line.reason.minutes).reduce(|one, other| one + other)
    }

    /// Administrations of the services that fit.
    #[must_use]
    pub fn administrations_where(&self, fits: impl Fn(&Service) -> bool) -> Vec<u32> {
        let services = self.coded.services.iter().filter(|service| fits(service));
        services.flat_map(|service| service.administrations.iter().copied()).collect()
    }

    /// Administrations that carry one of the flags, in the order of ids.
    #[must_use]
    pub fn flagged(&self, flags: &[&str]) -> Vec<u32> {
        let mut rows: Vec<u32> =
            self.coded.flags.iter().filter(|flag| flags.contains(&flag.flag)).map(|flag| flag.administration).collect();
        rows.dedup();
        rows
    }

    /// Services that are one drug's pause, restart or new bag: a service of several rows, or several services of one
    /// drug on one site.
    #[must_use]
    pub fn continued_services(&self) -> Vec<u32> {
        use crate::coding::Technique;
        let infusions: Vec<&Service> =
            self.coded.services.iter().filter(|service| service.technique == Technique::Infusion).collect();
        let continued = |service: &&&Service| {
            service.administrations.len() > 1
                || infusions.iter().any(|other| {
                    !std::ptr::eq(**service, *other) && other.drugs == service.drugs && other.site == service.site
                })
        };
        infusions.iter().filter(continued).flat_map(|service| service.administrations.iter().copied()).collect()
    }

    /// Whether a new initial or sequential code was billed for such a continuation.
    #[must_use]
    pub fn restart_billed_as_new(&self) -> bool {
        let unexplained = codes::INITIALS.iter().take(3).any(|&(initial, add_on)| {
            let infusion = initial != HcpcsCode::new("96409");
            infusion
                && (self.extra(initial) > 0 || self.extra(add_on) > 0)
                && self.missing(initial) == 0
                && self.missing(add_on) == 0
        });
        unexplained && !self.continued_services().is_empty()
    }

    /// Records a finding.
    pub fn report(&mut self, rule: &'static RuleInfo, mut explained: Explained, evidence: String) {
        let ids = |row: u32| self.encounter.administrations.get(row as usize).map_or("", |row| row.administration_id);
        explained.administrations.sort_by_key(|&row| (ids(row), row));
        explained.administrations.dedup();
        let price = |units: &[LedgerUnits]| units.iter().map(|units| units.price).sum::<Cents>();
        let over = self.policy.rule(rule.code);
        let at_risk = explained.claim_line.is_some();
        self.findings.push(Finding {
            rule,
            severity: over.severity.unwrap_or(rule.severity),
            setting: self.coded.setting,
            claim_line: explained.claim_line,
            administrations: explained.administrations,
            net: price(&explained.missing) - price(&explained.extra),
            missing: explained.missing,
            extra: explained.extra,
            risk_basis_points: if at_risk {
                over.probability_basis_points.unwrap_or(rule.probability_basis_points)
            } else {
                0
            },
            expected_loss: Cents::ZERO,
            evidence,
            payer_policy: explained.payer_policy,
            answers: explained.answers,
            underpaid: explained.underpaid,
            time_sensitive: None,
        });
    }
}

impl Explained {
    /// Evidence that consumes nothing.
    #[must_use]
    pub fn at(claim_line: Option<u32>, administrations: Vec<u32>) -> Self {
        Self { claim_line, administrations, ..Self::default() }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }

    /// Units consumed as extra, in all.
    #[must_use]
    pub fn extra_units(&self) -> i64 {
        self.extra.iter().map(|units| units.units).sum()
    }

    /// Units consumed as missing, in all.
    #[must_use]
    pub fn missing_units(&self) -> i64 {
        self.missing.iter().map(|units| units.units).sum()
    }
}
