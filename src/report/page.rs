//! One report as a self-contained page.

use super::Report;
use super::rollup::{Group, Rollup, WorkItem};
use crate::data_checks::DataState;
use crate::deidentify::DEIDENTIFY;
use crate::error::Error;
use crate::model::Cents;
use crate::output::Manifest;
use crate::rules;
use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;
use serde_json::json;

const TEMPLATE: &str = include_str!("templates/report.html");
/// What every page says of method and data, with its name for the templates that include it.
pub(super) const METHOD: (&str, &str) = ("method.html", include_str!("templates/method.html"));
/// The state of the data, on the first screen of every page.
pub(crate) const DATA: (&str, &str) = ("data.html", include_str!("templates/data.html"));
const STYLE: &str = include_str!("templates/report.css");

#[derive(Serialize)]
struct Row {
    key: String,
    name: String,
    owner: String,
    findings: i64,
    leakage: String,
    overpayment: String,
    disputed: String,
    loss: String,
    /// Length of the row's bar in thousandths of the longest.
    bar: i64,
}

#[derive(Serialize)]
struct Task {
    #[serde(flatten)]
    item: WorkItem,
    name: &'static str,
    stake: String,
    over: bool,
}

#[derive(Serialize)]
pub(super) struct Term {
    pub code: &'static str,
    pub html: String,
}

fn money(cents: i64) -> String {
    Cents(cents).to_string()
}

/// What a report is about, in cents.
fn stake(report: Report, group: &Group) -> i64 {
    match report {
        Report::DenialRisk => group.expected_loss_cents,
        Report::RevenueLeakage => group.leakage_cents + group.overpayment_cents,
    }
}

fn rows(report: Report, groups: &[Group], by_stake: bool) -> Vec<Row> {
    let mut groups: Vec<&Group> = groups.iter().collect();
    if by_stake {
        groups.retain(|group| stake(report, group) > 0 || group.disputed_cents != 0);
        groups.sort_by_key(|group| (std::cmp::Reverse(stake(report, group)), group.key.clone()));
    }
    let longest = groups.iter().map(|group| stake(report, group)).max().unwrap_or(0).max(1);
    let row = |group: &&Group| {
        let info = rules::info_of(&group.key);
        Row {
            key: if group.key.is_empty() { "not given".to_owned() } else { group.key.clone() },
            name: info.map_or_else(String::new, |info| info.name.replace('-', " ")),
            owner: info.map_or_else(String::new, |info| info.owner.as_str().replace('_', " ")),
            findings: group.findings,
            leakage: money(group.leakage_cents),
            overpayment: money(group.overpayment_cents),
            disputed: money(group.disputed_cents),
            loss: money(group.expected_loss_cents),
            bar: i64::try_from(i128::from(stake(report, group)) * 1_000 / i128::from(longest)).unwrap_or(0),
        }
    };
    groups.iter().map(row).collect()
}

/// Rules that found something which this report counts no dollars for.
fn without_dollars(report: Report, groups: &[Group]) -> Vec<Group> {
    groups.iter().filter(|group| stake(report, group) == 0 && group.disputed_cents == 0).cloned().collect()
}

fn tasks(report: Report, items: &[WorkItem]) -> Vec<Task> {
    let task = |item: &WorkItem| Task {
        name: rules::info_of(&item.rule_code).map_or("", |info| info.name),
        stake: match report {
            Report::DenialRisk => money(item.expected_loss_cents),
            Report::RevenueLeakage => money(item.net_cents),
        },
        over: item.net_cents < 0,
        item: item.clone(),
    };
    items.iter().map(task).collect()
}

/// The pages of the rules that were found, as HTML.
pub(super) fn glossary(groups: &[Group]) -> Vec<Term> {
    let found = rules::all().filter(|info| groups.iter().any(|group| group.key == info.code));
    found
        .map(|info| {
            // The page's title is the term's own; its headings sink below the report's.
            let body = info.page.split_once('\n').map_or("", |(_, body)| body).replace("\n## ", "\n#### ");
            let mut html = String::new();
            pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new(&body));
            Term { code: info.code, html }
        })
        .collect()
}

/// One sentence for who reads nothing else. It names a cause only where one is known, and dollars only where chart and bill
/// were compared.
pub(super) fn answer(report: Report, rollup: &Rollup, data: &DataState) -> String {
    let totals = &rollup.totals;
    match data.not_given.as_deref() {
        Some("claims") => {
            return format!(
                "{} charted encounters were coded; no claims were given, so nothing was compared.",
                totals.encounters
            );
        }
        Some(_) => {
            return format!(
                "{} billed encounters were checked; no flowsheets were given, so nothing was compared.",
                totals.encounters
            );
        }
        None => {}
    }
    let named = rollup.by_rule.iter().filter(|group| stake(report, group) > 0);
    let named = named.filter_map(|group| rules::info_of(&group.key).map(|info| (group, info)));
    let top = named.max_by_key(|(group, _)| (stake(report, group), std::cmp::Reverse(&group.key)));
    let cause =
        top.map_or_else(String::new, |(_, info)| format!("; the largest cause is {}", info.name.replace('-', " ")));
    match report {
        Report::DenialRisk if totals.expected_loss_cents == 0 => {
            format!("Of {} encounters, no billed line is likely to be denied.", totals.encounters)
        }
        Report::DenialRisk => format!(
            "Of {} encounters, billed lines worth an expected {} are likely to be denied{cause}.",
            totals.encounters,
            money(totals.expected_loss_cents)
        ),
        Report::RevenueLeakage => format!(
            "The record of {} encounters supports {} that was not billed, and does not support {} that was{cause}.",
            totals.encounters,
            money(totals.leakage_cents),
            money(totals.overpayment_cents)
        ),
    }
}

pub(super) fn render(report: Report, rollup: &Rollup, manifest: &Manifest) -> Result<String, Error> {
    let failed = |cause: minijinja::Error| Error::Report(format!("{cause:#}"));
    let totals = &rollup.totals;
    let title = match report {
        Report::DenialRisk => "Denial risk",
        Report::RevenueLeakage => "Revenue leakage",
    };
    let work = match report {
        Report::DenialRisk => &rollup.by_risk,
        Report::RevenueLeakage => &rollup.by_dollars,
    };
    // Clean encounters of a hundred, to the tenth, without floating point.
    let clean_tenths = totals.clean_encounters * 1_000 / totals.encounters.max(1);
    let months: Vec<&str> =
        rollup.by_month.iter().map(|group| group.key.as_str()).filter(|key| !key.is_empty()).collect();
    let mut environment = Environment::new();
    environment.add_template(METHOD.0, METHOD.1).map_err(failed)?;
    environment.add_template(DATA.0, DATA.1).map_err(failed)?;
    environment.add_template("report.html", TEMPLATE).map_err(failed)?;
    let template = environment.get_template("report.html").map_err(failed)?;
    let facts = json!({
            "title": title, "style": STYLE, "answer": answer(report, rollup, &manifest.data),
            "denial": report == Report::DenialRisk,
            "period": match (months.first(), months.last()) {
                (Some(first), Some(last)) => format!("{first} to {last}"),
                _ => "no dated finding".to_owned(),
            },
            "run_id": manifest.run_id, "version": manifest.version, "data": manifest.data.shown(),
            "leakage": money(totals.leakage_cents), "overpayment": money(totals.overpayment_cents),
            "net": money(totals.leakage_cents - totals.overpayment_cents),
            "disputed": money(totals.disputed_cents), "loss": money(totals.expected_loss_cents),
            "clean": format!("{}.{} %", clean_tenths / 10, clean_tenths % 10),
            "encounters": totals.encounters, "findings": totals.findings,
            "drivers": rows(report, &rollup.by_rule, true),
            "others": rows(report, &without_dollars(report, &rollup.by_rule), false),
            "underpaid": (manifest.totals.underpaid_cents > 0).then(|| money(manifest.totals.underpaid_cents)),
            "deidentified": manifest.options.get(DEIDENTIFY),
            "not_run": manifest.not_run, "turned_off": manifest.turned_off,
            "months": rows(report, &rollup.by_month, false),
            "breakdowns": {
                "Department": rows(report, &rollup.by_department, true),
                "Payer": rows(report, &rollup.by_payer, true),
                "Setting": rows(report, &rollup.by_class, true),
                "Owner": rows(report, &rollup.by_owner, true),
            },
            "carcs": rows(report, &rollup.by_carc, true),
            "tasks": tasks(report, work),
            "all_tasks": work.len(),
            "counts": manifest.counts, "floats_rounded": manifest.floats_rounded,
            "unpriced": manifest.totals.unpriced_units, "warnings": manifest.warnings,
            "reconciliation": manifest.reconciliation, "policy": manifest.policy, "reference": manifest.reference,
            "glossary": glossary(&rollup.by_rule),
            "csv": format!("{}.csv", report.file_stem()),
    });
    template.render(Value::from(Serde(&facts))).map_err(failed)
}
