#![doc = include_str!("implausible_duration.md")]

use crate::coding::Technique;
use crate::model::{Device, Encounter, Minutes};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D13",
    name: "implausible-duration",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("implausible_duration.md"),
};

const DAY: Minutes = 1_440;

pub struct ImplausibleDuration;

impl Rule for ImplausibleDuration {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "stop_time")]
    }

    fn when(&self) -> Signals {
        Signals::SERVED.and(Signals::LONG)
    }

    fn check(&self, case: &mut Case<'_>) {
        let stay = stay(case.encounter);
        let mut rows = Vec::new();
        let mut longest = 0;
        for (service, at, row) in case.served_rows() {
            let pump = row.device.is_some_and(Device::is_prolonged_pump)
                || matches!(service.technique, Technique::ProlongedInfusion | Technique::IntraArterialProlonged);
            let Some(minutes) = row.charted_minutes().filter(|_| !pump) else { continue };
            if minutes > DAY || stay.is_some_and(|stay| minutes > stay) {
                rows.push(at);
                longest = longest.max(minutes);
            }
        }
        if rows.is_empty() {
            return;
        }
        let evidence = match stay {
            Some(stay) if longest <= DAY => {
                format!("{longest} minutes are charted for one row; the whole encounter lasted {stay}.")
            }
            _ => format!("{longest} minutes are charted for one row, more than 24 hours without a patient-worn pump."),
        };
        case.report(&INFO, Explained::at(None, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "26 hours in one row",
                &["ceftriaxone:therapeutic IV infusion 10:00-12:00+1 device=pump"],
                &["96365", "96366x25"],
            ),
            Example::flagged(
                "longer than the encounter",
                &["ceftriaxone:therapeutic IV infusion 10:00-14:00 device=pump"],
                &["96365", "96366x3"],
            )
            .with(&["start=09:50", "end=11:00"]),
            Example::clean(
                "a patient-worn pump",
                &["J9190 IV infusion 10:00-08:00+2 device=portable_pump"],
                &["96416"],
            ),
            Example::clean("inside the encounter", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .with(&["start=09:50", "end=11:00"]),
        ];
        EXAMPLES
    }
}

/// Minutes of the encounter, where both ends are known.
fn stay(encounter: &Encounter<'_>) -> Option<Minutes> {
    let (start, end) = encounter.start_time.zip(encounter.end_time)?;
    Some(end.absolute() - start.absolute()).filter(|minutes| *minutes > 0)
}

/// The most minutes that one row may chart.
pub(in crate::rules) fn longest_plausible(encounter: &Encounter<'_>) -> Minutes {
    stay(encounter).map_or(DAY, |stay| stay.min(DAY))
}
