#![doc = include_str!("unclassified_drug_incomplete.md")]

use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals, codes};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-G10",
    name: "unclassified-drug-incomplete",
    family: "drug units",
    direction: Direction::Denial,
    severity: Severity::High,
    probability_basis_points: 8500,
    carc: "16",
    rarc: "M53;M119;N350",
    owner: Owner::Pharmacy,
    since: "0.2.0",
    page: include_str!("unclassified_drug_incomplete.md"),
};

pub struct UnclassifiedDrugIncomplete;

impl Rule for UnclassifiedDrugIncomplete {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(Table::Claims, &["narrative", "ndc"])]
    }

    fn when(&self) -> Signals {
        Signals::UNCLASSIFIED
    }

    fn check(&self, case: &mut Case<'_>) {
        let there = |column: &str| !case.facts.absent.contains(&(Table::Claims, column.to_owned()));
        let (narratives, ndcs) = (there("narrative"), there("ndc"));
        let lines: Vec<_> = case
            .claim_lines()
            .filter_map(|(at, line)| {
                let code = line.hcpcs.filter(|code| codes::UNCLASSIFIED.contains(code))?;
                let lacks = match (narratives && line.narrative.is_none(), ndcs && line.ndc.is_none()) {
                    (true, true) => "neither the drug's name nor its NDC",
                    (true, false) => "not the drug's name and dose",
                    (false, true) => "no NDC",
                    (false, false) => return None,
                };
                Some((at, code, lacks))
            })
            .collect();
        for (at, code, lacks) in lines {
            let evidence = format!("{code} stands for any drug without a code of its own; the line says {lacks}.");
            case.report(&INFO, Explained::at(Some(at), Vec::new()), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "J3490 without anything",
                &["study:therapeutic IV infusion 10:00-10:40"],
                &["96365", "J3490"],
            ),
            Example::flagged(
                "J3590 without an NDC",
                &["study:therapeutic IV infusion 10:00-10:40"],
                &["96365", "J3590 narrative=newmab"],
            ),
            Example::clean(
                "with name and NDC",
                &["study:therapeutic IV infusion 10:00-10:40"],
                &["96365", "J3490 narrative=newdrug ndc=00069-1305-10"],
            ),
        ];
        EXAMPLES
    }
}
