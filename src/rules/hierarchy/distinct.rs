//! What the rules about missed second initials share.

use crate::model::{HcpcsCode, Modifier, Modifiers};
use crate::rules::{Case, Explained, codes};

/// Consumes every initial service that another site or encounter earned and that was not billed as one, with the add-on
/// that was billed in its place. Out: the initial codes with what was consumed for each. Nothing is at risk in them.
pub(super) fn missed_initials(case: &mut Case<'_>) -> Vec<(HcpcsCode, Explained)> {
    let distinct = Modifiers::one(Modifier::DISTINCT);
    let mut missed = Vec::new();
    for (initial, add_on) in codes::INITIALS {
        let (missing, _) = case.open(initial, distinct);
        let (_, unmodified) = case.open(initial, Modifiers::NONE);
        // Billed without the modifier is another finding.
        if missing == 0 || unmodified > 0 {
            continue;
        }
        let mut explained = Explained::default();
        case.take_from(&mut explained, initial, distinct, missing);
        case.take_extra(&mut explained, add_on, missing);
        if explained.extra.is_empty() && add_on == codes::SEQUENTIAL {
            case.take_extra(&mut explained, codes::CONCURRENT, missing);
        }
        explained.claim_line = None;
        missed.push((initial, explained));
    }
    missed
}
