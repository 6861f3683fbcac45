#![doc = include_str!("administration_without_drug.md")]

use crate::model::{HcpcsCode, Setting};
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals, codes};

static INFO: RuleInfo = RuleInfo {
    code: "IA-C06",
    name: "administration-without-drug",
    family: "charge capture",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 2000,
    carc: "16;107",
    rarc: "M51;N657",
    owner: Owner::ChargeCapture,
    since: "0.2.0",
    page: include_str!("administration_without_drug.md"),
};

pub struct AdministrationWithoutDrug;

impl Rule for AdministrationWithoutDrug {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::ADMINISTRATION_ALONE
    }

    fn check(&self, case: &mut Case<'_>) {
        let product = |code: HcpcsCode| {
            matches!(code.as_str().as_bytes(), [b'J' | b'Q' | b'P', ..] | [b'C', b'9', ..]) || case.is_drug(code)
        };
        let lines = &case.encounter.claim_lines;
        if lines.iter().any(|line| line.hcpcs.is_some_and(product)) {
            return;
        }
        // A hospital may bill packaged drugs by revenue code alone; without revenue codes that cannot be told.
        let hospital = case.setting() == Setting::Facility;
        let pharmacy = |code: &str| ["25", "63"].iter().any(|of| code.trim().trim_start_matches('0').starts_with(of));
        let mut revenue = case.claim_lines().filter_map(|(_, line)| line.revenue_code).peekable();
        if hospital && (revenue.peek().is_none() || revenue.any(pharmacy)) {
            return;
        }
        let needs_drug = |code: HcpcsCode| case.is_administration(code) && !codes::HYDRATION.contains(&code);
        let line = case.claim_lines().find(|(_, line)| line.hcpcs.is_some_and(needs_drug));
        let Some((at, line)) = line else { return };
        let code = line.hcpcs.map(|code| code.to_string()).unwrap_or_default();
        let evidence = format!(
            "{code} is billed, and no line of the encounter bills a drug; unless the patient or a specialty pharmacy \
             brought it, its charge is missing."
        );
        case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an infusion without any drug line",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 revenue=0260"],
            ),
            Example::flagged(
                "a practice's push without its drug",
                &["ondansetron:therapeutic IV push 10:00-"],
                &["96374"],
            )
            .professional(),
            Example::clean(
                "a pharmacy line by revenue code",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365 revenue=0260", "- revenue=0250"],
            ),
            Example::clean(
                "with its drug",
                &["J0696 IV infusion 10:00-10:40 dose=1000mg"],
                &["96365 revenue=0260", "J0696x4 revenue=0636"],
            ),
            Example::clean(
                "hydration needs none",
                &["saline:hydration IV infusion 10:00-11:00"],
                &["96360 revenue=0260"],
            )
            .with(&["diagnoses=E86.0"]),
        ];
        EXAMPLES
    }
}
