#![doc = include_str!("prolonged_infusion_miscoded.md")]

use crate::model::HcpcsCode;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T13",
    name: "prolonged-infusion-miscoded",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 3000,
    carc: "16;150;151",
    rarc: "N657;M25",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("prolonged_infusion_miscoded.md"),
};

pub struct ProlongedInfusionMiscoded;

impl Rule for ProlongedInfusionMiscoded {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        const HOURLY: [(HcpcsCode, HcpcsCode); 2] =
            [(HcpcsCode::new("96413"), HcpcsCode::new("96415")), (HcpcsCode::new("96365"), HcpcsCode::new("96366"))];
        for start in codes::PROLONGED {
            let by_the_hour = case.missing(start) > 0
                && HOURLY.iter().any(|(first, hours)| case.extra(*first) > 0 || case.extra(*hours) > 0);
            let never_started = case.extra(start) > 0 && case.expected(start) == 0;
            if !by_the_hour && !never_started {
                continue;
            }
            let mut explained = Explained::default();
            case.take_missing(&mut explained, start, i64::MAX);
            case.take_extra(&mut explained, start, i64::MAX);
            for (first, hours) in HOURLY {
                for code in [first, hours] {
                    if by_the_hour {
                        case.take_extra(&mut explained, code, i64::MAX);
                    } else {
                        case.take_missing(&mut explained, code, i64::MAX);
                    }
                }
            }
            let evidence = if by_the_hour {
                format!("A pump start of more than 8 hours is charted, which earns {start}; it was billed by the hour.")
            } else {
                format!(
                    "{start} was billed, but no infusion of more than 8 hours by a portable or implanted pump is charted."
                )
            };
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a 46-hour pump billed by the hour",
                &["J9190 IV infusion 10:00-08:00+2 device=portable_pump"],
                &["96413", "96415x20"],
            ),
            Example::flagged(
                "96416 for a chair infusion of two hours",
                &["paclitaxel:antineoplastic IV infusion 10:00-12:00"],
                &["96416"],
            ),
            Example::clean(
                "the pump start as 96416",
                &["J9190 IV infusion 10:00-08:00+2 device=portable_pump"],
                &["96416"],
            ),
        ];
        EXAMPLES
    }
}
