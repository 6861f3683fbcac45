#![doc = include_str!("waste_not_charted.md")]

use crate::model::{HcpcsCode, Modifier};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D10",
    name: "waste-not-charted",
    family: "documentation",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 1500,
    carc: "16;252",
    rarc: "M127;N706",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("waste_not_charted.md"),
};

pub struct WasteNotCharted;

impl Rule for WasteNotCharted {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(Table::Flowsheets, &["vial_size", "amount_wasted"])]
    }

    fn when(&self) -> Signals {
        Signals::FLAGGED
    }

    fn check(&self, case: &mut Case<'_>) {
        let unknown = case.flagged(&["jw-or-jz-unknown"]);
        let mut drugs: Vec<HcpcsCode> =
            unknown.iter().filter_map(|&at| case.row(at).and_then(|row| row.drug_code)).collect();
        drugs.sort_unstable();
        drugs.dedup();
        for code in drugs {
            let Some((line, billed)) = case.claim_lines().find(|(_, line)| line.hcpcs == Some(code)) else { continue };
            let claimed = case
                .claim_lines()
                .any(|(_, line)| line.hcpcs == Some(code) && line.modifiers.contains(Modifier::WASTE));
            let of_drug = |at: &u32| case.row(*at).is_some_and(|row| row.drug_code == Some(code));
            let rows: Vec<u32> = unknown.iter().copied().filter(of_drug).collect();
            let evidence = if claimed {
                format!("{code} is billed with JW, and neither vials nor the discarded amount are charted.")
            } else if billed.modifiers.contains(Modifier::NO_WASTE) {
                format!(
                    "{code} is billed with JZ, and no vials are charted that would show that nothing was discarded."
                )
            } else {
                format!(
                    "{code} comes in single-dose containers, and neither vials nor the discarded amount are charted."
                )
            };
            case.report(&INFO, Explained::at(Some(line), rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "JW without any charting of the vials",
                &["J1745 IV infusion 10:00-12:00 dose=305mg"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
            Example::flagged(
                "JZ without it",
                &["J1745 IV infusion 10:00-12:00 dose=300mg"],
                &["96413", "96415", "J1745x30:JZ"],
            ),
            Example::clean(
                "four vials charted",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
        ];
        EXAMPLES
    }
}
