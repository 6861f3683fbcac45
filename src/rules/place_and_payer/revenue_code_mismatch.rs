#![doc = include_str!("revenue_code_mismatch.md")]

use crate::model::{ClaimLine, Setting};
use crate::rules::{
    BilledLine, Case, CodeKind, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals,
};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-P03",
    name: "revenue-code-mismatch",
    family: "place and payer",
    direction: Direction::Denial,
    severity: Severity::Low,
    probability_basis_points: 4000,
    carc: "16;199",
    rarc: "M50",
    owner: Owner::ChargeCapture,
    since: "0.2.0",
    page: include_str!("revenue_code_mismatch.md"),
};

pub struct RevenueCodeMismatch;

impl Rule for RevenueCodeMismatch {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Claims, "revenue_code")]
    }

    fn when(&self) -> Signals {
        Signals::FACILITY.and(Signals::REVENUE_MISMATCH)
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.setting() != Setting::Facility {
            return;
        }
        for &BilledLine { at, code, kind, line, .. } in case.billed {
            let Some(revenue) = revenue_code_apart(kind, line) else { continue };
            let evidence =
                format!("{code} stands under revenue code 0{revenue}, which is not for this kind of service.");
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an infusion under pharmacy",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 revenue=0250", "- revenue=0250"],
            ),
            Example::flagged(
                "a drug under IV therapy",
                &["J0696 IV infusion 10:00-10:40 dose=1000mg"],
                &["96365 revenue=0260", "J0696x4 revenue=0260"],
            ),
            Example::clean(
                "each under its own",
                &["J0696 IV infusion 10:00-10:40 dose=1000mg"],
                &["96365 revenue=0260", "J0696x4 revenue=0636"],
            ),
        ];
        EXAMPLES
    }
}

/// IV therapy, oncology, chemotherapy, emergency, clinic, treatment and observation rooms, other therapy (NUBC).
const ADMINISTRATION: [[u8; 2]; 9] = [*b"26", *b"28", *b"33", *b"45", *b"51", *b"52", *b"76", *b"94", *b"36"];
/// Pharmacy, drugs with detail, radiopharmaceuticals (NUBC).
const DRUG: [[u8; 2]; 3] = [*b"25", *b"63", *b"34"];

/// The revenue code of a line, without leading zeros, where it is not for the kind of service.
pub(in crate::rules) fn revenue_code_apart<'a>(kind: CodeKind, line: &ClaimLine<'a>) -> Option<&'a str> {
    let fits: &[[u8; 2]] = match kind {
        CodeKind::Drug => &DRUG,
        CodeKind::Administration => &ADMINISTRATION,
        CodeKind::Other => return None,
    };
    let code = line.revenue_code?;
    // Nearly every code is of four digits, the first of which is 0 and the second is not.
    if let [b'0', first @ b'1'..=b'9', second @ b'0'..=b'9', b'0'..=b'9'] = code.as_bytes()
        && fits.contains(&[*first, *second])
    {
        return None;
    }
    let revenue = code.trim().trim_start_matches('0');
    let apart = match revenue.as_bytes() {
        [] => false,
        [first, second, ..] => !fits.contains(&[*first, *second]),
        [_] => true,
    };
    apart.then_some(revenue)
}
