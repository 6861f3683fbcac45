//! What a run says on the terminal when it is done.

use crate::data_checks::{count, percent};
use crate::model::Cents;
use crate::output::Manifest;
use crate::pipeline::RunSummary;
use crate::rules;
use std::fmt::Write as _;

/// Encounters, dollars, top drivers, what was set aside, where the reports are.
#[must_use]
pub fn summary(run: &RunSummary) -> String {
    let Manifest { totals, data, .. } = &run.manifest;
    let mut text = String::new();
    for (check, word) in data.banner() {
        let _ = writeln!(text, "{}: {} ({}): {}", word.to_uppercase(), check.title, check.check, check.sentence);
    }
    for fact in data.facts() {
        let _ = writeln!(text, "{fact}");
    }
    text.push('\n');
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<24}{value:>18}");
    };
    line("encounters", count(totals.encounters));
    line("claim lines", count(totals.claim_lines));
    line("leakage", Cents(totals.leakage_cents).to_string());
    line("overpayment exposure", Cents(totals.overpayment_cents).to_string());
    line("disputed (payer policy)", Cents(totals.disputed_cents).to_string());
    line("denial risk", Cents(totals.expected_loss_cents).to_string());
    let clean = percent(totals.clean_encounters, totals.encounters);
    line("clean encounters", format!("{} ({clean})", count(totals.clean_encounters)));
    let mut drivers = run.rollup.as_ref().map(|rollup| rollup.by_rule.clone()).unwrap_or_default();
    drivers.sort_by_key(|group| {
        (
            std::cmp::Reverse(group.leakage_cents + group.overpayment_cents + group.expected_loss_cents),
            group.key.clone(),
        )
    });
    let heading = if drivers.is_empty() {
        ""
    } else {
        "\ntop drivers                                 findings          leakage      overpayment      denial risk\n"
    };
    text.push_str(heading);
    for group in drivers.iter().take(5) {
        let name = rules::info_of(&group.key).map_or("", |info| info.name);
        let _ = writeln!(
            text,
            "{:<8}{name:<36}{:>8}{:>17}{:>17}{:>17}",
            group.key,
            group.findings,
            Cents(group.leakage_cents).to_string(),
            Cents(group.overpayment_cents).to_string(),
            Cents(group.expected_loss_cents).to_string()
        );
    }
    text.push('\n');
    for (table, counts) in &run.manifest.counts {
        if counts.rows_in == 0 {
            continue;
        }
        let reasons = |of: &std::collections::BTreeMap<String, u64>| {
            let total: u64 = of.values().sum();
            let mut top: Vec<_> = of.iter().collect();
            top.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), (*reason).clone()));
            let mut shown: Vec<String> =
                top.iter().take(3).map(|(reason, rows)| format!("{reason} {}", count(**rows))).collect();
            let others: u64 = top.iter().skip(3).map(|(_, rows)| **rows).sum();
            if others > 0 {
                shown.push(format!("others {}", count(others)));
            }
            if shown.is_empty() { "0".to_owned() } else { format!("{} ({})", count(total), shown.join(", ")) }
        };
        let _ = writeln!(
            text,
            "{table:<12}{} rows: audited {}, quarantined {}, excluded {}",
            count(counts.rows_in),
            count(counts.audited),
            reasons(&counts.quarantined),
            reasons(&counts.excluded)
        );
    }
    for warning in &run.manifest.warnings {
        let _ = writeln!(text, "note: {warning}");
    }
    let whole = run.path.canonicalize().unwrap_or_else(|_| run.path.clone());
    if run.rollup.is_some() {
        let _ = write!(
            text,
            "\nreports in {}:\n  open {}\n  and denial_risk, revenue_leakage as .html and .csv",
            run.path.display(),
            whole.join("report.html").display()
        );
    } else {
        let _ = write!(text, "\ntables in {}", run.path.display());
    }
    text
}
