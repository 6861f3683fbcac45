//! The order of the rows of one encounter.

use super::{ClaimColumn, EncounterColumn, Fields, FlowsheetColumn, Layout, StoredRow};
use crate::schema::{ABSENT, Kind, Table};
use std::cmp::Ordering;

/// From this length on a text is preceded by four bytes of its length instead of one.
const LONG: u8 = u8::MAX - 1;

impl<'b> StoredRow<'b> {
    /// The order of two rows of one encounter: by their first value (the id of the claim or administration), then the
    /// number of a claim line, then everything else, then their source.
    pub(crate) fn order_within_encounter(self, other: Self, table: Table) -> Ordering {
        let first = match table {
            Table::Claims | Table::Flowsheets => self.first_id(table).cmp(&other.first_id(table)),
            Table::Encounters => first_value(self).cmp(&first_value(other)),
        };
        let first = first.then_with(|| match table {
            Table::Claims => self.line_number().cmp(&other.line_number()),
            Table::Flowsheets | Table::Encounters => Ordering::Equal,
        });
        first.then_with(|| self.order_of_content(other, table)).then_with(|| self.source().cmp(&other.source()))
    }

    /// The id of the claim or administration.
    #[inline]
    pub(crate) fn first_id(self, table: Table) -> Option<&'b [u8]> {
        match table {
            Table::Claims => self.first_text::<{ ClaimColumn::SLOTS }>(),
            Table::Flowsheets => self.first_text::<{ FlowsheetColumn::SLOTS }>(),
            Table::Encounters => None,
        }
    }

    /// The number of a claim line, where its slot holds it.
    #[inline]
    pub(crate) fn small_line_number(self) -> Option<i32> {
        self.small_number(const { ClaimColumn::LineNumber.place() }).filter(|number| *number != ABSENT)
    }

    /// The number of a claim line.
    pub(crate) fn line_number(self) -> Option<i64> {
        if let Some(number) = self.small_line_number() {
            return Some(i64::from(number));
        }
        let mut fields = self.fields::<{ ClaimColumn::SLOTS }>();
        fields.text(const { ClaimColumn::ClaimId.place() });
        fields.integer(const { ClaimColumn::LineNumber.place() })
    }

    /// The order of what two rows hold.
    fn order_of_content(self, other: Self, table: Table) -> Ordering {
        if self.content() == other.content() {
            return Ordering::Equal;
        }
        self.spelled_out(table).cmp(&other.spelled_out(table))
    }

    fn spelled_out(self, table: Table) -> Vec<u8> {
        match table {
            Table::Claims => spelled_out(self.fields::<{ ClaimColumn::SLOTS }>(), table),
            Table::Flowsheets => spelled_out(self.fields::<{ FlowsheetColumn::SLOTS }>(), table),
            Table::Encounters => spelled_out(self.fields::<{ EncounterColumn::SLOTS }>(), table),
        }
    }
}

/// The first value of an encounter's row: the patient, where there is one; else the next text, unless a term comes first.
fn first_value(row: StoredRow<'_>) -> Option<&str> {
    let mut fields = row.fields::<{ EncounterColumn::SLOTS }>();
    for column in EncounterColumn::ALL {
        let kind = &Table::Encounters.contract().columns.get(*column as usize)?.kind;
        let place = column.place();
        let there = match kind {
            Kind::Text | Kind::List if *column != EncounterColumn::EncounterId => {
                if let Some(text) = fields.text(place) {
                    return Some(text);
                }
                false
            }
            Kind::Term(terms) => fields.term_place(place) < terms.len(),
            Kind::Date => fields.date(place).is_some(),
            Kind::Time => fields.time(place).is_some(),
            _ => false,
        };
        if there {
            return Some("");
        }
    }
    None
}

/// Which columns have values, then those values, every text in its place: what the order of rows that are otherwise alike
/// goes by, so that it never depends on how a row happens to be stored.
fn spelled_out<const N: usize>(mut fields: Fields<'_, N>, table: Table) -> Vec<u8> {
    let contract = table.contract();
    let (mut present, mut out) = (0_u64, vec![0; 8]);
    let columns = contract.columns.iter().zip(Layout::of(table).places.iter().copied()).enumerate();
    for (at, (column, place)) in columns.filter(|(at, _)| *at != contract.id_column) {
        let before = out.len();
        match &column.kind {
            Kind::Text | Kind::List => {
                if let Some(text) = fields.text(place) {
                    match u8::try_from(text.len()) {
                        Ok(short) if short < LONG => out.push(short),
                        _ => {
                            out.push(u8::MAX);
                            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
                        }
                    }
                    out.extend_from_slice(text.as_bytes());
                }
            }
            Kind::Code => out.extend(fields.code(place).iter().flat_map(|code| code.as_str().bytes())),
            Kind::Modifier => out.extend(fields.modifier(place).iter().flat_map(|of| of.as_str().bytes())),
            Kind::Term(terms) => {
                out.extend(Some(fields.term_place(place)).filter(|place| *place < terms.len()).map(|place| place as u8))
            }
            Kind::Integer | Kind::Money => out.extend(fields.integer(place).into_iter().flat_map(i64::to_le_bytes)),
            Kind::Quantity => {
                if let Some((scale, digits)) = fields.digits(place) {
                    out.push(scale as u8);
                    out.extend_from_slice(&digits.to_le_bytes());
                }
            }
            Kind::Date => out.extend(fields.date(place).into_iter().flat_map(|day| day.0.to_le_bytes())),
            Kind::Time => {
                if let Some((local, offset)) = fields.minutes(place) {
                    out.extend_from_slice(&local.to_le_bytes());
                    out.extend_from_slice(&offset.to_le_bytes());
                }
            }
        }
        present |= u64::from(out.len() > before) << at;
    }
    out[..8].copy_from_slice(&present.to_le_bytes());
    out
}
