#![doc = include_str!("hydration_during_infusion.md")]

use super::hours::hydration_intervals;
use crate::coding::{Technique, intervals};
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T06",
    name: "hydration-during-infusion",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "97;236",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("hydration_during_infusion.md"),
};

pub struct HydrationDuringInfusion;

impl Rule for HydrationDuringInfusion {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let charted = intervals::total(&intervals::union(hydration_intervals(case)));
        let keep_open: Vec<u32> = case
            .coded
            .not_billed
            .iter()
            .filter(|one| matches!(one.reason, "keep-vein-open" | "carrier-fluid"))
            .map(|one| one.administration)
            .collect();
        let alone = case.minutes_of(codes::HYDRATION_HOURS).or(case.minutes_of(codes::HYDRATION_INITIAL));
        let alone = alone.unwrap_or_default();
        if charted < 31 && keep_open.is_empty() {
            return;
        }
        let mut explained = Explained::default();
        for code in codes::HYDRATION {
            let units = case.extra(code);
            case.take_extra(&mut explained, code, units);
        }
        if explained.is_empty() {
            return;
        }
        let mut rows = case.administrations_where(|service| service.technique == Technique::Hydration);
        rows.extend(keep_open);
        explained.administrations = rows;
        let evidence = if charted >= 31 {
            format!(
                "{charted} minutes of fluid are charted, but only {alone} billable minutes lie outside drug infusions \
                 and timed pushes."
            )
        } else {
            "The billed fluid kept a vein open or carried a drug; neither is hydration.".to_owned()
        };
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "fluid that ran beside the antibiotic billed as hydration",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:00", "saline:hydration IV infusion 10:00-11:10"],
                &["96365", "96361"],
            ),
            Example::flagged(
                "keep-vein-open fluid billed as hydration",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "saline:hydration IV infusion 11:00-13:00 purpose=kvo",
                ],
                &["96365", "96361x2"],
            ),
            Example::clean(
                "fluid after the antibiotic",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "saline:hydration IV infusion 13:00-14:00"],
                &["96365", "96361"],
            ),
        ];
        EXAMPLES
    }
}
