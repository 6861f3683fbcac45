//! What a table says of each code, made once and looked up a hundred times an encounter.

use crate::model::HcpcsCode;
use rustc_hash::FxHashMap;

/// Bits of a slot that hold the place of the value; the code takes the other forty.
const PLACE_BITS: u32 = 24;

/// Values by code: open addressing, at most half full.
#[derive(Debug)]
pub(super) struct CodeTable<T> {
    /// A code as a number and the place of its value; zero where empty. A power of two of them.
    slots: Vec<u64>,
    /// In the order of their codes.
    values: Vec<T>,
    shift: u32,
}

impl<T> CodeTable<T> {
    #[inline]
    pub(super) fn get(&self, code: HcpcsCode) -> Option<&T> {
        let number = code.number();
        let mut at = self.home(number);
        loop {
            let slot = self.slots[at];
            if slot >> PLACE_BITS == number {
                return self.values.get((slot & ((1 << PLACE_BITS) - 1)) as usize);
            }
            if slot == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The slot at which the search for a code begins: the upper bits of a product that all of its bits reach.
    fn home(&self, number: u64) -> usize {
        (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }
}

impl<T> From<FxHashMap<HcpcsCode, T>> for CodeTable<T> {
    fn from(map: FxHashMap<HcpcsCode, T>) -> Self {
        let mut all: Vec<(HcpcsCode, T)> = map.into_iter().collect();
        all.sort_by_key(|(code, _)| *code);
        let slots = (all.len() * 2 + 2).next_power_of_two();
        let mut table =
            Self { slots: vec![0; slots], values: Vec::with_capacity(all.len()), shift: 64 - slots.trailing_zeros() };
        for (place, (code, value)) in all.into_iter().enumerate() {
            let mut at = table.home(code.number());
            while table.slots[at] != 0 {
                at = (at + 1) & (slots - 1);
            }
            table.slots[at] = code.number() << PLACE_BITS | place as u64;
            table.values.push(value);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_and_no_other() {
        let code = |number: u32| format!("J{number:04}").parse::<HcpcsCode>().unwrap();
        for count in [0, 1, 2, 700] {
            let table: CodeTable<u32> =
                (0..count).map(|number| (code(number * 3), number)).collect::<FxHashMap<_, _>>().into();
            for number in 0..count * 3 + 3 {
                let expected = (number % 3 == 0 && number / 3 < count).then_some(number / 3);
                assert_eq!(table.get(code(number)).copied(), expected, "{number} of {count}");
            }
        }
    }
}
