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
    /// CARC of the line's remittance, separated by `;`.
    pub adjustment_reason_codes: Option<&'a str>,
    /// RARC of the line's remittance, separated by `;`.
    pub remark_codes: Option<&'a str>,
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

impl ClaimLine<'_> {
    /// CARCs of the remittance without their group code (`CO-97` is `97`).
    pub fn adjustment_reasons(&self) -> impl Iterator<Item = &str> {
        let codes = self.adjustment_reason_codes.unwrap_or_default().split(';').map(str::trim);
        codes.map(|code| code.rsplit_once('-').map_or(code, |(_, code)| code).trim()).filter(|code| !code.is_empty())
    }

    /// The claim's diagnoses one by one, in their order.
    pub fn diagnoses(&self) -> impl Iterator<Item = &str> {
        super::listed(self.diagnosis_codes)
    }

    /// Whether the line stands on an inpatient claim (type of bill 11x).
    #[must_use]
    pub fn is_inpatient_bill(&self) -> bool {
        let Some(bill) = self.type_of_bill else { return false };
        let bill = if bill.starts_with(|first: char| first.is_ascii_digit()) { bill } else { bill.trim_start() };
        let mut digits = bill.bytes().skip_while(|byte| *byte == b'0');
        digits.next() == Some(b'1') && digits.next() == Some(b'1')
    }
}
