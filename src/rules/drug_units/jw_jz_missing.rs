#![doc = include_str!("jw_jz_missing.md")]

use super::{drugs, given};
use crate::model::{Date, Modifier, Modifiers};
use crate::rules::{Case, Direction, Example, Explained, Owner, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-G03",
    name: "jw-jz-missing",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 9000,
    carc: "16;4",
    rarc: "N822;MA130",
    owner: Owner::Pharmacy,
    since: "0.1.0",
    page: include_str!("jw_jz_missing.md"),
};

pub struct WasteModifierMissing;

impl Rule for WasteModifierMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn when(&self) -> Signals {
        Signals::WASTE_UNMARKED
    }

    fn check(&self, case: &mut Case<'_>) {
        for code in drugs(case) {
            let mut lines = case.claim_lines().filter(|(_, line)| line.hcpcs == Some(code));
            let Some((at, line)) = lines.next() else { continue };
            let carries = |line: Modifiers| line.contains(Modifier::NO_WASTE) || line.contains(Modifier::WASTE);
            // Edits for the missing modifier began with dates of service in July 2023.
            let in_force = Some(line.service_date) >= Date::from_ymd(2023, 7, 1);
            if !in_force || carries(line.modifiers) || lines.any(|(_, line)| carries(line.modifiers)) {
                continue;
            }
            let required = case.supported(code).any(|line| carries(line.modifiers));
            let rows = given(case, code);
            let unknown = case.flagged(&["jw-or-jz-unknown"]).iter().any(|row| rows.contains(row));
            if !required && !unknown {
                continue;
            }
            let evidence = if required {
                format!(
                    "{code} comes from a single-dose container and is separately payable; neither JW nor JZ is on it."
                )
            } else {
                format!(
                    "{code} is separately payable and neither JW nor JZ is on it; vials and waste are not charted, so \
                     which of the two is right cannot be told."
                )
            };
            case.report(&INFO, Explained::at(Some(at), rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "300 mg from three vials, no modifier",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30"],
            ),
            Example::clean(
                "300 mg from three vials with JZ",
                &["J1745 IV infusion 10:00-12:00 dose=300mg vials=3x100"],
                &["96413", "96415", "J1745x30:JZ"],
            ),
            Example::clean(
                "a drug that OPPS packages needs neither",
                &["J2405 IV push 10:00- dose=4mg vials=1x4"],
                &["96374", "J2405x4"],
            ),
        ];
        EXAMPLES
    }
}
