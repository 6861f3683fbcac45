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
mod sites;
mod waste;

pub use eligible::is_neoplasm;
pub use result::{Coded, CodedLine, Family, Flag, LineKind, NotBilled, Reason, Service, SiteIndex, Technique};
pub use waste::vial_contents;

use crate::model::{Date, Encounter, EncounterClass, Setting};
use crate::policy::Policy;
use crate::reference::Reference;
use eligible::Given;

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
    not_billed: Vec<NotBilled>,
    flags: Vec<Flag>,
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
        not_billed: Vec::new(),
        flags: Vec::new(),
    };
    let given = coder.eligible();
    if let Some(reason) = coder.unsupported_encounter() {
        for one in &given {
            coder.leave_out(&one.rows, reason);
        }
        return coder.finish(Vec::new(), Vec::new(), Vec::new());
    }
    let (given, sites) = coder.place(given);
    let services = coder.services(&given);
    let mut lines = coder.assign_roles(&services, &sites);
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

    /// The services: rows merged, then classified, in the order of their start and ids.
    fn services(&mut self, given: &[Given]) -> Vec<Service> {
        let mut services: Vec<Service> =
            self.merge(given).into_iter().map(|group| self.classify(given, &group)).collect();
        services.sort_by(|left, right| self.start_order(left).cmp(&self.start_order(right)));
        services
    }

    /// Start on the absolute timeline, undated last, then the smallest id.
    fn start_order<'s>(&'s self, service: &Service) -> (bool, i64, &'s str) {
        let first = service.administrations.first().map_or("", |&row| self.id(row));
        (service.start.is_none(), service.start.map_or(0, crate::model::ChartTime::absolute), first)
    }

    fn finish(mut self, mut lines: Vec<CodedLine>, services: Vec<Service>, sites: Vec<String>) -> Coded {
        self.flag_missing_parents(&lines);
        let encounter = self.encounter;
        let id = |administration: u32| {
            encounter.administrations.get(administration as usize).map_or("", |row| row.administration_id)
        };
        lines::combine(&mut lines, id);
        self.not_billed.sort_by_key(|one| (id(one.administration), one.administration));
        self.not_billed.dedup_by_key(|one| one.administration);
        self.flags.sort_by_key(|one| (id(one.administration), one.administration, one.flag));
        self.flags.dedup();
        Coded { setting: self.setting, lines, not_billed: self.not_billed, flags: self.flags, services, sites }
    }

    /// A missing parent is flagged and never changes a code.
    fn flag_missing_parents(&mut self, lines: &[CodedLine]) {
        for line in lines {
            let Some(code) = self.reference.administration(line.code).filter(|code| code.add_on) else { continue };
            if lines.iter().all(|other| !code.parents.contains(&other.code)) {
                self.flag_all(&line.administrations, "add-on-without-parent");
            }
        }
    }
}
