//! What every step asks of a charted row, looked up once.

use crate::model::{Administration, Encounter, SubstanceClass};
use crate::policy::Policy;
use crate::reference::{Drug, Reference};
use smallvec::SmallVec;

/// The facts of one charted row.
pub(super) struct RowFacts<'e> {
    /// Where the row stands in the order of ids, rows of one id in their own order: ranks compare as the ids do.
    pub rank: u32,
    /// The drug of the row's code, where the table has it.
    pub drug: Option<&'e Drug>,
    /// The row's own class, else the policy's, else the drug table's.
    pub class: Option<SubstanceClass>,
}

/// The facts of an encounter's rows, in the order of the rows.
pub(super) type AllRowFacts<'e> = SmallVec<[RowFacts<'e>; 8]>;

/// Looks up the facts of all rows.
pub(super) fn row_facts<'e>(
    encounter: &'e Encounter<'e>,
    policy: &Policy,
    reference: &'e Reference,
) -> AllRowFacts<'e> {
    let rows = &encounter.administrations;
    let mut facts = AllRowFacts::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let drug = row.drug_code.and_then(|code| reference.drug(code));
        let class = row
            .substance_class
            .or_else(|| row.drug_code.and_then(|code| policy.drug_class(code)))
            .or_else(|| drug.and_then(|drug| drug.class));
        facts.push(RowFacts { rank: at as u32, drug, class });
    }
    if !stand_by_id(rows) {
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|&row| (rows[row as usize].administration_id, row));
        for (rank, row) in order.into_iter().enumerate() {
            facts[row as usize].rank = rank as u32;
        }
    }
    facts
}

/// Whether the rows stand in the order of their ids and no id stands twice, as is usual.
pub(super) fn stand_by_id(rows: &[Administration<'_>]) -> bool {
    rows.windows(2).all(|pair| pair[0].administration_id < pair[1].administration_id)
}
