//! What the record supports: a pure function from one encounter, a policy and the reference tables to coded lines.
//!
//! One file per step, in the order in which they run: [`eligible`] keeps what was given, [`minutes`] times it,
//! [`sites`] tells access sites apart, [`merge`] joins rows into services, [`classify`] names their technique,
//! [`initial`] picks each site's initial service, [`roles`] codes everything else, [`drug_lines`] and [`waste`] the
//! drugs.

mod classify;
mod drug_lines;
mod eligible;
mod initial;
pub mod intervals;
mod lines;
mod merge;
mod minutes;
mod result;
mod roles;
mod row_facts;
mod sites;
mod waste;
mod whole_units;

pub use eligible::is_neoplasm;
pub use result::{
    Coded, CodedLine, Family, Flag, LineKind, NotBilled, Reason, Service, SiteIndex, SiteNames, Technique,
};
pub use waste::vial_contents;

use crate::model::{ChartTime, Date, Encounter, EncounterClass, Setting};
use crate::policy::Policy;
use crate::reference::Reference;
use eligible::Given;
use row_facts::AllRowFacts;
use smallvec::SmallVec;

/// Professional places of service in which the facility reports the administration (MPFS PC/TC indicator 5; CMS Pub
/// 100-04 ch. 12 section 30.5).
pub const FACILITY_PLACES_OF_SERVICE: [&str; 15] =
    ["19", "21", "22", "23", "24", "25", "31", "32", "34", "51", "52", "54", "61", "62", "65"];

/// Reasons with which step 1 leaves a charted row out: it was not given, counts elsewhere, or is no administration of
/// this audit. Every other row is audited, whatever it earns.
pub const INELIGIBLE: [&str; 12] = [
    "superseded-version",
    "duplicate",
    "not-given",
    "non-parenteral-route",
    "vaccine",
    "blood-product",
    "contrast",
    "anesthesia",
    "keep-vein-open",
    "flush",
    "carrier-fluid",
    "line-declotting",
];

/// What the steps share while one encounter is coded.
struct Coder<'e> {
    encounter: &'e Encounter<'e>,
    setting: Setting,
    policy: &'e Policy,
    reference: &'e Reference,
    date: Option<Date>,
    /// By row.
    rows: AllRowFacts<'e>,
    not_billed: Vec<NotBilled>,
    flags: Vec<Flag>,
}

/// Places a service by its start on the absolute timeline, undated last, then by its smallest id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct StartOrder {
    undated: bool,
    start: i64,
    rank: u32,
}

impl StartOrder {
    fn new(start: Option<ChartTime>, rank: Option<u32>) -> Self {
        Self { undated: start.is_none(), start: start.map_or(0, ChartTime::absolute), rank: rank.unwrap_or_default() }
    }
}

/// Codes one encounter under one setting.
///
/// In: the encounter with all charted rows, the policy in force for its payer and date, the reference tables.
/// Out: the supported lines with the administrations that earned them, and a reason for every administration that
/// earned none. Nothing of the encounter's claim lines is looked at.
#[must_use]
pub fn code(encounter: &Encounter<'_>, setting: Setting, policy: &Policy, reference: &Reference) -> Coded {
    let mut coder = Coder {
        encounter,
        setting,
        policy,
        reference,
        date: encounter.date(),
        rows: row_facts::row_facts(encounter, policy, reference),
        not_billed: Vec::new(),
        flags: Vec::new(),
    };
    let mut given = coder.eligible();
    if let Some(reason) = coder.unsupported_encounter() {
        for one in &given {
            coder.leave_out(&one.rows, reason);
        }
        return coder.finish(Vec::new(), Vec::new(), SiteNames::new());
    }
    let sites = coder.place(&mut given);
    let services = coder.services(&given);
    let mut lines = coder.assign_roles(&services);
    coder.drug_lines(&given, &services, &mut lines);
    coder.finish(lines, services, sites)
}

impl Coder<'_> {
    /// Why nothing at all can be supported: an inpatient stay, or a professional claim where the facility reports.
    fn unsupported_encounter(&self) -> Option<&'static str> {
        if self.encounter.encounter_class == Some(EncounterClass::Inpatient) {
            return Some("inpatient-encounter");
        }
        let place = self.encounter.place_of_service.map(str::trim);
        let facility_reports = place.is_some_and(|place| FACILITY_PLACES_OF_SERVICE.contains(&place));
        (self.setting == Setting::Professional && facility_reports).then_some("facility-reports-administration")
    }

    fn leave_out(&mut self, rows: &[u32], reason: &'static str) {
        self.not_billed.extend(rows.iter().map(|&administration| NotBilled { administration, reason }));
    }

    fn flag(&mut self, administration: u32, flag: &'static str) {
        self.flags.push(Flag { administration, flag });
    }

    fn flag_all(&mut self, rows: &[u32], flag: &'static str) {
        for &row in rows {
            self.flag(row, flag);
        }
    }

    fn id(&self, administration: u32) -> &str {
        self.encounter.administrations.get(administration as usize).map_or("", |row| row.administration_id)
    }

    /// Compares as the ids of rows do.
    #[inline]
    fn rank(&self, administration: u32) -> u32 {
        self.rows.get(administration as usize).map_or(0, |row| row.rank)
    }

    /// The rank of a service's smallest id.
    fn first_rank(&self, service: &Service) -> u32 {
        service.administrations.first().map_or(0, |&row| self.rank(row))
    }

    /// The services: rows merged, then classified, in the order of their start and ids; undated ones last.
    fn services(&mut self, given: &[Given]) -> Vec<Service> {
        let groups = self.merge(given);
        let mut order: SmallVec<[(StartOrder, u32); 8]> = SmallVec::new();
        match &groups {
            None => {
                for (at, one) in given.iter().enumerate() {
                    let rank = one.rows.iter().map(|&row| self.rank(row)).min();
                    order.push((StartOrder::new(one.start.or(one.stop), rank), at as u32));
                }
            }
            Some(groups) => {
                for (at, group) in groups.iter().enumerate() {
                    order.push((self.start_order(given, group), at as u32));
                }
            }
        }
        order.sort_unstable();
        let mut services = Vec::with_capacity(order.len());
        for (_, at) in order {
            let service = match &groups {
                None => self.classify(given, &[at]),
                Some(groups) => self.classify(given, &groups[at as usize]),
            };
            services.push(service);
        }
        services
    }

    fn start_order(&self, given: &[Given], group: &merge::Group) -> StartOrder {
        let members = || group.iter().map(|&at| &given[at as usize]);
        let earliest =
            |time: fn(&Given) -> Option<ChartTime>| members().filter_map(time).min_by_key(|time| time.absolute());
        let rank = members().flat_map(|one| &one.rows).map(|&row| self.rank(row)).min();
        StartOrder::new(earliest(|one| one.start).or_else(|| earliest(|one| one.stop)), rank)
    }

    fn finish(mut self, mut lines: Vec<CodedLine>, services: Vec<Service>, sites: SiteNames) -> Coded {
        self.flag_missing_parents(&lines);
        let Self { rows, mut not_billed, mut flags, setting, .. } = self;
        let rank = |row: u32| rows.get(row as usize).map_or(0, |row| row.rank);
        lines::combine(&mut lines, rank);
        // The first reason stands where a row has several.
        not_billed.sort_by_key(|one| rank(one.administration));
        not_billed.dedup_by_key(|one| one.administration);
        flags.sort_unstable_by_key(|one| (rank(one.administration), one.flag));
        flags.dedup();
        Coded { setting, lines, not_billed, flags, services, sites }
    }

    /// A missing parent is flagged and never changes a code.
    fn flag_missing_parents(&mut self, lines: &[CodedLine]) {
        for line in lines.iter().filter(|line| line.kind == LineKind::Administration) {
            let Some(code) = self.reference.administration(line.code).filter(|code| code.add_on) else { continue };
            if lines.iter().all(|other| !code.parents.contains(&other.code)) {
                self.flag_all(&line.administrations, "add-on-without-parent");
            }
        }
    }
}
