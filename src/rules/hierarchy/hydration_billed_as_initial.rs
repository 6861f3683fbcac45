#![doc = include_str!("hydration_billed_as_initial.md")]

use crate::rules::codes;
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-H01",
    name: "hydration-billed-as-initial",
    family: "hierarchy",
    direction: Direction::Overpayment,
    severity: Severity::High,
    probability_basis_points: 8500,
    carc: "236;97",
    rarc: "M15;N20",
    owner: Owner::Coding,
    since: "0.1.0",
    page: include_str!("hydration_billed_as_initial.md"),
};

pub struct HydrationBilledAsInitial;

impl Rule for HydrationBilledAsInitial {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::EXTRA_SERVICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let supported = case.missing(codes::HYDRATION_HOURS) > 0 && case.expected(codes::HYDRATION_INITIAL) == 0;
        if case.extra(codes::HYDRATION_INITIAL) == 0 || !supported {
            return;
        }
        let mut explained = Explained::default();
        case.take_extra(&mut explained, codes::HYDRATION_INITIAL, 1);
        case.take_missing(&mut explained, codes::HYDRATION_HOURS, 1);
        // The drug that should have been the initial was pushed down to an add-on.
        for (initial, add_on) in codes::INITIALS.into_iter().take(4) {
            if case.missing(initial) > 0 && case.extra(add_on) > 0 {
                case.take_missing(&mut explained, initial, 1);
                case.take_extra(&mut explained, add_on, 1);
                break;
            }
        }
        let minutes = case.minutes_of(codes::HYDRATION_HOURS).unwrap_or_default();
        let evidence = format!(
            "Hydration of {minutes} minutes alone was billed as the initial service, but a drug infusion or push on the \
             same access site outranks it; it is supported as 96361."
        );
        case.report(&INFO, explained, evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an antibiotic, then an hour of fluid, billed with two initials",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "saline:hydration IV infusion 13:00-14:00"],
                &["96365", "96360"],
            ),
            Example::clean(
                "the fluid billed as a secondary service",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "saline:hydration IV infusion 13:00-14:00"],
                &["96365", "96361"],
            ),
            Example::clean("fluid alone is its own initial", &["saline:hydration IV infusion 13:00-14:00"], &["96360"]),
        ];
        EXAMPLES
    }
}
