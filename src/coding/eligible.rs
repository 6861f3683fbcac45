//! Step 1: keep what was given; everything else is left out with a reason that can be counted.

use super::intervals::Interval;
use super::row_facts::{self, RowFacts};
use super::{Coder, Family};
use crate::model::{
    Administration, AdministrationStatus, ChartTime, Device, DrugMatch, HcpcsCode, Indexes, Method, Purpose, Route,
    SubstanceClass, one_index, trimmed,
};
use crate::policy::ComplexBiologicPolicy;
use smallvec::SmallVec;
use std::borrow::Cow;

/// An eligible administration: one row, or two complementary rows of two systems.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// The row that stands first; a second one only after reconciliation.
    pub rows: Indexes,
    /// Of the row that stands first: compares as its id does.
    pub rank: u32,
    pub class: SubstanceClass,
    pub family: Family,
    pub route: Route,
    pub method: Option<Method>,
    pub device: Option<Device>,
    pub start: Option<ChartTime>,
    pub stop: Option<ChartTime>,
    pub derived_stop: bool,
    /// Index into the site names once sites are placed.
    pub site: Option<u16>,
    /// Equal for the same drug.
    pub drug: u32,
    /// Equal for the same bag.
    pub bag: Option<u32>,
}

impl Given {
    /// Both charted or derived times on the absolute timeline.
    pub fn interval(&self) -> Option<Interval> {
        Some((self.start?.absolute(), self.stop?.absolute()))
    }
}

/// What makes two administrations the same drug: the code, else the name, else the class.
#[derive(Debug, PartialEq, Eq)]
enum DrugKey<'e> {
    Code(HcpcsCode),
    Name(Cow<'e, str>),
    Class(SubstanceClass),
}

/// Drugs and bags in the order in which they were first seen.
#[derive(Default)]
struct Seen<'e> {
    drugs: SmallVec<[DrugKey<'e>; 8]>,
    bags: SmallVec<[&'e str; 4]>,
}

/// Indexes of the rows of one encounter.
type Rows = SmallVec<[u32; 8]>;

impl<'e> Coder<'e> {
    /// The eligible administrations, in the order of their ids; what is left out is recorded with its reason.
    pub(super) fn eligible(&mut self) -> Vec<Given> {
        let mut standing = self.standing_versions();
        standing.retain(|row| self.admit(*row));
        let standing = self.without_duplicates(&standing);
        let mut seen = Seen::default();
        let mut given = Vec::with_capacity(standing.len());
        for &row in &standing {
            given.push(self.given(row, &mut seen));
        }
        self.reconcile(&mut given);
        self.check_times(&mut given);
        given
    }

    fn row(&self, row: u32) -> &'e Administration<'e> {
        let encounter = self.encounter;
        &encounter.administrations[row as usize]
    }

    /// The latest recorded version of each id stands: missing sorts first, a tie goes to the later row.
    fn standing_versions(&mut self) -> Rows {
        let rows = &self.encounter.administrations;
        let mut order = Rows::with_capacity(rows.len());
        for index in 0..rows.len() as u32 {
            order.push(index);
        }
        if row_facts::stand_by_id(rows) {
            return order;
        }
        order.sort_by_key(|&index| {
            let row = &rows[index as usize];
            (row.administration_id, row.recorded_time.map(ChartTime::absolute), index)
        });
        let mut standing = Rows::new();
        for (position, &index) in order.iter().enumerate() {
            let superseded = order
                .get(position + 1)
                .is_some_and(|&next| rows[next as usize].administration_id == rows[index as usize].administration_id);
            if superseded {
                self.leave_out(&[index], "superseded-version");
            } else {
                standing.push(index);
            }
        }
        standing
    }

    /// Whether a row counts at all.
    fn admit(&mut self, index: u32) -> bool {
        let row = self.row(index);
        let purpose = match row.purpose {
            Some(Purpose::KeepVeinOpen) => Some("keep-vein-open"),
            Some(Purpose::Flush) => Some("flush"),
            Some(Purpose::Carrier) => Some("carrier-fluid"),
            Some(Purpose::Declotting) => Some("line-declotting"),
            _ => None,
        };
        let facts = &self.rows[index as usize];
        let class = facts.class;
        let is_drug = !matches!(
            class,
            None | Some(
                SubstanceClass::Hydration
                    | SubstanceClass::Blood
                    | SubstanceClass::Vaccine
                    | SubstanceClass::Contrast
                    | SubstanceClass::Anesthesia
            )
        );
        let flush = facts.drug.is_some_and(|drug| drug.flush);
        let reason = match row.status {
            AdministrationStatus::Held | AdministrationStatus::Refused | AdministrationStatus::Cancelled => {
                Some("not-given")
            }
            AdministrationStatus::Given | AdministrationStatus::Stopped => match row.route {
                Route::Oral | Route::Topical | Route::Inhaled => Some("non-parenteral-route"),
                _ => match class {
                    Some(SubstanceClass::Vaccine) => Some("vaccine"),
                    Some(SubstanceClass::Blood) => Some("blood-product"),
                    Some(SubstanceClass::Contrast) => Some("contrast"),
                    Some(SubstanceClass::Anesthesia) => Some("anesthesia"),
                    None if flush => Some("flush"),
                    _ => purpose,
                },
            },
        };
        if let Some(reason) = reason {
            if reason == purpose.unwrap_or_default() && is_drug {
                self.flag(index, "drug-with-non-treatment-purpose");
            }
            self.leave_out(&[index], reason);
        }
        reason.is_none()
    }

    /// The same content under two ids counts once. Two injections can be two syringes of one dose, so they both count
    /// unless two systems charted one order.
    fn without_duplicates(&mut self, standing: &[u32]) -> Rows {
        let mut kept = Rows::new();
        for &index in standing {
            let row = self.row(index);
            let twin = kept.iter().copied().find(|&other| same_content(self.row(other), row));
            let Some(twin) = twin else {
                kept.push(index);
                continue;
            };
            let first = self.row(twin);
            let injection = matches!(row.route, Route::Intramuscular | Route::Subcutaneous);
            let one_order_two_systems =
                row.order_id.is_some() && row.order_id == first.order_id && row.source_system != first.source_system;
            if injection && !one_order_two_systems {
                self.flag_all(&[twin, index], "identical-injection");
                kept.push(index);
            } else {
                self.leave_out(&[index], "duplicate");
            }
        }
        kept
    }

    fn given(&mut self, index: u32, seen: &mut Seen<'e>) -> Given {
        let row = self.row(index);
        let RowFacts { rank, class: known, .. } = self.rows[index as usize];
        if known.is_none() && row.purpose.is_none() {
            self.flag(index, "unknown-drug");
        }
        match row.drug_match {
            DrugMatch::Charted => {}
            DrugMatch::Ndc => self.flag(index, "drug-from-ndc"),
            DrugMatch::Replaced => self.flag(index, "drug-code-replaced"),
            DrugMatch::Name => self.flag(index, "drug-from-name"),
            DrugMatch::Ambiguous => self.flag(index, "drug-ambiguous"),
            DrugMatch::Resembles => self.flag(index, "drug-name-uncertain"),
        }
        let class = known.unwrap_or(match row.purpose {
            Some(Purpose::Hydration) => SubstanceClass::Hydration,
            _ => SubstanceClass::Therapeutic,
        });
        let key = match row.drug_code {
            Some(code) => DrugKey::Code(code),
            None => match row.drug_name.map(trimmed).filter(|name| !name.is_empty()) {
                Some(name) => DrugKey::Name(lower_case(name)),
                None => DrugKey::Class(class),
            },
        };
        let bag = row.bag_id.map(trimmed).filter(|bag| !bag.is_empty());
        Given {
            rows: one_index(index),
            rank,
            class,
            family: self.family(class, row),
            route: row.route,
            method: row.method,
            device: row.device,
            start: row.start_time,
            stop: row.stop_time,
            derived_stop: false,
            site: None,
            drug: place(&mut seen.drugs, key),
            bag: bag.map(|bag| place(&mut seen.bags, bag)),
        }
    }

    /// The code family of a class. Complex biologics follow the payer's policy (CMS Pub 100-04 ch. 12 section 30.5;
    /// payers differ).
    fn family(&self, class: SubstanceClass, row: &Administration<'_>) -> Family {
        match class {
            SubstanceClass::Antineoplastic | SubstanceClass::HormonalAntineoplastic => Family::Chemo,
            SubstanceClass::Hydration => Family::Hydration,
            SubstanceClass::ComplexBiologic => {
                let complex = match self.policy.complex_biologic_policy {
                    ComplexBiologicPolicy::Cpt => true,
                    ComplexBiologicPolicy::TherapeuticOnly => false,
                    ComplexBiologicPolicy::PayerList => {
                        row.drug_code.is_some_and(|code| self.policy.complex_biologic_list.contains(&code))
                    }
                    ComplexBiologicPolicy::ByDiagnosis => self.encounter.diagnosis_codes().any(is_neoplasm),
                };
                if complex { Family::Chemo } else { Family::Therapeutic }
            }
            _ => Family::Therapeutic,
        }
    }

    /// Joins complementary halves that two systems charted: one has the start, the other the stop, same order or bag,
    /// same drug; the earliest stop after the start.
    fn reconcile(&mut self, given: &mut Vec<Given>) {
        if given.iter().all(|one| one.start.is_some()) {
            return;
        }
        let mut starts: Vec<usize> =
            (0..given.len()).filter(|&at| given[at].start.is_some() && given[at].stop.is_none()).collect();
        starts.sort_by_key(|&at| (given[at].start.map(ChartTime::absolute), given[at].rank));
        let mut consumed = vec![false; given.len()];
        for at in starts {
            let Some(start) = given[at].start else { continue };
            let half = (0..given.len())
                .filter(|&other| !consumed[other] && given[other].start.is_none())
                .filter(|&other| self.complementary(&given[at], &given[other]))
                .filter_map(|other| given[other].stop.map(|stop| (stop.absolute(), other)))
                .filter(|(stop, _)| *stop > start.absolute())
                .min_by_key(|&(stop, other)| (stop, given[other].rank));
            if let Some((_, other)) = half {
                consumed[other] = true;
                given[at].stop = given[other].stop;
                given[at].method = given[at].method.or(given[other].method);
                given[at].device = given[at].device.or(given[other].device);
                given[at].bag = given[at].bag.or(given[other].bag);
                let row = given[other].rows[0];
                given[at].rows.push(row);
                self.flag_all(&given[at].rows, "reconciled-from-two-systems");
            }
        }
        let mut keep = consumed.iter().map(|gone| !gone);
        given.retain(|_| keep.next().unwrap_or(true));
    }

    fn complementary(&self, one: &Given, other: &Given) -> bool {
        let (first, second) = (self.row(one.rows[0]), self.row(other.rows[0]));
        let same_order = first.order_id.is_some() && first.order_id == second.order_id;
        let same_bag = one.bag.is_some() && one.bag == other.bag;
        one.drug == other.drug
            && one.route == other.route
            && (same_order || same_bag)
            && first.source_system != second.source_system
    }
}

fn lower_case(name: &str) -> Cow<'_, str> {
    let lower = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if lower { Cow::Borrowed(name) } else { Cow::Owned(name.to_lowercase()) }
}

/// Where a key stands among those seen so far; a new one is added.
fn place<T: PartialEq, const N: usize>(seen: &mut SmallVec<[T; N]>, key: T) -> u32
where
    [T; N]: smallvec::Array<Item = T>,
{
    let at = seen.iter().position(|other| *other == key).unwrap_or_else(|| {
        seen.push(key);
        seen.len() - 1
    });
    at as u32
}

fn same_content(one: &Administration<'_>, other: &Administration<'_>) -> bool {
    // Site names compare trimmed and in upper case, whatever was typed.
    let site = |row: &Administration<'_>| row.access_site.unwrap_or_default().trim().to_uppercase();
    let time = |time: Option<ChartTime>| time.map(ChartTime::absolute);
    // What most rows differ in comes first.
    time(one.start_time) == time(other.start_time)
        && one.route == other.route
        && one.drug_code == other.drug_code
        && one.dose == other.dose
        && site(one) == site(other)
        && content(one) == content(other)
}

/// A row without what tells one record of an administration from another.
fn content<'a>(row: &Administration<'a>) -> Administration<'a> {
    let absolute = |time: ChartTime| ChartTime { local: time.absolute(), offset: None };
    Administration {
        administration_id: "",
        recorded_time: None,
        source_system: None,
        access_site: None,
        source: crate::model::RowReference::default(),
        start_time: row.start_time.map(absolute),
        stop_time: row.stop_time.map(absolute),
        ..row.clone()
    }
}

/// C00 to D49 of ICD-10-CM.
pub fn is_neoplasm(code: &str) -> bool {
    let code = code.trim().as_bytes();
    match code {
        [b'C' | b'c', ..] => true,
        [b'D' | b'd', tens, ..] => (b'0'..=b'4').contains(tens),
        _ => false,
    }
}
