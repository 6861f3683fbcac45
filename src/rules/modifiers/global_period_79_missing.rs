#![doc = include_str!("global_period_79_missing.md")]

use crate::model::Setting;
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-M08",
    name: "global-period-79-missing",
    family: "modifiers",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 8000,
    carc: "97;4",
    rarc: "M144;N822",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("global_period_79_missing.md"),
};

pub struct GlobalPeriod79Missing;

impl Rule for GlobalPeriod79Missing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[
            Need::Column(Table::Encounters, "global_period_provider"),
            Need::Column(Table::Encounters, "global_period_end"),
        ]
    }

    fn when(&self) -> Signals {
        Signals::PROFESSIONAL.and(Signals::GLOBAL_PERIOD)
    }

    fn check(&self, case: &mut Case<'_>) {
        const OPENING: [&str; 4] = ["24", "58", "78", "79"];
        let (Some(surgeon), Some(end)) = (case.encounter.global_period_provider, case.encounter.global_period_end)
        else {
            return;
        };
        if case.setting() != Setting::Professional {
            return;
        }
        let line = case.claim_lines().find(|(_, line)| {
            line.rendering_provider == Some(surgeon)
                && line.service_date <= end
                && line.hcpcs.is_some_and(|code| case.is_administration(code))
                && !line.modifiers.iter().any(|modifier| OPENING.contains(&modifier.as_str()))
        });
        let Some((at, line)) = line else { return };
        let code = line.hcpcs.map(|code| code.to_string()).unwrap_or_default();
        let evidence = format!(
            "{code} is billed by the surgeon inside the surgery's global period without 79 (unrelated), 78, 58 or 24."
        );
        case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "the surgeon's own infusion in the global period",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40"],
                &["96365"],
            )
            .professional()
            .with(&["provider=SURGEON", "surgeon=SURGEON", "global_end=2026-03-01"]),
            Example::clean("with 79", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365:79"])
                .professional()
                .with(&["provider=SURGEON", "surgeon=SURGEON", "global_end=2026-03-01"]),
            Example::clean("after the period", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .professional()
                .with(&["provider=SURGEON", "surgeon=SURGEON", "global_end=2026-01-01"]),
            Example::clean("another provider", &["ceftriaxone:therapeutic IV infusion 10:00-10:40"], &["96365"])
                .professional()
                .with(&["provider=ONCOLOGIST", "surgeon=SURGEON", "global_end=2026-03-01"]),
        ];
        EXAMPLES
    }
}
