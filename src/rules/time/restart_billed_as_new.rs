#![doc = include_str!("restart_billed_as_new.md")]

use crate::model::HcpcsCode;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

/// Codes of a new service, with the hours that its minutes earn instead.
const BASES: [(HcpcsCode, HcpcsCode); 4] = [
    (HcpcsCode::new("96365"), HcpcsCode::new("96366")),
    (HcpcsCode::new("96367"), HcpcsCode::new("96366")),
    (HcpcsCode::new("96413"), HcpcsCode::new("96415")),
    (HcpcsCode::new("96417"), HcpcsCode::new("96415")),
];

static INFO: RuleInfo = RuleInfo {
    code: "IA-T14",
    name: "restart-billed-as-new",
    family: "time",
    direction: Direction::Overpayment,
    severity: Severity::Medium,
    probability_basis_points: 4000,
    carc: "236;97",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("restart_billed_as_new.md"),
};

pub struct RestartBilledAsNew;

impl Rule for RestartBilledAsNew {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        if !case.restart_billed_as_new() {
            return;
        }
        let rows = case.continued_services();
        for (base, hours) in BASES {
            let units = case.extra(base);
            if units == 0 {
                continue;
            }
            let mut explained = Explained::default();
            case.take_extra(&mut explained, base, units);
            let missing = case.missing(hours);
            case.take_missing(&mut explained, hours, missing);
            explained.administrations.extend(&rows);
            let evidence = format!(
                "{units} further unit(s) of {base} were billed for a pause, a new bag or a later dose of the same drug on \
                 the same access site; its minutes are added and coded once."
            );
            case.report(&INFO, explained, evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a paused infusion billed as two",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:00", "ceftriaxone:therapeutic IV infusion 11:30-12:30"],
                &["96365", "96367"],
            ),
            Example::flagged(
                "a second bag billed as a second initial",
                &["iron:therapeutic IV infusion 10:00-11:00 bag=1", "iron:therapeutic IV infusion 11:03-12:00 bag=2"],
                &["96365x2"],
            ),
            Example::clean(
                "minutes added, hours billed",
                &["ceftriaxone:therapeutic IV infusion 10:00-11:00", "ceftriaxone:therapeutic IV infusion 11:30-12:30"],
                &["96365", "96366"],
            ),
        ];
        EXAMPLES
    }
}
