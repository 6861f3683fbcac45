//! Who pays, and roughly what.

/// Names and types; those that come twice pay for twice as many encounters.
pub(super) const PAYERS: [(&str, &str); 6] = [
    ("MEDICARE PART B", "medicare"),
    ("MEDICARE PART B", "medicare"),
    ("SUNRISE ADVANTAGE", "medicare_advantage"),
    ("STATE MEDICAID", "medicaid"),
    ("NORTHWIND HEALTH", "commercial"),
    ("EVERGREEN MUTUAL", "commercial"),
];

/// The payer whose fee schedule the generator writes.
pub(super) const SCHEDULED: usize = 4;

/// Rough allowed cents of an administration code.
pub(super) fn administration_cents(code: &str) -> i64 {
    match code {
        "96365" | "96360" | "96374" => 21_731,
        "96413" | "96409" | "96416" => 33_746,
        "96367" | "96372" | "96401" | "96402" | "96415" | "96417" | "96411" => 7_356,
        "96368" | "96376" => 0,
        _ => 4_784,
    }
}
