//! Infusions of one site: initial, sequential, concurrent, additional hours; and prolonged pump starts.

use super::super::initial::{InfusionUnit, Initial, SitePlan};
use super::super::intervals::{self, Interval, Intervals};
use super::super::{Family, Reason};
use super::{Roles, additional_hours, is_initial};
use crate::model::{Indexes, Setting};
use crate::policy::{ConcurrentChemo, PartialOverlap};

/// What has been walked so far on the site.
#[derive(Default)]
struct Walked {
    /// Minutes of the infusions that are initial or sequential.
    placed: Intervals,
    /// Minutes of every infusion.
    all: Intervals,
    /// Minutes of every chemotherapy infusion.
    chemo: Intervals,
}

impl Roles<'_, '_> {
    /// Walks the infusions in start order, the initial first.
    pub(super) fn code_infusions(&mut self, plan: &SitePlan) {
        let initial = match plan.initial {
            Some(Initial::Infusion(at)) => Some(at),
            _ => None,
        };
        let mut walked = Walked::default();
        // A chemotherapy add-on never appears without its parent.
        let mut chemo_parent = initial.is_some_and(|at| plan.infusions[at].family == Family::Chemo);
        let others = (0..plan.infusions.len()).filter(|at| Some(*at) != initial);
        for (walk, at) in initial.into_iter().chain(others).enumerate() {
            let unit = &plan.infusions[at];
            if Some(at) == initial {
                self.initial_infusion(plan, unit);
                walked.placed = Intervals::from_slice(&unit.intervals);
            } else if unit.family == Family::Chemo {
                self.further_chemo(plan, unit, &mut walked, &mut chemo_parent);
            } else {
                self.further_therapeutic(plan, unit, &mut walked);
            }
            // Nobody looks back from the last one.
            if walk + 1 < plan.infusions.len() {
                walked.all = intervals::join(&walked.all, &unit.intervals);
                if unit.family == Family::Chemo {
                    walked.chemo = intervals::join(&walked.chemo, &unit.intervals);
                }
            }
        }
    }

    fn initial_infusion(&mut self, plan: &SitePlan, unit: &InfusionUnit) {
        let minutes = intervals::total(&unit.intervals);
        let (code, hour_code, named, assumed) = match unit.family {
            Family::Chemo => (
                "96413",
                "96415",
                "chemotherapy infusion, first in the hierarchy on this access site",
                "chemotherapy infusion, first in the facility order (assumed: no primary reason charted)",
            ),
            _ => (
                "96365",
                "96366",
                "therapeutic infusion, first in the hierarchy on this access site",
                "therapeutic infusion, first in the facility order (assumed: no primary reason charted)",
            ),
        };
        let about = self.initial_about(named, assumed);
        self.add(code, 1, &unit.services, plan.site, Reason::of_minutes("initial", about, minutes));
        self.additional(plan, unit, hour_code, &unit.intervals);
    }

    fn additional(&mut self, plan: &SitePlan, unit: &InfusionUnit, code: &'static str, intervals: &[Interval]) {
        let minutes = intervals::total(intervals);
        let reason = Reason::of_minutes("additional-hours", "more than 30 minutes past each full hour", minutes);
        self.add_hours(code, additional_hours(minutes), 1, &unit.services, plan.site, (intervals, reason));
    }

    /// Chemotherapy has no concurrent code: the minutes under earlier chemotherapy are taken away.
    fn further_chemo(&mut self, plan: &SitePlan, unit: &InfusionUnit, walked: &mut Walked, parent: &mut bool) {
        let left = intervals::subtract(&unit.intervals, &walked.chemo);
        let minutes = intervals::total(&left);
        if minutes < self.coder.policy.infusion_min_minutes() {
            self.flags.extend(unit.services.iter().map(|&at| (at, "chemo-concurrent-with-chemo")));
            match self.coder.policy.concurrent_chemo {
                ConcurrentChemo::Review => self.leave_idle(&unit.services, "chemo-concurrent-with-chemo"),
                ConcurrentChemo::Unlisted => {
                    let reason = Reason::of_minutes("unlisted", "chemotherapy under other chemotherapy", minutes);
                    self.add("96549", 1, &unit.services, plan.site, reason);
                }
            }
            return;
        }
        let (code, about) = if *parent {
            ("96417", "a further chemotherapy drug")
        } else {
            ("96413", "the site's first chemotherapy service, beside the primary reason for the visit")
        };
        *parent = true;
        self.add(code, 1, &unit.services, plan.site, Reason::of_minutes("sequential", about, minutes));
        self.additional(plan, unit, "96415", &left);
        walked.placed = intervals::join(&walked.placed, &unit.intervals);
    }

    fn further_therapeutic(&mut self, plan: &SitePlan, unit: &InfusionUnit, walked: &mut Walked) {
        let policy = self.coder.policy;
        let all_minutes = intervals::total(&unit.intervals);
        let alone = match policy.partial_overlap {
            PartialOverlap::Split => {
                let left = intervals::subtract(&unit.intervals, &walked.placed);
                (intervals::total(&left) >= policy.infusion_min_minutes()).then_some(left)
            }
            PartialOverlap::Any | PartialOverlap::Threshold => {
                let overlap = all_minutes - intervals::total(&intervals::subtract(&unit.intervals, &walked.all));
                let least = match policy.partial_overlap {
                    PartialOverlap::Threshold => policy.concurrent_min_overlap_minutes,
                    _ => 1,
                };
                (overlap < least).then(|| unit.intervals.clone())
            }
        };
        match alone {
            Some(left) => {
                let about = if left == unit.intervals {
                    "a further drug, before or after the others"
                } else {
                    "a further drug, the minutes that it ran alone"
                };
                let reason = Reason::of_minutes("sequential", about, intervals::total(&left));
                self.add("96367", 1, &unit.services, plan.site, reason);
                self.additional(plan, unit, "96366", &left);
                walked.placed = intervals::join(&walked.placed, &unit.intervals);
            }
            None => self.add_concurrent(plan, unit, all_minutes),
        }
    }

    /// 96368 once per encounter, however many drugs and hours.
    fn add_concurrent(&mut self, plan: &SitePlan, unit: &InfusionUnit, minutes: i64) {
        match self.concurrent {
            Some(line) => {
                let rows = self.rows(&unit.services);
                self.lines[line].administrations.extend(rows);
            }
            None => {
                let about = "a further drug at the same time, once per encounter";
                let reason = Reason::of_minutes("concurrent", about, minutes);
                self.concurrent = Some(self.add("96368", 1, &unit.services, plan.site, reason));
            }
        }
    }

    /// The start of a pump that runs for more than eight hours: once, without hours.
    pub(super) fn code_prolonged(&mut self, plan: &SitePlan) {
        if plan.prolonged.is_empty() {
            return;
        }
        for family in [Family::Chemo, Family::Therapeutic] {
            let members: Indexes =
                plan.prolonged.iter().copied().filter(|&at| self.services[at as usize].family == family).collect();
            if members.is_empty() {
                continue;
            }
            let office_start = self.coder.policy.g0498 && self.coder.setting == Setting::Professional;
            let code = match family {
                Family::Chemo if office_start => "G0498",
                Family::Chemo => "96416",
                _ => "C8957",
            };
            let initial = members.iter().any(|&at| is_initial(plan, Initial::Prolonged(at)));
            let step = if initial { "initial" } else { "prolonged-initiation" };
            self.add(code, 1, &members, plan.site, Reason::new(step, "start of a pump for more than eight hours"));
        }
    }
}
