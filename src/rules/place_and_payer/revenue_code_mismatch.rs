#![doc = include_str!("revenue_code_mismatch.md")]

use crate::model::Setting;
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
        Signals::FACILITY.and(Signals::BILLED)
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.setting() != Setting::Facility {
            return;
        }
        for &BilledLine { at, code, kind, line } in case.billed {
            let fits: &[&str] = match kind {
                CodeKind::Drug => &DRUG,
                CodeKind::Administration => &ADMINISTRATION,
                CodeKind::Other => continue,
            };
            let Some(revenue) = line.revenue_code.map(|code| code.trim().trim_start_matches('0')) else { continue };
            if revenue.is_empty() || fits.iter().any(|of| revenue.starts_with(of)) {
                continue;
            }
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
const ADMINISTRATION: [&str; 9] = ["26", "28", "33", "45", "51", "52", "76", "94", "36"];
/// Pharmacy, drugs with detail, radiopharmaceuticals (NUBC).
const DRUG: [&str; 3] = ["25", "63", "34"];
