//! What becomes of every column of the result tables. A column that is not named here stops the run, so that none is
//! published by oversight.

use super::key::Identifier;

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Says nothing of who: codes, amounts, and sentences that the program wrote.
    Keep,
    /// A keyed hash.
    Pseudonym(Identifier),
    /// Keyed hashes of ids separated by `;`.
    Pseudonyms(Identifier),
    /// Keyed hashes of claims in `claim/line;claim/line`.
    ClaimLines,
    /// Names of a feed: kept where enough patients share them.
    Category,
    /// A person's id, hashed where enough patients share it.
    Provider,
    /// Moved.
    Day,
    Time,
    /// That of the row's moved day.
    Month,
    /// What the drug table calls the code; a charted name is free text.
    DrugName,
    /// A number in the encounter; a charted site is free text.
    Site,
    Sites,
}

/// What becomes of a column of any of the four tables.
pub(super) fn treatment(column: &str) -> Option<Treatment> {
    use Identifier::{Administration, Claim, Encounter, Finding, Patient};
    Some(match column {
        "finding_id" => Treatment::Pseudonym(Finding),
        "encounter_id" => Treatment::Pseudonym(Encounter),
        "patient_id" => Treatment::Pseudonym(Patient),
        "claim_id" => Treatment::Pseudonym(Claim),
        "administration_id" => Treatment::Pseudonym(Administration),
        "administration_ids" => Treatment::Pseudonyms(Administration),
        "claim_lines" => Treatment::ClaimLines,
        "payer" | "department" => Treatment::Category,
        "rendering_provider" => Treatment::Provider,
        "service_date" => Treatment::Day,
        "start_time" | "stop_time" => Treatment::Time,
        "month" => Treatment::Month,
        "drug_name" => Treatment::DrugName,
        "access_site" => Treatment::Site,
        "access_sites" => Treatment::Sites,
        "rule_code"
        | "rule_name"
        | "rule_family"
        | "direction"
        | "severity"
        | "owner"
        | "setting"
        | "payer_type"
        | "encounter_class"
        | "line_number"
        | "expected_codes"
        | "billed_codes"
        | "net_cents"
        | "leakage_cents"
        | "overpayment_cents"
        | "risk_basis_points"
        | "expected_loss_cents"
        | "price_basis"
        | "price_table"
        | "underpaid_cents"
        | "policy_switch"
        | "policy_other_value"
        | "answer_codes"
        | "answer_cents"
        | "alternative_codes"
        | "alternative_cents"
        | "carc"
        | "rarc"
        | "evidence"
        | "time_sensitive"
        | "code"
        | "modifiers"
        | "status"
        | "expected_units"
        | "billed_units"
        | "expected_cents"
        | "billed_cents"
        | "difference_cents"
        | "reason"
        | "charge_cents"
        | "allowed_cents"
        | "paid_cents"
        | "administrations"
        | "billed_lines"
        | "expected_lines"
        | "disputed_cents"
        | "findings"
        | "clean"
        | "drug_code"
        | "substance_class"
        | "route"
        | "family"
        | "technique"
        | "minutes"
        | "codes"
        | "flags" => Treatment::Keep,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_treatment() {
        for (table, schema) in crate::output::layouts() {
            for field in schema.fields() {
                assert!(treatment(field.name()).is_some(), "{table}: {}", field.name());
            }
        }
    }
}
