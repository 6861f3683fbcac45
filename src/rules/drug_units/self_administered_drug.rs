#![doc = include_str!("self_administered_drug.md")]

use crate::model::{Modifier, Route};
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G16",
    name: "self-administered-drug",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 6000,
    carc: "96;50",
    rarc: "N30;M80",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("self_administered_drug.md"),
};

pub struct SelfAdministeredDrug;

impl Rule for SelfAdministeredDrug {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::LISTED_DRUG
    }

    fn check(&self, case: &mut Case<'_>) {
        const INTRAVENOUS: Modifier = Modifier::new("JA");
        const UNDER_THE_SKIN: Modifier = Modifier::new("JB");
        let doses = case.billed.iter().filter(|one| !one.line.modifiers.contains(Modifier::WASTE));
        for &BilledLine { at, code, line, .. } in doses {
            let excluded = case.policy.self_administered_drugs.contains(&code);
            let dual = case.policy.dual_route_drugs.contains(&code);
            if !excluded && !dual {
                continue;
            }
            let rows: Vec<u32> =
                case.served_rows().filter(|(.., row)| row.drug_code == Some(code)).map(|(_, at, _)| at).collect();
            let by = |route: Route| rows.iter().any(|&at| case.row(at).is_some_and(|row| row.route == route));
            let (ja, jb) = (line.modifiers.contains(INTRAVENOUS), line.modifiers.contains(UNDER_THE_SKIN));
            let problem = if excluded && (rows.is_empty() || by(Route::Subcutaneous)) {
                "is on the payer's list of drugs that patients mostly give themselves, and is not covered"
            } else if dual && !ja && !jb {
                "is given into a vein or under the skin, and neither JA nor JB says which"
            } else if dual && ja && by(Route::Subcutaneous) && !by(Route::Intravenous) {
                "carries JA (into a vein) and is charted under the skin"
            } else if dual && jb && by(Route::Intravenous) && !by(Route::Subcutaneous) {
                "carries JB (under the skin) and is charted into a vein"
            } else {
                continue;
            };
            case.report(&INFO, Explained::at(Some(at), rows), format!("{code} {problem}."));
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "ustekinumab under the skin",
                &["J3357 SC injection 10:00- dose=45mg"],
                &["96372", "J3357x45"],
            ),
            Example::flagged(
                "tocilizumab without JA",
                &["J3262 IV infusion 10:00-11:00 dose=400mg vials=1x400"],
                &["96413", "J3262x400:JZ"],
            ),
            Example::flagged(
                "tocilizumab into a vein with JB",
                &["J3262 IV infusion 10:00-11:00 dose=400mg vials=1x400"],
                &["96413", "J3262x400:JZ,JB"],
            ),
            Example::clean(
                "tocilizumab with JA",
                &["J3262 IV infusion 10:00-11:00 dose=400mg vials=1x400"],
                &["96413", "J3262x400:JZ,JA"],
            ),
            Example::clean("a payer without a list", &["J3357 SC injection 10:00- dose=45mg"], &["96372", "J3357x45"])
                .with(&["payer_type=commercial"]),
        ];
        EXAMPLES
    }
}
