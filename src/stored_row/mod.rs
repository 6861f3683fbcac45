//! One input row as a run of bytes, from the moment it is decoded until its encounter is built.
//!
//! Rows of an encounter meet only after the partition, so each is moved as one piece: a row costs one copy instead of
//! one per column, it spills as it is, and building an encounter reads memory in order. Numbers are little-endian.
//!
//! ```text
//! length u32 | file u32 | row u64 | id length u16 | encounter id | a slot for every other column | tail
//! ```
//!
//! The slots of a table always lie at the same places behind the encounter id, so that a column is written for many rows
//! in one loop and read without looking at the others. A slot has room for almost every value of its column; the tail holds
//! what does not fit, in the order of the columns, and all texts but those that many rows share, which are known by a
//! number. The tail is text throughout.

mod columns;
mod encode;
mod interned;
mod keys;
mod order;
mod read;

pub(crate) use columns::{ClaimColumn, EncounterColumn, FlowsheetColumn};
pub(crate) use encode::{EncodedRows, id_of, is_id_alike, whole_id_of};
pub(crate) use interned::intern;
pub(crate) use keys::LineKey;
pub(crate) use read::{Fields, StoredRow, rows_of};

use crate::schema::{Contract, Table};
use std::sync::LazyLock;

/// Bytes in front of the encounter id.
const HEADER: usize = 4 + 4 + 8 + 2;

/// In the slot of a text: it stands in the tail, and the other bits are its length.
const TAIL_TEXT: u16 = 1 << 15;

/// A length that its slot does not hold: so many hexadecimal digits of it stand in front of the text.
const LONG_TEXT: u16 = TAIL_TEXT - 1;
const LENGTH_DIGITS: usize = 8;

/// What the slot of a text in the tail holds; none where it is empty.
pub(crate) fn tail_slot(length: usize) -> u16 {
    match u16::try_from(length) {
        Ok(0) => 0,
        Ok(short) if short < LONG_TEXT => TAIL_TEXT | short,
        _ => TAIL_TEXT | LONG_TEXT,
    }
}

/// Where the slots of a table's rows lie.
#[derive(Debug)]
struct Layout {
    /// Where each column's slot begins, counted from behind the encounter id, which has none.
    places: Vec<usize>,
    /// What the slots of a row without values hold.
    empty: Vec<u8>,
}

impl Layout {
    fn of(table: Table) -> &'static Self {
        static LAYOUTS: LazyLock<[Layout; 3]> = LazyLock::new(|| Table::ALL.map(|table| Layout::new(table.contract())));
        &LAYOUTS[table as usize]
    }

    fn new(contract: &Contract) -> Self {
        let (mut places, mut empty) = (Vec::new(), Vec::new());
        for (at, column) in contract.columns.iter().enumerate() {
            places.push(empty.len());
            if at != contract.id_column {
                empty.extend_from_slice(column.kind.absent_slot());
            }
        }
        Self { places, empty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChartTime, Date};
    use crate::schema::{DecodeOptions, Decoder};
    use arrow::array::{
        ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampSecondArray,
    };
    use rust_decimal::Decimal;
    use std::sync::Arc;

    fn stored(table: Table, columns: Vec<(&str, ArrayRef)>) -> Vec<Vec<u8>> {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let options = DecodeOptions::default();
        let decoded = Decoder::new(table.contract(), &options).decode(&batch, 7).unwrap();
        let mut rows = EncodedRows::default();
        rows.fill(table, &decoded, (3, 7), 0..batch.num_rows());
        let row = |at: usize| {
            let (mut row, id) = (Vec::new(), id_of(&decoded.cells[table.contract().id_column], at));
            rows.append(at, id, &mut row);
            assert_eq!(row.len(), rows.length(at, id));
            row
        };
        (0..batch.num_rows()).map(row).collect()
    }

    fn text(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    #[test]
    fn what_its_slot_does_not_hold_comes_back_whole() {
        let long = "é".repeat(20_000);
        let lines = [i64::MAX, 2, i64::from(i32::MAX) + 1];
        let charges = [Some(i64::MIN), None, Some(i64::from(i32::MIN))];
        let days = [7_305, 120_529, 20_000];
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("claim_id", text(&[Some("C1"), Some(&long), Some(" C3 ")])),
            ("line_number", Arc::new(Int64Array::from(lines.to_vec()))),
            ("encounter_id", text(&[Some("E1"), Some("E22"), Some("E1")])),
            ("payer", text(&[None, Some("  "), Some(&long)])),
            ("hcpcs", text(&[Some("j1234"), None, Some("96365")])),
            ("modifier_2", text(&[Some("jw"), None, None])),
            ("charge", Arc::new(Int64Array::from(charges.to_vec()))),
            ("service_date", Arc::new(Date32Array::from(days.to_vec()))),
            ("narrative", text(&[Some("last"), Some("n"), None])),
        ];
        let rows = stored(Table::Claims, columns);
        let claims = ["C1", &long, "C3"];
        for at in 0..3 {
            let row = rows_of(&rows[at]).next().unwrap();
            assert_eq!((row.source().file, row.source().row, row.bytes().len()), (3, 7 + at as u64, rows[at].len()));
            assert_eq!(row.encounter_id(), ["E1", "E22", "E1"][at]);
            let mut fields = row.fields::<{ ClaimColumn::SLOTS }>();
            assert_eq!(fields.text(ClaimColumn::ClaimId.place()), Some(claims[at]));
            assert_eq!(fields.integer(ClaimColumn::LineNumber.place()), Some(lines[at]));
            assert_eq!(fields.text(ClaimColumn::PatientId.place()), None);
            assert_eq!(fields.text(ClaimColumn::Payer.place()), [None, None, Some(long.as_str())][at]);
            let code = fields.code(ClaimColumn::Hcpcs.place());
            assert_eq!(code.as_ref().map(|code| code.as_str()), [Some("J1234"), None, Some("96365")][at]);
            let modifier = fields.modifier(ClaimColumn::Modifier2.place());
            assert_eq!(modifier.as_ref().map(|modifier| modifier.as_str()), [Some("JW"), None, None][at]);
            assert_eq!(fields.integer(ClaimColumn::Charge.place()), charges[at]);
            assert_eq!(fields.date(ClaimColumn::ServiceDate.place()), Some(Date(days[at])));
            assert_eq!(fields.text(ClaimColumn::Narrative.place()), [Some("last"), Some("n"), None][at]);
        }
    }

    #[test]
    fn times_and_quantities_of_any_size_come_back() {
        let seconds = [Some(1_769_869_859), Some(-1), None, Some(i64::MAX)];
        let doses = [Some(1_000_000_000_000_000_i128), Some(12_500), Some(0), None];
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("encounter_id", text(&[Some("E1"); 4])),
            ("administration_id", text(&[Some("A"); 4])),
            ("drug_name", text(&[Some("drug"); 4])),
            ("route", text(&[Some("IV"); 4])),
            ("start_time", Arc::new(TimestampSecondArray::from(seconds.to_vec()))),
            ("dose", Arc::new(Decimal128Array::from(doses.to_vec()).with_precision_and_scale(20, 9).unwrap())),
            ("dose_unit", text(&[Some("mg"); 4])),
        ];
        let rows = stored(Table::Flowsheets, columns);
        // Times outside 1990 to 2299 are no times.
        let times = [Some(29_497_830), None, None, None];
        let quantities = [Some(Decimal::from(1_000_000)), Some(Decimal::new(125, 7)), Some(Decimal::ZERO), None];
        for at in 0..4 {
            let mut fields = rows_of(&rows[at]).next().unwrap().fields::<{ FlowsheetColumn::SLOTS }>();
            assert_eq!(fields.text(FlowsheetColumn::AdministrationId.place()), Some("A"));
            assert_eq!(fields.text(FlowsheetColumn::DrugName.place()), Some("drug"));
            let time = times[at].map(|local| ChartTime { local, offset: None });
            assert_eq!(fields.time(FlowsheetColumn::StartTime.place()), time);
            assert_eq!(fields.quantity(FlowsheetColumn::Dose.place()), quantities[at]);
            assert_eq!(fields.text(FlowsheetColumn::DoseUnit.place()), Some("mg"));
        }
    }
}
