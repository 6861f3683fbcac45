//! One encounter of a run, drawn for a person: when what was given, which code it earned and why, what was billed, what
//! was found.

mod find;
mod read;
mod timeline;

use crate::error::Error;
use crate::model::Cents;
use crate::rules;
use read::{Finding, Line, Story};
use std::fmt::Write as _;
use std::path::Path;

/// The drawing of an encounter, at most `width` columns wide. Case of the id and spaces around it do not matter.
///
/// # Errors
/// A folder that is no run, or a run that holds no such encounter.
pub fn explain(run: &Path, encounter_id: &str, width: usize) -> Result<String, Error> {
    let mut stories = read::stories(run, encounter_id)?;
    if stories.is_empty() {
        stories = read::stories(run, &find::find_encounter(run, encounter_id)?)?;
    }
    let drawn: Vec<String> = stories.iter().map(|story| draw(story, width.clamp(72, 200))).collect();
    Ok(drawn.join("\n"))
}

/// Data cannot move the cursor or ring the bell.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

fn money(cents: i64) -> String {
    Cents(cents).to_string()
}

fn draw(story: &Story, width: usize) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", plain(&story.heading));
    let _ = writeln!(text, "\nTimeline");
    text.push_str(&timeline::draw(&story.administrations, width));
    billed_against_supported(&mut text, &story.lines);
    let idle: Vec<_> = story.administrations.iter().filter(|given| given.earned_nothing()).collect();
    if !idle.is_empty() {
        let _ = writeln!(text, "\nNo administration line");
        for given in idle {
            let _ = writeln!(text, "  {}  {}", plain(&given.label()), plain(given.why_not()));
        }
    }
    findings(&mut text, &story.findings, width);
    text
}

fn billed_against_supported(text: &mut String, lines: &[Line]) {
    let _ = writeln!(
        text,
        "\n{:<14}{:>10}{:>8}{:>13}{:>13}  Why it is supported",
        "Code", "Supported", "Billed", "Supported $", "Billed $"
    );
    for line in lines {
        let code =
            if line.modifiers.is_empty() { line.code.clone() } else { format!("{}-{}", line.code, line.modifiers) };
        let units = |units: Option<i64>| units.map_or_else(|| "-".to_owned(), |units| units.to_string());
        let dollars = |cents: Option<i64>| cents.map_or_else(|| "-".to_owned(), money);
        let mark = match line.status.as_str() {
            "missing" | "extra" | "partial" => "!",
            _ => " ",
        };
        let why = if line.status == "out_of_scope" { "not compared" } else { &line.reason };
        let _ = writeln!(
            text,
            "{mark} {:<12}{:>10}{:>8}{:>13}{:>13}  {}",
            plain(&code),
            units(line.expected_units),
            units(line.billed_units),
            dollars(line.expected_cents),
            dollars(line.billed_cents),
            plain(why)
        );
    }
}

fn findings(text: &mut String, findings: &[Finding], width: usize) {
    if findings.is_empty() {
        let _ = writeln!(text, "\nNo finding.");
        return;
    }
    let _ = writeln!(text, "\nFindings");
    for finding in findings {
        let _ = write!(text, "  {} {}", finding.rule_code, finding.rule_name);
        if finding.net_cents != 0 {
            let table = if finding.price_table.is_empty() { "" } else { ", " };
            let _ = write!(
                text,
                "  net {} ({}{table}{})",
                money(finding.net_cents),
                finding.price_basis,
                finding.price_table
            );
        }
        if finding.expected_loss_cents > 0 {
            let _ = write!(text, "  expected loss {}", money(finding.expected_loss_cents));
        }
        let _ = writeln!(text);
        wrapped(text, &plain(&finding.evidence), width);
        if !finding.administrations.is_empty() {
            wrapped(text, &format!("Administrations: {}", plain(&finding.administrations).replace(';', ", ")), width);
        }
        if !finding.policy_switch.is_empty() {
            let disputed = format!(
                "Disputed: rests on the payer switch {}. As the policy stands: {} ({}); with {}: {} ({}).",
                finding.policy_switch,
                finding.answer.0,
                money(finding.answer.1),
                finding.other_value,
                finding.alternative.0,
                money(finding.alternative.1)
            );
            wrapped(text, &plain(&disputed), width);
        }
        if finding.underpaid_cents > 0 {
            wrapped(text, &format!("Allowed too little: {}.", money(finding.underpaid_cents)), width);
        }
        if let Some(step) = rules::info_of(&finding.rule_code).and_then(|info| info.first_step()) {
            wrapped(text, &format!("To do: {step}"), width);
        }
    }
}

/// Breaks a paragraph at spaces, indented.
fn wrapped(text: &mut String, paragraph: &str, width: usize) {
    let mut line = String::new();
    for word in paragraph.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() + 7 > width {
            let _ = writeln!(text, "      {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(text, "      {line}");
    }
}
