//! Step 7: what every service earns beside the initial ones.

mod hydration;
mod infusions;
mod injections;
mod pushes;

use super::initial::{Initial, SitePlan, is_intravenous};
use super::intervals::{self, Interval};
use super::{CodedLine, Coder, Reason, Service, Technique};
use crate::model::{ChartTime, Date, HcpcsCode, Indexes, Minutes, Modifier, Setting};
use crate::policy::MidnightDateOfService;
use smallvec::SmallVec;

/// The encounter's lines as they grow, and which services earned one.
struct Roles<'c, 'e> {
    coder: &'c Coder<'e>,
    services: &'c [Service],
    lines: Vec<CodedLine>,
    /// By service: why it earned nothing, unless a line names it.
    fates: SmallVec<[Fate; 8]>,
    flags: SmallVec<[(u32, &'static str); 2]>,
    /// The encounter's one concurrent line, once there is one.
    concurrent: Option<usize>,
}

/// What became of a service.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// A line names it.
    Earned,
    /// Nothing was said of it.
    Open,
    Idle(&'static str),
}

impl Coder<'_> {
    /// The administration lines of all sites; services that earn none are recorded with their reason.
    pub(super) fn assign_roles(&mut self, services: &[Service]) -> Vec<CodedLine> {
        let plans = self.plan_sites(services);
        let fate = |service: &Service| match service.technique {
            Technique::Unsupported(reason) => Fate::Idle(reason),
            _ => Fate::Open,
        };
        let mut fates = SmallVec::with_capacity(services.len());
        for service in services {
            fates.push(fate(service));
        }
        let mut roles = Roles {
            coder: self,
            services,
            // Most services earn a line of their own and one of their drug.
            lines: Vec::with_capacity(services.len() * 2 + 1),
            fates,
            flags: SmallVec::new(),
            concurrent: None,
        };
        // The first site's services come first, so that the encounter's one concurrent line stands there.
        for plan in plans.iter().filter(|plan| plan.first).chain(plans.iter().filter(|plan| !plan.first)) {
            roles.code_site(plan);
        }
        let competes = |service: &Service| {
            is_intravenous(service.technique) || matches!(service.technique, Technique::Unsupported(_))
        };
        if !services.iter().all(competes) {
            roles.code_others();
        }
        let Roles { lines, fates, flags, .. } = roles;
        for (at, flag) in flags {
            self.flag_all(&services[at as usize].administrations, flag);
        }
        for (service, fate) in services.iter().zip(fates) {
            match fate {
                Fate::Earned => {}
                Fate::Open => self.leave_out(&service.administrations, "no-minutes-left"),
                Fate::Idle(reason) => self.leave_out(&service.administrations, reason),
            }
        }
        lines
    }
}

impl<'c> Roles<'c, '_> {
    fn code_site(&mut self, plan: &SitePlan) {
        let first_line = self.lines.len();
        self.code_infusions(plan);
        self.code_pushes(plan);
        self.code_prolonged(plan);
        self.code_hydration(plan);
        // The initial's line carries the modifier that tells this site or encounter apart.
        let policy = self.coder.policy;
        let modifier = if !plan.first {
            Some(policy.distinct_site_modifier)
        } else if self.coder.encounter.second_encounter_of_day {
            Some(policy.distinct_encounter_modifier)
        } else {
            None
        };
        if let Some(modifier) = modifier {
            self.mark_initial(first_line, modifier);
        }
    }

    fn mark_initial(&mut self, from: usize, modifier: Modifier) {
        for line in self.lines.iter_mut().skip(from).filter(|line| line.reason.step == "initial") {
            line.modifiers.push(modifier);
        }
    }

    /// Adds a line of whole units on the day the service started.
    fn add(
        &mut self,
        code: &'static str,
        units: i64,
        members: &[u32],
        site: Option<super::SiteIndex>,
        reason: Reason,
    ) -> usize {
        let rows = self.rows(members);
        let date = self.date_of(members);
        self.lines.push(CodedLine::administration(HcpcsCode::new(code), units, date, site, rows, reason));
        self.lines.len() - 1
    }

    /// Adds hour units, each on the day it began where the policy splits at midnight. `first_hour` is the hour of the
    /// intervals at which the first unit begins.
    fn add_hours(
        &mut self,
        code: &'static str,
        units: i64,
        first_hour: i64,
        members: &[u32],
        site: Option<super::SiteIndex>,
        (intervals, reason): (&[Interval], Reason),
    ) {
        if units <= 0 {
            return;
        }
        if self.coder.policy.midnight_dos == MidnightDateOfService::Start {
            self.add(code, units, members, site, reason);
            return;
        }
        let rows = self.rows(members);
        let start = self.start_of(members);
        for hour in first_hour..first_hour + units {
            let began = intervals::position(intervals, hour * 60);
            let date = match (start, began) {
                (Some(start), Some(began)) => Some(start.date_after(began - start.absolute())),
                _ => self.coder.date,
            };
            let rows = rows.clone();
            self.lines.push(CodedLine::administration(HcpcsCode::new(code), 1, date, site, rows, reason));
        }
    }

    /// The rows of services that a line names.
    fn rows(&mut self, members: &[u32]) -> Indexes {
        if let [only] = members {
            self.fates[*only as usize] = Fate::Earned;
            return Indexes::from_slice(&self.services[*only as usize].administrations);
        }
        let mut rows = Indexes::new();
        for &at in members {
            self.fates[at as usize] = Fate::Earned;
            rows.extend_from_slice(&self.services[at as usize].administrations);
        }
        rows
    }

    fn start_of(&self, members: &[u32]) -> Option<ChartTime> {
        members.iter().filter_map(|&at| self.services[at as usize].start).min_by_key(|time| time.absolute())
    }

    fn date_of(&self, members: &[u32]) -> Option<Date> {
        self.start_of(members).map(ChartTime::date).or(self.coder.date)
    }

    /// Why services earned nothing, unless a line names them.
    fn leave_idle(&mut self, members: &[u32], reason: &'static str) {
        for &at in members {
            if !matches!(self.fates[at as usize], Fate::Earned) {
                self.fates[at as usize] = Fate::Idle(reason);
            }
        }
    }

    fn facility(&self) -> bool {
        self.coder.setting == Setting::Facility
    }

    /// What an initial's reason says: on a professional claim without a named primary reason the facility order was
    /// assumed.
    fn initial_about(&self, named: &'static str, assumed: &'static str) -> &'static str {
        if self.facility() || self.coder.encounter.primary_administration_id.is_some() { named } else { assumed }
    }
}

/// Hours beyond the first that `minutes` support: more than 30 past the last full hour (91 → 1, 151 → 2).
fn additional_hours(minutes: Minutes) -> i64 {
    if minutes >= 91 { (minutes - 31) / 60 } else { 0 }
}

fn is_initial(plan: &SitePlan, initial: Initial) -> bool {
    plan.initial == Some(initial)
}

#[cfg(test)]
mod tests {
    use super::additional_hours;

    #[test]
    fn additional_hours_begin_at_91_151_and_211_minutes() {
        let cases = [(16, 0), (60, 0), (90, 0), (91, 1), (150, 1), (151, 2), (210, 2), (211, 3)];
        for (minutes, hours) in cases {
            assert_eq!(additional_hours(minutes), hours, "{minutes}");
        }
    }
}
