//! The work of an audit, row group by row group and bucket by bucket.

use super::quarantine::QuarantinedRow;
use super::read::{FirstLook, Input};
use super::sweep::Work;
use super::{Only, Totals, Touched};
use crate::audit::{Context, EncounterAudit};
use crate::data_checks::{DataCounts, observe};
use crate::encounter::{BucketRows, Builder, EncounterRows, Excluded, SetAside, TOO_MANY_ROWS};
use crate::error::Error;
use crate::model::Encounter;
use crate::output::{Accounts, DATA, DEADLINE, Piece, Rows, Sink};
use crate::partition::{BucketBytes, Partition, ScatterError, Scratch};
use crate::profile::{Profile, Stage, timed};
use crate::progress::Progress;
use crate::scan::Task;
use crate::schema::{DecodeOptions, Decoder, Table};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Encounters that are worked on together: so many that each stage has some to do, so few that they stay in a core's cache.
/// Where each has an account of its own, it is worked on alone.
const TOGETHER: usize = 32;

/// The work of an audit.
pub(super) struct Audit<'a> {
    pub input: &'a Input,
    pub decode: &'a DecodeOptions,
    pub look: &'a FirstLook,
    pub only: Option<&'a Only<'a>>,
    pub context: &'a Context,
    pub progress: &'a Progress,
    pub time_uncertainty: Option<u16>,
    pub outputs: Vec<Mutex<Sink>>,
    pub totals: Mutex<Totals>,
}

impl Audit<'_> {
    fn add(&self, totals: Totals) {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).merge(totals);
    }
}

impl Work for Audit<'_> {
    type Piece = Piece;

    fn read(&self, task: &Task, partition: &Partition) -> Result<(), ScatterError> {
        let mut totals = Totals::default();
        read_task(self.input, task, (self.decode, self.only), partition, &mut totals, self.context.profile())?;
        self.progress.add(task.rows);
        self.add(totals);
        Ok(())
    }

    fn bucket(&self, bytes: &BucketBytes) -> Result<Vec<Piece>, Error> {
        let profile = self.context.profile();
        let rows = timed(profile, Stage::Sort, || BucketRows::new(bytes));
        let mut builder = Builder::new(&rows, self.input.has_encounters);
        let mut out = Rows::new(self.context.reference.versions(), rows.counts());
        let mut totals = Totals::default();
        let mut aside = Vec::new();
        let mut accounts = self.only.map(|_| Accounts::default());
        let together = if accounts.is_some() { 1 } else { TOGETHER };
        let mut places = rows.encounters().peekable();
        while let Some(first) = places.peek() {
            let id = rows.encounter_id(first);
            let before = accounts.is_some().then(|| Before::new(&totals, &out, aside.len()));
            let (mut deadline, mut data) = (None, None::<DataCounts>);
            let mut strays = Vec::new();
            let built = |place: EncounterRows| {
                let built = builder.build(&place, &mut aside, &mut totals.excluded);
                strays.append(&mut builder.strays);
                let mut encounter = built?;
                encounter.second_encounter_of_day = self.look.second_encounters.contains(encounter.encounter_id);
                self.context.reference.resolve_drugs(&mut encounter);
                Some(encounter)
            };
            let next = places.by_ref().take(together);
            let encounters: Vec<Encounter<'_>> = timed(profile, Stage::Build, || next.filter_map(built).collect());
            let mut results = self.context.audit_together(&encounters, &self.look.facts);
            if !strays.is_empty() {
                let counts = if accounts.is_some() { data.get_or_insert_default() } else { &mut totals.data };
                strays.iter().for_each(|(table, day)| counts.add_stray(*table, *day));
            }
            for (encounter, result) in encounters.iter().zip(&mut results) {
                deadline = self.look.facts.as_of.and(encounter.date()).filter(|_| waits(encounter, result));
                if let Some(minutes) = self.time_uncertainty {
                    let (facts, minutes) = (&self.look.facts, i64::from(minutes));
                    totals.uncertainty.add(self.context, encounter, facts, minutes, result);
                }
                totals.audited[Table::Claims as usize] += encounter.claim_lines.len() as u64;
                totals.audited[Table::Encounters as usize] += u64::from(self.input.has_encounters);
                count_administrations(encounter, result, &mut totals.audited, &mut totals.excluded);
                totals.unbalanced += result.sides.iter().filter(|side| !side.balances()).count() as u64;
                let counts = if accounts.is_some() { data.get_or_insert_default() } else { &mut totals.data };
                observe(counts, encounter, result, self.context, &self.look.facts);
            }
            // A survey writes nothing.
            if !self.outputs.is_empty() {
                timed(profile, Stage::Results, || out.add(&encounters, &results));
            }
            if let (Some(accounts), Some(before), Some(only)) = (&mut accounts, before, self.only) {
                before.settle(accounts, id, &totals, &out, (&aside, only.numbers));
                if let Some(day) = deadline {
                    accounts.add(id, "", DEADLINE, "", u64::try_from(day.0).unwrap_or(0));
                }
                if let Some(data) = data {
                    accounts.add(id, "", DATA, &data.encode(), 0);
                    totals.data.merge(data);
                }
            }
        }
        if let (Some(accounts), Some(only)) = (&mut accounts, self.only) {
            for (table, source, id) in &bytes.refused {
                let place = (only.numbers[source.file as usize], source.row);
                let id = String::from_utf8_lossy(id);
                accounts.quarantine(&id, table.as_str(), place, "encounter_id", TOO_MANY_ROWS);
            }
        } else {
            totals.quarantined.extend(aside.iter().map(QuarantinedRow::from));
            totals.quarantined.extend(bytes.refused.iter().map(QuarantinedRow::too_many));
        }
        let (tables, counts) = out.finish()?;
        totals.counts = counts;
        self.add(totals);
        if self.outputs.is_empty() {
            return Ok(Vec::new());
        }
        let accounts = accounts.map(Accounts::finish).transpose()?;
        Ok(tables.into_iter().chain(accounts.as_ref().map(Piece::from)).collect())
    }

    fn write(&self, output: usize, rows: Piece) -> Result<(), Error> {
        let mut output = self.outputs[output].lock().unwrap_or_else(PoisonError::into_inner);
        timed(self.context.profile(), Stage::Write, || if rows.rows() > 0 { output.write(&rows) } else { Ok(()) })
    }
}

/// Whether the findings of an encounter may change as days pass: money is open, or a claim may still come.
fn waits(encounter: &Encounter<'_>, result: &EncounterAudit) -> bool {
    let mut findings = result.sides.iter().flat_map(|side| &side.findings);
    encounter.claim_lines.is_empty() || findings.any(|finding| finding.net.0 > 0)
}

/// Counts as they were before an encounter.
struct Before {
    audited: [u64; 3],
    excluded: Excluded,
    unpriced: i64,
    aside: usize,
}

impl Before {
    fn new(totals: &Totals, out: &Rows<'_>, aside: usize) -> Self {
        let (audited, excluded) = (totals.audited, totals.excluded.clone());
        Self { audited, excluded, unpriced: out.counts.unpriced_units, aside }
    }

    /// Writes what the encounter added.
    fn settle(
        self,
        accounts: &mut Accounts,
        id: &str,
        totals: &Totals,
        out: &Rows<'_>,
        (aside, numbers): (&[SetAside], &[u32]),
    ) {
        for table in Table::ALL {
            let audited = totals.audited[table as usize] - self.audited[table as usize];
            if audited > 0 {
                accounts.add(id, table.as_str(), "audited", "", audited);
            }
        }
        for ((table, reason), count) in &totals.excluded {
            let added = count - self.excluded.get(&(*table, *reason)).copied().unwrap_or(0);
            if added > 0 {
                accounts.add(id, table.as_str(), "excluded", reason, added);
            }
        }
        for row in &aside[self.aside..] {
            let place = (numbers[row.source.file as usize], row.source.row);
            accounts.quarantine(id, row.table.as_str(), place, row.column, row.reason);
        }
        let unpriced = out.counts.unpriced_units - self.unpriced;
        if let Ok(unpriced @ 1..) = u64::try_from(unpriced) {
            accounts.add(id, "", "unpriced", "", unpriced);
        }
    }
}

/// Decodes, validates and scatters one row group.
pub(super) fn read_task(
    input: &Input,
    task: &Task,
    (decode, only): (&DecodeOptions, Option<&Only<'_>>),
    partition: &Partition,
    totals: &mut Totals,
    profile: Option<&Profile>,
) -> Result<(), ScatterError> {
    let file = &input.files[task.file];
    let mut decoder = Decoder::new(file.table.contract(), decode);
    let mut scratch = Scratch::default();
    let (number, mut row) = (task.file as u32, task.first_row);
    // The facility only tells a patient's encounters of a day apart, which the first look did.
    let wanted = |column: &str| column != "facility";
    let (start, mut scattering) = (Instant::now(), Duration::ZERO);
    file.read(task.row_group, wanted, |batch| {
        let mut decoded = decoder.decode(&batch, row).map_err(Error::from)?;
        totals.tallies.entry(number).or_default().add(decoded.tally);
        let bad = decoded.quarantined.iter();
        totals
            .quarantined
            .extend(bad.map(|(row, column, reason)| QuarantinedRow::new(file.table, number, *row, *column, reason)));
        if let Some(Only { touched: touched @ Touched::These(_), .. }) = only {
            decoded.keep_only(file.table.contract().id_column, |id| touched.contains(id));
        }
        let scatter = Instant::now();
        partition.scatter(file.table, &decoded, (number, row), &mut scratch)?;
        scattering += scatter.elapsed();
        row += decoded.rows as u64;
        Ok::<(), ScatterError>(())
    })?;
    if let Some(profile) = profile {
        profile.add(Stage::Scatter, scattering);
        profile.add(Stage::Decode, start.elapsed().saturating_sub(scattering));
    }
    Ok(())
}

/// Charted rows that step 1 leaves out are excluded by reason; all others were audited.
fn count_administrations(
    encounter: &Encounter<'_>,
    result: &EncounterAudit,
    audited: &mut [u64; 3],
    excluded: &mut Excluded,
) {
    let Some(side) = result.sides.first() else { return };
    let mut left_out = 0;
    for one in side.coded.not_billed.iter().filter(|one| crate::coding::INELIGIBLE.contains(&one.reason)) {
        left_out += 1;
        *excluded.entry((Table::Flowsheets, one.reason)).or_default() += 1;
    }
    audited[Table::Flowsheets as usize] += encounter.administrations.len() as u64 - left_out;
}
