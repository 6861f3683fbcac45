//! Which parts of a file are free: rows that were read back make room for others, so that the file grows no larger than what
//! waits at one time, and its pages stay where the system has them already.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Room is given by the page of the system, which then never has to read one to change a part of it.
const PAGE: u64 = 4 << 10;

/// The free parts of a file and its end.
#[derive(Debug, Default)]
pub(super) struct Room {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes of each free part by its place; no two touch.
    free: BTreeMap<u64, u64>,
    /// The same, by bytes and place.
    by_size: BTreeSet<(u64, u64)>,
    end: u64,
}

impl State {
    fn insert(&mut self, at: u64, bytes: u64) {
        self.free.insert(at, bytes);
        self.by_size.insert((bytes, at));
    }

    fn remove(&mut self, at: u64, bytes: u64) {
        self.free.remove(&at);
        self.by_size.remove(&(bytes, at));
    }
}

impl Room {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for so many bytes: in the smallest free part that holds them, else at the end.
    pub(super) fn take(&self, bytes: u64) -> u64 {
        let bytes = whole_pages(bytes);
        let mut state = self.state();
        let Some((size, at)) = state.by_size.range((bytes, 0)..).next().copied() else {
            state.end += bytes;
            return state.end - bytes;
        };
        state.remove(at, size);
        if size > bytes {
            state.insert(at + bytes, size - bytes);
        }
        at
    }

    /// Gives a place back that was taken for so many bytes; it becomes one with the free parts that it touches.
    pub(super) fn give_back(&self, at: u64, bytes: u64) {
        let (mut at, mut bytes) = (at, whole_pages(bytes));
        let mut state = self.state();
        let before = state.free.range(..at).next_back().map(|(at, bytes)| (*at, *bytes));
        if let Some((place, size)) = before.filter(|(place, size)| place + size == at) {
            state.remove(place, size);
            (at, bytes) = (place, bytes + size);
        }
        if let Some(size) = state.free.get(&(at + bytes)).copied() {
            state.remove(at + bytes, size);
            bytes += size;
        }
        state.insert(at, bytes);
    }
}

fn whole_pages(bytes: u64) -> u64 {
    bytes.next_multiple_of(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_used_again_and_nothing_twice() {
        let room = Room::default();
        let places = [10_000, 4_096, 1].map(|bytes| room.take(bytes));
        assert_eq!(places, [0, 3 * PAGE, 4 * PAGE]);
        room.give_back(0, 10_000);
        room.give_back(4 * PAGE, 1);
        // The least that is large enough, a part of a larger one, the rest of it, and the end.
        assert_eq!([PAGE, PAGE, 5_000, 1].map(|bytes| room.take(bytes)), [4 * PAGE, 0, PAGE, 5 * PAGE]);
    }

    proptest::proptest! {
        #[test]
        fn no_two_blocks_share_a_byte_and_all_that_is_given_back_is_one_part(sizes in proptest::collection::vec((1_u64..40_000, 0_usize..4), 1..200)) {
            let room = Room::default();
            let mut taken: Vec<(u64, u64)> = Vec::new();
            for (bytes, kept) in sizes {
                let at = room.take(bytes);
                proptest::prop_assert!(taken.iter().all(|(other, size)| at + bytes <= *other || other + size <= at));
                taken.push((at, bytes));
                if kept < taken.len() {
                    let (at, bytes) = taken.swap_remove(kept);
                    room.give_back(at, bytes);
                }
            }
            taken.into_iter().for_each(|(at, bytes)| room.give_back(at, bytes));
            let end = room.state().end;
            proptest::prop_assert_eq!((room.take(end), room.state().end), (0, end));
        }
    }
}
