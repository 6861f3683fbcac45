//! From a driver to what is to be done about it.

use super::{Part, Sums, month_name};
use crate::rules::{Owner, RuleInfo};
use serde::Serialize;

/// The label of drivers that are too small to be named.
pub(super) const OTHERS: &str = "other drivers";

/// What mending takes. A judgement by who mends it, which the page says; the client knows better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Effort {
    /// `small`, `medium` or `large`.
    pub size: &'static str,
    pub what: &'static str,
}

impl Effort {
    fn of(owner: Owner) -> Self {
        let (size, what) = match owner {
            Owner::ChargeCapture => ("small", "charge review or interface"),
            Owner::Coding => ("small", "claim edit and coder guidance"),
            Owner::Registration => ("small", "registration edit"),
            Owner::Pharmacy => ("medium", "charge build with pharmacy"),
            Owner::NursingDocumentation => ("large", "charting practice"),
        };
        Self { size, what }
    }
}

/// One driver with its part of the fix plan.
#[derive(Debug, Clone, Serialize)]
pub struct Driver {
    /// The rule's code; empty for those that are too small to be named.
    pub code: String,
    pub name: String,
    pub owner: String,
    pub effort: Option<Effort>,
    /// Why it matters, in a sentence.
    pub why: String,
    pub steps: Vec<String>,
    /// The month in which the first money is lost to a filing limit.
    pub act_by: String,
    #[serde(flatten)]
    pub sums: Sums,
}

/// The text below a heading of a rule's page.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let found = page.split_once(&format!("## {heading}\n")).map_or("", |(_, rest)| rest);
    found.split("\n## ").next().unwrap_or_default().trim()
}

fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('`', "")
}

/// The first sentence.
fn sentence(text: &str) -> String {
    let text = plain(text);
    match text.find(". ") {
        Some(end) => text[..=end].to_owned(),
        None => text,
    }
}

/// The items of a numbered list.
fn steps(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in text.lines() {
        let numbered = line.split_once(". ").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
        match (numbered, all.last_mut()) {
            (Some((_, item)), _) => all.push(plain(item)),
            (None, Some(last)) => {
                last.push(' ');
                last.push_str(&plain(line));
            }
            (None, None) => {}
        }
    }
    all
}

impl Driver {
    pub(super) fn new(part: Part, info_of: impl Fn(&str) -> Option<&'static RuleInfo>) -> Self {
        let act_by = part.sums.act_by.map(month_name).unwrap_or_default();
        let Some(info) = info_of(&part.label) else {
            return Self {
                code: String::new(),
                name: part.label,
                owner: String::new(),
                effort: None,
                why: String::new(),
                steps: Vec::new(),
                act_by,
                sums: part.sums,
            };
        };
        Self {
            code: part.label,
            name: info.name.replace('-', " "),
            owner: info.owner.as_str().replace('_', " "),
            effort: Some(Effort::of(info.owner)),
            why: sentence(section(info.page, "Why it matters")),
            steps: steps(section(info.page, "What to do")),
            act_by,
            sums: part.sums,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn every_rule_has_a_reason_and_steps_to_take() {
        for info in rules::all() {
            let part = Part { label: info.code.to_owned(), sums: Sums::default() };
            let driver = Driver::new(part, rules::info_of);
            assert!(driver.why.len() > 20 && driver.why.ends_with('.'), "{}: {}", info.code, driver.why);
            assert!(!driver.steps.is_empty() && driver.steps.iter().all(|step| step.len() > 8), "{:?}", driver.steps);
        }
    }
}
