#![doc = include_str!("chemo_sequential_miscoded.md")]

use crate::findings::LedgerUnits;
use crate::model::HcpcsCode;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-T15",
    name: "chemo-sequential-miscoded",
    family: "time",
    direction: Direction::Leakage,
    severity: Severity::Medium,
    probability_basis_points: 2000,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("chemo_sequential_miscoded.md"),
};

pub struct ChemoSequentialMiscoded;

impl Rule for ChemoSequentialMiscoded {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        const HOURS: HcpcsCode = HcpcsCode::new("96415");
        const FURTHER_DRUG: [HcpcsCode; 2] = [HcpcsCode::new("96417"), HcpcsCode::new("96411")];
        // A restart billed as a new drug is IA-T14's.
        if case.restart_billed_as_new() {
            return;
        }
        let mut explained = Explained::default();
        for other in FURTHER_DRUG {
            case.swap(&mut explained, HOURS, other);
            case.swap(&mut explained, other, HOURS);
        }
        if explained.is_empty() {
            return;
        }
        let shown = |units: &[LedgerUnits]| {
            units.iter().map(|one| format!("{} x {}", one.code, one.units)).collect::<Vec<_>>().join(", ")
        };
        let evidence = format!(
            "Billed {}, supported {}: 96415 counts further hours of one drug, 96417 a further drug by infusion, 96411 a \
             further drug by push.",
            shown(&explained.extra),
            shown(&explained.missing)
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a second drug billed as an hour",
                &[
                    "paclitaxel:antineoplastic IV infusion 10:00-10:40",
                    "carboplatin:antineoplastic IV infusion 11:00-11:40",
                ],
                &["96413", "96415"],
            ),
            Example::flagged(
                "a second hour billed as a drug",
                &["paclitaxel:antineoplastic IV infusion 10:00-11:40"],
                &["96413", "96417"],
            ),
            Example::clean(
                "each with its own code",
                &[
                    "paclitaxel:antineoplastic IV infusion 10:00-10:40",
                    "carboplatin:antineoplastic IV infusion 11:00-11:40",
                ],
                &["96413", "96417"],
            ),
            Example::clean(
                "a push billed as an infusion is IA-T03",
                &[
                    "paclitaxel:antineoplastic IV infusion 10:00-10:40",
                    "doxorubicin:antineoplastic IV push 11:00-11:10",
                ],
                &["96413", "96417"],
            ),
        ];
        EXAMPLES
    }
}
