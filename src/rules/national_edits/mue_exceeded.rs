#![doc = include_str!("mue_exceeded.md")]

use crate::model::{Date, HcpcsCode};
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-N02",
    name: "mue-exceeded",
    family: "national edits",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 9000,
    carc: "151;222",
    rarc: "N362",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("mue_exceeded.md"),
};

pub struct UnitLimitExceeded;

impl Rule for UnitLimitExceeded {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Last
    }

    fn when(&self) -> Signals {
        Signals::OVER_LIMIT
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.policy.ncci_edits {
            return;
        }
        let lines = case.billed;
        let mut told: Vec<(HcpcsCode, Date)> = Vec::new();
        for &BilledLine { at, code, line, .. } in lines {
            let Some(limit) = case.reference.unit_limit(case.setting(), code, line.service_date) else { continue };
            let per_line = limit.adjudication_indicator == 1;
            let of_day =
                || lines.iter().filter(|other| other.code == code && other.line.service_date == line.service_date);
            let units: i64 = if per_line { line.units } else { of_day().map(|one| one.line.units).sum() };
            if limit.units == 0 || units <= limit.units || told.contains(&(code, line.service_date)) {
                continue;
            }
            told.push((code, line.service_date));
            // The edit denies the line, or the day's lines, that hold the units.
            let most = of_day().max_by_key(|one| (one.line.units, std::cmp::Reverse(one.at)));
            let at = if per_line { at } else { most.map_or(at, |one| one.at) };
            let appeal = match limit.adjudication_indicator {
                1 => "the limit is per line: split the units where the record supports them",
                2 => "the limit is absolute: no appeal lifts it",
                _ => "the limit is per day: records can lift it on appeal",
            };
            let evidence =
                format!("{units} unit(s) of {code} are billed; the national limit is {}; {appeal}.", limit.units);
            let rows = case.supported(code).flat_map(|line| line.administrations.iter().copied()).collect();
            case.report(&INFO, Explained::at(Some(at), rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "96368 twice",
                &["a:therapeutic IV infusion 10:00-11:00", "b:therapeutic IV infusion 10:00-11:00"],
                &["96365", "96368x2"],
            ),
            Example::flagged(
                "ten hours in a practice",
                &["a:therapeutic IV infusion 08:00-18:00"],
                &["96365", "96366x9"],
            )
            .professional(),
            Example::clean(
                "ten hours in a hospital",
                &["a:therapeutic IV infusion 08:00-18:00"],
                &["96365", "96366x9"],
            ),
        ];
        EXAMPLES
    }
}
