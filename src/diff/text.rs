//! The comparison as a table for the terminal.

use super::{Change, RunDiff, RunShown};
use crate::model::Cents;
use crate::rules;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Drivers that are shown; the JSON form has all.
const MOST: usize = 20;

fn money(cents: i64) -> String {
    Cents(cents).to_string()
}

/// A count of a hundred encounters, with one decimal.
fn rate(count: i64, of: u64) -> String {
    let tenths = count.saturating_mul(1_000) / i64::try_from(of).unwrap_or(i64::MAX).max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

impl RunDiff {
    /// Totals, then drivers and departments by how much their dollars moved.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let (before, after) = (&self.before, &self.after);
        let _ = writeln!(text, "{:<28}{:>20}{:>20}{:>20}", "", "before", "after", "change");
        let _ = writeln!(text, "{:<28}{:>20}{:>20}", "run", before.run_id, after.run_id);
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let counted = |of: &RunShown| whole(of.encounters);
        let (one, two) = (counted(before), counted(after));
        let _ = writeln!(text, "{:<28}{one:>20}{two:>20}{:>+20}", "encounters", two - one);
        let _ = writeln!(
            text,
            "{:<28}{:>20}{:>20}",
            "clean, of a hundred",
            rate(whole(before.clean_encounters), before.encounters),
            rate(whole(after.clean_encounters), after.encounters)
        );
        let rows = [
            ("leakage", before.leakage_cents, after.leakage_cents),
            ("overpayment exposure", before.overpayment_cents, after.overpayment_cents),
            ("disputed (payer policy)", before.disputed_cents, after.disputed_cents),
            ("denial risk", before.expected_loss_cents, after.expected_loss_cents),
        ];
        for (name, one, two) in rows {
            let _ = writeln!(text, "{name:<28}{:>20}{:>20}{:>20}", money(one), money(two), money(two - one));
        }
        let of = &self.total;
        let _ = writeln!(
            text,
            "\n{} encounters are in both runs. Of their findings {} are resolved ({} at stake) and {} are new ({}); {} stand.\n\
             {} findings went with encounters that only the first run holds, {} came with new ones.",
            self.shared_encounters,
            of.resolved.findings,
            money(of.resolved.stake()),
            of.new.findings,
            money(of.new.stake()),
            of.standing,
            of.gone.findings,
            of.arrived.findings
        );
        self.groups(&mut text, "driver", &self.by_rule);
        self.groups(&mut text, "department", &self.by_department);
        for caution in &self.cautions {
            let _ = writeln!(text, "\nnote: {caution}");
        }
        text
    }

    fn groups(&self, text: &mut String, name: &str, groups: &BTreeMap<String, Change>) {
        let moved = |change: &Change| (change.after.stake() - change.before.stake()).abs();
        let mut order: Vec<(&String, &Change)> = groups.iter().collect();
        order.sort_by(|(one, change), (other, other_change)| (moved(other_change), one).cmp(&(moved(change), other)));
        let _ = writeln!(
            text,
            "\n{name:<40}{:>9}{:>9}{:>10}{:>7}{:>18}{:>18}{:>12}",
            "before", "after", "resolved", "new", "stake before", "stake after", "per 100"
        );
        for (key, change) in order.iter().take(MOST) {
            let info = rules::info_of(key).map_or_else(String::new, |info| format!(" {}", info.name));
            let label = if key.is_empty() { "not given".to_owned() } else { format!("{key}{info}") };
            let rates = format!(
                "{} → {}",
                rate(change.before.findings, self.before.encounters),
                rate(change.after.findings, self.after.encounters)
            );
            let _ = writeln!(
                text,
                "{label:<40}{:>9}{:>9}{:>10}{:>7}{:>18}{:>18}{rates:>12}",
                change.before.findings,
                change.after.findings,
                change.resolved.findings,
                change.new.findings,
                money(change.before.stake()),
                money(change.after.stake())
            );
        }
        if order.len() > MOST {
            let _ = writeln!(text, "and {} more that moved less", order.len() - MOST);
        }
    }
}
