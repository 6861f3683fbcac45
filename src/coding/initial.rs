//! Step 6: one initial service per encounter and access site.

use super::{Coder, Family, Service, SiteIndex, Technique, intervals};
use crate::coding::intervals::Interval;
use crate::model::{ChartTime, Indexes, Minutes, Setting};
use crate::policy::SameDrugRepeat;

/// From so many minutes alone hydration is a service.
pub(super) const HYDRATION_MIN_MINUTES: Minutes = 31;

/// All infusions of one drug (or mixture) on one site.
#[derive(Debug, Clone)]
pub(super) struct InfusionUnit {
    pub services: Vec<usize>,
    pub family: Family,
    pub intervals: Vec<Interval>,
    pub drugs: Indexes,
}

/// What happens on one access site.
#[derive(Debug)]
pub(super) struct SitePlan {
    pub site: Option<SiteIndex>,
    /// In start order.
    pub infusions: Vec<InfusionUnit>,
    /// In start order.
    pub pushes: Vec<usize>,
    pub prolonged: Vec<usize>,
    pub hydration: Vec<usize>,
    /// Hydration minutes outside every drug infusion and timed push.
    pub hydration_alone: Vec<Interval>,
    pub initial: Option<Initial>,
    /// The site of the encounter's own initial service: further sites carry the distinct-site modifier.
    pub first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initial {
    /// Index into `infusions`.
    Infusion(usize),
    /// Index into the services.
    Push(usize),
    Prolonged(usize),
    Hydration,
}

/// Lower comes first: rank, then longer, earlier, smaller id.
type Rank<'e> = (u8, std::cmp::Reverse<Minutes>, i64, &'e str);

impl Coder<'_> {
    /// The IV services by site, each site with its initial; in the order of sites.
    pub(super) fn plan_sites(&self, services: &[Service]) -> Vec<SitePlan> {
        let drug_time = drug_minutes(services);
        let mut sites: Vec<Option<SiteIndex>> =
            services.iter().filter(|service| is_intravenous(service.technique)).map(|service| service.site).collect();
        sites.sort_unstable();
        sites.dedup();
        let mut plans: Vec<SitePlan> =
            sites.into_iter().map(|site| self.plan_site(site, services, &drug_time)).collect();
        let mut best: Option<(Rank<'_>, usize)> = None;
        for (at, plan) in plans.iter_mut().enumerate() {
            let choice = self.candidates(plan, services).into_iter().min_by(|one, other| one.0.cmp(&other.0));
            if let Some((rank, initial)) = choice {
                plan.initial = Some(initial);
                if best.as_ref().is_none_or(|(leader, _)| rank < *leader) {
                    best = Some((rank, at));
                }
            }
        }
        if let Some((_, at)) = best {
            plans[at].first = true;
        }
        plans
    }

    fn plan_site(&self, site: Option<SiteIndex>, services: &[Service], drug_time: &[Interval]) -> SitePlan {
        let of = |technique: Technique| -> Vec<usize> {
            let here = services.iter().enumerate().filter(|(_, service)| service.site == site);
            here.filter(|(_, service)| service.technique == technique).map(|(at, _)| at).collect()
        };
        let mut infusions: Vec<InfusionUnit> = Vec::new();
        for at in of(Technique::Infusion) {
            let service = &services[at];
            let repeat = infusions
                .iter_mut()
                .find(|unit| self.policy.same_drug_repeat == SameDrugRepeat::AddTime && unit.drugs == service.drugs);
            match repeat {
                Some(unit) => {
                    unit.services.push(at);
                    unit.family = unit.family.min(service.family);
                    unit.intervals.extend(&service.intervals);
                    unit.intervals = intervals::union(std::mem::take(&mut unit.intervals));
                }
                None => infusions.push(InfusionUnit {
                    services: vec![at],
                    family: service.family,
                    intervals: service.intervals.clone(),
                    drugs: service.drugs.clone(),
                }),
            }
        }
        let hydration = of(Technique::Hydration);
        let fluid = hydration.iter().flat_map(|&at| services[at].intervals.iter().copied()).collect();
        SitePlan {
            site,
            infusions,
            pushes: of(Technique::Push),
            prolonged: of(Technique::ProlongedInfusion),
            hydration_alone: intervals::subtract(&intervals::union(fluid), drug_time),
            hydration,
            initial: None,
            first: false,
        }
    }

    /// Facility: chemo infusion, chemo push, therapeutic infusion, therapeutic push, hydration (CPT facility
    /// instruction). Professional: the primary reason for the visit where the data name it, else the same order.
    fn candidates(&self, plan: &SitePlan, services: &[Service]) -> Vec<(Rank<'_>, Initial)> {
        let primary = self.primary_administration();
        let named = |members: &[usize]| {
            let mut rows = members.iter().flat_map(|&at| &services[at].administrations);
            primary.is_some_and(|id| rows.any(|&row| self.id(row) == id))
        };
        let mut candidates = Vec::new();
        let mut add = |rank: u8, minutes: Minutes, members: &[usize], initial: Initial| {
            let rank = if named(members) { 0 } else { rank };
            let start = members.iter().filter_map(|&at| services[at].start).map(ChartTime::absolute).min();
            let id = members.iter().flat_map(|&at| &services[at].administrations).map(|&row| self.id(row)).min();
            candidates
                .push(((rank, std::cmp::Reverse(minutes), start.unwrap_or(i64::MAX), id.unwrap_or_default()), initial));
        };
        for (at, unit) in plan.infusions.iter().enumerate() {
            let rank = if unit.family == Family::Chemo { 2 } else { 5 };
            add(rank, intervals::total(&unit.intervals), &unit.services, Initial::Infusion(at));
        }
        for &at in &plan.pushes {
            let rank = if services[at].family == Family::Chemo { 3 } else { 6 };
            add(rank, services[at].minutes(), &[at], Initial::Push(at));
        }
        let other_chemo = plan.infusions.iter().any(|unit| unit.family == Family::Chemo)
            || plan.pushes.iter().any(|&at| services[at].family == Family::Chemo);
        for &at in &plan.prolonged {
            match services[at].family {
                // A chemotherapy pump stands beside the site's other chemotherapy.
                Family::Chemo if other_chemo => {}
                Family::Chemo => add(1, services[at].minutes(), &[at], Initial::Prolonged(at)),
                _ => add(4, services[at].minutes(), &[at], Initial::Prolonged(at)),
            }
        }
        let alone = intervals::total(&plan.hydration_alone);
        if alone >= HYDRATION_MIN_MINUTES {
            add(7, alone, &plan.hydration, Initial::Hydration);
        }
        candidates
    }

    /// The administration that the data name as the primary reason of a professional's visit.
    fn primary_administration(&self) -> Option<&str> {
        self.encounter.primary_administration_id.filter(|_| self.setting == Setting::Professional)
    }
}

/// Minutes of every eligible drug infusion and timed push of the encounter, on any site. A patient-worn pump takes
/// nothing from hydration.
fn drug_minutes(services: &[Service]) -> Vec<Interval> {
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
    intervals::union(services.iter().filter(takes_time).flat_map(|service| service.intervals.iter().copied()).collect())
}

fn is_intravenous(technique: Technique) -> bool {
    matches!(technique, Technique::Infusion | Technique::Push | Technique::ProlongedInfusion | Technique::Hydration)
}
