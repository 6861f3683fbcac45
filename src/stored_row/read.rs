//! Stored rows to values.

use super::HEADER;
use super::interned::text_of_number;
use crate::model::{ChartTime, Date, HcpcsCode, Modifier, RowReference};
use crate::schema::{INTERNED, Kind, LONG, NO_OFFSET, Table, push_text};
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// One stored row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredRow<'b>(&'b [u8]);

/// The rows of a run of bytes.
pub(crate) fn rows_of(bytes: &[u8]) -> impl Iterator<Item = StoredRow<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = u32::from_le_bytes(rest.first_chunk().copied()?) as usize;
        let (row, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some(StoredRow(row))
    })
}

impl<'b> StoredRow<'b> {
    /// The whole row, as it is stored.
    pub(crate) fn bytes(self) -> &'b [u8] {
        self.0
    }

    pub(crate) fn source(self) -> RowReference {
        let file = self.0[4..8].try_into().map_or(0, u32::from_le_bytes);
        let row = self.0[8..16].try_into().map_or(0, u64::from_le_bytes);
        RowReference { file, row }
    }

    fn id_length(self) -> usize {
        usize::from(u16::from_le_bytes([self.0[16], self.0[17]]))
    }

    /// The encounter id's bytes.
    #[inline]
    pub(crate) fn id(self) -> &'b [u8] {
        &self.0[HEADER..HEADER + self.id_length()]
    }

    pub(crate) fn encounter_id(self) -> &'b str {
        text(self.id())
    }

    /// Everything the row holds behind its encounter id.
    #[inline]
    fn content(self) -> &'b [u8] {
        &self.0[HEADER + self.id_length()..]
    }

    /// The values, in the order of the contract's columns.
    pub(crate) fn values(self) -> Values<'b> {
        let (present, rest) = self.content().split_at(8);
        Values { present: present.try_into().map_or(0, u64::from_le_bytes), rest }
    }

    /// What the row holds behind its encounter id, every text in its place.
    fn spelled_out(self, table: Table) -> Vec<u8> {
        let mut out = self.content()[..8].to_vec();
        let mut values = self.values();
        while let Some(column) = values.next().and_then(|at| table.contract().columns.get(at)) {
            match &column.kind {
                Kind::Text | Kind::List => push_text(values.text(), &mut out),
                Kind::Code => out.extend_from_slice(values.take(5)),
                Kind::Modifier => out.extend_from_slice(values.take(2)),
                Kind::Term(_) => out.extend_from_slice(values.take(1)),
                Kind::Integer | Kind::Money => out.extend_from_slice(values.take(8)),
                Kind::Quantity => out.extend_from_slice(values.take(9)),
                Kind::Date => out.extend_from_slice(values.take(4)),
                Kind::Time => out.extend_from_slice(values.take(10)),
            }
        }
        out
    }

    /// The order of what two rows hold.
    fn order_of_content(self, other: Self, table: Table) -> Ordering {
        if self.content() == other.content() {
            return Ordering::Equal;
        }
        self.spelled_out(table).cmp(&other.spelled_out(table))
    }

    /// The order of two rows of one encounter: by their first value (the id of the claim or administration), then the
    /// number of a claim line, then everything else, then their source.
    pub(crate) fn order_within_encounter(self, other: Self, table: Table) -> Ordering {
        let (mut ours, mut theirs) = (self.values(), other.values());
        let first = |values: &mut Values<'b>| values.next().map(|_| values.text_bytes());
        first(&mut ours)
            .cmp(&first(&mut theirs))
            .then_with(|| {
                if table == Table::Claims {
                    let second = |values: &mut Values<'b>| values.next().map(|_| values.integer());
                    second(&mut ours).cmp(&second(&mut theirs))
                } else {
                    Ordering::Equal
                }
            })
            .then_with(|| self.order_of_content(other, table))
            .then_with(|| self.source().cmp(&other.source()))
    }
}

/// Reads the values of a row from left to right: [`Values::next`] names the column, then one reader takes its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'b> {
    present: u64,
    rest: &'b [u8],
}

fn text(bytes: &[u8]) -> &str {
    // The bytes were text when they were stored.
    std::str::from_utf8(bytes).unwrap_or_default()
}

impl<'b> Values<'b> {
    /// The place in the contract of the next column that has a value.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<usize> {
        if self.present == 0 {
            return None;
        }
        let at = self.present.trailing_zeros();
        self.present &= self.present - 1;
        Some(at as usize)
    }

    #[inline]
    fn take(&mut self, length: usize) -> &'b [u8] {
        let (value, rest) = self.rest.split_at(length);
        self.rest = rest;
        value
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().unwrap_or([0; N])
    }

    #[inline]
    fn text_bytes(&mut self) -> &'b [u8] {
        let length = match self.take(1)[0] {
            INTERNED => return text_of_number(u16::from_le_bytes(self.array())).as_bytes(),
            LONG => u32::from_le_bytes(self.array()) as usize,
            short => usize::from(short),
        };
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> &'b str {
        if self.rest[0] == INTERNED {
            self.take(1);
            return text_of_number(u16::from_le_bytes(self.array()));
        }
        text(self.text_bytes())
    }

    /// The value of a closed list.
    pub(crate) fn term<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let at = self.take(1)[0];
        all.get(usize::from(at)).copied()
    }

    pub(crate) fn code(&mut self) -> Option<HcpcsCode> {
        HcpcsCode::from_ascii(self.array())
    }

    pub(crate) fn modifier(&mut self) -> Option<Modifier> {
        Modifier::from_ascii(self.array())
    }

    pub(crate) fn integer(&mut self) -> i64 {
        i64::from_le_bytes(self.array())
    }

    pub(crate) fn date(&mut self) -> Date {
        Date(i32::from_le_bytes(self.array()))
    }

    pub(crate) fn time(&mut self) -> ChartTime {
        let local = i64::from_le_bytes(self.array());
        let offset = i16::from_le_bytes(self.array());
        ChartTime { local, offset: (offset != NO_OFFSET).then_some(offset) }
    }

    pub(crate) fn quantity(&mut self) -> Decimal {
        let scale = u32::from(self.take(1)[0]);
        Decimal::new(i64::from_le_bytes(self.array()), scale)
    }
}
