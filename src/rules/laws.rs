//! Laws over the catalogue: what a macro would have prevented.

use super::{Example, RULES, all};
use crate::audit::{Context, EncounterAudit};
use crate::model::HcpcsCode;
use crate::policy::{Policy, PolicySet};
use crate::reference::Reference;
use std::sync::LazyLock;

const HEADINGS: [&str; 7] = [
    "## What it checks",
    "## Why it matters",
    "## Flagged",
    "## Not flagged",
    "## What to do",
    "## Policy and sources",
    "## Limits",
];

/// The whole audit of an example, with its policy and its run.
fn audited(example: &Example) -> EncounterAudit {
    static CONTEXT: LazyLock<Context> = LazyLock::new(context);
    let mut encounter = example.encounter().unwrap();
    CONTEXT.reference.resolve_drugs(&mut encounter);
    let facts = example.facts().unwrap();
    let switches: Vec<_> = example.switches().collect();
    if switches.is_empty() {
        return CONTEXT.audit(&encounter, &facts);
    }
    let mut policy = Policy::clone(&CONTEXT.policy(&encounter, example.setting, encounter.date()));
    for (key, value) in switches {
        policy.set(key, &value).unwrap();
    }
    EncounterAudit { sides: vec![CONTEXT.audit_side(&encounter, example.setting, &policy, &facts)] }
}

fn context() -> Context {
    let mut reference = Reference::built_in().unwrap();
    // A list as a user would import it; none is built in.
    reference.add_drug_diagnoses(HcpcsCode::new("J1745"), &["K50*", "K51*", "M05*", "M069"]);
    reference.add_fee("NORTHWIND", HcpcsCode::new("96365"), crate::model::Cents(12_000));
    Context::new(PolicySet::built_in().unwrap(), reference)
}

#[test]
fn codes_and_names_are_unique_and_well_formed() {
    let mut codes: Vec<&str> = all().map(|info| info.code).collect();
    let mut names: Vec<&str> = all().map(|info| info.name).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    names.sort_unstable();
    names.dedup();
    assert_eq!((codes.len(), names.len()), (count, count));
    for info in all() {
        let (family, number) = info.code["IA-".len()..].split_at(1);
        assert!("HTDCGMNXPO".contains(family) && number.len() == 2, "{}", info.code);
        assert!(
            info.name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
        );
        assert!(info.probability_basis_points < 10_000);
    }
}

#[test]
fn the_codes_are_those_that_were_ever_given() {
    let codes: Vec<String> = all().map(|info| format!("{} {}", info.code, info.name)).collect();
    insta::assert_snapshot!(codes.join("\n"));
}

#[test]
fn every_page_has_every_heading_in_order() {
    for info in all() {
        let title = format!("# {} {}\n", info.code, info.name);
        assert!(info.page.starts_with(&title), "{} starts with its title", info.code);
        let headings: Vec<&str> = info.page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", info.code);
    }
}

#[test]
fn every_rule_file_is_registered() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut pages = 0;
    for family in std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for page in std::fs::read_dir(family.path()).unwrap().flatten() {
            let path = page.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages += 1;
                assert!(path.with_extension("rs").exists(), "{} has its rule", path.display());
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(all().any(|info| info.page == text), "{} is registered", path.display());
            }
        }
    }
    assert_eq!(pages, RULES.len());
}

#[test]
fn every_rule_fires_in_its_flagged_examples_and_only_there() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let code = rule.info().code;
        let examples = rule.examples();
        assert!(examples.iter().any(|example| example.flagged) && examples.iter().any(|example| !example.flagged));
        for example in examples {
            let audit = audited(example);
            let found: Vec<&str> =
                audit.sides.iter().flat_map(|side| &side.findings).map(|finding| finding.rule.code).collect();
            if found.contains(&code) != example.flagged {
                wrong.push(format!("{code}: {}: {found:?}", example.about));
            }
            assert!(audit.sides.iter().all(super::super::audit::SideAudit::balances), "{code}: {}", example.about);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn flagged_examples_leave_nothing_to_the_generic_rules() {
    for rule in RULES.iter().filter(|rule| [super::Phase::Specific, super::Phase::Pair].contains(&rule.phase())) {
        for example in rule.examples().iter().filter(|example| example.flagged) {
            let audit = audited(example);
            let code = rule.info().code;
            let mine = audit.sides.iter().flat_map(|side| &side.findings).filter(|finding| finding.rule.code == code);
            // A rule that only puts a line at risk leaves the units to those that count them.
            if !mine.map(|finding| finding.missing.len() + finding.extra.len()).any(|units| units > 0) {
                continue;
            }
            for finding in audit.sides.iter().flat_map(|side| &side.findings) {
                let generic = ["IA-C01", "IA-C03"].contains(&finding.rule.code);
                assert!(!generic, "{}: {}: {}", rule.info().code, example.about, finding.evidence);
            }
        }
    }
}
