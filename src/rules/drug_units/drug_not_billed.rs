#![doc = include_str!("drug_not_billed.md")]

use super::drugs;
use crate::model::{Setting, SubstanceClass};
use crate::reference::OppsStatus;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G15",
    name: "drug-not-billed",
    family: "drug units",
    direction: Direction::Leakage,
    severity: Severity::High,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::ChargeCapture,
    since: "0.2.0",
    page: include_str!("drug_not_billed.md"),
};

pub struct DrugNotBilled;

impl Rule for DrugNotBilled {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::MISSING_DRUG
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.bills_administration() {
            return;
        }
        for code in drugs(case) {
            if case.missing(code) == 0 || case.billed(code) > 0 {
                continue;
            }
            let Some(drug) = case.reference.drug(code) else { continue };
            let date = case.supported(code).find_map(|line| line.service_date);
            let paid_apart = match case.setting() {
                Setting::Facility => case.reference.drug_status(drug, date) == OppsStatus::SeparatelyPayable,
                Setting::Professional => drug.payment_limit.is_some(),
            };
            if !paid_apart || drug.class == Some(SubstanceClass::Hydration) {
                continue;
            }
            let mut explained = Explained::default();
            case.take_missing(&mut explained, code, i64::MAX);
            let evidence = format!(
                "{} unit(s) of {code} were given and are paid apart from the service; no line bills the drug.",
                case.expected(code)
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "infliximab left off",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415"],
            ),
            Example::clean(
                "billed",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30:JZ"],
            ),
            Example::clean("a packaged drug left off is IA-C01", &["J2405 IV push 10:00- dose=4mg"], &["96374"]),
        ];
        EXAMPLES
    }
}
