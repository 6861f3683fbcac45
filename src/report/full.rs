//! The full report: one page that opens from a mail attachment and asks the network for nothing.

use super::dossier::{COLUMNS, Dossier, Group, Sums};
use super::page::{DATA, METHOD, answer, glossary};
use super::{Report, Rollup};
use crate::deidentify::{DEIDENTIFY, Dates};
use crate::error::Error;
use crate::model::Cents;
use crate::output::{Manifest, MovedTotals};
use crate::rules;
use crate::run::RunManifest;
use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;
use serde_json::json;

const TEMPLATE: &str = include_str!("templates/full.html");
const STYLE: &str = include_str!("templates/full.css");
const SCRIPT: &str = include_str!("templates/full.js");
/// Apache ECharts, the part that is drawn with; `charts/package.json` makes it.
const CHARTS: &str = include_str!("charts/charts.min.js");

#[derive(Serialize)]
struct Driver<'d> {
    #[serde(flatten)]
    group: &'d Group,
    name: String,
    owner: String,
}

/// What each headline number was before, in words.
#[derive(Default, Serialize)]
struct Change {
    leakage: String,
    overpayment: String,
    loss: String,
    disputed: String,
    clean: String,
}

fn money(cents: i64) -> String {
    Cents(cents).to_string()
}

/// An amount in a table, where nothing is a dash.
fn amount(cents: i64) -> String {
    if cents == 0 { "\u{2013}".to_owned() } else { money(cents) }
}

/// Hundredths of a percent as `12.3 %`.
fn percent(hundredths: i64) -> String {
    let tenths = (hundredths + 5) / 10;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn clean_rate(clean: i64, encounters: i64) -> i64 {
    clean * 10_000 / encounters.max(1)
}

/// How far apart two amounts are, in words.
fn against(before: i64, now: i64) -> String {
    let tenths = (i128::from(now) - i128::from(before)) * 1_000 / i128::from(before.abs()).max(1);
    let sign = if tenths < 0 { "\u{2212}" } else { "+" };
    let size = tenths.unsigned_abs();
    match before {
        0 => format!("{} before", money(before)),
        _ => format!("{} before, {sign}{}.{} %", money(before), size / 10, size % 10),
    }
}

/// The headline numbers of an earlier run, or of the month before the last.
fn change(dossier: &Dossier, manifest: &Manifest, prior: Option<&RunManifest>) -> (Change, String) {
    let rate = |before: i64, now: i64| format!("{} before, {} now", percent(before), percent(now));
    if let Some(prior) = prior {
        let (before, now) = (&prior.totals, &dossier.sums.totals);
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let change = Change {
            leakage: against(before.leakage_cents, now.leakage),
            overpayment: against(before.overpayment_cents, now.overpayment),
            loss: against(before.expected_loss_cents, now.loss),
            disputed: against(before.disputed_cents, now.disputed),
            clean: rate(
                clean_rate(whole(before.clean_encounters), whole(before.encounters)),
                clean_rate(whole(manifest.totals.clean_encounters), whole(manifest.totals.encounters)),
            ),
        };
        return (change, format!("against run {} of {} encounters", prior.run_id, before.encounters));
    }
    // Dates that were mistyped make months of a few encounters, which compare with nothing.
    let most = dossier.sums.months.iter().map(|month| month.sums.encounters).max().unwrap_or(0);
    let mut months =
        dossier.sums.months.iter().filter(|month| !month.key.is_empty() && month.sums.encounters * 10 >= most);
    let (Some(last), Some(before)) = (months.next_back(), months.next_back()) else { return Default::default() };
    let of = |sum: fn(&Sums) -> i64| {
        let now = sum(&last.sums);
        format!("{} in {}: {}", money(now), last.key, against(sum(&before.sums), now))
    };
    let change = Change {
        leakage: of(|sums| sums.leakage),
        overpayment: of(|sums| sums.overpayment),
        loss: of(|sums| sums.loss),
        disputed: of(|sums| sums.disputed),
        clean: rate(
            clean_rate(before.sums.clean, before.sums.encounters),
            clean_rate(last.sums.clean, last.sums.encounters),
        ),
    };
    (
        change,
        format!("{} against {}, the last two months that hold a tenth of the largest or more", last.key, before.key),
    )
}

/// JSON that can stand inside a script element: no tag can begin in it.
fn embedded(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// First sentence of the page: of both reports, or of a run without one side.
fn answers(rollup: &Rollup, manifest: &Manifest) -> String {
    let of = |report| answer(report, rollup, &manifest.data);
    let (leakage, denial) = (of(Report::RevenueLeakage), of(Report::DenialRisk));
    if leakage == denial { leakage } else { format!("{leakage} {denial}") }
}

/// The page of a run. `prior` is an earlier run to compare with.
pub(super) fn render(
    dossier: &Dossier,
    rollup: &Rollup,
    manifest: &Manifest,
    prior: Option<&RunManifest>,
) -> Result<String, Error> {
    let failed = |cause: minijinja::Error| Error::Report(format!("{cause:#}"));
    let totals = &manifest.totals;
    let months: Vec<&str> =
        dossier.sums.months.iter().map(|of| of.key.as_str()).filter(|key| !key.is_empty()).collect();
    let drivers = dossier.sums.rules.iter().map(|group| {
        let info = rules::info_of(&group.key);
        Driver {
            group,
            name: info.map_or_else(String::new, |info| info.name.replace('-', " ")),
            owner: info.map_or_else(String::new, |info| info.owner.as_str().replace('_', " ")),
        }
    });
    let terms = glossary(&rollup.by_rule).into_iter().map(|term| {
        let name = rules::info_of(term.code).map_or_else(String::new, |info| info.name.replace('-', " "));
        json!({ "code": term.code, "name": name, "html": term.html })
    });
    let data = json!({
        "columns": COLUMNS, "work": dossier.work, "rules": dossier.sums.rules, "months": dossier.sums.months,
        "owners": dossier.sums.owners, "heat": dossier.heat,
    });
    let (change, compared) = change(dossier, manifest, prior);
    let clean = i64::try_from(totals.clean_encounters).unwrap_or(0);
    let sure = manifest.time_uncertainty.as_ref();
    let changing =
        |of: fn(&MovedTotals) -> i64| -> i64 { sure.iter().flat_map(|sure| sure.sensitive.values()).map(of).sum() };
    let sure = sure.map(|of| {
        json!({
            "minutes": of.minutes, "earlier": of.earlier, "later": of.later,
            "lowest": of.lowest, "highest": of.highest, "sensitive": of.sensitive,
            "findings": changing(|of| i64::try_from(of.findings).unwrap_or(0)),
            "leakage": changing(|of| of.leakage_cents), "overpayment": changing(|of| of.overpayment_cents),
        })
    });
    // Moved dates blur the months, so that a trend over them would be none of the patients'.
    let blurred = manifest.options.get(DEIDENTIFY).is_some_and(|dates| dates == Dates::Shift.as_str());
    let extra = json!({ "sure": sure, "trends": if blurred { &[] } else { dossier.trends.as_slice() } });
    let mut facts = json!({
        "extra": extra,
        "style": STYLE, "script": SCRIPT, "charts": CHARTS, "data": embedded(&data),
        "answer": answers(rollup, manifest),
        "period": match (months.first(), months.last()) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => "not dated".to_owned(),
        },
        "run_id": manifest.run_id, "version": manifest.version, "encounters": totals.encounters,
        "totals": dossier.sums.totals, "net": money(dossier.sums.totals.leakage - dossier.sums.totals.overpayment),
        "clean": percent(clean_rate(clean, i64::try_from(totals.encounters).unwrap_or(1))),
        "change": change, "compared": compared,
        "drivers": drivers.collect::<Vec<_>>(), "months": dossier.sums.months, "owners": dossier.sums.owners,
        "departments": dossier.sums.departments, "providers": dossier.sums.providers, "payers": dossier.sums.payers,
        "payer_types": dossier.sums.payer_types, "settings": dossier.sums.settings, "classes": dossier.sums.classes,
        "drugs": dossier.drugs, "administration_codes": dossier.administration_codes,
        "scorecards": dossier.scorecards, "timelines": dossier.timelines,
        "work_rows": dossier.work.len(), "findings": dossier.sums.totals.findings,
        "counts": manifest.counts, "floats_rounded": manifest.floats_rounded, "unpriced": totals.unpriced_units,
        "underpaid": (totals.underpaid_cents > 0).then(|| money(totals.underpaid_cents)),
        "warnings": manifest.warnings, "not_run": manifest.not_run, "turned_off": manifest.turned_off,
        "reconciliation": manifest.reconciliation, "policy": manifest.policy, "reference": manifest.reference,
        "terms": terms.collect::<Vec<_>>(),
    });
    facts["data_state"] = manifest.data.shown();
    facts["switches"] = json!(manifest.switches);
    facts["deidentified"] = json!(manifest.options.get(DEIDENTIFY));
    let mut environment = Environment::new();
    environment.add_filter("money", money);
    environment.add_filter("amount", amount);
    environment.add_filter("percent", percent);
    environment.add_filter("hundredths", |value: i64| {
        let size = value.unsigned_abs();
        format!("{}{}.{:02}", if value < 0 { "\u{2212}" } else { "" }, size / 100, size % 100)
    });
    environment.add_filter("probability", |value: i64| match value {
        0 => "below 0.0001".to_owned(),
        value => format!("{}.{:04}", value / 10_000, value % 10_000),
    });
    environment.add_template(METHOD.0, METHOD.1).map_err(failed)?;
    environment.add_template(DATA.0, DATA.1).map_err(failed)?;
    environment.add_template("full.html", TEMPLATE).map_err(failed)?;
    environment.get_template("full.html").and_then(|page| page.render(Value::from(Serde(&facts)))).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_begins_inside_the_data() {
        let text = embedded(&json!(["</script><script>alert(1)</script>"]));
        assert!(!text.contains('<') && text.contains("\\u003c/script"));
    }

    #[test]
    fn changes_are_told_in_words() {
        assert_eq!(against(10_000, 8_910), "$100.00 before, \u{2212}10.9 %");
        assert_eq!(against(0, 5), "$0.00 before");
        assert_eq!(percent(1_234), "12.3 %");
    }
}
