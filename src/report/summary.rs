//! What a run says on the terminal when it is done.

use crate::model::Cents;
use crate::pipeline::RunSummary;
use crate::rules;
use std::fmt::Write as _;

/// Encounters, dollars, top drivers, what was set aside, where the reports are.
#[must_use]
pub fn summary(run: &RunSummary) -> String {
    let totals = &run.manifest.totals;
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<24}{value:>18}");
    };
    line("encounters", totals.encounters.to_string());
    line("claim lines", totals.claim_lines.to_string());
    line("leakage", Cents(totals.leakage_cents).to_string());
    line("overpayment exposure", Cents(totals.overpayment_cents).to_string());
    line("disputed (payer policy)", Cents(totals.disputed_cents).to_string());
    line("denial risk", Cents(totals.expected_loss_cents).to_string());
    line("clean encounters", totals.clean_encounters.to_string());
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
            let shown: Vec<String> = top.iter().take(3).map(|(reason, count)| format!("{reason} {count}")).collect();
            if shown.is_empty() { "0".to_owned() } else { format!("{total} ({})", shown.join(", ")) }
        };
        let _ = writeln!(
            text,
            "{table:<12}{} rows: {} audited, quarantined {}, excluded {}",
            counts.rows_in,
            counts.audited,
            reasons(&counts.quarantined),
            reasons(&counts.excluded)
        );
    }
    for warning in &run.manifest.warnings {
        let _ = writeln!(text, "note: {warning}");
    }
    let _ = write!(
        text,
        "\n{} in {}{}",
        if run.rollup.is_some() { "reports" } else { "tables" },
        run.path.display(),
        if run.rollup.is_some() {
            ":\n  report.html  (and denial_risk, revenue_leakage as .html and .csv)"
        } else {
            ""
        }
    );
    text
}
