#![doc = include_str!("hormonal_injection_miscoded.md")]

use crate::model::HcpcsCode;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-H10",
    name: "hormonal-injection-miscoded",
    family: "hierarchy",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 2000,
    carc: "16;150",
    rarc: "N657",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("hormonal_injection_miscoded.md"),
};

pub struct HormonalInjectionMiscoded;

impl Rule for HormonalInjectionMiscoded {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE.and(Signals::MISSING_SERVICE)
    }

    fn check(&self, case: &mut Case<'_>) {
        const OTHERS: [HcpcsCode; 2] = [HcpcsCode::new("96401"), HcpcsCode::new("96372")];
        let mut explained = Explained::default();
        for other in OTHERS {
            case.swap(&mut explained, other, codes::HORMONAL_INJECTION);
        }
        let hormonal = !explained.is_empty();
        for other in OTHERS {
            case.swap(&mut explained, codes::HORMONAL_INJECTION, other);
        }
        if explained.is_empty() {
            return;
        }
        let evidence = if hormonal {
            "A hormonal antineoplastic was injected, which earns 96402; another injection code was billed."
        } else {
            "96402 was billed, but the injected drug is no hormonal antineoplastic."
        };
        case.report(&INFO, explained, evidence.to_owned());
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "leuprolide billed as a plain injection",
                &["leuprolide:hormonal_antineoplastic IM injection 10:00-"],
                &["96372"],
            ),
            Example::flagged(
                "bortezomib billed as hormonal",
                &["bortezomib:antineoplastic SC injection 10:00-"],
                &["96402"],
            ),
            Example::clean(
                "leuprolide as 96402",
                &["leuprolide:hormonal_antineoplastic IM injection 10:00-"],
                &["96402"],
            ),
            Example::clean(
                "a vitamin billed as chemotherapy is IA-H07",
                &["cyanocobalamin:therapeutic IM injection 10:00-"],
                &["96401"],
            ),
        ];
        EXAMPLES
    }
}
