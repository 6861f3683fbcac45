#![doc = include_str!("ncci_pair.md")]

use super::opens;
use crate::compare::INJECTIONS;
use crate::reference::CodeSet;
use crate::rules::{BilledLine, Case, Direction, Example, Explained, Owner, Phase, Rule, RuleInfo, Severity, Signals};

static INFO: RuleInfo = RuleInfo {
    code: "IA-N01",
    name: "ncci-pair",
    family: "national edits",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 8500,
    carc: "236;97",
    rarc: "M80;N20",
    owner: Owner::Coding,
    since: "0.2.0",
    page: include_str!("ncci_pair.md"),
};

pub struct NationalCodePair;

impl Rule for NationalCodePair {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn phase(&self) -> Phase {
        Phase::Last
    }

    fn when(&self) -> Signals {
        Signals::PAIRED
    }

    fn check(&self, case: &mut Case<'_>) {
        // Rules that say more about the same edit.
        const EXPLAINED: [&str; 9] =
            ["IA-H01", "IA-H02", "IA-H03", "IA-H07", "IA-H08", "IA-C08", "IA-M01", "IA-M03", "IA-M05"];
        if !case.policy.ncci_edits {
            return;
        }
        // Where nothing is imported, the built-in pairs of a code are known without a look-up.
        let built_in = case.reference.is_built_in_alone();
        let setting = case.setting();
        let present = case.billed.iter().fold(CodeSet::EMPTY, |all, one| all.join(one.facts.own));
        for &BilledLine { at, code: second, line, facts, .. } in case.billed {
            let firsts = facts.firsts(setting);
            let may_deny = |first: &BilledLine<'_>| !built_in || firsts.meets(first.facts.own);
            let second_of_a_pair = || case.reference.is_second_of_a_pair(setting, second, line.service_date);
            let denied = if built_in { firsts.meets(present) } else { second_of_a_pair() };
            if !denied {
                continue;
            }
            let told = case.findings.iter().any(|finding| {
                EXPLAINED.contains(&finding.rule.code)
                    && (finding.claim_line == Some(at) || finding.extra.iter().any(|units| units.code == second))
            });
            if told {
                continue;
            }
            let pair = case.billed.iter().filter(|one| may_deny(one)).find_map(|one| {
                let (first, other) = (one.code, one.line);
                if first == second || other.service_date != line.service_date {
                    return None;
                }
                let pair = case.reference.code_pair(setting, first, second, line.service_date)?;
                let opened = pair.modifier_allowed && (opens(line.modifiers) || opens(other.modifiers));
                (!opened).then_some((first, pair))
            });
            let Some((first, pair)) = pair else { continue };
            let how = if !pair.modifier_allowed {
                "no modifier opens it"
            } else if INJECTIONS.contains(&second) && case.expected(second) > 0 {
                "the record supports a separate injection, which takes 59"
            } else {
                "59 or an X modifier would open it if the record shows a distinct site or encounter"
            };
            let evidence =
                format!("{second} beside {first} is an active national code pair: {second} is denied; {how}.");
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "an injection beside an infusion without 59",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ketorolac:therapeutic IM injection 10:05-"],
                &["96365", "96372"],
            ),
            Example::flagged(
                "a second injection code",
                &["leuprolide:hormonal_antineoplastic IM injection 10:00-", "b12:therapeutic IM injection 10:05-"],
                &["96402", "96372"],
            ),
            Example::clean(
                "with 59",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ketorolac:therapeutic IM injection 10:05-"],
                &["96365", "96372:59"],
            ),
            Example::clean(
                "a payer without these edits",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "ketorolac:therapeutic IM injection 10:05-"],
                &["96365", "96372"],
            )
            .with(&["policy.ncci_edits=off"]),
        ];
        EXAMPLES
    }
}
