//! Step 4: family and technique of each service, after merging.

use super::eligible::Given;
use super::intervals::{self, Intervals};
use super::merge::{drug_set, is_prolonged_pump};
use super::{Coder, Family, Service, Technique};
use crate::model::{ChartTime, Device, Indexes, Method, Minutes, Route, Setting, one_index};
use crate::policy::MissingStop;

/// From here an infusion by a patient-worn pump is prolonged (more than eight hours).
pub(super) const PROLONGED_MIN_MINUTES: Minutes = 481;

/// The charted facts of a service that decide its technique.
#[derive(Clone, Copy)]
struct Facts {
    family: Family,
    charted_infusion: bool,
    charted_push: bool,
    syringe: bool,
    on_body: bool,
    prolonged_pump: bool,
    started: bool,
    any_time: bool,
    /// Documented minutes, where both ends are known.
    minutes: Option<Minutes>,
    /// Minutes of volume ÷ rate, asked only of pumps without a stop.
    volume_minutes: Option<Minutes>,
}

impl Facts {
    /// The facts of one administration.
    fn of(one: &Given) -> Self {
        Self {
            family: one.family,
            charted_infusion: one.method == Some(Method::Infusion),
            charted_push: matches!(one.method, Some(Method::Push | Method::Injection)),
            syringe: one.device == Some(Device::Syringe),
            on_body: one.device == Some(Device::OnBodyInjector),
            prolonged_pump: is_prolonged_pump(one),
            started: one.start.is_some(),
            any_time: one.start.is_some() || one.stop.is_some(),
            minutes: one.interval().map(|(start, stop)| (stop - start).max(0)),
            volume_minutes: None,
        }
    }

    /// What is charted of any administration of a service is charted of the service.
    fn or(self, other: Self) -> Self {
        Self {
            charted_infusion: self.charted_infusion || other.charted_infusion,
            charted_push: self.charted_push || other.charted_push,
            syringe: self.syringe || other.syringe,
            on_body: self.on_body || other.on_body,
            prolonged_pump: self.prolonged_pump || other.prolonged_pump,
            started: self.started || other.started,
            any_time: self.any_time || other.any_time,
            ..self
        }
    }
}

/// What the members of a group come to.
struct Members<'g> {
    lead: &'g Given,
    facts: Facts,
    /// Sorted and disjoint.
    intervals: Intervals,
    rows: Indexes,
    drugs: Indexes,
    start: Option<ChartTime>,
    derived_stop: bool,
    /// Some have both times and some have not.
    part_untimed: bool,
}

impl<'g> Members<'g> {
    /// Nearly every service is one administration.
    fn one(one: &'g Given) -> Self {
        let interval = one.interval().filter(|(start, stop)| start < stop);
        let intervals = interval.map_or_else(Intervals::new, |only| Intervals::from_buf_and_len([only, (0, 0)], 1));
        Self {
            lead: one,
            facts: Facts::of(one),
            intervals,
            rows: Indexes::from_slice(&one.rows),
            drugs: one_index(one.drug),
            start: one.start.or(one.stop),
            derived_stop: one.derived_stop,
            part_untimed: false,
        }
    }

    fn several(given: &'g [Given], group: &[u32]) -> Self {
        let members = || group.iter().map(|&at| &given[at as usize]);
        let mut lead = &given[group[0] as usize];
        let mut facts = Facts::of(lead);
        for one in members() {
            if (one.family, one.class, one.rank) < (lead.family, lead.class, lead.rank) {
                lead = one;
            }
            facts = facts.or(Facts::of(one));
        }
        let charted = members().filter_map(Given::interval).count();
        let intervals = intervals::union(members().filter_map(Given::interval));
        facts.family = lead.family;
        facts.minutes = (charted > 0).then(|| intervals::total(&intervals));
        let earliest =
            |time: fn(&Given) -> Option<ChartTime>| members().filter_map(time).min_by_key(|time| time.absolute());
        Self {
            lead,
            facts,
            intervals,
            rows: members().flat_map(|one| one.rows.iter().copied()).collect(),
            drugs: drug_set(given, group),
            start: earliest(|one| one.start).or_else(|| earliest(|one| one.stop)),
            derived_stop: members().any(|one| one.derived_stop),
            part_untimed: (1..group.len()).contains(&charted),
        }
    }
}

impl Coder<'_> {
    /// The service that a group of administrations is.
    pub(super) fn classify(&mut self, given: &[Given], group: &[u32]) -> Service {
        let Members { lead, mut facts, intervals, mut rows, drugs, start, derived_stop, part_untimed } = match group {
            [only] => Members::one(&given[*only as usize]),
            _ => Members::several(given, group),
        };
        if rows.len() > 1 {
            rows.sort_unstable_by_key(|&row| self.rank(row));
        }
        if facts.minutes.is_none() && facts.prolonged_pump {
            facts.volume_minutes = group.iter().find_map(|&at| self.volume_minutes(&given[at as usize]));
        }
        if part_untimed {
            self.flag_all(&rows, "part-without-times");
        }
        let technique = self.technique(lead.route, lead.site, &facts, &rows);
        Service {
            technique,
            site: lead.site,
            route: lead.route,
            class: lead.class,
            family: lead.family,
            intervals,
            start,
            drugs,
            derived_stop,
            timed: facts.minutes.is_some(),
            administrations: rows,
        }
    }

    fn technique(&mut self, route: Route, site: Option<u16>, facts: &Facts, rows: &[u32]) -> Technique {
        if !facts.any_time {
            return Technique::Unsupported("no-time-charted");
        }
        match route {
            Route::Intravenous => self.intravenous(facts, rows),
            Route::Subcutaneous | Route::Intramuscular if facts.on_body => Technique::OnBodyInjector,
            Route::Intramuscular => Technique::Injection,
            Route::Subcutaneous => self.subcutaneous(facts, rows),
            Route::IntraArterial => self.intra_arterial(facts, rows),
            Route::Intrathecal if facts.family == Family::Chemo => {
                if self.names_reservoir(site, rows) {
                    Technique::Reservoir
                } else {
                    Technique::Intrathecal
                }
            }
            Route::Pleural if facts.family == Family::Chemo => Technique::Pleural,
            Route::Intraperitoneal if facts.family == Family::Chemo => Technique::Peritoneal,
            Route::Intralesional => {
                self.flag_all(rows, "lesion-count-needed");
                Technique::Unsupported("intralesional-lesion-count-needed")
            }
            _ => Technique::Unsupported("route-without-administration-code"),
        }
    }

    fn intravenous(&mut self, facts: &Facts, rows: &[u32]) -> Technique {
        if facts.family == Family::Hydration {
            return match facts.minutes {
                Some(_) => Technique::Hydration,
                None if facts.started => {
                    self.flag_all(rows, "missing-stop");
                    Technique::Unsupported("hydration-without-stop")
                }
                None => self.missing_start(rows),
            };
        }
        if facts.prolonged_pump {
            let prolonged = |minutes: Minutes| minutes >= PROLONGED_MIN_MINUTES;
            let has_code = facts.family == Family::Chemo || self.setting == Setting::Facility;
            match facts.minutes {
                Some(minutes) if prolonged(minutes) && has_code => return Technique::ProlongedInfusion,
                None if facts.family == Family::Chemo && facts.started => {
                    return self.pump_without_stop(facts, rows, Technique::ProlongedInfusion);
                }
                _ => {}
            }
        }
        self.push_or_infusion(facts, rows, Technique::Push, Technique::Infusion)
    }

    /// A chemotherapy pump without a stop is prolonged if volume ÷ rate says so, else a query; never a push.
    fn pump_without_stop(&mut self, facts: &Facts, rows: &[u32], prolonged: Technique) -> Technique {
        self.flag_all(rows, "missing-stop");
        if facts.volume_minutes.is_some_and(|minutes| minutes >= PROLONGED_MIN_MINUTES) {
            return prolonged;
        }
        self.flag_all(rows, "query-pump-duration");
        Technique::Unsupported("pump-duration-unknown")
    }

    /// The 15-minute rule, the slow push by syringe, and what is left when a time is missing.
    fn push_or_infusion(&mut self, facts: &Facts, rows: &[u32], push: Technique, infusion: Technique) -> Technique {
        match facts.minutes {
            Some(minutes) if minutes <= self.policy.push_max_minutes => push,
            Some(_) if facts.charted_push && facts.syringe => {
                self.flag_all(rows, "slow-push-by-syringe");
                push
            }
            Some(_) => infusion,
            None if facts.charted_push => push,
            None if !facts.started => self.missing_start(rows),
            None => self.missing_stop(rows, push),
        }
    }

    fn missing_start(&mut self, rows: &[u32]) -> Technique {
        self.flag_all(rows, "missing-start");
        Technique::Unsupported("infusion-without-start")
    }

    fn missing_stop(&mut self, rows: &[u32], at_most: Technique) -> Technique {
        self.flag_all(rows, "missing-stop");
        match self.policy.missing_stop {
            MissingStop::Push => at_most,
            MissingStop::NoBill => Technique::Unsupported("infusion-without-stop"),
            MissingStop::Query => {
                self.flag_all(rows, "query-stop-time");
                Technique::Unsupported("stop-time-queried")
            }
        }
    }

    fn subcutaneous(&mut self, facts: &Facts, rows: &[u32]) -> Technique {
        match facts.minutes {
            Some(minutes) if minutes > self.policy.push_max_minutes && !facts.charted_push => {
                Technique::SubcutaneousInfusion
            }
            None if facts.charted_infusion && !facts.started => self.missing_start(rows),
            None if facts.charted_infusion && facts.family == Family::Hydration => {
                self.flag_all(rows, "missing-stop");
                Technique::Unsupported("hydration-without-stop")
            }
            None if facts.charted_infusion => self.missing_stop(rows, Technique::Injection),
            _ => Technique::Injection,
        }
    }

    fn intra_arterial(&mut self, facts: &Facts, rows: &[u32]) -> Technique {
        if facts.family == Family::Hydration {
            return Technique::Unsupported("hydration-not-intravenous");
        }
        let long = facts.minutes.is_some_and(|minutes| minutes >= PROLONGED_MIN_MINUTES);
        if facts.family == Family::Chemo && facts.prolonged_pump && long {
            return Technique::IntraArterialProlonged;
        }
        if facts.family == Family::Chemo && facts.prolonged_pump && facts.minutes.is_none() && facts.started {
            return self.pump_without_stop(facts, rows, Technique::IntraArterialProlonged);
        }
        // Only chemotherapy has an intra-arterial infusion code of its own.
        let infusion = match facts.family {
            Family::Chemo => Technique::IntraArterialInfusion,
            _ => Technique::IntraArterialPush,
        };
        self.push_or_infusion(facts, rows, Technique::IntraArterialPush, infusion)
    }

    fn names_reservoir(&self, site: Option<u16>, rows: &[u32]) -> bool {
        site.is_some()
            && rows.iter().filter_map(|&row| self.encounter.administrations.get(row as usize)).any(|row| {
                let name = row.access_site.unwrap_or_default().to_uppercase();
                name.contains("RESERVOIR") || name.contains("OMMAYA")
            })
    }
}
