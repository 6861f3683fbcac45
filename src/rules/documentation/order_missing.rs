#![doc = include_str!("order_missing.md")]

use crate::model::Administration;
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-D11",
    name: "order-missing",
    family: "documentation",
    direction: Direction::Denial,
    severity: Severity::Low,
    probability_basis_points: 1000,
    carc: "16;252",
    rarc: "M127;N706",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("order_missing.md"),
};

pub struct OrderMissing;

impl Rule for OrderMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Orders]
    }

    fn when(&self) -> Signals {
        Signals::BILLED.and(Signals::SERVED).and(Signals::UNORDERED)
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.facts.orders_charted {
            return;
        }
        let ordered = |row: &Administration<'_>| row.order_id.is_some() || row.order_time.is_some();
        if case.served_rows().all(|(.., row)| ordered(row)) {
            return;
        }
        let billed: Vec<u32> = case
            .ledger
            .entries
            .iter()
            .filter(|entry| entry.billed > 0)
            .flat_map(|entry| entry.coded_lines.iter())
            .filter_map(|&at| case.coded.lines.get(at as usize))
            .flat_map(|line| line.administrations.iter().copied())
            .collect();
        let rows: Vec<u32> = case
            .served_rows()
            .filter(|(_, at, row)| billed.contains(at) && !ordered(row))
            .map(|(_, at, _)| at)
            .collect();
        if rows.is_empty() {
            return;
        }
        let evidence =
            format!("{} billed administration(s) have no order, though most rows of the data carry one.", rows.len());
        let line = case.first_administration().map(|one| one.at);
        case.report(&INFO, Explained::at(line, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "no order on a billed infusion",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            )
            .with(&["orders=yes"]),
            Example::clean("with its order", &["ceftriaxone:therapeutic IV infusion 10:00-10:40 order=O1"], &["96365"])
                .with(&["orders=yes"]),
            Example::clean("data without orders", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .with(&["orders=no"]),
        ];
        EXAMPLES
    }
}
