#![doc = include_str!("program_340b_modifier_wrong.md")]

use crate::model::{HcpcsCode, Modifier, Setting, YesNo};
use crate::policy::Modifier340b;
use crate::reference::OppsStatus;
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-M07",
    name: "340b-modifier-wrong",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 5000,
    carc: "4",
    rarc: "N822",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("program_340b_modifier_wrong.md"),
};

pub struct Program340bModifierWrong;

impl Rule for Program340bModifierWrong {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "purchased_340b")]
    }

    fn when(&self) -> Signals {
        Signals::SERVED.and(Signals::PROGRAM_340B)
    }

    fn check(&self, case: &mut Case<'_>) {
        const TB: Modifier = Modifier::new("TB");
        const JG: Modifier = Modifier::new("JG");
        if case.policy.modifier_340b == Modifier340b::None {
            return;
        }
        // Without an answer in the chart nothing can be said.
        if case.served_rows().all(|(.., row)| row.purchased_340b.is_none()) {
            return;
        }
        let mut told: Vec<HcpcsCode> = Vec::new();
        for &BilledLine { at, code, line, .. } in case.billed {
            if told.contains(&code) {
                continue;
            }
            let Some(drug) = case.reference.drug(code) else { continue };
            let paid_apart = match case.setting() {
                Setting::Facility => {
                    case.reference.drug_status(drug, Some(line.service_date)) == OppsStatus::SeparatelyPayable
                }
                Setting::Professional => drug.payment_limit.is_some(),
            };
            let charted: Vec<(u32, YesNo)> = case
                .served_rows()
                .filter(|(.., row)| row.drug_code == Some(code))
                .filter_map(|(_, at, row)| Some((at, row.purchased_340b?)))
                .collect();
            let all = |answer| !charted.is_empty() && charted.iter().all(|(_, of)| *of == answer);
            let (tb, jg) = (line.modifiers.contains(TB), line.modifiers.contains(JG));
            let either = case.policy.modifier_340b == Modifier340b::JgOrTb;
            let problem = if all(YesNo::Yes) && paid_apart && jg && !either {
                "was bought under 340B and carries JG, which ended with 2024; TB is required"
            } else if all(YesNo::Yes) && paid_apart && !tb && !(jg && either) {
                "was bought under 340B, and the line carries no modifier that says so"
            } else if all(YesNo::No) && (tb || jg) {
                "was not bought under 340B, and the line says that it was"
            } else {
                continue;
            };
            told.push(code);
            let rows = charted.iter().map(|(at, _)| *at).collect();
            case.report(&INFO, Explained::at(Some(at), rows), format!("{code} {problem}."));
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a 340B drug without TB",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100 bought_340b=yes"],
                &["96413", "96415", "J1745x30:JZ"],
            ),
            Example::flagged(
                "JG in 2026",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100 bought_340b=yes"],
                &["96413", "96415", "J1745x30:JZ,JG"],
            ),
            Example::flagged(
                "TB on a drug bought otherwise",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100 bought_340b=no"],
                &["96413", "96415", "J1745x30:JZ,TB"],
            ),
            Example::flagged(
                "TB on the dose and not on the waste",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100 bought_340b=yes"],
                &["96413", "96415", "J1745x31:TB", "J1745x9:JW"],
            ),
            Example::clean(
                "TB in 2026",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100 bought_340b=yes"],
                &["96413", "96415", "J1745x30:JZ,TB"],
            ),
            Example::clean(
                "JG in 2024",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100 bought_340b=yes"],
                &["96413", "96415", "J1745x30:JZ,JG"],
            )
            .with(&["date=2024-06-03"]),
        ];
        EXAMPLES
    }
}
