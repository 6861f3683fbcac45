#![doc = include_str!("time_derived_from_rate.md")]

use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D05",
    name: "time-derived-from-rate",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Low,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("time_derived_from_rate.md"),
};

pub struct TimeDerivedFromRate;

impl Rule for TimeDerivedFromRate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "volume_ml"), Need::Column(Table::Flowsheets, "rate_ml_per_hour")]
    }

    fn when(&self) -> Signals {
        Signals::FLAGGED
    }

    fn check(&self, case: &mut Case<'_>) {
        let rows = case.flagged(&["derived-stop-time"]);
        if rows.is_empty() || case.claim_lines().next().is_none() {
            return;
        }
        let evidence = format!(
            "{} stop time(s) were calculated from volume and rate; the hours rest on a calculation, not on charting.",
            rows.len()
        );
        case.report(&INFO, Explained::at(None, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a stop from 500 mL at 250 mL/h",
                &["ceftriaxone:therapeutic IV infusion 10:00- volume=500 rate=250 device=pump"],
                &["96365", "96366"],
            )
            .with(&["policy.derive_stop_time=true"]),
            Example::clean(
                "a charted stop",
                &["ceftriaxone:therapeutic IV infusion 10:00-12:00 volume=500 rate=250 device=pump"],
                &["96365", "96366"],
            )
            .with(&["policy.derive_stop_time=true"]),
        ];
        EXAMPLES
    }
}
