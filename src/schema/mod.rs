//! The contracts in `schemas/`: read from the embedded JSON, so that what is documented is what is checked.

mod candidates;
mod cells;
mod date_form;
mod decode;
mod keyed;
mod kind;
mod slots;
mod text;
mod tidy;
mod values;
mod words;

pub use candidates::Candidates;
pub(crate) use cells::{Cells, MOST_TEXT_BYTES};
pub use date_form::{DateForm, DateFormat};
pub(crate) use date_form::{NO_TIME, unread_dates};
pub(crate) use decode::MOST_ID_BYTES;
pub use decode::{Bad, DecodeOptions, Decoded, Decoder, IntegerMoney, Tally};
pub use kind::Kind;
pub(crate) use kind::holds_integers;
pub(crate) use slots::{ABSENT, IN_TAIL, NO_OFFSET, NO_TERM, Slots, Wide, quantity_of, read_wide};
pub(crate) use text::plain as read_text;
pub(crate) use values::local_minutes as read_times;
pub use words::Word;

use crate::error::Error;
use arrow::datatypes::{DataType, Field, Schema};
use std::collections::{BTreeMap, BTreeSet};
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

/// One column of a contract.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    /// Words of a closed list, and everyday words for them, in their compared form (see [`words::compared`]).
    pub(crate) words: Vec<(String, Word)>,
    /// Codes of the list may be separated by comma, bar or space too.
    pub(crate) splits: bool,
}

/// One input table's contract.
#[derive(Debug)]
pub struct Contract {
    pub columns: Vec<Column>,
    /// Column that holds all modifiers of a claim line in one text; the decoder splits it into the four of the contract.
    pub(crate) modifier_list: Option<String>,
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
    /// Everyday words for words of the list.
    #[serde(default)]
    synonyms: BTreeMap<String, String>,
    /// Words that say the route and the method in one.
    #[serde(default)]
    route_and_method: BTreeMap<String, [String; 2]>,
    /// Characters besides `;` at which a list is split.
    #[serde(default)]
    separators: Option<String>,
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
        let is_list = |field: &SchemaField| field.kind.as_deref() == Some("modifier_list");
        let modifier_list = file.fields.iter().find(|field| is_list(field)).map(|field| field.name.clone());
        let columns: Vec<Column> = file.fields.into_iter().filter(|field| !is_list(field)).map(Column::from).collect();
        let id_column = columns.iter().position(|column| column.name == "encounter_id").unwrap_or(0);
        Self { columns, modifier_list, id_column }
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

    /// The name under which the contract knows a column of a file: compared without case, surrounding space, and with
    /// spaces and hyphens as underscores. `None` for a column that the contract does not know.
    #[must_use]
    pub fn canonical(&self, name: &str) -> Option<&str> {
        let all = || self.columns.iter().map(|column| column.name.as_str()).chain(self.modifier_list.as_deref());
        if let Some(same) = all().find(|known| *known == name) {
            return Some(same);
        }
        let letter = |letter: char| if matches!(letter, ' ' | '-') { '_' } else { letter.to_ascii_lowercase() };
        let like: String = name.trim().chars().map(letter).collect();
        all().find(|known| *known == like)
    }

    /// The schema with the contract's names for the columns that it knows. Of several columns with one name, the one that
    /// is spelled as in the contract has it, else the first.
    #[must_use]
    pub fn with_canonical_names(&self, schema: &Schema) -> Schema {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        let exact =
            schema.fields().iter().filter_map(|field| self.canonical(field.name()).filter(|name| name == field.name()));
        taken.extend(exact);
        let mut named = |field: &Arc<Field>| match self.canonical(field.name()) {
            Some(name) if name != field.name() && taken.insert(name) => {
                Arc::new(field.as_ref().clone().with_name(name))
            }
            _ => field.clone(),
        };
        Schema::new(schema.fields().iter().map(&mut named).collect::<Vec<_>>())
    }

    /// The terms of a column with a closed list.
    #[must_use]
    pub fn terms(&self, column: &str) -> Option<&[String]> {
        match &self.columns.iter().find(|of| of.name == column)?.kind {
            Kind::Term(terms) => Some(terms),
            _ => None,
        }
    }

    /// Required columns that a schema with canonical names lacks.
    #[must_use]
    pub fn missing(&self, schema: &Schema) -> Vec<&Column> {
        let absent = |column: &&Column| column.required && schema.field_with_name(&column.name).is_err();
        self.columns.iter().filter(absent).collect()
    }

    /// Names of columns of a schema that the contract does not know.
    #[must_use]
    pub fn unknown(&self, schema: &Schema) -> Vec<String> {
        let known = |name: &str| {
            self.columns.iter().any(|column| column.name == name) || self.modifier_list.as_deref() == Some(name)
        };
        schema.fields().iter().map(|field| field.name().clone()).filter(|name| !known(name)).collect()
    }

    /// Checks the types of a file's columns, whose names are canonical.
    ///
    /// # Errors
    /// A column of a type that the contract does not take, or takes only under an option that is not given.
    pub fn check_types(&self, file: &str, schema: &Schema, options: &DecodeOptions) -> Result<(), Error> {
        let mut integer_money = Vec::new();
        for column in &self.columns {
            let Ok(field) = schema.field_with_name(&column.name) else { continue };
            if column.kind == Kind::Money && holds_integers(field.data_type()) && options.integer_money.is_none() {
                integer_money.push(column.name.clone());
            }
            let compact = options.date_form(&column.name).is_some_and(DateForm::takes_integers)
                && matches!(column.kind, Kind::Date | Kind::Time)
                && holds_integers(field.data_type());
            if !compact && !column.kind.accepts(field.data_type()) {
                return Err(Error::WrongType {
                    file: file.to_owned(),
                    column: column.name.clone(),
                    found: kind::plain_type(field.data_type()),
                    accepted: column.kind.accepted(),
                });
            }
        }
        if integer_money.is_empty() {
            return Ok(());
        }
        Err(Error::IntegerMoney { file: file.to_owned(), columns: integer_money.join("`, `") })
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
        let words = match &kind {
            Kind::Term(terms) => words::table(terms, &field.synonyms, &field.route_and_method),
            _ => Vec::new(),
        };
        let splits = field.separators.is_some();
        Self { name: field.name, kind, required, minimum, maximum, words, splits }
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
    fn columns_are_known_without_case_and_spelling_wins() {
        let field = |name: &str| Field::new(name, DataType::Utf8, true);
        let contract = Table::Claims.contract();
        let schema =
            Schema::new(vec![field("CLAIM_ID"), field("Claim ID"), field("hcpcs"), field("HCPCS"), field("x")]);
        let names = contract.with_canonical_names(&schema);
        let names: Vec<&str> = names.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["claim_id", "Claim ID", "hcpcs", "HCPCS", "x"]);
    }
}
