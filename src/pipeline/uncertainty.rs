//! How sure is it: every encounter audited again with its charted stops some minutes earlier and later.
//!
//! Charted times are noisy (in a published study of emergency departments a quarter of the patients' infusion times were more
//! than 15 minutes off). What another audit of the moved times finds is computed by the engine, not estimated; whoever moves
//! all stops the same way gets the two ends between which an even error lies, and the least and the most of every encounter
//! bound errors that differ from encounter to encounter.

use crate::audit::{Context, EncounterAudit};
use crate::findings::{Finding, LedgerUnits};
use crate::model::{Encounter, HcpcsCode, Minutes, Modifiers, Setting};
use crate::output::{MovedTotals, TimeUncertainty, findings_totals};
use crate::rules::RunFacts;
use std::collections::BTreeMap;

/// Sums of a stretch of encounters under moved times.
#[derive(Debug, Default)]
pub(super) struct Uncertainty {
    earlier: MovedTotals,
    later: MovedTotals,
    /// Of every encounter the least and the most of the three: what comes of errors that differ from one to the other.
    lowest: MovedTotals,
    highest: MovedTotals,
    /// By rule: findings that moved times take away or change, their leakage and their overpayment, in cents.
    sensitive: BTreeMap<&'static str, MovedTotals>,
}

/// What tells a finding from others of its encounter.
type Identity<'f> =
    (Setting, &'static str, Option<u32>, Vec<(HcpcsCode, Modifiers, i64)>, Vec<(HcpcsCode, Modifiers, i64)>);

fn identity(finding: &Finding) -> Identity<'_> {
    let units = |all: &[LedgerUnits]| all.iter().map(|one| (one.code, one.modifiers, one.units)).collect();
    (finding.setting, finding.rule.code, finding.claim_line, units(&finding.missing), units(&finding.extra))
}

/// The encounter with every stop that is later than its start moved; an infusion keeps at least one minute.
fn moved<'a>(encounter: &Encounter<'a>, by: Minutes) -> Encounter<'a> {
    let mut other = encounter.clone();
    for row in &mut other.administrations {
        if let (Some(start), Some(stop)) = (row.start_time, row.stop_time.as_mut()) {
            let minutes = stop.absolute() - start.absolute();
            if minutes > 0 {
                stop.local += by.max(1 - minutes);
            }
        }
    }
    other
}

fn totals_of(result: &EncounterAudit) -> MovedTotals {
    let mut totals = MovedTotals::default();
    result.sides.iter().for_each(|side| totals.add(&findings_totals(&side.findings), side.findings.len()));
    totals
}

impl Uncertainty {
    /// Audits the encounter under moved times and marks the findings that do not survive both ways.
    pub(super) fn add(
        &mut self,
        context: &Context,
        encounter: &Encounter<'_>,
        facts: &RunFacts,
        minutes: Minutes,
        result: &mut EncounterAudit,
    ) {
        // Without a charted duration nothing can move.
        let timed =
            encounter.administrations.iter().any(|row| row.charted_minutes().is_some_and(|minutes| minutes > 0));
        let others = timed.then(|| [-minutes, minutes].map(|by| context.audit(&moved(encounter, by), facts)));
        let charted = totals_of(result);
        let moved = others.as_ref().map(|others| others.each_ref().map(totals_of));
        let [earlier, later] = moved.unwrap_or([charted, charted]);
        let extreme = |pick: fn(i64, i64) -> i64| charted.with(&earlier.with(&later, pick), pick);
        self.lowest.merge(&extreme(i64::min));
        self.highest.merge(&extreme(i64::max));
        self.earlier.merge(&earlier);
        self.later.merge(&later);
        let found: Option<[Vec<Identity<'_>>; 2]> = others.as_ref().map(|others| {
            others.each_ref().map(|other| other.sides.iter().flat_map(|side| &side.findings).map(identity).collect())
        });
        for finding in result.sides.iter_mut().flat_map(|side| &mut side.findings) {
            let own = identity(finding);
            let stands = found.as_ref().is_none_or(|found| found.iter().all(|others| others.contains(&own)));
            finding.time_sensitive = Some(!stands);
            if !stands {
                let one = findings_totals(std::slice::from_ref(finding));
                self.sensitive.entry(finding.rule.code).or_default().add(&one, 1);
            }
        }
    }

    pub(super) fn merge(&mut self, other: Uncertainty) {
        self.earlier.merge(&other.earlier);
        self.later.merge(&other.later);
        self.lowest.merge(&other.lowest);
        self.highest.merge(&other.highest);
        for (rule, totals) in other.sensitive {
            self.sensitive.entry(rule).or_default().merge(&totals);
        }
    }

    /// For the manifest and the report.
    pub(super) fn finish(self, minutes: Minutes) -> TimeUncertainty {
        TimeUncertainty {
            minutes,
            earlier: self.earlier,
            later: self.later,
            lowest: self.lowest,
            highest: self.highest,
            sensitive: self.sensitive.into_iter().map(|(rule, totals)| (rule.to_owned(), totals)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicySet;
    use crate::reference::Reference;
    use crate::rules::Example;

    /// Rules that fire on the encounter as charted, with whether they survive; and the leakage both ways, in cents.
    fn sure(
        given: &'static [&'static str],
        billed: &'static [&'static str],
        minutes: Minutes,
    ) -> (Vec<(&'static str, bool)>, [i64; 2]) {
        let context = Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
        let encounter = Example::clean("", given, billed).encounter().unwrap();
        let facts = RunFacts::default();
        let mut result = context.audit(&encounter, &facts);
        let mut uncertainty = Uncertainty::default();
        uncertainty.add(&context, &encounter, &facts, minutes, &mut result);
        let found = result.sides.iter().flat_map(|side| &side.findings);
        let survives = found.map(|finding| (finding.rule.code, finding.time_sensitive == Some(false))).collect();
        (survives, [uncertainty.earlier.leakage_cents, uncertainty.later.leakage_cents])
    }

    #[test]
    fn a_finding_near_its_threshold_does_not_survive() {
        // 92 minutes support a second hour; 87 do not.
        let near: &[&str] = &["ceftriaxone:therapeutic IV infusion 10:00-11:32"];
        let (found, leakage) = sure(near, &["96365"], 5);
        assert_eq!(found, [("IA-T02", false)]);
        assert!(leakage[0] == 0 && leakage[1] > 0, "{leakage:?}");
        let one = MovedTotals { findings: 1, leakage_cents: 5, ..MovedTotals::default() };
        let other = MovedTotals { findings: 3, leakage_cents: -5, ..MovedTotals::default() };
        let least = one.with(&other, i64::min);
        assert_eq!((least.findings, least.leakage_cents), (1, -5));
        // A minute either way is not enough to change it.
        assert_eq!(sure(near, &["96365"], 1).0, [("IA-T02", true)]);
        // Two full hours stay two hours.
        let far: &[&str] = &["ceftriaxone:therapeutic IV infusion 10:00-12:00"];
        let (found, leakage) = sure(far, &["96365"], 5);
        assert_eq!(found, [("IA-T02", true)]);
        assert_eq!(leakage[0], leakage[1]);
    }
}
