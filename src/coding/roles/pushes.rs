//! Pushes of one site: the initial one, each new drug, and a facility's repeats.

use super::super::initial::{Initial, SitePlan};
use super::super::intervals;
use super::super::{Family, Reason};
use super::Roles;
use crate::model::{ChartTime, Indexes, Minutes, one_index};
use crate::policy::BolusOfInfusedDrug;
use smallvec::SmallVec;

/// A repeat push counts when more than this many minutes lie between it and the last one reported.
const REPEAT_PUSH_GAP: Minutes = 30;

impl Roles<'_, '_> {
    pub(super) fn code_pushes(&mut self, plan: &SitePlan) {
        if plan.pushes.is_empty() {
            return;
        }
        let mut by_drug: SmallVec<[(&[u32], Indexes); 4]> = SmallVec::new();
        for &at in &plan.pushes {
            let drugs = self.services[at as usize].drugs.as_slice();
            match by_drug.iter_mut().find(|(of, _)| *of == drugs) {
                Some((_, pushes)) => pushes.push(at),
                None => by_drug.push((drugs, one_index(at))),
            }
        }
        let chemo_initial = match plan.initial {
            Some(Initial::Infusion(at)) => plan.infusions[at].family == Family::Chemo,
            Some(Initial::Push(at)) => self.services[at as usize].family == Family::Chemo,
            _ => false,
        };
        let mut chemo_parent = chemo_initial || plan.infusions.iter().any(|unit| unit.family == Family::Chemo);
        for (drugs, pushes) in by_drug {
            let initial = pushes.iter().any(|&at| plan.initial == Some(Initial::Push(at)));
            let infusions = || {
                let units = plan.infusions.iter().filter(|unit| drugs.iter().all(|drug| unit.drugs.contains(drug)));
                units.flat_map(|unit| unit.intervals.iter().copied())
            };
            let infused = !initial && infusions().next().is_some();
            if infused {
                self.boluses(plan, &pushes, &intervals::union(infusions()));
            } else {
                self.drug_pushes(plan, &pushes, initial, &mut chemo_parent);
            }
        }
    }

    /// Pushes of one drug in start order: the first is the drug's own, later ones repeats.
    fn drug_pushes(&mut self, plan: &SitePlan, pushes: &[u32], initial: bool, chemo_parent: &mut bool) {
        let mut last: Option<Minutes> = None;
        for &at in pushes {
            let chemo = self.services[at as usize].family == Family::Chemo;
            let Some(start) = self.services[at as usize].start.map(ChartTime::absolute) else { continue };
            match last {
                None => {
                    let reason = if initial {
                        let about = self.initial_about(
                            "push, first in the hierarchy on this access site",
                            "push, first in the facility order (assumed: no primary reason charted)",
                        );
                        Reason::new("initial", about)
                    } else {
                        Reason::new("push", "a further drug by push")
                    };
                    let code = match (chemo, initial, *chemo_parent) {
                        (true, true, _) | (true, false, false) => "96409",
                        (true, false, true) => "96411",
                        (false, true, _) => "96374",
                        (false, false, _) => "96375",
                    };
                    *chemo_parent |= chemo;
                    self.add(code, 1, &[at], plan.site, reason);
                    last = Some(start);
                }
                Some(_) if chemo => self.leave_idle(&[at], "repeat-chemo-push"),
                Some(_) if !self.facility() => self.leave_idle(&[at], "repeat-push-professional"),
                Some(reported) => {
                    if start - reported > REPEAT_PUSH_GAP {
                        self.repeat(plan, at, start - reported);
                        last = Some(start);
                    } else {
                        self.leave_idle(&[at], "repeat-push-within-30-minutes");
                    }
                }
            }
        }
    }

    /// Pushes of a drug that is also infused on the site count as the same drug again.
    fn boluses(&mut self, plan: &SitePlan, pushes: &[u32], infusions: &[intervals::Interval]) {
        let mut last: Option<Minutes> = None;
        // Whether a bolus is reported at all is the payer's; once per drug where it is.
        let mut reported_once = self.coder.policy.bolus_of_infused_drug == BolusOfInfusedDrug::None;
        for &at in pushes {
            let Some(start) = self.services[at as usize].start.map(ChartTime::absolute) else { continue };
            let gap = intervals::distance(infusions, start).unwrap_or(0);
            let since_push = last.map_or(Minutes::MAX, |reported| start - reported);
            let chemo = self.services[at as usize].family == Family::Chemo;
            let repeats = !chemo && self.facility();
            if repeats && gap.min(since_push) > REPEAT_PUSH_GAP {
                self.repeat(plan, at, gap.min(since_push));
                last = Some(start);
            } else if !reported_once && (!repeats || gap <= REPEAT_PUSH_GAP) {
                let code = if chemo { "96411" } else { "96375" };
                self.add(code, 1, &[at], plan.site, Reason::new("push", "a bolus of a drug that is also infused"));
                reported_once = true;
                last = Some(start);
            } else {
                self.leave_idle(&[at], "bolus-of-infused-drug");
            }
        }
    }

    fn repeat(&mut self, plan: &SitePlan, at: u32, gap: Minutes) {
        let about = "the same drug again, so long after it was last reported";
        self.add("96376", 1, &[at], plan.site, Reason::of_minutes("repeat-push", about, gap));
    }
}
