//! Step 4: family and technique of each service, after merging.

use super::eligible::Given;
use super::merge::{drug_set, is_prolonged_pump};
use super::{Coder, Family, Service, Technique, intervals};
use crate::model::{ChartTime, Device, Indexes, Method, Minutes, Route, Setting};
use crate::policy::MissingStop;

/// From here an infusion by a patient-worn pump is prolonged (more than eight hours).
pub(super) const PROLONGED_MIN_MINUTES: Minutes = 481;

/// The charted facts of a service that decide its technique.
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
    /// Minutes of volume ÷ rate.
    volume_minutes: Option<Minutes>,
}

impl Coder<'_> {
    pub(super) fn classify(&mut self, given: &[Given], group: &[usize]) -> Service {
        let members: Vec<&Given> = group.iter().map(|&at| &given[at]).collect();
        let lead = members
            .iter()
            .min_by(|one, other| {
                let key = |one: &Given| (one.family, one.class, self.id(one.rows[0]));
                key(one).cmp(&key(other))
            })
            .copied()
            .unwrap_or(members[0]);
        let charted = |one: &&&Given| Some((one.start?.absolute(), one.stop?.absolute()));
        let timed = members.iter().any(|one| charted(&one).is_some());
        let intervals = intervals::union(members.iter().filter_map(|one| charted(&one)).collect());
        let times = || members.iter().flat_map(|one| [one.start, one.stop]).flatten();
        let starts = members.iter().filter_map(|one| one.start);
        let start = starts.min_by_key(|time| time.absolute());
        let mut rows: Indexes = members.iter().flat_map(|one| one.rows.iter().copied()).collect();
        rows.sort_by(|&left, &right| (self.id(left), left).cmp(&(self.id(right), right)));
        let facts = Facts {
            family: lead.family,
            charted_infusion: members.iter().any(|one| one.method == Some(Method::Infusion)),
            charted_push: members.iter().any(|one| matches!(one.method, Some(Method::Push | Method::Injection))),
            syringe: members.iter().any(|one| one.device == Some(Device::Syringe)),
            on_body: members.iter().any(|one| one.device == Some(Device::OnBodyInjector)),
            prolonged_pump: members.iter().any(|one| is_prolonged_pump(one)),
            started: start.is_some(),
            any_time: times().next().is_some(),
            minutes: timed.then(|| intervals::total(&intervals)),
            // Asked only of pumps without a stop.
            volume_minutes: if timed { None } else { members.iter().find_map(|one| self.volume_minutes(one)) },
        };
        if timed && members.iter().any(|one| charted(&one).is_none()) {
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
            start: start.or_else(|| times().min_by_key(|time: &ChartTime| time.absolute())),
            drugs: drug_set(given, group),
            derived_stop: members.iter().any(|one| one.derived_stop),
            timed,
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
