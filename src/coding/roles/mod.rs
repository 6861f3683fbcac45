//! Step 7: what every service earns beside the initial ones.

mod hydration;
mod infusions;
mod injections;
mod pushes;

use super::initial::{Initial, SitePlan};
use super::intervals::{self, Interval};
use super::{CodedLine, Coder, Reason, Service};
use crate::model::{ChartTime, Date, HcpcsCode, Indexes, Minutes, Modifier, Setting};
use crate::policy::MidnightDateOfService;

/// The encounter's lines as they grow, and which services earned one.
struct Roles<'c, 'e> {
    coder: &'c Coder<'e>,
    services: &'c [Service],
    lines: Vec<CodedLine>,
    /// By service: why it earned nothing, unless a line names it.
    idle: Vec<Option<&'static str>>,
    flags: Vec<(usize, &'static str)>,
    /// The encounter's one concurrent line, once there is one.
    concurrent: Option<usize>,
}

impl Coder<'_> {
    /// The administration lines of all sites; services that earn none are recorded with their reason.
    pub(super) fn assign_roles(&mut self, services: &[Service], _sites: &[String]) -> Vec<CodedLine> {
        let plans = self.plan_sites(services);
        let mut roles = Roles {
            coder: self,
            services,
            lines: Vec::new(),
            idle: services
                .iter()
                .map(|service| match service.technique {
                    super::Technique::Unsupported(reason) => Some(reason),
                    _ => None,
                })
                .collect(),
            flags: Vec::new(),
            concurrent: None,
        };
        // The first site's services come first, so that the encounter's one concurrent line stands there.
        for plan in plans.iter().filter(|plan| plan.first).chain(plans.iter().filter(|plan| !plan.first)) {
            roles.code_site(plan);
        }
        roles.code_subcutaneous();
        roles.code_injections();
        roles.code_other_routes();
        let Roles { lines, idle, flags, .. } = roles;
        for (at, flag) in flags {
            let rows = services[at].administrations.clone();
            self.flag_all(&rows, flag);
        }
        for (service, reason) in services.iter().zip(idle) {
            let earned = |row: &u32| lines.iter().any(|line| line.administrations.contains(row));
            let rows: Indexes = service.administrations.iter().copied().filter(|row| !earned(row)).collect();
            self.leave_out(&rows, reason.unwrap_or("no-minutes-left"));
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
        members: &[usize],
        site: Option<super::SiteIndex>,
        reason: Reason,
    ) -> usize {
        let rows = self.rows(members);
        let date = self.date_of(members);
        self.lines.push(CodedLine::administration(HcpcsCode::new(code), units, date, site, &rows, reason));
        self.lines.len() - 1
    }

    /// Adds hour units, each on the day it began where the policy splits at midnight. `first_hour` is the hour of the
    /// intervals at which the first unit begins.
    fn add_hours(
        &mut self,
        code: &'static str,
        units: i64,
        first_hour: i64,
        members: &[usize],
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
            self.lines.push(CodedLine::administration(HcpcsCode::new(code), 1, date, site, &rows, reason));
        }
    }

    fn rows(&self, members: &[usize]) -> Vec<u32> {
        members.iter().flat_map(|&at| self.services[at].administrations.iter().copied()).collect()
    }

    fn start_of(&self, members: &[usize]) -> Option<ChartTime> {
        members.iter().filter_map(|&at| self.services[at].start).min_by_key(|time| time.absolute())
    }

    fn date_of(&self, members: &[usize]) -> Option<Date> {
        self.start_of(members).map(ChartTime::date).or(self.coder.date)
    }

    fn leave_idle(&mut self, members: &[usize], reason: &'static str) {
        for &at in members {
            self.idle[at] = Some(reason);
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
