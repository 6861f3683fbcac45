//! Step 3: rows that are one administration become one: rate changes, new bags of the same fluid, pause and restart.

use super::Coder;
use super::eligible::Given;
use super::intervals::Interval;
use crate::model::{ChartTime, Device, Indexes, Method, Minutes, Route, one_index};
use smallvec::SmallVec;

/// Indexes of given administrations that are one service.
pub(super) type Group = Indexes;

/// The services of an encounter before they are classified.
pub(super) type Groups = SmallVec<[Group; 8]>;

/// Where rows can merge at all: one site, one route, and a patient-worn pump apart from everything else.
type Place = (Option<u16>, Route, bool);

fn place(one: &Given) -> Place {
    (one.site, one.route, is_prolonged_pump(one))
}

pub(super) fn is_prolonged_pump(one: &Given) -> bool {
    one.device.is_some_and(Device::is_prolonged_pump)
}

/// Rows charted push or injection never merge.
fn mergeable(one: &Given) -> bool {
    !matches!(one.method, Some(Method::Push | Method::Injection))
}

impl Coder<'_> {
    /// Bags first, then the gap rule on whole drug sets. `None` where every row stands for itself, as is usual.
    pub(super) fn merge(&self, given: &[Given]) -> Option<Groups> {
        if all_apart(given) {
            return None;
        }
        let mut groups = by_bag(given);
        for group in groups.iter_mut().filter(|group| group.len() > 1) {
            let key = |at: &u32| (given[*at as usize].start.map(ChartTime::absolute), given[*at as usize].rank);
            group.sort_unstable_by_key(key);
        }
        Some(self.by_gap(given, groups))
    }

    /// Joins groups of one drug set whose intervals touch within the policy's gap.
    fn by_gap(&self, given: &[Given], groups: Groups) -> Groups {
        let first = |group: &Group| &given[group[0] as usize];
        let span = |group: &Group| {
            let intervals = group.iter().filter_map(|&at| given[at as usize].interval());
            intervals.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
        };
        let mut merged = Groups::new();
        let mut timed: SmallVec<[(Interval, Group); 8]> = SmallVec::new();
        for group in groups {
            match span(&group).filter(|_| mergeable(first(&group))) {
                Some(span) => timed.push((span, group)),
                None => merged.push(group),
            }
        }
        timed.sort_by_key(|(span, group)| (*span, first(group).rank));
        let mut clusters: SmallVec<[(Minutes, Indexes, Place, Group); 4]> = SmallVec::new();
        for ((start, stop), group) in timed {
            let (drugs, at) = (drug_set(given, &group), place(first(&group)));
            let open = clusters.iter_mut().rev().find(|(end, of, where_, _)| {
                *of == drugs && *where_ == at && start - *end <= self.policy.continuation_gap_minutes
            });
            match open {
                Some((end, _, _, members)) => {
                    *end = (*end).max(stop);
                    members.extend(group);
                }
                None => clusters.push((stop, drugs, at, group)),
            }
        }
        merged.extend(clusters.into_iter().map(|(.., group)| group));
        merged
    }
}

/// Whether no two rows can be one administration, whatever their places and gaps: no bag and no drug stands twice among
/// the rows that could merge.
fn all_apart(given: &[Given]) -> bool {
    given.iter().enumerate().filter(|(_, one)| mergeable(one)).all(|(at, one)| {
        let same = |other: &Given| one.drug == other.drug || (one.bag.is_some() && one.bag == other.bag);
        !given[..at].iter().any(|other| same(other) && mergeable(other))
    })
}

/// The drugs of a group, sorted; equal sets are the same infusate.
pub(super) fn drug_set(given: &[Given], group: &[u32]) -> Indexes {
    let mut drugs: Indexes = group.iter().map(|&at| given[at as usize].drug).collect();
    drugs.sort_unstable();
    drugs.dedup();
    drugs
}

fn by_bag(given: &[Given]) -> Groups {
    let mut groups = Groups::new();
    for (at, one) in given.iter().enumerate() {
        let bag = one.bag.filter(|_| mergeable(one));
        let same = groups.iter_mut().filter(|_| bag.is_some()).find(|group| {
            let first = &given[group[0] as usize];
            first.bag == bag && mergeable(first) && place(first) == place(one)
        });
        match same {
            Some(group) => group.push(at as u32),
            None => groups.push(one_index(at as u32)),
        }
    }
    groups
}
