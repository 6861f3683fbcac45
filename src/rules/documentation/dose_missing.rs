#![doc = include_str!("dose_missing.md")]

use crate::model::HcpcsCode;
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D14",
    name: "dose-missing",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("dose_missing.md"),
};

pub struct DoseMissing;

impl Rule for DoseMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "dose")]
    }

    fn when(&self) -> Signals {
        Signals::FLAGGED
    }

    fn check(&self, case: &mut Case<'_>) {
        let missing = case.flagged(&["dose-missing"]);
        let dosed =
            |code: HcpcsCode| case.served_rows().any(|(.., row)| row.drug_code == Some(code) && row.dose.is_some());
        let billed = |code: HcpcsCode| case.claim_lines().any(|(_, line)| line.hcpcs == Some(code));
        let rows: Vec<u32> = missing
            .into_iter()
            .filter(|&at| case.row(at).and_then(|row| row.drug_code).is_some_and(|code| billed(code) && !dosed(code)))
            .collect();
        if rows.is_empty() {
            return;
        }
        let evidence = format!(
            "{} row(s) of a billed drug chart no dose: its units cannot be checked, and the billed ones stand.",
            rows.len()
        );
        case.report(&INFO, Explained::at(None, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "infliximab without a dose",
                &["J1745 IV infusion 10:00-12:00"],
                &["96413", "96415", "J1745x30"],
            ),
            Example::clean(
                "with its dose",
                &["J1745 IV infusion 10:00-12:00 dose=305mg vials=4x100"],
                &["96413", "96415", "J1745x31", "J1745x9:JW"],
            ),
            Example::clean("not billed", &["J1745 IV infusion 10:00-12:00"], &["96413", "96415"]),
        ];
        EXAMPLES
    }
}
