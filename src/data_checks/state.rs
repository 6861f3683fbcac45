//! The state of a run's data: what manifest, pages, terminal and metrics show.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Outcome of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Within its limit, and nothing to say.
    Ok,
    /// Within its limit; worth a look.
    Note,
    /// Beyond its limit, and accepted with `--accept`.
    Accepted,
    /// Beyond its limit: the run stops.
    Stop,
}

/// One check and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub check: String,
    pub title: String,
    pub verdict: Verdict,
    /// Count of what the check looks for, of so many.
    pub part: u64,
    pub of: u64,
    pub limit_percent: i64,
    /// Count, likely cause and remedy in one sentence; empty where there is nothing to say.
    pub sentence: String,
}

/// First and last month of one side, as `2026-01`, and its months.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub first_month: String,
    pub last_month: String,
    pub months: u64,
}

/// The state of a run's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataState {
    pub rows_read: u64,
    pub rows_audited: u64,
    /// Rows in quarantine.
    pub rows_quarantined: u64,
    /// Rows that the audit leaves out by its rules: not given, flushes, superseded versions and the like.
    pub rows_excluded: u64,
    /// Encounters whose chart supports a line, or whose bill has a line that the audit compares.
    pub encounters: u64,
    pub encounters_paired: u64,
    pub encounters_chart_only: u64,
    pub encounters_bill_only: u64,
    /// Encounters whose bill is not due yet, or of a side that was not given.
    pub encounters_pending: u64,
    pub paired_cents: u64,
    pub chart_only_cents: u64,
    pub bill_only_cents: u64,
    pub charts: Side,
    pub claims: Side,
    /// Charted rows whose drug no table knows, of so many given rows.
    pub unknown_drug_rows: u64,
    pub given_rows: u64,
    /// The side that was not given, `claims` or `flowsheets`: nothing was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_given: Option<String>,
    /// No encounters table was given.
    #[serde(default)]
    pub without_encounters: bool,
    /// Checks beyond their limits that `--accept` let pass.
    pub accepted: Vec<String>,
    pub checks: Vec<Judgement>,
    /// Encounters by month of service: paired, chart only, bill only, pending. Empty in a de-identified run.
    pub by_month: BTreeMap<String, [u64; 4]>,
}

/// A share in percent with one decimal, rounded half up: `89.1`.
#[must_use]
pub fn percent(part: u64, of: u64) -> String {
    let tenths = (u128::from(part) * 2_000 + u128::from(of)) / (u128::from(of.max(1)) * 2);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// A count with thousands separators.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl DataState {
    /// Checks that stop the run, in the order of the checks.
    pub fn stops(&self) -> impl Iterator<Item = &Judgement> {
        self.checks.iter().filter(|check| check.verdict == Verdict::Stop)
    }

    /// Sentences of notes and accepted checks, each with the title of its check.
    #[must_use]
    pub fn banner(&self) -> Vec<(&Judgement, &'static str)> {
        let shown = |of: &&Judgement| of.verdict >= Verdict::Note;
        let word = |of: &Judgement| match of.verdict {
            Verdict::Accepted => "accepted",
            Verdict::Stop => "stops",
            _ => "note",
        };
        self.checks.iter().filter(shown).map(|of| (of, word(of))).collect()
    }

    /// Facts and notes as the pages' template `data.html` shows them.
    #[must_use]
    pub fn shown(&self) -> serde_json::Value {
        let banner = self.banner().into_iter().map(|(of, word)| {
            serde_json::json!({ "title": of.title, "check": of.check, "word": word, "sentence": of.sentence.replace('`', "") })
        });
        serde_json::json!({ "facts": self.facts(), "banner": banner.collect::<Vec<_>>() })
    }

    /// Numbers of checks that passed, were noted or were accepted.
    fn outcome(&self) -> String {
        let of = |verdict| self.checks.iter().filter(|check| check.verdict == verdict).count();
        let mut parts = vec![format!("{} passed", of(Verdict::Ok))];
        for (verdict, word) in [(Verdict::Note, "noted"), (Verdict::Stop, "beyond their limit")] {
            if of(verdict) > 0 {
                parts.push(format!("{} {word}", of(verdict)));
            }
        }
        if !self.accepted.is_empty() {
            parts.push(format!("{} accepted beyond their limit ({})", self.accepted.len(), self.accepted.join(", ")));
        }
        format!("{} data checks: {}", self.checks.len(), parts.join(", "))
    }

    /// Plain facts for the first screen, one sentence each, also when all is well.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let mut facts = vec![format!(
            "{} rows read: {} audited, {} excluded by rule, {} quarantined ({})",
            count(self.rows_read),
            count(self.rows_audited),
            count(self.rows_excluded),
            count(self.rows_quarantined),
            percent(self.rows_quarantined, self.rows_read)
        )];
        let dollars = self.paired_cents + self.chart_only_cents + self.bill_only_cents;
        match self.not_given.as_deref() {
            Some("claims") => facts.push(format!(
                "No claims were given: {} charted encounters were compared with no bill",
                count(self.encounters)
            )),
            Some(_) => facts.push(format!(
                "No flowsheets were given: {} billed encounters were compared with no chart",
                count(self.encounters)
            )),
            None => facts.push(format!(
                "{} of {} infusion encounters ({}) and {} of the dollars have both a chart and a bill; {} have a chart only, {} a bill only{}",
                count(self.encounters_paired),
                count(self.encounters),
                percent(self.encounters_paired, self.encounters),
                percent(self.paired_cents, dollars),
                count(self.encounters_chart_only),
                count(self.encounters_bill_only),
                if self.encounters_pending > 0 {
                    format!(", {} await a claim", count(self.encounters_pending))
                } else {
                    String::new()
                }
            )),
        }
        let side = |side: &Side| match side.months {
            0 => "no month".to_owned(),
            1 => side.first_month.clone(),
            months => format!("{} to {} ({months} months)", side.first_month, side.last_month),
        };
        if self.charts.months + self.claims.months > 0 {
            facts.push(format!("Charts cover {}; claims cover {}", side(&self.charts), side(&self.claims)));
        }
        facts.push(format!(
            "{} of {} charted rows ({}) have a drug that is in no reference table",
            count(self.unknown_drug_rows),
            count(self.given_rows),
            percent(self.unknown_drug_rows, self.given_rows)
        ));
        if self.without_encounters {
            facts.push(
                "No encounters table was given: class, department and second encounters of a day come from claims or are unknown"
                    .to_owned(),
            );
        }
        facts.push(self.outcome());
        facts
    }
}
