//! Texts that many rows share, kept once and named by a number: payers, departments, diagnoses, units.
//!
//! Numbers are given in the order in which texts come up, which differs from run to run, so nothing but the text they stand
//! for may reach a result: rows are compared as if each held its text.

use rustc_hash::FxHashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Texts that are kept at most, and their bytes. What goes beyond stands in its row.
const MOST_TEXTS: usize = (1 << 15) - 1;
const MOST_BYTES: usize = 4 << 20;

/// Kept for as long as the process: readers take no lock and borrow from nobody.
static TEXTS: [OnceLock<&'static str>; MOST_TEXTS] = [const { OnceLock::new() }; MOST_TEXTS];

#[derive(Default)]
struct Numbers {
    of: FxHashMap<&'static str, u16>,
    bytes: usize,
}

static NUMBERS: OnceLock<Mutex<Numbers>> = OnceLock::new();

/// The number of a text, from 1 to [`MOST_TEXTS`]; `None` when there is no room for another.
pub(crate) fn intern(text: &str) -> Option<u16> {
    let mut numbers = NUMBERS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(number) = numbers.of.get(text) {
        return Some(*number);
    }
    let at = numbers.of.len();
    if at >= MOST_TEXTS || numbers.bytes + text.len() > MOST_BYTES {
        return None;
    }
    let kept: &'static str = Box::leak(text.into());
    TEXTS[at].set(kept).ok()?;
    numbers.bytes += kept.len();
    let number = u16::try_from(at + 1).ok()?;
    numbers.of.insert(kept, number);
    Some(number)
}

/// The text of a number that [`intern`] gave.
#[inline]
pub(crate) fn text_of_number(number: u16) -> &'static str {
    let kept = usize::from(number).checked_sub(1).and_then(|at| TEXTS.get(at));
    kept.and_then(OnceLock::get).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_on_every_thread() {
        let numbers: Vec<Vec<Option<u16>>> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| (0..200).map(|at| intern(&format!("payer {at}"))).collect())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(numbers.iter().all(|of| *of == numbers[0]));
        for (at, number) in numbers[0].iter().enumerate() {
            assert_eq!(text_of_number(number.unwrap()), format!("payer {at}"));
        }
        assert_eq!(intern(&"x".repeat(MOST_BYTES + 1)), None);
    }
}
