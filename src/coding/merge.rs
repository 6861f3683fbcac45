//! Step 3: rows that are one administration become one: rate changes, new bags of the same fluid, pause and restart.

use super::Coder;
use super::eligible::Given;
use crate::model::{ChartTime, Device, Indexes, Method, Minutes, Route};

/// Indexes of given administrations that are one service.
pub(super) type Group = Vec<usize>;

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

fn interval(one: &Given) -> Option<(Minutes, Minutes)> {
    Some((one.start?.absolute(), one.stop?.absolute()))
}

impl Coder<'_> {
    /// Bags first, then the gap rule on whole drug sets.
    pub(super) fn merge(&self, given: &[Given]) -> Vec<Group> {
        let mut groups = by_bag(given);
        for group in &mut groups {
            let key = |at: usize| (given[at].start.map(ChartTime::absolute), self.id(given[at].rows[0]));
            group.sort_by(|&one, &other| key(one).cmp(&key(other)));
        }
        self.by_gap(given, groups)
    }

    /// Joins groups of one drug set whose intervals touch within the policy's gap.
    fn by_gap(&self, given: &[Given], groups: Vec<Group>) -> Vec<Group> {
        let span = |group: &Group| {
            let intervals = group.iter().filter_map(|&at| interval(&given[at]));
            intervals.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
        };
        let (mut timed, mut merged): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .map(|group| (span(&group).filter(|_| mergeable(&given[group[0]])), group))
            .partition(|(span, _)| span.is_some());
        let id = |group: &Group| self.id(given[group[0]].rows[0]);
        timed.sort_by(|(span, group), (other_span, other)| (span, id(group)).cmp(&(other_span, id(other))));
        let mut clusters: Vec<(Minutes, Indexes, Place, Group)> = Vec::new();
        for (span, group) in timed {
            let Some((start, stop)) = span else { continue };
            let (drugs, at) = (drug_set(given, &group), place(&given[group[0]]));
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
        merged.extend(clusters.into_iter().map(|(end, _, _, group)| (Some((end, end)), group)));
        merged.into_iter().map(|(_, group)| group).collect()
    }
}

/// The drugs of a group, sorted; equal sets are the same infusate.
pub(super) fn drug_set(given: &[Given], group: &[usize]) -> Indexes {
    let mut drugs: Indexes = group.iter().map(|&at| given[at].drug).collect();
    drugs.sort_unstable();
    drugs.dedup();
    drugs
}

fn by_bag(given: &[Given]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::with_capacity(given.len());
    for (at, one) in given.iter().enumerate() {
        let bag = one.bag.filter(|_| mergeable(one));
        let same = groups.iter_mut().find(|group| {
            let first = &given[group[0]];
            bag.is_some() && first.bag == bag && mergeable(first) && place(first) == place(one)
        });
        match same {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}
