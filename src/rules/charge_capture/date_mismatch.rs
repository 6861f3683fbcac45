#![doc = include_str!("date_mismatch.md")]

use crate::model::{ChartTime, Date, Device};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-C10",
    name: "date-mismatch",
    family: "charge capture",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 2500,
    carc: "16;110",
    rarc: "N657;MA31",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("date_mismatch.md"),
};

pub struct DateMismatch;

impl Rule for DateMismatch {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "start_time")]
    }

    fn when(&self) -> Signals {
        Signals::BILLED.and(Signals::SERVED)
    }

    fn check(&self, case: &mut Case<'_>) {
        let mut days: Vec<Date> = case
            .served_rows()
            .flat_map(|(.., row)| [row.start_time, row.stop_time])
            .flatten()
            .map(ChartTime::date)
            .collect();
        days.sort_unstable();
        days.dedup();
        let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else { return };
        // A patient-worn pump runs on days of which the chart knows only the ends.
        let worn = case.served_rows().any(|(.., row)| row.device.is_some_and(Device::is_prolonged_pump));
        let given = |day: Date| days.contains(&day) || (worn && (first..=last).contains(&day));
        let lines: Vec<_> = case
            .claim_lines()
            .filter(|(_, line)| !given(line.service_date))
            .filter_map(|(at, line)| line.hcpcs.map(|code| (at, code)))
            .filter(|(_, code)| case.is_administration(*code) || case.is_drug(*code))
            .collect();
        for (at, code) in lines {
            let evidence =
                format!("{code} is billed on a day on which nothing was charted as given in this encounter.");
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "billed two days later",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 date=2026-01-17"],
            ),
            Example::clean("billed on the day", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"]),
            Example::clean(
                "past midnight",
                &["ceftriaxone:therapeutic IV infusion 23:30-00:40+1"],
                &["96365 date=2026-01-16"],
            ),
        ];
        EXAMPLES
    }
}
