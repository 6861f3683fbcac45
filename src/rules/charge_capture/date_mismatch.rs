#![doc = include_str!("date_mismatch.md")]

use crate::model::{ChartTime, Date, Device, HcpcsCode};
use crate::rules::{Case, CodeKind, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;
use smallvec::SmallVec;

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
        Signals::SERVED.and(Signals::OTHER_DAY)
    }

    fn check(&self, case: &mut Case<'_>) {
        let times = || case.served_rows().flat_map(|(.., row)| [row.start_time, row.stop_time]).flatten();
        let days = || times().map(ChartTime::date);
        let (Some(first), Some(last)) = (days().min(), days().max()) else { return };
        // A patient-worn pump runs on days of which the chart knows only the ends.
        let worn = || case.served_rows().any(|(.., row)| row.device.is_some_and(Device::is_prolonged_pump));
        let given = |day: Date| {
            (first..=last).contains(&day) && (day == first || day == last || days().any(|of| of == day) || worn())
        };
        let lines: SmallVec<[(u32, HcpcsCode); 4]> = case
            .billed
            .iter()
            .filter(|one| one.kind != CodeKind::Other && !given(one.line.service_date))
            .map(|one| (one.at, one.code))
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
