//! Stored rows to values.

use super::interned::text_of_number;
use super::{HEADER, LENGTH_DIGITS, LONG_TEXT, TAIL_TEXT};
use crate::model::{ChartTime, Date, HcpcsCode, Modifier, RowReference};
use crate::schema::{ABSENT, IN_TAIL, NO_OFFSET, Wide, quantity_of, read_wide};
use rust_decimal::Decimal;

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
    pub(super) fn content(self) -> &'b [u8] {
        &self.0[HEADER + self.id_length()..]
    }

    /// The bytes of the first column of a row that has `N` bytes of slots, where that is a text.
    #[inline]
    pub(super) fn first_text<const N: usize>(self) -> Option<&'b [u8]> {
        let content = self.content();
        match content.first_chunk().map_or(0, |slot| u16::from_le_bytes(*slot)) {
            0 => None,
            slot if slot & TAIL_TEXT == 0 || slot == TAIL_TEXT | LONG_TEXT => {
                self.fields::<N>().text(0).map(str::as_bytes)
            }
            slot => content.get(N..N + usize::from(slot & !TAIL_TEXT)),
        }
    }

    /// The number in a slot of a row; `None` where its value stands in the tail.
    #[inline]
    pub(super) fn small_number(self, place: usize) -> Option<i32> {
        let slot = self.content().get(place..)?.first_chunk()?;
        Some(i32::from_le_bytes(*slot)).filter(|number| *number != IN_TAIL)
    }

    /// The place of a term in its list, or one that no list has.
    #[inline]
    pub(crate) fn term_place(self, place: usize) -> usize {
        self.content().get(place).map_or(usize::MAX, |term| usize::from(*term))
    }

    /// The values of a row that has `N` bytes of slots.
    #[inline]
    pub(crate) fn fields<const N: usize>(self) -> Fields<'b, N> {
        match self.content().split_first_chunk() {
            Some((slots, tail)) => Fields { slots, tail: text(tail) },
            None => Fields { slots: &[0; N], tail: "" },
        }
    }
}

fn text(bytes: &[u8]) -> &str {
    // The bytes were text when they were stored.
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Reads the values of a row. Each reader takes the place of a column's slot; columns are to be read in the order of the
/// contract, since what stands in the tail is found by what was read before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'b, const N: usize> {
    slots: &'b [u8; N],
    tail: &'b str,
}

impl<'b, const N: usize> Fields<'b, N> {
    #[inline]
    fn slot<const W: usize>(&self, at: usize) -> [u8; W] {
        self.slots[at..].first_chunk().copied().unwrap_or([0; W])
    }

    #[inline]
    fn take(&mut self, length: usize) -> &'b str {
        let (value, rest) = self.tail.split_at_checked(length).unwrap_or_default();
        self.tail = rest;
        value
    }

    #[inline]
    pub(crate) fn text(&mut self, at: usize) -> Option<&'b str> {
        match u16::from_le_bytes(self.slot(at)) {
            0 => None,
            number if number < TAIL_TEXT => Some(text_of_number(number)),
            slot if slot == TAIL_TEXT | LONG_TEXT => Some(self.long_text()),
            slot => Some(self.take(usize::from(slot & !TAIL_TEXT))),
        }
    }

    #[cold]
    fn long_text(&mut self) -> &'b str {
        let length = usize::from_str_radix(self.take(LENGTH_DIGITS), 16).unwrap_or(0);
        self.take(length)
    }

    #[cold]
    fn wide(&mut self) -> (i64, u16) {
        read_wide(self.take(size_of::<Wide>()))
    }

    /// The place of a term in its list, or one that no list has.
    #[inline]
    pub(crate) fn term_place(&self, at: usize) -> usize {
        usize::from(self.slots[at])
    }

    /// The value of a closed list.
    #[inline]
    pub(crate) fn term<T: Copy>(&self, at: usize, all: &[T]) -> Option<T> {
        all.get(self.term_place(at)).copied()
    }

    #[inline]
    pub(crate) fn code(&self, at: usize) -> Option<HcpcsCode> {
        HcpcsCode::from_ascii(self.slot(at))
    }

    #[inline]
    pub(crate) fn modifier(&self, at: usize) -> Option<Modifier> {
        Modifier::from_ascii(self.slot(at))
    }

    #[inline]
    pub(crate) fn integer(&mut self, at: usize) -> Option<i64> {
        match i32::from_le_bytes(self.slot(at)) {
            ABSENT => None,
            IN_TAIL => Some(self.wide().0),
            value => Some(i64::from(value)),
        }
    }

    #[inline]
    pub(crate) fn date(&mut self, at: usize) -> Option<Date> {
        match i32::from_le_bytes(self.slot(at)) {
            ABSENT => None,
            IN_TAIL => Some(Date(i32::try_from(self.wide().0).unwrap_or(ABSENT))),
            day => Some(Date(day)),
        }
    }

    /// Minutes on the local clock and the offset of a time.
    #[inline]
    pub(crate) fn minutes(&mut self, at: usize) -> Option<(i64, i16)> {
        let offset = i16::from_le_bytes(self.slot(at + 4));
        match i32::from_le_bytes(self.slot(at)) {
            ABSENT => None,
            IN_TAIL => Some((self.wide().0, offset)),
            minutes => Some((i64::from(minutes), offset)),
        }
    }

    #[inline]
    pub(crate) fn time(&mut self, at: usize) -> Option<ChartTime> {
        let (local, offset) = self.minutes(at)?;
        Some(ChartTime { local, offset: (offset != NO_OFFSET).then_some(offset) })
    }

    /// How many decimals a quantity has, and its digits.
    #[inline]
    pub(crate) fn digits(&mut self, at: usize) -> Option<(u32, i64)> {
        match i32::from_le_bytes(self.slot(at)) {
            ABSENT => None,
            IN_TAIL => {
                let (digits, scale) = self.wide();
                Some((u32::from(scale), digits))
            }
            slot => Some(quantity_of(slot)),
        }
    }

    #[inline]
    pub(crate) fn quantity(&mut self, at: usize) -> Option<Decimal> {
        self.digits(at).map(|(scale, digits)| Decimal::new(digits, scale))
    }
}
