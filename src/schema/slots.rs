//! The values of a column as the slots they fill in a stored row: so few bytes as hold almost every value, and what does
//! not fit them beside.

use super::Kind;
use arrow::array::{Array, Date32Array, Int16Array, Int32Array, Int64Array};
use arrow::buffer::NullBuffer;

/// In the place of a number, day or time: there is none.
pub(crate) const ABSENT: i32 = i32::MIN;

/// In the place of a number, day or time: the whole value stands in the row's tail.
pub(crate) const IN_TAIL: i32 = i32::MIN + 1;

/// An offset that a time does not have.
pub(crate) const NO_OFFSET: i16 = i16::MIN;

/// In the place of a term: there is none.
pub(crate) const NO_TERM: u8 = u8::MAX;

/// Bits of a quantity's slot that hold its digits; those above hold how many decimals it has.
const DIGIT_BITS: u32 = 27;

/// A value that its slot does not hold: hexadecimal digits of a number, then of an offset or how many decimals. It is text,
/// so that a row's whole tail is.
pub(crate) type Wide = [u8; 20];

impl Kind {
    /// What a slot holds where there is no value.
    pub(crate) fn absent_slot(&self) -> &'static [u8] {
        match self {
            Kind::Term(_) => &[NO_TERM],
            Kind::Text | Kind::List | Kind::Modifier => &[0; 2],
            Kind::Integer | Kind::Money | Kind::Quantity | Kind::Date => &const { absent::<4>() },
            Kind::Code => &[0; 5],
            Kind::Time => &const { absent::<6>() },
        }
    }
}

/// A number, day or time that is not there.
const fn absent<const N: usize>() -> [u8; N] {
    let (mut slot, none) = ([0; N], ABSENT.to_le_bytes());
    let mut at = 0;
    while at < none.len() {
        slot[at] = none[at];
        at += 1;
    }
    slot
}

/// The slots of a batch's column by their bytes.
#[derive(Debug)]
pub(crate) enum Slots {
    One(Vec<[u8; 1]>),
    Two(Vec<[u8; 2]>),
    Four(Vec<[u8; 4]>),
    Five(Vec<[u8; 5]>),
    Six(Vec<[u8; 6]>),
}

impl Slots {
    /// Whether a row has a value.
    #[inline]
    pub(crate) fn is_valid(&self, row: usize) -> bool {
        match self {
            Slots::One(of) => of[row] != [NO_TERM],
            Slots::Two(of) => of[row] != [0; 2],
            Slots::Four(of) => of[row] != absent(),
            Slots::Five(of) => of[row] != [0; 5],
            Slots::Six(of) => is_time(of[row]),
        }
    }

    /// Whether every row has a value.
    pub(crate) fn are_whole(&self) -> bool {
        match self {
            Slots::One(of) => are_all(of, |slot| slot != [NO_TERM]),
            Slots::Two(of) => are_all(of, |slot| slot != [0; 2]),
            Slots::Four(of) => are_all(of, |slot| slot != absent()),
            Slots::Five(of) => are_all(of, |slot| slot != [0; 5]),
            Slots::Six(of) => are_all(of, is_time),
        }
    }
}

/// One look at all together, which costs less than looking for the first that is not.
fn are_all<T: Copy>(of: &[T], is: impl Fn(T) -> bool) -> bool {
    of.iter().fold(true, |all, value| all & is(*value))
}

fn is_time([a, b, c, d, ..]: [u8; 6]) -> bool {
    [a, b, c, d] != absent()
}

/// Slots and the values that do not fit theirs, by row.
pub(super) type Filled = (Slots, Vec<(usize, Wide)>);

/// Empties the slots of rows without a value.
pub(super) fn without_nulls<const N: usize>(slots: &mut [[u8; N]], nulls: Option<&NullBuffer>, absent: [u8; N]) {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return };
    for row in (!nulls.inner()).set_indices() {
        slots[row] = absent;
    }
}

/// A value with all its digits.
pub(crate) fn wide(value: i64, beside: u16) -> Wide {
    let digit = |nibble: u64| b"0123456789abcdef"[(nibble & 15) as usize];
    let value = value.cast_unsigned();
    std::array::from_fn(|at| match at {
        0..16 => digit(value >> (60 - 4 * at)),
        _ => digit(u64::from(beside) >> (76 - 4 * at)),
    })
}

/// What [`wide`] wrote.
pub(crate) fn read_wide(text: &str) -> (i64, u16) {
    let (value, beside) = text.split_at_checked(16).unwrap_or_default();
    let value = u64::from_str_radix(value, 16).map_or(0, u64::cast_signed);
    (value, u16::from_str_radix(beside, 16).unwrap_or(0))
}

/// Fills four-byte slots from values that mostly fit them.
fn narrow<T: Copy>(
    values: &[T],
    nulls: Option<&NullBuffer>,
    fits: impl Fn(T) -> bool,
    small: impl Fn(T) -> i32,
    whole: impl Fn(T) -> i64,
) -> Filled {
    let mut slots: Vec<[u8; 4]> = values.iter().map(|value| small(*value).to_le_bytes()).collect();
    let mut beside = Vec::new();
    // One look at all together, since there is hardly ever such a value.
    if !are_all(values, &fits) {
        let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
        for (row, value) in values.iter().enumerate().filter(|(row, value)| !fits(**value) && valid(*row)) {
            slots[row] = IN_TAIL.to_le_bytes();
            beside.push((row, wide(whole(*value), 0)));
        }
    }
    without_nulls(&mut slots, nulls, absent());
    (Slots::Four(slots), beside)
}

/// Whole numbers and cents.
pub(super) fn numbers(values: &Int64Array) -> Filled {
    let fits = |value: i64| value > i64::from(IN_TAIL) && value <= i64::from(i32::MAX);
    narrow(values.values(), values.nulls(), fits, |value| value as i32, |value| value)
}

/// Cents that came as decimals, none of them beyond eight bytes.
pub(super) fn cents(values: &[i128], nulls: Option<&NullBuffer>) -> Filled {
    let fits = |value: i128| value > i128::from(IN_TAIL) && value <= i128::from(i32::MAX);
    narrow(values, nulls, fits, |value| value as i32, |value| value as i64)
}

/// Calendar days.
pub(super) fn days(values: &Date32Array) -> Filled {
    narrow(values.values(), values.nulls(), |day| day > IN_TAIL, |day| day, i64::from)
}

/// One quantity's slot; `None` where it does not fit.
#[inline]
fn quantity(scale: u32, digits: i64) -> Option<i32> {
    let fits = scale < 16 && (0..1 << DIGIT_BITS).contains(&digits);
    fits.then_some((scale << DIGIT_BITS) as i32 | digits as i32)
}

/// Decimals and digits of a quantity's slot.
#[inline]
pub(crate) fn quantity_of(slot: i32) -> (u32, i64) {
    (slot.cast_unsigned() >> DIGIT_BITS, i64::from(slot & ((1 << DIGIT_BITS) - 1)))
}

/// Quantities as they are read, row by row.
#[derive(Debug)]
pub(super) struct Quantities {
    slots: Vec<[u8; 4]>,
    beside: Vec<(usize, Wide)>,
}

impl Quantities {
    pub(super) fn new(rows: usize) -> Self {
        Self { slots: vec![absent(); rows], beside: Vec::new() }
    }

    /// The quantity of a row.
    #[inline]
    pub(super) fn put(&mut self, row: usize, scale: u32, digits: i64) {
        let slot = quantity(scale, digits).unwrap_or_else(|| {
            self.beside.push((row, wide(digits, scale as u16)));
            IN_TAIL
        });
        self.slots[row] = slot.to_le_bytes();
    }

    pub(super) fn finish(self) -> Filled {
        (Slots::Four(self.slots), self.beside)
    }
}

fn time_slot(local: i32, offset: i16) -> [u8; 6] {
    let ([a, b, c, d], [e, f]) = (local.to_le_bytes(), offset.to_le_bytes());
    [a, b, c, d, e, f]
}

/// Times on the local clock that have no offset, of which `minutes` makes minutes.
pub(super) fn local_times(values: &[i64], nulls: Option<&NullBuffer>, minutes: impl Fn(i64) -> i64) -> Filled {
    let fits = |minutes: i64| minutes > i64::from(IN_TAIL) && minutes <= i64::from(i32::MAX);
    let mut whole = true;
    let slot = |value: &i64| {
        let minutes = minutes(*value);
        whole &= fits(minutes);
        time_slot(minutes as i32, NO_OFFSET)
    };
    let mut slots: Vec<[u8; 6]> = values.iter().map(slot).collect();
    let mut beside = Vec::new();
    if !whole {
        let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
        for (row, value) in values.iter().enumerate().filter(|(row, value)| !fits(minutes(**value)) && valid(*row)) {
            slots[row] = time_slot(IN_TAIL, NO_OFFSET);
            beside.push((row, wide(minutes(*value), NO_OFFSET.cast_unsigned())));
        }
    }
    without_nulls(&mut slots, nulls, absent());
    (Slots::Six(slots), beside)
}

/// Times with their offsets.
pub(super) fn times(local: &Int64Array, offsets: &Int16Array) -> Filled {
    let mut slots = vec![absent(); local.len()];
    let mut beside = Vec::new();
    for row in (0..local.len()).filter(|row| local.is_valid(*row)) {
        let offset = if offsets.is_valid(row) { offsets.value(row) } else { NO_OFFSET };
        slots[row] = match i32::try_from(local.value(row)).ok().filter(|minutes| *minutes > IN_TAIL) {
            Some(minutes) => time_slot(minutes, offset),
            None => {
                beside.push((row, wide(local.value(row), offset.cast_unsigned())));
                time_slot(IN_TAIL, offset)
            }
        };
    }
    (Slots::Six(slots), beside)
}

/// First day of 1990 and of 2300: no chart or claim of this audit lies outside. Earlier and later ones stand for something
/// else, such as 9999-12-31 for an end that is open. De-identified data sets move whole feeds into the 22nd century, so that a
/// year alone tells little before 2300; [`take_open_ends`] and the check of dates apart tell the rest.
const PLAUSIBLE_DAYS: std::ops::Range<i32> = 7_305..120_530;

/// Empties the slots of days or times outside 1990 to 2299. Out: their rows.
pub(super) fn take_implausible((slots, beside): &mut Filled) -> Vec<usize> {
    let (first, end) = (PLAUSIBLE_DAYS.start, PLAUSIBLE_DAYS.end);
    let rows = match slots {
        Slots::Four(days) => take(days, absent(), |[a, b, c, d]| {
            let day = i32::from_le_bytes([a, b, c, d]);
            day == ABSENT || (first..end).contains(&day)
        }),
        Slots::Six(times) => take(times, absent(), |[a, b, c, d, ..]| {
            let minutes = i32::from_le_bytes([a, b, c, d]);
            minutes == ABSENT || (first * 1_440..end * 1_440).contains(&minutes)
        }),
        _ => Vec::new(),
    };
    if !rows.is_empty() {
        beside.retain(|(row, _)| rows.binary_search(row).is_err());
    }
    rows
}

/// Empties the slots that are not `right`. Out: their rows.
fn take<const N: usize>(slots: &mut [[u8; N]], absent: [u8; N], right: impl Fn([u8; N]) -> bool) -> Vec<usize> {
    if are_all(slots, &right) {
        return Vec::new();
    }
    let wrong: Vec<usize> = (0..slots.len()).filter(|row| !right(slots[*row])).collect();
    wrong.iter().for_each(|row| slots[*row] = absent);
    wrong
}

/// Minutes after its start from which a stop is no stop but an end that is open: 30 days. No administration of this audit is
/// charted as one row for so long.
const OPEN_END: i32 = 30 * 1_440;

/// Empties stops that lie a month or more behind their start. Out: how many.
pub(super) fn take_open_ends(starts: &Slots, stops: &mut Slots) -> u64 {
    let (Slots::Six(starts), Slots::Six(stops)) = (starts, stops) else { return 0 };
    let minutes = |[a, b, c, d, ..]: [u8; 6]| i32::from_le_bytes([a, b, c, d]);
    let mut open = 0;
    for (start, stop) in starts.iter().zip(stops) {
        let (from, to) = (minutes(*start), minutes(*stop));
        if from > IN_TAIL && to > IN_TAIL && i64::from(to) - i64::from(from) >= i64::from(OPEN_END) {
            *stop = absent();
            open += 1;
        }
    }
    open
}

/// What each row's key stands for.
pub(super) fn keyed<const N: usize>(keys: &Int32Array, values: &[[u8; N]], absent: [u8; N]) -> Vec<[u8; N]> {
    let of = |key: i32| values.get(key as usize).copied().unwrap_or(absent);
    let Some(nulls) = keys.nulls().filter(|nulls| nulls.null_count() > 0) else {
        return keys.values().iter().map(|key| of(*key)).collect();
    };
    let (mut slots, keys) = (vec![absent; keys.len()], keys.values());
    for row in nulls.valid_indices() {
        slots[row] = of(keys[row]);
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_values_come_back_digit_by_digit() {
        for value in [0, 1, -1, i64::MIN, i64::MAX, 1 << 40] {
            for beside in [0, 9, u16::MAX, NO_OFFSET.cast_unsigned()] {
                let text = wide(value, beside);
                assert_eq!(read_wide(std::str::from_utf8(&text).unwrap()), (value, beside));
            }
        }
    }

    #[test]
    fn a_quantity_that_fits_its_slot_comes_back() {
        for (scale, digits) in [(0, 0), (2, 12_345), (9, 1), (15, (1 << DIGIT_BITS) - 1)] {
            let slot = quantity(scale, digits).unwrap();
            assert!(slot >= 0, "neither absent nor in the tail");
            assert_eq!(quantity_of(slot), (scale, digits));
        }
        assert_eq!(quantity(16, 1), None);
        assert_eq!(quantity(0, 1 << DIGIT_BITS), None);
        assert_eq!(quantity(0, -1), None);
    }
}
