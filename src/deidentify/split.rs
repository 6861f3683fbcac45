//! Tables into parts by the hash of the encounter, so that a run larger than memory can be put in the order of the hashes.

use super::key::{Identifier, Key};
use crate::error::Error;
use crate::output::{create_private, layouts};
use crate::run::reader;
use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// Encounters of one part, roughly.
const ENCOUNTERS_A_PART: u64 = 40_000;

/// Files that stay open at once, at most.
const MOST_PARTS: u64 = 512;

fn part_path(scratch: &Path, table: &str, part: usize) -> PathBuf {
    scratch.join(format!("{table}.{part}.part"))
}

/// Splits the tables of a folder. Out: how many parts. Parts follow one another in the order of pseudonyms.
pub(super) fn split(key: &Key, from: &Path, scratch: &Path, encounters: u64) -> Result<usize, Error> {
    let parts = encounters.div_ceil(ENCOUNTERS_A_PART).clamp(1, MOST_PARTS) as usize;
    for (table, schema) in layouts() {
        let open = |part| {
            let file = create_private(&part_path(scratch, table, part))?;
            Ok(StreamWriter::try_new(BufWriter::new(file), &schema)?)
        };
        let mut writers = (0..parts).map(open).collect::<Result<Vec<_>, Error>>()?;
        let path = from.join(table);
        let file = File::open(&path).map_err(|cause| Error::unreadable(&path, cause))?;
        let reader = reader(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|cause| Error::unreadable(&path, cause))?;
        let mut last = (String::new(), 0);
        for batch in reader {
            let batch = batch?;
            for (writer, rows) in writers.iter_mut().zip(by_part(key, &batch, parts, &mut last)) {
                if !rows.is_empty() {
                    writer.write(&take_record_batch(&batch, &UInt32Array::from(rows))?)?;
                }
            }
        }
        for mut writer in writers {
            writer.finish()?;
        }
    }
    Ok(parts)
}

/// The rows of each part. `last` is the encounter seen last, since its rows stand together.
fn by_part(key: &Key, batch: &RecordBatch, parts: usize, last: &mut (String, usize)) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); parts];
    let Some(ids) = batch.column_by_name("encounter_id").and_then(|column| column.as_string_opt::<i32>()) else {
        return rows;
    };
    for row in 0..batch.num_rows() {
        let id = if ids.is_valid(row) { ids.value(row) } else { "" };
        if last.0 != id || last.0.is_empty() {
            *last = (id.to_owned(), part_of(&key.pseudonym(Identifier::Encounter, id), parts));
        }
        rows[last.1].push(row as u32);
    }
    rows
}

/// The part of a pseudonym: an even share of all that its first digits can be.
fn part_of(pseudonym: &str, parts: usize) -> usize {
    let digits = pseudonym.get(2..10).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0);
    ((u64::from(digits) * parts as u64) >> 32) as usize
}

/// The rows of one part of one table.
pub(super) fn read(scratch: &Path, table: &str, part: usize) -> Result<Vec<RecordBatch>, Error> {
    let path = part_path(scratch, table, part);
    let file = File::open(&path).map_err(|cause| Error::unreadable(&path, cause))?;
    let batches = StreamReader::try_new(BufReader::new(file), None)?.collect::<Result<_, _>>()?;
    // Rows with identifiers stay no longer than they must.
    std::fs::remove_file(&path).map_err(|cause| Error::unwritable(&path, cause))?;
    Ok(batches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_the_order_of_pseudonyms() {
        let key = Key::new(b"0123456789abcdef").unwrap();
        let mut names: Vec<String> =
            (0..2_000).map(|at| key.pseudonym(Identifier::Encounter, &format!("E{at}"))).collect();
        names.sort_unstable();
        let parts: Vec<usize> = names.iter().map(|name| part_of(name, 7)).collect();
        assert!(parts.is_sorted() && parts.first() == Some(&0) && parts.last() == Some(&6));
    }
}
