//! One billed line.

use super::{Cents, ClaimType, Date, HcpcsCode, Modifiers, PayerType, RowReference};

/// One line of a claim, as billed. Field by field the contract is `schemas/claims.schema.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimLine<'a> {
    pub claim_id: &'a str,
    pub line_number: i64,
    pub encounter_id: &'a str,
    pub patient_id: Option<&'a str>,
    pub payer: Option<&'a str>,
    pub payer_type: PayerType,
    pub claim_type: ClaimType,
    /// The last digit of the type of bill, or CMS-1500 item 22: 1 original, 7 replacement, 8 void.
    pub frequency_code: u8,
    pub original_claim_id: Option<&'a str>,
    pub type_of_bill: Option<&'a str>,
    pub place_of_service: Option<&'a str>,
    pub revenue_code: Option<&'a str>,
    /// Absent on revenue-code-only lines.
    pub hcpcs: Option<HcpcsCode>,
    pub modifiers: Modifiers,
    /// Billing units.
    pub units: i64,
    pub charge: Option<Cents>,
    pub allowed: Option<Cents>,
    pub paid: Option<Cents>,
    pub service_date: Date,
    /// ICD-10-CM codes of the claim, separated by `;`.
    pub diagnosis_codes: Option<&'a str>,
    /// Positions (1-based) into `diagnosis_codes` that this line points to, separated by `;`.
    pub diagnosis_pointers: Option<&'a str>,
    pub ndc: Option<&'a str>,
    pub narrative: Option<&'a str>,
    pub rendering_provider: Option<&'a str>,
    pub department: Option<&'a str>,
    pub submitted_date: Option<Date>,
    pub source: RowReference,
}
