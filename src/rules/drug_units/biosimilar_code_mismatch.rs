#![doc = include_str!("biosimilar_code_mismatch.md")]

use super::drugs;
use crate::model::HcpcsCode;
use crate::rules::{Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G12",
    name: "biosimilar-code-mismatch",
    family: "drug units",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 5000,
    carc: "16;181",
    rarc: "M53;N56",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("biosimilar_code_mismatch.md"),
};

pub struct BiosimilarCodeMismatch;

impl Rule for BiosimilarCodeMismatch {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Pair
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_DRUG.and(Signals::MISSING_DRUG)
    }

    fn check(&self, case: &mut Case<'_>) {
        let open: Vec<(HcpcsCode, i64, i64)> =
            drugs(case).into_iter().map(|code| (code, case.missing(code), case.extra(code))).collect();
        let reference =
            |code: HcpcsCode| case.reference.drug(code).map(|drug| drug.biosimilar_reference.unwrap_or(code));
        let wrong = open.iter().filter(|(_, _, extra)| *extra > 0);
        let pairs: Vec<(HcpcsCode, HcpcsCode)> = wrong
            .filter_map(|(billed, ..)| {
                let given = open.iter().find(|(given, missing, _)| {
                    *missing > 0
                        && given != billed
                        && case.billed(*given) == 0
                        && reference(*given) == reference(*billed)
                })?;
                Some((*billed, given.0))
            })
            .collect();
        for (billed, supported) in pairs {
            let mut explained = Explained::default();
            case.take_extra(&mut explained, billed, i64::MAX);
            case.take_missing(&mut explained, supported, i64::MAX);
            let evidence = format!(
                "{billed} was billed and {supported} is charted: a reference product and its biosimilars each have their \
                 own code."
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "the reference product billed for its biosimilar",
                &["Q5103 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30:JZ"],
            ),
            Example::flagged(
                "one biosimilar for another",
                &["Q5103 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "Q5104x30:JZ"],
            ),
            Example::clean(
                "its own code",
                &["Q5103 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "Q5103x30:JZ"],
            ),
        ];
        EXAMPLES
    }
}
