#![doc = include_str!("vials_not_fewest.md")]

use super::{drugs, fewest, given, vials};
use crate::model::Modifier;
use crate::reference::convert_dose;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};
use rust_decimal::Decimal;

static INFO: RuleInfo = RuleInfo {
    code: "IA-G09",
    name: "vials-not-fewest",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 2000,
    carc: "16;151",
    rarc: "N362",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("vials_not_fewest.md"),
};

pub struct VialsNotFewest;

impl Rule for VialsNotFewest {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::WASTE
    }

    fn check(&self, case: &mut Case<'_>) {
        for code in drugs(case) {
            let waste = case
                .claim_lines()
                .find(|(_, line)| line.hcpcs == Some(code) && line.modifiers.contains(Modifier::WASTE));
            let Some((at, _)) = waste else { continue };
            let (Some(vials), Some(drug)) = (vials(case, code), case.reference.drug(code)) else { continue };
            let in_units = |size: &Decimal| {
                let amount = convert_dose(*size, &drug.vial_unit, None, drug.unit?)?;
                amount.checked_div(drug.billing_unit)
            };
            let sizes: Option<Vec<Decimal>> = drug.vial_sizes.iter().map(in_units).collect();
            let Some(least) = sizes.and_then(|sizes| fewest(vials.dose, &sizes, vials.contents)) else { continue };
            if least >= vials.contents {
                continue;
            }
            let evidence = format!(
                "The vials held {} unit(s) of {code}; sizes on the market would have supplied the dose from {}.",
                vials.contents.normalize(),
                least.normalize()
            );
            let rows = given(case, code);
            case.report(&INFO, Explained::at(Some(at), rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "1,000 mg of rituximab taken for 600",
                &["J9312 IV infusion 10:00-12:00 dose=600mg vials=2x500"],
                &["96413", "96415", "J9312x60", "J9312x40:JW"],
            ),
            Example::clean(
                "the fewest that supply the dose",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
