//! Kinds of columns: the types that each takes, and what they are decoded to.

use arrow::datatypes::DataType;

/// Kind of a column's values.
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

    pub(super) fn accepted(&self) -> &'static str {
        match self {
            Kind::Text | Kind::Code | Kind::Modifier => "text or whole numbers",
            Kind::Term(_) => "text",
            Kind::List => "text separated by `;`, or a list of text or integers",
            Kind::Integer => "integers, or decimals and floats that are whole",
            Kind::Money => "decimal or floating-point dollars, or integers with --integer-money",
            Kind::Quantity => "decimals, integers or floats",
            Kind::Date => "dates, timestamps, ISO 8601 text, or text in a form that --date-format names",
            Kind::Time => "timestamps of any unit, ISO 8601 text, or text in a form that --date-format names",
        }
    }

    pub(super) fn accepts(&self, found: &DataType) -> bool {
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
            Kind::Text | Kind::Code | Kind::Modifier => text || number,
            Kind::Term(_) => text || whole || matches!(value, DataType::Boolean),
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

/// True if a type holds whole numbers alone: integers, and decimals without decimal places.
#[must_use]
pub(crate) fn holds_integers(of: &DataType) -> bool {
    match of {
        DataType::Dictionary(_, value) => holds_integers(value),
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => *scale <= 0,
        other => other.is_integer(),
    }
}

/// The type of a column in words of an analyst.
pub(super) fn plain_type(of: &DataType) -> String {
    match of {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "true or false".to_owned(),
        DataType::Null => "without a type".to_owned(),
        DataType::Date32 | DataType::Date64 => "a date".to_owned(),
        DataType::Timestamp(..) => "a timestamp".to_owned(),
        other if other.is_integer() => format!("an integer ({other})"),
        other if other.is_floating() => format!("a floating-point number ({other})"),
        other => other.to_string(),
    }
}
