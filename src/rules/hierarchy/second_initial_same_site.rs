#![doc = include_str!("second_initial_same_site.md")]

use crate::model::HcpcsCode;
use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

const REPEAT_PUSH: HcpcsCode = HcpcsCode::new("96376");

static INFO: RuleInfo = RuleInfo {
    code: "IA-H02",
    name: "second-initial-same-site",
    family: "hierarchy",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 8500,
    carc: "236;97",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("second_initial_same_site.md"),
};

pub struct SecondInitialSameSite;

impl Rule for SecondInitialSameSite {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let billed: i64 = codes::INITIALS.iter().map(|(initial, _)| case.billed(*initial)).sum();
        let expected: i64 = codes::INITIALS.iter().map(|(initial, _)| case.expected(*initial)).sum();
        let mut surplus = billed - expected;
        let restarted = case.restart_billed_as_new();
        for (initial, add_on) in codes::INITIALS {
            while surplus > 0 && expected > 0 && case.extra(initial) > 0 {
                let partner = case.missing(add_on) > 0;
                let concurrent = initial == codes::INITIALS[2].0 && case.missing(codes::CONCURRENT) > 0;
                let repeat = initial == codes::INITIALS[3].0 && case.missing(REPEAT_PUSH) > 0;
                // Without a service of its own it is a restart, an undocumented service, or something nobody gave.
                if (restarted && !partner) || !(partner || concurrent || repeat) {
                    break;
                }
                let mut explained = Explained::default();
                case.take_extra(&mut explained, initial, 1);
                let code = if partner {
                    add_on
                } else if concurrent {
                    codes::CONCURRENT
                } else {
                    REPEAT_PUSH
                };
                case.take_missing(&mut explained, code, 1);
                let evidence = format!(
                    "{billed} initial services were billed, but the record names {expected} access site(s) in one \
                     encounter; this one is supported as {code}."
                );
                case.report(&INFO, explained, evidence);
                surplus -= 1;
            }
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "two antibiotics one after the other on one line, both billed as initial",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96365"],
            ),
            Example::flagged(
                "an infusion and a push of another drug, both billed as initial",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ondansetron:therapeutic IV push 09:50-"],
                &["96365", "96374"],
            ),
            Example::clean(
                "the second antibiotic billed as sequential",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96367"],
            ),
            Example::clean(
                "two sites, two initials",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96365:59"],
            ),
        ];
        EXAMPLES
    }
}
