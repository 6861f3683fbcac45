//! The contracts in `schemas/`: read from the embedded JSON, so that what is documented is what is checked.

mod cells;
mod decode;
mod keyed;
mod slots;
mod text;
mod values;

pub(crate) use cells::{Cells, MOST_TEXT_BYTES};
pub(crate) use decode::MOST_ID_BYTES;
pub use decode::{Bad, DecodeOptions, Decoded, Decoder};
pub(crate) use slots::{ABSENT, IN_TAIL, NO_OFFSET, NO_TERM, Slots, Wide, quantity_of, read_wide};
pub(crate) use text::plain as read_text;
pub(crate) use values::local_minutes as read_times;

use crate::error::Error;
use arrow::datatypes::{DataType, Field, Schema};
use std::sync::{Arc, LazyLock};

/// An input table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    Claims,
    Flowsheets,
    Encounters,
}

impl Table {
    pub const ALL: [Table; 3] = [Table::Claims, Table::Flowsheets, Table::Encounters];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Table::Claims => "claims",
            Table::Flowsheets => "flowsheets",
            Table::Encounters => "encounters",
        }
    }

    /// The contract of the table.
    #[must_use]
    pub fn contract(self) -> &'static Contract {
        static CONTRACTS: LazyLock<[Contract; 3]> = LazyLock::new(|| {
            [
                Contract::read(include_str!("../../schemas/claims.schema.json")),
                Contract::read(include_str!("../../schemas/flowsheets.schema.json")),
                Contract::read(include_str!("../../schemas/encounters.schema.json")),
            ]
        });
        &CONTRACTS[self as usize]
    }
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Five letters or digits.
    Code,
    /// Two letters or digits.
    Modifier,
    /// One of a closed list.
    Term(Vec<String>),
    /// Text, or a Parquet list, kept as text separated by `;`.
    List,
    Integer,
    Money,
    Quantity,
    Date,
    Time,
}

/// One column of a contract.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
}

/// One input table's contract.
#[derive(Debug)]
pub struct Contract {
    pub columns: Vec<Column>,
    /// Place of the encounter id, the key of every table.
    pub(crate) id_column: usize,
}

#[derive(serde::Deserialize)]
struct SchemaFile {
    fields: Vec<SchemaField>,
}

#[derive(serde::Deserialize)]
struct SchemaField {
    name: String,
    r#type: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    constraints: Constraints,
}

#[derive(serde::Deserialize, Default)]
struct Constraints {
    #[serde(default)]
    required: bool,
    #[serde(default, rename = "enum")]
    terms: Option<Vec<String>>,
    minimum: Option<i64>,
    maximum: Option<i64>,
}

impl Contract {
    fn read(text: &str) -> Self {
        // The schemas are part of the build; a test reads each of them.
        let file: SchemaFile = serde_json::from_str(text).unwrap_or(SchemaFile { fields: Vec::new() });
        let columns: Vec<Column> = file.fields.into_iter().map(Column::from).collect();
        let id_column = columns.iter().position(|column| column.name == "encounter_id").unwrap_or(0);
        Self { columns, id_column }
    }

    /// The Arrow schema of decoded rows: one column per contract column (times with their offset beside them), then
    /// the file and row they came from.
    #[must_use]
    pub fn decoded_schema(&self) -> Arc<Schema> {
        let mut fields = Vec::with_capacity(self.columns.len() + 6);
        for column in &self.columns {
            fields.push(Field::new(&column.name, column.kind.decoded_type(), true));
            if column.kind == Kind::Time {
                fields.push(Field::new(format!("{}.offset", column.name), DataType::Int16, true));
            }
        }
        fields.push(Field::new("source.file", DataType::UInt32, false));
        fields.push(Field::new("source.row", DataType::UInt64, false));
        Arc::new(Schema::new(fields))
    }

    /// Checks a file's columns against the contract. Out: the names of columns the contract does not know.
    ///
    /// # Errors
    /// A required column that is missing, with the nearest name that is there; a column of a type that the contract
    /// does not take.
    pub fn check(&self, file: &str, schema: &Schema) -> Result<Vec<String>, Error> {
        for column in &self.columns {
            match schema.field_with_name(&column.name) {
                Ok(field) if column.kind.accepts(field.data_type()) => {}
                Ok(field) => {
                    return Err(Error::WrongType {
                        file: file.to_owned(),
                        column: column.name.clone(),
                        found: field.data_type().to_string(),
                        accepted: column.kind.accepted(),
                    });
                }
                Err(_) if column.required => return Err(self.missing(file, &column.name, schema)),
                Err(_) => {}
            }
        }
        let known = |name: &str| self.columns.iter().any(|column| column.name == name);
        Ok(schema.fields().iter().map(|field| field.name().clone()).filter(|name| !known(name)).collect())
    }

    fn missing(&self, file: &str, column: &str, schema: &Schema) -> Error {
        let names = schema.fields().iter().map(|field| field.name());
        let strangers = names.filter(|name| self.columns.iter().all(|column| column.name != **name));
        let nearest = strangers.max_by(|one, other| {
            let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), column);
            likeness(one).total_cmp(&likeness(other))
        });
        let hint = nearest.map_or_else(String::new, |name| format!(" (the nearest column there is `{name}`)"));
        Error::MissingColumn { file: file.to_owned(), column: column.to_owned(), hint }
    }
}

impl Column {
    /// Whether its values name single things or say something of one, so that they hardly repeat.
    fn is_unique(&self) -> bool {
        self.name.ends_with("_id") || matches!(self.name.as_str(), "narrative" | "visit_note")
    }
}

impl From<SchemaField> for Column {
    fn from(field: SchemaField) -> Self {
        let kind = match (field.kind.as_deref(), field.r#type.as_str(), field.constraints.terms) {
            (Some("code"), ..) => Kind::Code,
            (Some("modifier"), ..) => Kind::Modifier,
            (Some("list"), ..) => Kind::List,
            (Some("money"), ..) => Kind::Money,
            (Some("quantity"), ..) => Kind::Quantity,
            (_, "integer", _) => Kind::Integer,
            (_, "date", _) => Kind::Date,
            (_, "datetime", _) => Kind::Time,
            (_, _, Some(terms)) => Kind::Term(terms),
            _ => Kind::Text,
        };
        let Constraints { required, minimum, maximum, .. } = field.constraints;
        Self { name: field.name, kind, required, minimum, maximum }
    }
}

impl Kind {
    /// The Arrow type after decoding.
    #[must_use]
    pub fn decoded_type(&self) -> DataType {
        match self {
            Kind::Text | Kind::Code | Kind::Modifier | Kind::Term(_) | Kind::List => DataType::Utf8,
            // Money is cents, a time is minutes on the local clock.
            Kind::Integer | Kind::Money | Kind::Time => DataType::Int64,
            Kind::Quantity => DataType::FixedSizeBinary(16),
            Kind::Date => DataType::Date32,
        }
    }

    fn accepted(&self) -> &'static str {
        match self {
            Kind::Text | Kind::Code | Kind::Modifier | Kind::Term(_) => "text (plain, large, view or dictionary)",
            Kind::List => "text separated by `;`, or a list of text or integers",
            Kind::Integer => "integers, or decimals and floats that are whole",
            Kind::Money => "decimal dollars, integer cents, or floating-point dollars",
            Kind::Quantity => "decimals, integers or floats",
            Kind::Date => "dates, timestamps, or ISO 8601 text",
            Kind::Time => "timestamps of any unit, with or without zone, or ISO 8601 text",
        }
    }

    fn accepts(&self, found: &DataType) -> bool {
        let value = match found {
            DataType::Dictionary(_, value) => value.as_ref(),
            other => other,
        };
        let text = matches!(value, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let whole = value.is_integer();
        let decimal = matches!(
            value,
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..)
        );
        let number = whole || decimal || value.is_floating();
        let timestamp = matches!(value, DataType::Timestamp(..));
        // A column that is null throughout may have no type at all.
        let null = matches!(value, DataType::Null);
        null || match self {
            Kind::Text | Kind::Term(_) => text || whole,
            Kind::Code | Kind::Modifier => text || whole,
            Kind::List => match value {
                DataType::List(item) | DataType::LargeList(item) => {
                    let item = item.data_type();
                    item.is_integer() || matches!(item, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
                }
                _ => text,
            },
            Kind::Integer | Kind::Money => number,
            Kind::Quantity => number || text,
            Kind::Date => text || timestamp || matches!(value, DataType::Date32 | DataType::Date64),
            Kind::Time => text || timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_reads_and_its_lists_are_those_of_the_model() {
        use crate::model;
        for (table, column, terms) in [
            (Table::Claims, "payer_type", model::PayerType::TERMS),
            (Table::Claims, "claim_type", model::ClaimType::TERMS),
            (Table::Flowsheets, "route", model::Route::TERMS),
            (Table::Flowsheets, "method", model::Method::TERMS),
            (Table::Flowsheets, "device", model::Device::TERMS),
            (Table::Flowsheets, "purpose", model::Purpose::TERMS),
            (Table::Flowsheets, "status", model::AdministrationStatus::TERMS),
            (Table::Flowsheets, "container", model::Container::TERMS),
            (Table::Flowsheets, "substance_class", model::SubstanceClass::TERMS),
            (Table::Encounters, "encounter_class", model::EncounterClass::TERMS),
            (Table::Encounters, "setting", model::Setting::TERMS),
            (Table::Encounters, "provider_based_department", model::ProviderBasedDepartment::TERMS),
            (Table::Encounters, "resident_involved", model::YesNo::TERMS),
            (Table::Flowsheets, "purchased_340b", model::YesNo::TERMS),
        ] {
            let column = table.contract().columns.iter().find(|one| one.name == column).unwrap();
            assert_eq!(column.kind, Kind::Term(terms.iter().map(|term| (*term).to_owned()).collect()));
        }
        assert!(Table::Claims.contract().columns.iter().any(|column| column.kind == Kind::Money));
    }

    #[test]
    fn a_missing_column_names_the_nearest_one_there() {
        let fields = ["administration_id", "route", "EncounterID"].map(|name| Field::new(name, DataType::Utf8, true));
        let error = Table::Flowsheets.contract().check("march.parquet", &Schema::new(fields.to_vec())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "march.parquet: required column `encounter_id` is missing (the nearest column there is `EncounterID`); add \
             it or rename the column that holds it"
        );
    }
}
