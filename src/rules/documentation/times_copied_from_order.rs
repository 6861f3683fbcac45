#![doc = include_str!("times_copied_from_order.md")]

use crate::model::Administration;
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D04",
    name: "times-copied-from-order",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("times_copied_from_order.md"),
};

pub struct TimesCopiedFromOrder;

impl Rule for TimesCopiedFromOrder {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "order_time"), Need::Column(Table::Flowsheets, "start_time")]
    }

    fn when(&self) -> Signals {
        Signals::SERVED.and(Signals::STARTS_AT_ORDER)
    }

    fn check(&self, case: &mut Case<'_>) {
        let copied = |row: &Administration<'_>| {
            let unit = row.department.or(row.source_system).unwrap_or_default();
            let same = row.start_time.zip(row.order_time).is_some_and(|(start, order)| start.local == order.local);
            same && case.facts.copied_time_units.contains(unit)
        };
        let rows: Vec<u32> = case.served_rows().filter(|(.., row)| copied(row)).map(|(_, at, _)| at).collect();
        if rows.is_empty() {
            return;
        }
        let evidence = format!(
            "{} start time(s) equal the order time to the minute, as on at least half of the rows of this unit: the times \
             look copied, not charted.",
            rows.len()
        );
        case.report(&INFO, Explained::at(None, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a unit whose starts are its orders",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40 ordered=10:00 unit=WEST"],
                &["96365"],
            )
            .with(&["copied=WEST"]),
            Example::clean(
                "the same minute by chance",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40 ordered=10:00 unit=EAST"],
                &["96365"],
            )
            .with(&["copied=WEST"]),
            Example::clean(
                "ordered earlier",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40 ordered=09:42 unit=WEST"],
                &["96365"],
            )
            .with(&["copied=WEST"]),
        ];
        EXAMPLES
    }
}
