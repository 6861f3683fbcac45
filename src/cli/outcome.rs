//! What a scheduler hears of an audit: thresholds, one line, and metrics.

use crate::data_checks::{Judgement, Verdict};
use crate::error::Error;
use crate::model::Cents;
use crate::output::{Manifest, RunCounts};
use crate::pipeline::RunSummary;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a threshold is set on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Findings,
    Leakage,
    Overpayment,
    DenialRisk,
    Quarantined,
}

const MEASURES: [(&str, Measure); 5] = [
    ("findings", Measure::Findings),
    ("leakage", Measure::Leakage),
    ("overpayment", Measure::Overpayment),
    ("denial-risk", Measure::DenialRisk),
    ("quarantined", Measure::Quarantined),
];

/// A threshold that makes a run end with status 1: `findings=100`, `leakage=25000` in dollars, `quarantined=0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    measure: Measure,
    most: i64,
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
        let wanted = || format!("takes NAME=MOST, such as leakage=25000; NAME is one of {}", names.join(", "));
        let (name, most) = text.split_once('=').ok_or_else(wanted)?;
        let measure = MEASURES.iter().find(|(of, _)| *of == name.trim()).ok_or_else(wanted)?.1;
        let most = most.trim().parse().ok().filter(|most| *most >= 0).ok_or_else(wanted)?;
        Ok(Self { measure, most })
    }
}

impl Threshold {
    /// What is over the threshold, in words; `None` when nothing is.
    fn passed(self, manifest: &Manifest) -> Option<String> {
        let totals: &RunCounts = &manifest.totals;
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let name = MEASURES.iter().find(|(_, of)| *of == self.measure).map_or("", |(name, _)| *name);
        let cents = match self.measure {
            Measure::Findings => return Self::count(name, whole(totals.findings), self.most),
            Measure::Quarantined => {
                let rows: u64 = manifest.counts.values().flat_map(|of| of.quarantined.values()).sum();
                return Self::count(name, whole(rows), self.most);
            }
            Measure::Leakage => totals.leakage_cents,
            Measure::Overpayment => totals.overpayment_cents,
            Measure::DenialRisk => totals.expected_loss_cents,
        };
        let most = self.most.saturating_mul(100);
        (cents > most).then(|| format!("{name} is {}, over {}", Cents(cents), Cents(most)))
    }

    fn count(name: &str, found: i64, most: i64) -> Option<String> {
        (found > most).then(|| format!("{name} are {found}, over {most}"))
    }
}

/// The thresholds that a run passes, in words.
pub fn passed(thresholds: &[Threshold], manifest: &Manifest) -> Vec<String> {
    thresholds.iter().filter_map(|threshold| threshold.passed(manifest)).collect()
}

/// A run in one line, for logs.
pub fn line(summary: &RunSummary) -> String {
    let Manifest { run_id, totals, counts, .. } = &summary.manifest;
    let quarantined: u64 = counts.values().flat_map(|of| of.quarantined.values()).sum();
    format!(
        "run {run_id}: {} encounters, {} findings, leakage {}, overpayment {}, denial risk {}, {quarantined} rows \
         quarantined, in {}",
        totals.encounters,
        totals.findings,
        Cents(totals.leakage_cents),
        Cents(totals.overpayment_cents),
        Cents(totals.expected_loss_cents),
        summary.path.display()
    )
}

const CHECK_HELP: &str = "Data checks: 0 within limit, 1 noted, 2 accepted beyond limit, 3 stopped the run.";

/// Metrics in the text format of Prometheus, for the node exporter's textfile collector.
fn metrics(outcome: Result<&RunSummary, &Error>, status: u8, took: Duration) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, rows: &[(String, String)]| {
        let _ = writeln!(text, "# HELP infusion_audit_{name} {help}\n# TYPE infusion_audit_{name} gauge");
        for (labels, value) in rows {
            let _ = writeln!(text, "infusion_audit_{name}{labels} {value}");
        }
    };
    let one = |value: String| vec![(String::new(), value)];
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    gauge("last_run_timestamp_seconds", "When the last run ended.", &one(now.to_string()));
    gauge(
        "last_run_success",
        "Whether the last run published its results.",
        &one(u8::from(outcome.is_ok()).to_string()),
    );
    gauge("last_run_exit_status", "Exit status of the last run.", &one(status.to_string()));
    gauge("last_run_duration_seconds", "How long the last run took.", &one(format!("{:.3}", took.as_secs_f64())));
    if let Err(Error::NotBelieved(stop)) = outcome {
        let of = |check: &Judgement| (format!("{{check=\"{}\"}}", check.check), "3".to_owned());
        gauge("data_check", CHECK_HELP, &stop.checks.iter().map(of).collect::<Vec<_>>());
    }
    let Ok(summary) = outcome else { return text };
    let Manifest { totals, counts, data, .. } = &summary.manifest;
    let mut rows = Vec::new();
    for (table, of) in counts {
        let sum = |of: &std::collections::BTreeMap<String, u64>| of.values().sum::<u64>();
        let sums = [("audited", of.audited), ("quarantined", sum(&of.quarantined)), ("excluded", sum(&of.excluded))];
        let labelled = |(to, count): (&str, u64)| (format!("{{table=\"{table}\",to=\"{to}\"}}"), count.to_string());
        rows.extend(sums.map(labelled));
    }
    gauge("rows", "Input rows of the last run, by where they went.", &rows);
    let verdict = |check: &Judgement| {
        let value = match check.verdict {
            Verdict::Ok => "0",
            Verdict::Note => "1",
            Verdict::Accepted => "2",
            Verdict::Stop => "3",
        };
        (format!("{{check=\"{}\"}}", check.check), value.to_owned())
    };
    gauge("data_check", CHECK_HELP, &data.checks.iter().map(verdict).collect::<Vec<_>>());
    let shares = data.checks.iter().flat_map(|check| {
        let of = |count: &str| format!("{{check=\"{}\",count=\"{count}\"}}", check.check);
        [(of("found"), check.part.to_string()), (of("of"), check.of.to_string())]
    });
    gauge("data_check_counts", "What each data check found, and of how many.", &shares.collect::<Vec<_>>());
    let pairing = [
        ("paired", data.encounters_paired),
        ("chart_only", data.encounters_chart_only),
        ("bill_only", data.encounters_bill_only),
        ("pending", data.encounters_pending),
    ];
    let pairing = pairing.map(|(kind, count)| (format!("{{kind=\"{kind}\"}}"), count.to_string()));
    gauge("encounters_by_side", "Infusion encounters with chart and bill, or with one of them.", &pairing);
    let months = [("charts", data.charts.months), ("claims", data.claims.months)];
    let months = months.map(|(side, months)| (format!("{{side=\"{side}\"}}"), months.to_string()));
    gauge("months_covered", "Months of service of each side.", &months);
    gauge("unknown_drug_rows", "Charted rows whose drug no table knows.", &one(data.unknown_drug_rows.to_string()));
    gauge("encounters", "Encounters of the last run.", &one(totals.encounters.to_string()));
    gauge("encounters_clean", "Encounters without a finding.", &one(totals.clean_encounters.to_string()));
    gauge("findings", "Findings of the last run.", &one(totals.findings.to_string()));
    let dollars = |cents: i64| crate::report::dollars(cents);
    let amounts = [
        ("leakage", totals.leakage_cents),
        ("overpayment", totals.overpayment_cents),
        ("disputed", totals.disputed_cents),
        ("denial_risk", totals.expected_loss_cents),
    ];
    let amounts = amounts.map(|(kind, cents)| (format!("{{kind=\"{kind}\"}}"), dollars(cents)));
    gauge("dollars", "Dollars of the last run.", &amounts);
    gauge("spilled_rows", "Rows that waited on disk.", &one(summary.spilled_rows.to_string()));
    text
}

/// Writes the metrics whole or not at all. They hold sums alone, and the collector that reads them is another user, so all
/// may read them.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_metrics(
    path: &Path,
    outcome: Result<&RunSummary, &Error>,
    status: u8,
    took: Duration,
) -> Result<(), Error> {
    let failed = |cause: std::io::Error| Error::unwritable(path, cause);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(metrics(outcome, status, took).as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|cause| Error::unwritable(path, cause.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_and_bad_ones_say_what_they_take() {
        assert_eq!("leakage=25000".parse(), Ok(Threshold { measure: Measure::Leakage, most: 25_000 }));
        for bad in ["leakage", "profit=1", "findings=-1", "findings=many"] {
            assert!(bad.parse::<Threshold>().unwrap_err().contains("denial-risk"), "{bad}");
        }
    }
}
