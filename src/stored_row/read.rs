//! Stored rows to values.

use super::HEADER;
use crate::model::{ChartTime, Date, HcpcsCode, Modifier, RowReference};
use crate::schema::{LONG, NO_OFFSET};
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

    /// The order of two rows of one encounter: by their first value (the id of the claim or administration), then the
    /// line number where that is the second, then everything else, then their source.
    pub(crate) fn order_within_encounter(self, other: Self, second_is_number: bool) -> Ordering {
        let (mut ours, mut theirs) = (self.values(), other.values());
        let first = |values: &mut Values<'b>| values.next().map(|_| values.text_bytes());
        first(&mut ours)
            .cmp(&first(&mut theirs))
            .then_with(|| {
                if second_is_number {
                    let second = |values: &mut Values<'b>| values.next().map(|_| values.integer());
                    second(&mut ours).cmp(&second(&mut theirs))
                } else {
                    Ordering::Equal
                }
            })
            .then_with(|| self.content().cmp(other.content()))
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
            LONG => u32::from_le_bytes(self.array()) as usize,
            short => usize::from(short),
        };
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> &'b str {
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
