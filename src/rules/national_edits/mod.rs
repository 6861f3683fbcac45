//! N: national edits.

mod mue_exceeded;
mod mue_zero;
mod ncci_pair;

pub use mue_exceeded::UnitLimitExceeded;
pub use mue_zero::UnitLimitZero;
pub use ncci_pair::NationalCodePair;

use crate::model::Modifiers;

/// Modifiers that open a national code pair of indicator 1 (NCCI Policy Manual ch. 1): 22, 76 and 77 do not.
fn opens(modifiers: Modifiers) -> bool {
    const OPENING: [&str; 9] = ["24", "25", "27", "57", "58", "78", "79", "91", "LT"];
    const SIDES_AND_DIGITS: [&str; 26] = [
        "RT", "E1", "E2", "E3", "E4", "FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "TA", "T1", "T2",
        "T3", "T4", "T5", "T6", "T7", "T8", "T9", "LC",
    ];
    modifiers.has_distinct_service()
        || modifiers
            .iter()
            .any(|modifier| OPENING.contains(&modifier.as_str()) || SIDES_AND_DIGITS.contains(&modifier.as_str()))
}
