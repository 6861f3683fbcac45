#![doc = include_str!("volume_rate_time_conflict.md")]

use crate::model::{Administration, Minutes};
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

/// Minutes apart that are no conflict.
const LEAST: i64 = 15;

pub struct VolumeRateTimeConflict;

impl Rule for VolumeRateTimeConflict {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "volume_ml"), Need::Column(Table::Flowsheets, "rate_ml_per_hour")]
    }

    fn when(&self) -> Signals {
        Signals::SERVED.and(Signals::RATE_CONFLICT)
    }

    fn check(&self, case: &mut Case<'_>) {
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
            if rate_agrees(minutes, row) {
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

/// Whether a row's minutes at its rate are about its volume, or it does not chart all three. Minutes × rate against
/// volume × 60 tells most rows to be near without a division, and most of those without a decimal.
pub(in crate::rules) fn rate_agrees(minutes: Minutes, row: &Administration<'_>) -> bool {
    let (Some(volume), Some(rate)) = (row.volume_ml, row.rate_ml_per_hour) else { return true };
    if let Some(near) = is_near(minutes, volume, rate) {
        return near;
    }
    if minutes <= 0 || rate.is_zero() || volume.is_zero() {
        return true;
    }
    let (charted, held) = (Decimal::from(minutes).checked_mul(rate), volume.checked_mul(Decimal::from(60)));
    let apart = charted.zip(held).and_then(|(charted, held)| charted.checked_sub(held));
    apart.is_some_and(|apart| apart.abs() <= Decimal::from(LEAST) * rate.abs())
}

/// The same in whole numbers, where they are small enough to be exact either way.
fn is_near(minutes: Minutes, volume: Decimal, rate: Decimal) -> Option<bool> {
    const POWERS: [i64; 5] = [1, 10, 100, 1_000, 10_000];
    const MOST: i64 = 1_000_000_000;
    let small = |amount: Decimal| i64::try_from(amount.mantissa()).ok().filter(|amount| amount.abs() <= MOST);
    let (volume_at, rate_at) = (volume.scale(), rate.scale());
    let scale = volume_at.max(rate_at);
    let raised = |amount: i64, from: u32| Some(amount * POWERS.get((scale - from) as usize)?);
    let (volume, rate) = (raised(small(volume)?, volume_at)?, raised(small(rate)?, rate_at)?);
    if !(1..=100_000).contains(&minutes) || volume == 0 || rate == 0 {
        return None;
    }
    Some((minutes * rate - volume * 60).abs() <= LEAST * rate.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Route;

    #[test]
    fn whole_numbers_tell_the_same_as_decimals() {
        let amounts = ["0", "1", "0.5", "62.5", "100", "250", "999.999", "12.3456", "1000000", "-50", "0.00001"];
        let amounts = amounts.map(|text| text.parse::<Decimal>().unwrap());
        for minutes in [-5, 0, 1, 14, 15, 16, 30, 60, 61, 75, 90, 1_440, 100_000, 100_001] {
            for (volume, rate) in amounts.iter().flat_map(|one| amounts.iter().map(move |other| (*one, *other))) {
                let near = || {
                    let (charted, held) = (Decimal::from(minutes) * rate, volume * Decimal::from(60));
                    (charted - held).abs() <= Decimal::from(LEAST) * rate.abs()
                };
                let all = minutes > 0 && !rate.is_zero() && !volume.is_zero();
                let mut row = Administration::new("1", Route::Intravenous);
                (row.volume_ml, row.rate_ml_per_hour) = (Some(volume), Some(rate));
                assert_eq!(rate_agrees(minutes, &row), !all || near(), "{minutes} {volume} {rate}");
            }
        }
    }
}
