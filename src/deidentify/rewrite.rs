//! One part after the other: rows without identifiers, in the order of the hashes.

use super::columns::{Treatment, treatment};
use super::key::Identifier;
use super::names::Names;
use super::{Dates, Deidentify, split};
use crate::error::Error;
use crate::model::Date;
use crate::output::{Piece, Sink, create_private, layouts};
use crate::reference::Reference;
use crate::report::defused;
use crate::small_cells::OTHERS;
use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Date32Type, TimestampMillisecondType};
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::Arc;

const DAY_MILLISECONDS: i64 = 86_400_000;

/// An encounter of a part.
struct Stay {
    pseudonym: String,
    /// Days by which its dates move.
    days: i32,
    /// Charted sites, in order: their places are their numbers.
    sites: Vec<String>,
}

/// The encounters of one part by their true ids.
type Stays = FxHashMap<String, Stay>;

/// Where the crosswalk is written, if it is.
type Crosswalk<'h> = Option<(&'h Path, csv::Writer<std::fs::File>)>;

/// Writes the tables of all parts into `published`.
pub(super) fn rewrite(
    how: &Deidentify,
    names: &Names,
    scratch: &Path,
    parts: usize,
    published: &Path,
    reference: &Reference,
) -> Result<(), Error> {
    let mut sinks = Vec::new();
    for (table, schema) in layouts() {
        sinks.push(Sink::create(published, table, schema)?);
    }
    let mut crosswalk: Crosswalk<'_> = None;
    if let Some(path) = &how.crosswalk {
        let mut writer = csv::Writer::from_writer(create_private(path)?);
        writer.write_record(["pseudonym", "encounter_id"]).map_err(|cause| Error::unwritable(path, cause))?;
        crosswalk = Some((path, writer));
    }
    for part in 0..parts {
        let mut tables = Vec::new();
        for (table, schema) in layouts() {
            tables.push((table, concat_batches(&schema, &split::read(scratch, table, part)?)?));
        }
        let stays = stays(how, &tables);
        if let Some((path, writer)) = &mut crosswalk {
            write_crosswalk(writer, &stays).map_err(|cause| Error::unwritable(path, cause))?;
        }
        for ((_, rows), sink) in tables.iter().zip(&mut sinks) {
            let (rows, order) = Part { how, names, reference, stays: &stays }.rewritten(rows)?;
            sink.write(&Piece::from(&take_record_batch(&rows, &order)?))?;
        }
    }
    for sink in sinks {
        sink.finish()?;
    }
    if let Some((path, writer)) = crosswalk {
        let file = writer.into_inner().map_err(|cause| Error::unwritable(path, cause.error()))?;
        file.sync_all().map_err(|cause| Error::unwritable(path, cause))?;
    }
    Ok(())
}

fn write_crosswalk(writer: &mut csv::Writer<std::fs::File>, stays: &Stays) -> Result<(), csv::Error> {
    let mut pairs: Vec<(&str, &str)> = stays.iter().map(|(id, stay)| (stay.pseudonym.as_str(), id.as_str())).collect();
    pairs.sort_unstable();
    pairs.into_iter().try_for_each(|(pseudonym, id)| writer.write_record([pseudonym, &defused(id)]))
}

fn text<'a>(rows: &'a RecordBatch, column: &str, row: usize) -> Option<&'a str> {
    let values = rows.column_by_name(column)?.as_string_opt::<i32>()?;
    values.is_valid(row).then(|| values.value(row))
}

fn day(rows: &RecordBatch, row: usize) -> Option<Date> {
    let days = rows.column_by_name("service_date")?.as_primitive_opt::<Date32Type>()?;
    days.is_valid(row).then(|| Date(days.value(row)))
}

/// Who is in a part, by how much their dates move, and where they were accessed.
fn stays(how: &Deidentify, tables: &[(&str, RecordBatch)]) -> Stays {
    let table = |wanted: &str| tables.iter().find(|(name, _)| *name == wanted).map(|(_, rows)| rows);
    let mut stays = Stays::default();
    for (rows, row) in
        table("encounters.parquet").into_iter().flat_map(|rows| (0..rows.num_rows()).map(move |at| (rows, at)))
    {
        let id = text(rows, "encounter_id", row).unwrap_or_default();
        if stays.contains_key(id) {
            continue;
        }
        let days = match how.dates {
            Dates::Shift => how.key.shift(text(rows, "patient_id", row).unwrap_or(id)),
            Dates::Month => day(rows, row).map_or(0, |day| 1 - i32::from(day.civil().day())),
        };
        let pseudonym = how.key.pseudonym(Identifier::Encounter, id);
        stays.insert(id.to_owned(), Stay { pseudonym, days, sites: Vec::new() });
    }
    if let Some(rows) = table("administrations.parquet") {
        for row in 0..rows.num_rows() {
            let stay = text(rows, "encounter_id", row).and_then(|id| stays.get_mut(id));
            if let (Some(stay), Some(site)) = (stay, text(rows, "access_site", row))
                && let Err(at) = stay.sites.binary_search_by(|known| known.as_str().cmp(site))
            {
                stay.sites.insert(at, site.to_owned());
            }
        }
    }
    stays
}

/// What a part is rewritten with.
struct Part<'p> {
    how: &'p Deidentify,
    names: &'p Names,
    reference: &'p Reference,
    stays: &'p Stays,
}

impl Part<'_> {
    /// The rows without identifiers, and the order in which they are to stand.
    fn rewritten(&self, rows: &RecordBatch) -> Result<(RecordBatch, UInt32Array), Error> {
        let stays: Vec<Option<&Stay>> =
            (0..rows.num_rows()).map(|row| text(rows, "encounter_id", row).and_then(|id| self.stays.get(id))).collect();
        let schema = rows.schema();
        let mut columns = Vec::new();
        for (field, column) in schema.fields().iter().zip(rows.columns()) {
            let treatment = treatment(field.name()).ok_or_else(|| {
                Error::Table(format!("nothing says how the column {} is de-identified", field.name()))
            })?;
            columns.push(self.column(treatment, field.name(), column, rows, &stays));
        }
        let mut order: Vec<u32> = (0..rows.num_rows() as u32).collect();
        // Stable: the rows of one encounter keep their order.
        order.sort_by_key(|row| stays[*row as usize].map(|stay| stay.pseudonym.as_str()));
        Ok((RecordBatch::try_new(schema.clone(), columns)?, UInt32Array::from(order)))
    }

    fn column(
        &self,
        treatment: Treatment,
        name: &str,
        column: &ArrayRef,
        rows: &RecordBatch,
        stays: &[Option<&Stay>],
    ) -> ArrayRef {
        let key = &self.how.key;
        let days = |row: usize| stays[row].map(|stay| stay.days);
        let texts = |of: &dyn Fn(usize, &str) -> Option<String>| -> ArrayRef {
            let values = column.as_string::<i32>().iter().enumerate();
            Arc::new(values.map(|(row, value)| value.and_then(|value| of(row, value))).collect::<StringArray>())
        };
        match treatment {
            Treatment::Keep => column.clone(),
            Treatment::Pseudonym(kind) => texts(&|_, id| Some(key.pseudonym(kind, id))),
            Treatment::Pseudonyms(kind) => texts(&|_, ids| {
                let names: Vec<String> = ids.split(';').map(|id| key.pseudonym(kind, id)).collect();
                Some(names.join(";"))
            }),
            Treatment::ClaimLines => texts(&|_, lines| {
                let hashed = |line: &str| match line.rsplit_once('/') {
                    Some((claim, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => {
                        format!("{}/{line}", key.pseudonym(Identifier::Claim, claim))
                    }
                    _ => key.pseudonym(Identifier::Claim, line),
                };
                Some(lines.split(';').map(hashed).collect::<Vec<_>>().join(";"))
            }),
            Treatment::Category => texts(&|_, value| Some(self.names.shown(name, value).to_owned())),
            Treatment::Provider => texts(&|_, value| match self.names.shown(name, value) {
                OTHERS => Some(OTHERS.to_owned()),
                shown => Some(key.pseudonym(Identifier::Provider, shown)),
            }),
            Treatment::DrugName => texts(&|row, _| {
                let code = text(rows, "drug_code", row)?.parse().ok()?;
                self.reference.drug(code).map(|drug| drug.name.clone())
            }),
            Treatment::Site => texts(&|row, site| Some(numbered(stays[row], site))),
            Treatment::Sites => texts(&|row, sites| {
                let known = stays[row].is_some_and(|stay| stay.sites.iter().any(|site| site == sites));
                let parts = if known { vec![sites] } else { sites.split(';').collect() };
                Some(parts.into_iter().map(|site| numbered(stays[row], site)).collect::<Vec<_>>().join(";"))
            }),
            Treatment::Day => {
                let values = column.as_primitive::<Date32Type>().iter().enumerate();
                Arc::new(values.map(|(row, value)| Some(value? + days(row)?)).collect::<Date32Array>())
            }
            Treatment::Time => {
                let values = column.as_primitive::<TimestampMillisecondType>().iter().enumerate();
                let moved = values.map(|(row, value)| Some(value? + i64::from(days(row)?) * DAY_MILLISECONDS));
                Arc::new(moved.collect::<TimestampMillisecondArray>())
            }
            Treatment::Month => texts(&|row, _| {
                let (year, month) = Date(day(rows, row)?.0 + days(row)?).year_and_month();
                Some(format!("{year:04}-{month:02}"))
            }),
        }
    }
}

fn numbered(stay: Option<&Stay>, site: &str) -> String {
    match stay.and_then(|stay| stay.sites.iter().position(|known| known == site)) {
        Some(at) => format!("site {}", at + 1),
        None => "another site".to_owned(),
    }
}
