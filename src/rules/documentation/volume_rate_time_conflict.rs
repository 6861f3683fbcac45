#![doc = include_str!("volume_rate_time_conflict.md")]

use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;
use rust_decimal::Decimal;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D12",
    name: "volume-rate-time-conflict",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("volume_rate_time_conflict.md"),
};

pub struct VolumeRateTimeConflict;

impl Rule for VolumeRateTimeConflict {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "volume_ml"), Need::Column(Table::Flowsheets, "rate_ml_per_hour")]
    }

    fn when(&self) -> Signals {
        Signals::SERVED
    }

    fn check(&self, case: &mut Case<'_>) {
        const LEAST: i64 = 15;
        let tolerance = Decimal::from(case.policy.volume_rate_tolerance_percent);
        let mut rows = Vec::new();
        let mut shown = None;
        for (service, at, row) in case.served_rows() {
            let (Some(minutes), Some(volume), Some(rate)) =
                (row.charted_minutes(), row.volume_ml, row.rate_ml_per_hour)
            else {
                continue;
            };
            // A rate change or a new bag: the row is a part of an administration.
            if service.administrations.len() > 1 || minutes <= 0 || rate.is_zero() || volume.is_zero() {
                continue;
            }
            // Minutes × rate against volume × 60 tells most rows to be near without a division.
            let (charted, held) = (Decimal::from(minutes).checked_mul(rate), volume.checked_mul(Decimal::from(60)));
            if let (Some(charted), Some(held)) = (charted, held)
                && (charted - held).abs() <= Decimal::from(LEAST) * rate.abs()
            {
                continue;
            }
            let Some(expected) = (volume * Decimal::from(60)).checked_div(rate) else { continue };
            let apart = (Decimal::from(minutes) - expected).abs();
            if apart > Decimal::from(LEAST) && apart * Decimal::from(100) > expected * tolerance {
                rows.push(at);
                shown = shown.or(Some((minutes, expected.round().normalize())));
            }
        }
        let Some((minutes, expected)) = shown else { return };
        let evidence = format!(
            "{minutes} minutes are charted, but the charted volume at the charted rate takes {expected}; one of the three \
             is wrong."
        );
        case.report(&INFO, Explained::at(None, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "1 minute charted for 100 mL at 200 mL/h",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:01 volume=100 rate=200 device=pump"],
                &["96374"],
            ),
            Example::flagged(
                "90 minutes charted for 30",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:30 volume=100 rate=200 device=pump"],
                &["96365"],
            ),
            Example::clean(
                "within the tolerance",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:35 volume=100 rate=200 device=pump"],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}
