//! The worst encounters as timelines: administrations as bars per access site, what they earned, what was billed.

use super::groups::{ENCOUNTER, LEAKAGE, LOSS, OVERPAYMENT};
use crate::error::Error;
use crate::model::ChartTime;
use crate::run::{Row, each_row, each_row_of};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Timelines on the page.
const MOST: usize = 12;

/// Width of the drawing.
const WIDTH: i64 = 1_000;

/// A bar that has no length is drawn this wide.
const LEAST_WIDTH: i64 = 6;

/// Height of one row of bars, with its label.
const ROW: i64 = 40;

/// One encounter under one claim form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Timeline {
    pub encounter_id: String,
    pub setting: String,
    pub department: String,
    pub payer: String,
    pub day: String,
    pub leakage: i64,
    pub overpayment: i64,
    pub loss: i64,
    pub lanes: Vec<Lane>,
    /// Where hours begin: place and clock.
    pub ticks: Vec<(i64, String)>,
    pub height: i64,
    pub chips: Vec<Chip>,
    /// Rule and evidence.
    pub findings: Vec<(String, String)>,
}

/// One access site.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Lane {
    pub site: String,
    pub top: i64,
    pub height: i64,
    pub bars: Vec<Bar>,
}

/// One administration; places in the drawing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Bar {
    pub left: i64,
    pub width: i64,
    pub top: i64,
    /// Drug and minutes.
    pub label: String,
    pub codes: String,
    /// `earned`, `nothing` or `open` where an end is not charted.
    pub kind: &'static str,
    /// Start and stop on the clock.
    pub clock: String,
    #[serde(skip)]
    start: i64,
    #[serde(skip)]
    stop: i64,
}

/// One code, expected against billed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Chip {
    pub code: String,
    pub status: String,
    pub expected: i64,
    pub billed: i64,
    /// Expected minus billed, in cents.
    pub difference: i64,
}

/// The encounters with most at stake seen so far.
#[derive(Debug, Default)]
pub(super) struct Worst(Vec<(i64, String, String)>);

impl Worst {
    pub(super) fn see(&mut self, row: Row<'_>) {
        let stake = row.cents(LEAKAGE) + row.cents(OVERPAYMENT) + row.cents(LOSS);
        let full = self.0.len() >= MOST;
        if stake <= 0 || (full && self.0.last().is_some_and(|(least, ..)| stake <= *least)) {
            return;
        }
        self.0.push((stake, row.text(ENCOUNTER).to_owned(), row.text(1).to_owned()));
        self.0.sort_by(|(one, id, form), (other, other_id, other_form)| {
            (-one, id, form).cmp(&(-other, other_id, other_form))
        });
        self.0.truncate(MOST);
    }

    /// Encounter and claim form, most at stake first.
    pub(super) fn ids(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(_, id, setting)| (id.clone(), setting.clone())).collect()
    }
}

/// Reads the timelines of encounters from a run.
pub(super) fn read(run: &Path, wanted: &[(String, String)]) -> Result<Vec<Timeline>, Error> {
    let ids: BTreeSet<String> = wanted.iter().map(|(id, _)| id.clone()).collect();
    let mut all: BTreeMap<(String, String), Timeline> = BTreeMap::new();
    for key in wanted {
        all.insert(key.clone(), Timeline::default());
    }
    let key = |row: Row<'_>| (row.text(0).to_owned(), row.text(1).to_owned());
    let columns =
        ["encounter_id", "setting", "department", "payer", "service_date", "leakage_cents", "overpayment_cents"];
    let columns = [&columns[..], &["expected_loss_cents"]].concat();
    each_row_of(&ids, run, "encounters.parquet", &columns, |row| {
        if let Some(of) = all.get_mut(&key(row)) {
            (of.encounter_id, of.setting) = key(row);
            (of.department, of.payer) = (row.text(2).to_owned(), row.text(3).to_owned());
            of.day = row.day(4).map(|day| day.to_string()).unwrap_or_default();
            (of.leakage, of.overpayment, of.loss) = (row.cents(5), row.cents(6), row.cents(7));
        }
        Ok(())
    })?;
    let mut bars: BTreeMap<(String, String), BTreeMap<String, Vec<Bar>>> = BTreeMap::new();
    let columns =
        ["encounter_id", "setting", "access_site", "drug_name", "drug_code", "start_time", "stop_time", "minutes"];
    let columns = [&columns[..], &["codes", "reason", "administration_id"]].concat();
    each_row_of(&ids, run, "administrations.parquet", &columns, |row| {
        if all.contains_key(&key(row)) {
            bars.entry(key(row)).or_default().entry(row.text(2).to_owned()).or_default().extend(bar(row));
        }
        Ok(())
    })?;
    let columns = ["encounter_id", "setting", "code", "modifiers", "status", "expected_units", "billed_units"];
    let columns = [&columns[..], &["difference_cents"]].concat();
    each_row_of(&ids, run, "lines.parquet", &columns, |row| {
        if row.text(4) != "out_of_scope"
            && let Some(of) = all.get_mut(&key(row))
        {
            let modifiers = row.text(3);
            let dash = if modifiers.is_empty() { "" } else { "-" };
            of.chips.push(Chip {
                code: format!("{}{dash}{modifiers}", row.text(2)),
                status: row.text(4).to_owned(),
                expected: row.cents(5),
                billed: row.cents(6),
                difference: row.cents(7),
            });
        }
        Ok(())
    })?;
    each_row(run, "findings.parquet", &["encounter_id", "setting", "rule_code", "evidence"], |row| {
        if ids.contains(row.text(0))
            && let Some(of) = all.get_mut(&key(row))
        {
            of.findings.push((row.text(2).to_owned(), row.text(3).to_owned()));
        }
        Ok(())
    })?;
    for (key, sites) in bars {
        if let Some(of) = all.get_mut(&key) {
            of.draw(sites);
        }
    }
    Ok(wanted.iter().filter_map(|key| all.remove(key)).collect())
}

fn bar(row: Row<'_>) -> Option<Bar> {
    let (start, stop) = (row.minute(5), row.minute(6));
    let (from, to) = (start.or(stop)?, stop.or(start)?);
    let named = if row.text(3).is_empty() { row.text(4) } else { row.text(3) };
    let minutes = row.integer(7).map(|minutes| format!(", {minutes} min")).unwrap_or_default();
    let clock = |minute: Option<i64>| minute.map_or("?".to_owned(), |local| ChartTime { local, offset: None }.clock());
    let kind = match (start, stop) {
        _ if row.text(8).is_empty() => "nothing",
        (Some(_), Some(_)) => "earned",
        _ => "open",
    };
    Some(Bar {
        label: format!("{named}{minutes}"),
        codes: row.text(8).replace(';', " "),
        kind,
        clock: format!("{} to {}", clock(start), clock(stop)),
        start: from.min(to),
        stop: to.max(from),
        ..Bar::default()
    })
}

impl Timeline {
    /// Places the bars: one block a site, bars that overlap below one another.
    fn draw(&mut self, sites: BTreeMap<String, Vec<Bar>>) {
        let all = || sites.values().flatten();
        let (Some(first), Some(last)) = (all().map(|bar| bar.start).min(), all().map(|bar| bar.stop).max()) else {
            return;
        };
        // Whole hours, and some room for the labels of what comes last.
        let (first, last) = (first.div_euclid(60) * 60, last.div_euclid(60) * 60 + 60);
        let span = (last - first).max(60);
        let place = |minute: i64| (minute - first) * WIDTH / span;
        let hours = span / 60;
        let step = [1, 2, 3, 4, 6, 12, 24, 48, 168].into_iter().find(|step| hours / step <= 12).unwrap_or(720);
        let ticks = (0..=hours).step_by(usize::try_from(step).unwrap_or(1));
        self.ticks = ticks
            .map(|hour| {
                let time = ChartTime { local: first + hour * 60, offset: None };
                let label = if hours > 48 { time.date().to_string() } else { time.clock() };
                (place(time.local), label)
            })
            .collect();
        let mut top = 20;
        for (site, mut bars) in sites {
            bars.sort_by(|one, other| (one.start, one.stop, &one.label).cmp(&(other.start, other.stop, &other.label)));
            let mut ends: Vec<i64> = Vec::new();
            let start = top + 16;
            for bar in &mut bars {
                bar.left = place(bar.start);
                bar.width = (place(bar.stop) - bar.left).max(LEAST_WIDTH);
                // A label takes about a fifth of the drawing.
                let end = bar.left + bar.width.max(WIDTH / 4);
                let row = ends.iter().position(|taken| *taken <= bar.left).unwrap_or(ends.len());
                match ends.get_mut(row) {
                    Some(taken) => *taken = end,
                    None => ends.push(end),
                }
                bar.top = start + i64::try_from(row).unwrap_or(0) * ROW;
            }
            let height = 16 + i64::try_from(ends.len()).unwrap_or(1) * ROW;
            self.lanes.push(Lane { site, top, height, bars });
            top += height + 6;
        }
        self.height = top;
    }
}
