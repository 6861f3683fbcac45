//! Rows that cannot be audited, and `quarantine.parquet`.

use crate::encounter::{SetAside, TOO_MANY_ROWS};
use crate::error::Error;
use crate::model::RowReference;
use crate::output::{Piece, Sink};
use crate::schema::Table;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use std::path::Path;
use std::sync::Arc;

/// Rows made into a batch at a time.
const ROWS_AT_A_TIME: usize = 8_192;

/// A row that cannot be audited, and why. Holds no value of the row; small, because a broken extract has many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QuarantinedRow {
    pub table: Table,
    pub file: u32,
    pub row: u64,
    /// Place in the contract.
    column: u8,
    why: Why,
}

macro_rules! reasons {
    ($($item:ident = $text:literal),+ $(,)?) => {
        /// Every reason, by the order of its text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        enum Why { $($item),+, Other }

        impl Why {
            fn new(reason: &str) -> Self {
                match reason { $($text => Why::$item,)+ _ => Why::Other }
            }

            fn as_str(self) -> &'static str {
                match self { $(Why::$item => $text,)+ Why::Other => "other" }
            }
        }
    };
}

reasons! {
    AbsurdKey = "absurd-key",
    AbsurdQuantity = "absurd-quantity",
    AbsurdText = "absurd-text",
    AbsurdUnits = "absurd-units",
    DuplicateKey = "duplicate-key",
    ForeignKeyUnmatched = "foreign-key-unmatched",
    ImplausibleDate = "implausible-date",
    MissingDrug = "missing-drug",
    NegativeNumber = "negative-number",
    NegativeQuantity = "negative-quantity",
    NegativeUnits = "negative-units",
    NotAWholeNumber = "not-a-whole-number",
    NullKey = "null-key",
    NullRequired = "null-required",
    OutOfRange = "out-of-range",
    TooManyRows = "too-many-rows-for-one-encounter",
    UnknownEnum = "unknown-enum",
    UnparsableCode = "unparsable-code",
    UnparsableDate = "unparsable-date",
    UnparsableModifier = "unparsable-modifier",
    UnparsableMoney = "unparsable-money",
    UnparsableNumber = "unparsable-number",
    UnparsableTime = "unparsable-time",
}

impl QuarantinedRow {
    /// `column` is a place in the contract.
    pub(super) fn new(table: Table, file: u32, row: u64, column: u8, reason: &str) -> Self {
        let why = Why::new(reason);
        debug_assert_ne!(why, Why::Other, "{reason} is not among the reasons");
        Self { table, file, row, column, why }
    }

    /// With the name of the column.
    pub(super) fn named(table: Table, file: u32, row: u64, column: &str, reason: &str) -> Self {
        let columns = &table.contract().columns;
        let column = columns.iter().position(|of| of.name == column).unwrap_or(0);
        Self::new(table, file, row, column as u8, reason)
    }

    /// A row of an id that gathers more rows than an encounter can have.
    pub(super) fn too_many((table, source, _): &(Table, RowReference, Box<[u8]>)) -> Self {
        let aside = SetAside { table: *table, source: *source, column: "encounter_id", reason: TOO_MANY_ROWS };
        Self::from(&aside)
    }

    /// True if the row itself is bad, rather than a key that it shares or an encounter that is not there.
    pub(super) fn is_unreadable(&self) -> bool {
        !matches!(self.why, Why::ForeignKeyUnmatched | Why::DuplicateKey)
    }

    pub(super) fn reason(&self) -> &'static str {
        self.why.as_str()
    }

    pub(super) fn column(&self) -> &'static str {
        self.table.contract().columns.get(usize::from(self.column)).map_or("", |column| &column.name)
    }
}

impl From<&SetAside> for QuarantinedRow {
    fn from(row: &SetAside) -> Self {
        Self::named(row.table, row.source.file, row.source.row, row.column, row.reason)
    }
}

/// Writes `quarantine.parquet`, in the order of table, file and row; `name` gives the name of a file.
pub(super) fn write(
    name: &dyn Fn(u32) -> Option<String>,
    rows: &mut [QuarantinedRow],
    folder: &Path,
) -> Result<(), Error> {
    rows.sort_unstable();
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let schema = Arc::new(Schema::new(vec![
        text("table"),
        text("file"),
        Field::new("row", DataType::Int64, true),
        text("column"),
        text("reason"),
    ]));
    let mut sink = Sink::create(folder, "quarantine.parquet", schema.clone())?;
    for rows in rows.chunks(ROWS_AT_A_TIME) {
        let files = rows.iter().map(|row| name(row.file));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(rows.iter().map(|row| Some(row.table.as_str())).collect::<StringArray>()),
            Arc::new(files.collect::<StringArray>()),
            Arc::new(rows.iter().map(|row| i64::try_from(row.row).ok()).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|row| Some(row.column())).collect::<StringArray>()),
            Arc::new(rows.iter().map(|row| Some(row.reason())).collect::<StringArray>()),
        ];
        sink.write(&Piece::from(&RecordBatch::try_new(schema.clone(), columns)?))?;
    }
    sink.finish()?;
    Ok(())
}
