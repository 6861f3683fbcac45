//! Claim versions: of originals, replacements (frequency 7) and voids (8), the last standing version is audited.

use crate::model::{ClaimLine, Date};

const REPLACEMENT: u8 = 7;
const VOID: u8 = 8;

/// One claim as its lines describe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim<'a> {
    id: &'a str,
    frequency: u8,
    original: Option<&'a str>,
    submitted: Option<Date>,
}

/// Splits the lines of one encounter into those that stand and those that do not, with the reason.
///
/// A replacement takes the place of the claim it names; a void removes that claim and carries nothing itself. A chain
/// of replacements ends with its last link.
pub(super) fn standing(lines: Vec<ClaimLine<'_>>) -> (Vec<ClaimLine<'_>>, Vec<&'static str>) {
    if lines.iter().all(|line| line.frequency_code != REPLACEMENT && line.frequency_code != VOID) {
        return (lines, Vec::new());
    }
    let mut claims: Vec<Claim<'_>> = Vec::new();
    for line in &lines {
        let claim = Claim {
            id: line.claim_id,
            frequency: line.frequency_code,
            original: line.original_claim_id,
            submitted: line.submitted_date,
        };
        if !claims.contains(&claim) {
            claims.push(claim);
        }
    }
    let gone = |line: &ClaimLine<'_>| {
        if line.frequency_code == VOID {
            return Some("voided-claim");
        }
        // Payers number a replacement anew or keep the number; either way a later version names the claim it follows.
        let successor = claims.iter().find(|claim| {
            let itself = claim.id == line.claim_id && claim.frequency == line.frequency_code;
            !itself
                && matches!(claim.frequency, REPLACEMENT | VOID)
                && (claim.original == Some(line.claim_id)
                    || (claim.id == line.claim_id && line.frequency_code < claim.frequency))
        });
        // Of two replacements of one claim the later stands.
        let rival = claims.iter().find(|claim| {
            claim.frequency == REPLACEMENT
                && line.frequency_code == REPLACEMENT
                && claim.original.is_some()
                && claim.original == line.original_claim_id
                && (claim.submitted, claim.id) > (line.submitted_date, line.claim_id)
        });
        successor.or(rival).map(|claim| if claim.frequency == VOID { "voided-claim" } else { "superseded-claim" })
    };
    let mut standing = Vec::with_capacity(lines.len());
    let mut reasons = Vec::new();
    for line in lines {
        match gone(&line) {
            Some(reason) => reasons.push(reason),
            None => standing.push(line),
        }
    }
    (standing, reasons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_lines::claim_line;
    use serde_json::json;

    fn reasons(claims: &[(&str, u8, Option<&str>)]) -> (Vec<String>, Vec<&'static str>) {
        let values: Vec<_> = claims
            .iter()
            .map(|(id, frequency, original)| {
                json!({"claim_id": id, "frequency_code": frequency, "original_claim_id": original, "units": 1,
                       "service_date": "2026-01-15", "hcpcs": "96365"})
            })
            .collect();
        let lines = values.iter().enumerate().map(|(at, value)| claim_line(value, at).unwrap()).collect();
        let (standing, gone) = standing(lines);
        (standing.iter().map(|line| line.claim_id.to_owned()).collect(), gone)
    }

    #[test]
    fn the_last_version_stands() {
        let chain = [("A", 1, None), ("B", 7, Some("A")), ("C", 7, Some("B"))];
        assert_eq!(reasons(&chain), (vec!["C".to_owned()], vec!["superseded-claim", "superseded-claim"]));
        assert_eq!(reasons(&[("A", 1, None), ("B", 8, Some("A"))]), (vec![], vec!["voided-claim", "voided-claim"]));
        assert_eq!(reasons(&[("A", 1, None), ("A", 7, None)]), (vec!["A".to_owned()], vec!["superseded-claim"]));
        assert_eq!(reasons(&[("A", 1, None), ("B", 1, None)]).0.len(), 2);
        let twice = [("A", 1, None), ("B", 7, Some("A")), ("C", 7, Some("A"))];
        assert_eq!(reasons(&twice), (vec!["C".to_owned()], vec!["superseded-claim", "superseded-claim"]));
    }
}
