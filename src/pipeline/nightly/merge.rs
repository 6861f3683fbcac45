//! Tonight's results into the leaves: those of touched encounters take the place of what was there, all others are copied.

use super::cursor::{Cursor, Pieces};
use super::leaves::{self, ACCOUNTS, FINDINGS, HISTORY, begins};
use super::saved::LeafRecord;
use crate::error::Error;
use crate::output::{ChangeRows, HistoryRows, Piece, Seen, Sink, changes_layout};
use crate::pipeline::Touched;
use crate::run::rows_of_batch;
use arrow::array::RecordBatch;
use rayon::{Scope, Yield};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Rows of changes made into a batch at a time.
const CHANGES_AT_A_TIME: usize = 8_192;

/// Leaves that are written while the next one is put together; more would only wait in memory.
const WRITTEN_AT_ONCE: usize = 2;

/// What merging needs to know.
pub(super) struct Merge<'m> {
    pub folder: &'m Path,
    /// Where tonight's results are.
    pub tonight: &'m Path,
    pub touched: &'m Touched,
    /// Encounters of a leaf, on average.
    pub leaf_encounters: u64,
    /// Which night it is.
    pub night: u64,
    /// Where changes are written.
    pub published: &'m Path,
}

/// Leaves by their place, as they are written.
#[derive(Default)]
struct Written {
    leaves: Mutex<BTreeMap<usize, Result<LeafRecord, Error>>>,
    under_way: AtomicUsize,
}

/// A leaf in the making, and what is told of its findings.
struct Growing<'s, 'w> {
    merge: &'w Merge<'w>,
    scope: &'s Scope<'w>,
    written: &'w Written,
    /// Leaves so far, those that are being written too.
    leaves: usize,
    first: Option<String>,
    pieces: Vec<Pieces>,
    encounters: u64,
    changes: ChangeRows,
    sink: Sink,
    counts: BTreeMap<&'static str, u64>,
}

/// Merges. `ids` are all touched encounters, those without any row left too. Out: the leaves, and how many findings are
/// new, resolved and reopened.
pub(super) fn merge(
    merge: &Merge<'_>,
    old: &[LeafRecord],
    ids: &mut (dyn Iterator<Item = &str> + Send),
) -> Result<(Vec<LeafRecord>, BTreeMap<&'static str, u64>), Error> {
    let written = Written::default();
    let counts = rayon::scope(|scope| put_together(merge, old, ids, scope, &written))?;
    let leaves = written.leaves.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((leaves.into_values().collect::<Result<_, _>>()?, counts))
}

/// Puts leaf after leaf together; each is written while the next is read.
fn put_together<'w>(
    merge: &'w Merge<'w>,
    old: &[LeafRecord],
    ids: &mut (dyn Iterator<Item = &str> + Send),
    scope: &Scope<'w>,
    written: &'w Written,
) -> Result<BTreeMap<&'static str, u64>, Error> {
    let (name, schema) = changes_layout();
    let mut growing = Growing {
        merge,
        scope,
        written,
        leaves: 0,
        first: None,
        pieces: Vec::new(),
        encounters: 0,
        changes: ChangeRows::default(),
        sink: Sink::create(merge.published, name, schema)?,
        counts: BTreeMap::new(),
    };
    growing.pieces.resize_with(leaves::tables().len(), Pieces::default);
    let mut new: Vec<Cursor> =
        leaves::tables().iter().take(HISTORY).map(|(table, _)| Cursor::new([merge.tonight.join(table)])).collect();
    let affected = affected(old, ids, merge);
    let mut at = 0;
    while at < old.len() || (old.is_empty() && at == 0) {
        if !old.is_empty() && !affected[at] {
            growing.keep(old[at].clone());
            at += 1;
            continue;
        }
        let end = (at..old.len()).find(|leaf| !affected[*leaf]).unwrap_or(old.len());
        let beyond = old.get(end).map(|leaf| leaf.first.as_str());
        growing.region(&old[at..end], &mut new, beyond)?;
        at = end.max(at + 1);
    }
    growing.finish()
}

/// Which leaves hold a touched encounter, or lose the one they begin with to those before.
fn affected(old: &[LeafRecord], ids: &mut (dyn Iterator<Item = &str> + Send), merge: &Merge<'_>) -> Vec<bool> {
    if let Touched::All = merge.touched {
        return vec![true; old.len()];
    }
    let mut affected = vec![false; old.len()];
    for id in ids {
        let at = old.partition_point(|leaf| leaf.first.as_str() <= id).saturating_sub(1);
        if let Some(leaf) = affected.get_mut(at) {
            *leaf = true;
        }
    }
    // A leaf whose first encounter is touched may no longer begin there, so the one before takes part.
    for at in (1..old.len()).rev() {
        if affected[at] && merge.touched.contains(old[at].first.as_bytes()) {
            affected[at - 1] = true;
        }
    }
    affected
}

impl Written {
    fn put(&self, at: usize, leaf: Result<LeafRecord, Error>) {
        self.leaves.lock().unwrap_or_else(PoisonError::into_inner).insert(at, leaf);
    }
}

impl Growing<'_, '_> {
    /// A leaf that is as it was.
    fn keep(&mut self, leaf: LeafRecord) {
        self.written.put(self.leaves, Ok(leaf));
        self.leaves += 1;
    }

    /// Merges the leaves of one region with tonight's encounters below `beyond`.
    fn region(&mut self, old: &[LeafRecord], new: &mut [Cursor], beyond: Option<&str>) -> Result<(), Error> {
        let folder = self.merge.folder;
        let mut before: Vec<Cursor> =
            leaves::tables().iter().map(|(table, _)| Cursor::new(leaves::paths(folder, old, table))).collect();
        loop {
            let mut next: Option<String> = None;
            let mut least = |id: Option<&str>| {
                if let Some(id) = id
                    && next.as_deref().is_none_or(|next| id < next)
                {
                    next = Some(id.to_owned());
                }
            };
            for table in [ACCOUNTS, HISTORY] {
                least(before[table].peek()?);
            }
            least(new[ACCOUNTS].peek()?.filter(|id| beyond.is_none_or(|beyond| *id < beyond)));
            let Some(id) = next else { break };
            self.encounter(&id, &mut before, new)?;
        }
        self.flush()
    }

    /// Takes one encounter: tonight's rows where it is touched, else those that were there.
    fn encounter(&mut self, id: &str, before: &mut [Cursor], new: &mut [Cursor]) -> Result<(), Error> {
        let touched = self.merge.touched.contains(id.as_bytes());
        let source: &mut [Cursor] = if touched { &mut *new } else { &mut *before };
        let present = source[ACCOUNTS].peek()? == Some(id);
        if present && self.encounters > 0 && begins(id, self.merge.leaf_encounters) {
            self.flush()?;
        }
        if self.first.is_none() {
            self.first = Some(id.to_owned());
        }
        self.encounters += u64::from(present);
        if !touched {
            for (cursor, pieces) in before.iter_mut().zip(&mut self.pieces) {
                cursor.take(id, pieces)?;
            }
            return Ok(());
        }
        let (mut gone, mut findings, mut history) = (Pieces::default(), Pieces::default(), Pieces::default());
        for cursor in before.iter_mut().take(HISTORY) {
            cursor.take(id, &mut gone)?;
        }
        before[HISTORY].take(id, &mut history)?;
        for (at, cursor) in new.iter_mut().enumerate() {
            if at == FINDINGS {
                cursor.take(id, &mut findings)?;
                findings.stretches().for_each(|batch| self.pieces[at].push(&batch, 0, batch.num_rows()));
            } else {
                cursor.take(id, &mut self.pieces[at])?;
            }
        }
        self.tell(id, &findings, &history)
    }

    /// Sets tonight's findings of an encounter against its history.
    fn tell(&mut self, id: &str, findings: &Pieces, history: &Pieces) -> Result<(), Error> {
        let night = i64::try_from(self.merge.night).unwrap_or(i64::MAX);
        let mut known: BTreeMap<String, Seen> = BTreeMap::new();
        for batch in history.stretches() {
            seen(&batch, |one| {
                known.insert(one.finding_id.clone(), one);
            })?;
        }
        let mut tonight: BTreeMap<String, String> = BTreeMap::new();
        for batch in findings.stretches() {
            rows_of_batch(&batch, &["finding_id", "rule_code"], |row| {
                tonight.insert(row.text(0).to_owned(), row.text(1).to_owned());
            })?;
        }
        for (finding_id, rule_code) in &tonight {
            match known.get_mut(finding_id) {
                None => {
                    let (finding_id, rule_code) = (finding_id.clone(), rule_code.clone());
                    let one = Seen { finding_id, rule_code, first_seen: night, resolved: None, reopened: 0 };
                    self.change(id, "new", &one)?;
                    known.insert(one.finding_id.clone(), one);
                }
                Some(one) if one.resolved.is_some() => {
                    one.resolved = None;
                    one.reopened += 1;
                    let one = one.clone();
                    self.change(id, "reopened", &one)?;
                }
                Some(_) => {}
            }
        }
        for one in known.values_mut() {
            if one.resolved.is_none() && !tonight.contains_key(&one.finding_id) {
                one.resolved = Some(night);
                let one = one.clone();
                self.change(id, "resolved", &one)?;
            }
        }
        // Rows that were there and new ones must stand in one order.
        let mut rows = HistoryRows::default();
        known.values().for_each(|one| rows.add(id, one));
        let batch = std::mem::take(&mut rows).finish()?;
        self.pieces[HISTORY].push(&batch, 0, batch.num_rows());
        Ok(())
    }

    fn change(&mut self, id: &str, change: &'static str, one: &Seen) -> Result<(), Error> {
        *self.counts.entry(change).or_default() += 1;
        self.changes.add(id, change, one);
        if self.changes.len() >= CHANGES_AT_A_TIME {
            self.sink.write(&Piece::from(&std::mem::take(&mut self.changes).finish()?))?;
        }
        Ok(())
    }

    /// Lets the leaf so far be written.
    fn flush(&mut self) -> Result<(), Error> {
        let Some(first) = self.first.take() else { return Ok(()) };
        let mut batches: Vec<RecordBatch> = Vec::new();
        for ((_, schema), pieces) in leaves::tables().iter().zip(&mut self.pieces) {
            batches.push(pieces.finish(schema)?);
        }
        self.encounters = 0;
        let (written, folder, at) = (self.written, self.merge.folder, self.leaves);
        self.leaves += 1;
        // On one thread it is this one that writes.
        while written.under_way.load(Ordering::Acquire) >= WRITTEN_AT_ONCE {
            if rayon::yield_now() != Some(Yield::Executed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        written.under_way.fetch_add(1, Ordering::AcqRel);
        self.scope.spawn(move |_| {
            written.put(at, leaves::write(folder, (at, first), &batches));
            written.under_way.fetch_sub(1, Ordering::AcqRel);
        });
        Ok(())
    }

    fn finish(mut self) -> Result<BTreeMap<&'static str, u64>, Error> {
        self.sink.write(&Piece::from(&std::mem::take(&mut self.changes).finish()?))?;
        self.sink.finish()?;
        Ok(self.counts)
    }
}

/// The rows of a history.
fn seen(batch: &RecordBatch, mut each: impl FnMut(Seen)) -> Result<(), Error> {
    rows_of_batch(batch, &["finding_id", "rule_code", "first_seen", "resolved", "reopened"], |row| {
        each(Seen {
            finding_id: row.text(0).to_owned(),
            rule_code: row.text(1).to_owned(),
            first_seen: row.cents(2),
            resolved: row.integer(3),
            reopened: row.cents(4),
        });
    })
}
