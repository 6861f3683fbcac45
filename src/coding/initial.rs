//! Step 6: one initial service per encounter and access site.

use super::intervals::{self, Intervals};
use super::{Coder, Family, Service, SiteIndex, Technique};
use crate::model::{ChartTime, Indexes, Minutes, Setting, one_index};
use crate::policy::SameDrugRepeat;
use smallvec::SmallVec;
use std::cmp::Reverse;

/// From so many minutes alone hydration is a service.
pub(super) const HYDRATION_MIN_MINUTES: Minutes = 31;

/// All infusions of one drug (or mixture) on one site.
#[derive(Debug, Clone)]
pub(super) struct InfusionUnit {
    pub services: Indexes,
    pub family: Family,
    pub intervals: Intervals,
    pub drugs: Indexes,
}

/// What happens on one access site. Indexes are those of the services, in start order.
#[derive(Debug)]
pub(super) struct SitePlan {
    pub site: Option<SiteIndex>,
    /// In start order.
    pub infusions: SmallVec<[InfusionUnit; 2]>,
    pub pushes: Indexes,
    pub prolonged: Indexes,
    pub hydration: Indexes,
    /// Hydration minutes outside every drug infusion and timed push.
    pub hydration_alone: Intervals,
    pub initial: Option<Initial>,
    /// The site of the encounter's own initial service: further sites carry the distinct-site modifier.
    pub first: bool,
}

/// The plans of an encounter's sites, nearly always one.
pub(super) type SitePlans = SmallVec<[SitePlan; 1]>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initial {
    /// Index into `infusions`.
    Infusion(usize),
    /// Index into the services.
    Push(u32),
    Prolonged(u32),
    Hydration,
}

/// Lower comes first: rank, then longer, earlier, smaller id.
type Rank = (u8, Reverse<Minutes>, i64, u32);

impl SitePlan {
    fn new(site: Option<SiteIndex>) -> Self {
        Self {
            site,
            infusions: SmallVec::new(),
            pushes: Indexes::new(),
            prolonged: Indexes::new(),
            hydration: Indexes::new(),
            hydration_alone: Intervals::new(),
            initial: None,
            first: false,
        }
    }
}

impl Coder<'_> {
    /// The IV services by site, each site with its initial; in the order of sites.
    pub(super) fn plan_sites(&self, services: &[Service]) -> SitePlans {
        let mut plans = SitePlans::new();
        for (at, service) in services.iter().enumerate().filter(|(_, service)| is_intravenous(service.technique)) {
            let known = plans.iter().position(|plan| plan.site == service.site);
            let known = known.unwrap_or_else(|| {
                plans.push(SitePlan::new(service.site));
                plans.len() - 1
            });
            self.plan_service(&mut plans[known], at as u32, service);
        }
        if plans.len() > 1 {
            plans.sort_unstable_by_key(|plan| plan.site);
        }
        if plans.iter().any(|plan| !plan.hydration.is_empty()) {
            let drug_time = drug_minutes(services);
            for plan in plans.iter_mut().filter(|plan| !plan.hydration.is_empty()) {
                let fluid = plan.hydration.iter().flat_map(|&at| services[at as usize].intervals.iter().copied());
                plan.hydration_alone = intervals::subtract(&intervals::union(fluid), &drug_time);
            }
        }
        let mut best: Option<(Rank, usize)> = None;
        for (at, plan) in plans.iter_mut().enumerate() {
            if let Some((rank, initial)) = self.best_candidate(plan, services) {
                plan.initial = Some(initial);
                if best.is_none_or(|(leader, _)| rank < leader) {
                    best = Some((rank, at));
                }
            }
        }
        if let Some((_, at)) = best {
            plans[at].first = true;
        }
        plans
    }

    fn plan_service(&self, plan: &mut SitePlan, at: u32, service: &Service) {
        match service.technique {
            Technique::Push => plan.pushes.push(at),
            Technique::ProlongedInfusion => plan.prolonged.push(at),
            Technique::Hydration => plan.hydration.push(at),
            _ => {
                let repeat = plan.infusions.iter_mut().find(|unit| {
                    self.policy.same_drug_repeat == SameDrugRepeat::AddTime && unit.drugs == service.drugs
                });
                match repeat {
                    Some(unit) => {
                        unit.services.push(at);
                        unit.family = unit.family.min(service.family);
                        unit.intervals = intervals::join(&unit.intervals, &service.intervals);
                    }
                    None => plan.infusions.push(InfusionUnit {
                        services: one_index(at),
                        family: service.family,
                        intervals: Intervals::from_slice(&service.intervals),
                        drugs: Indexes::from_slice(&service.drugs),
                    }),
                }
            }
        }
    }

    /// Facility: chemo infusion, chemo push, therapeutic infusion, therapeutic push, hydration (CPT facility
    /// instruction). Professional: the primary reason for the visit where the data name it, else the same order.
    fn best_candidate(&self, plan: &SitePlan, services: &[Service]) -> Option<(Rank, Initial)> {
        let primary = self.primary_administration();
        let of = |&at: &u32| &services[at as usize];
        let mut best: Option<(Rank, Initial)> = None;
        let mut add = |rank: u8, minutes: Minutes, members: &[u32], initial: Initial| {
            let named = primary
                .is_some_and(|id| members.iter().flat_map(|at| &of(at).administrations).any(|&row| self.id(row) == id));
            let start = members.iter().filter_map(|at| of(at).start).map(ChartTime::absolute).min();
            let id = members.iter().map(|at| self.first_rank(of(at))).min();
            let rank = if named { 0 } else { rank };
            let rank = (rank, Reverse(minutes), start.unwrap_or(i64::MAX), id.unwrap_or_default());
            if best.is_none_or(|(leader, _)| rank < leader) {
                best = Some((rank, initial));
            }
        };
        for (at, unit) in plan.infusions.iter().enumerate() {
            let rank = if unit.family == Family::Chemo { 2 } else { 5 };
            add(rank, intervals::total(&unit.intervals), &unit.services, Initial::Infusion(at));
        }
        for at in &plan.pushes {
            let rank = if of(at).family == Family::Chemo { 3 } else { 6 };
            add(rank, of(at).minutes(), &[*at], Initial::Push(*at));
        }
        let other_chemo = plan.infusions.iter().any(|unit| unit.family == Family::Chemo)
            || plan.pushes.iter().any(|at| of(at).family == Family::Chemo);
        for at in &plan.prolonged {
            match of(at).family {
                // A chemotherapy pump stands beside the site's other chemotherapy.
                Family::Chemo if other_chemo => {}
                Family::Chemo => add(1, of(at).minutes(), &[*at], Initial::Prolonged(*at)),
                _ => add(4, of(at).minutes(), &[*at], Initial::Prolonged(*at)),
            }
        }
        let alone = intervals::total(&plan.hydration_alone);
        if alone >= HYDRATION_MIN_MINUTES {
            add(7, alone, &plan.hydration, Initial::Hydration);
        }
        best
    }

    /// The administration that the data name as the primary reason of a professional's visit.
    fn primary_administration(&self) -> Option<&str> {
        self.encounter.primary_administration_id.filter(|_| self.setting == Setting::Professional)
    }
}

/// Minutes of every eligible drug infusion and timed push of the encounter, on any site. A patient-worn pump takes
/// nothing from hydration.
fn drug_minutes(services: &[Service]) -> Intervals {
    let takes_time = |service: &&Service| {
        service.family != Family::Hydration
            && matches!(
                service.technique,
                Technique::Infusion
                    | Technique::Push
                    | Technique::SubcutaneousInfusion
                    | Technique::IntraArterialInfusion
                    | Technique::IntraArterialPush
            )
    };
    intervals::union(services.iter().filter(takes_time).flat_map(|service| service.intervals.iter().copied()))
}

/// Whether a service competes for the initial of its site.
pub(super) fn is_intravenous(technique: Technique) -> bool {
    matches!(technique, Technique::Infusion | Technique::Push | Technique::ProlongedInfusion | Technique::Hydration)
}
