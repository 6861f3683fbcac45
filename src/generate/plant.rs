//! Plants one error: corrupts the bill, or the chart, so that one rule is the natural explanation.

use super::draft::{Draft, Line};
use super::{between, percent};
use rand_chacha::ChaCha8Rng;

/// The rules for which errors can be planted: all but the two that speak only under a payer's switch (IA-D05, IA-P04).
pub const PLANTED_RULES: [&str; 90] = [
    "IA-H01", "IA-H02", "IA-H03", "IA-H04", "IA-H05", "IA-H06", "IA-H07", "IA-H08", "IA-H09", "IA-H10", "IA-T01",
    "IA-T02", "IA-T03", "IA-T04", "IA-T05", "IA-T06", "IA-T07", "IA-T08", "IA-T09", "IA-T10", "IA-T11", "IA-T12",
    "IA-T13", "IA-T14", "IA-T15", "IA-D01", "IA-D02", "IA-D03", "IA-D04", "IA-D06", "IA-D07", "IA-D08", "IA-D09",
    "IA-D10", "IA-D11", "IA-D12", "IA-D13", "IA-D14", "IA-C01", "IA-C02", "IA-C03", "IA-C04", "IA-C05", "IA-C06",
    "IA-C07", "IA-C08", "IA-C09", "IA-C10", "IA-G01", "IA-G02", "IA-G03", "IA-G04", "IA-G05", "IA-G06", "IA-G07",
    "IA-G08", "IA-G09", "IA-G10", "IA-G11", "IA-G12", "IA-G13", "IA-G14", "IA-G15", "IA-G16", "IA-M01", "IA-M02",
    "IA-M03", "IA-M04", "IA-M05", "IA-M06", "IA-M07", "IA-M08", "IA-M09", "IA-M10", "IA-N01", "IA-N02", "IA-N03",
    "IA-X01", "IA-X02", "IA-X03", "IA-X04", "IA-X05", "IA-P01", "IA-P02", "IA-P03", "IA-P05", "IA-O01", "IA-O02",
    "IA-O03", "IA-O04",
];

/// Corrupts a draft for a rule; the visit was laid out so that it can be.
pub(super) fn plant(rng: &mut ChaCha8Rng, draft: &mut Draft, rule: &'static str) {
    let (done, also) = match rule.as_bytes().get(3) {
        _ if super::plant_more::PLANTS.contains(&rule) => super::plant_more::plant(rng, draft, rule),
        Some(b'H') => hierarchy(draft, rule),
        Some(b'T') => time(rng, draft, rule),
        Some(b'D') => documentation(rng, draft, rule),
        Some(b'C') => charge_capture(draft, rule),
        Some(b'G') => drug_units(rng, draft, rule),
        _ => modifiers(rng, draft, rule),
    };
    draft.planted = Some((rule, done, also));
}

/// Bills one unit under another code.
pub(super) fn swap(draft: &mut Draft, from: (&str, Option<&str>), to: (&'static str, Option<&'static str>)) {
    draft.unbill(from.0, from.1);
    draft.add_to_bill(to.0, to.1, 1);
}

pub(super) type Done = (&'static str, &'static str);

fn hierarchy(draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-H01" => {
            swap(draft, ("96361", None), ("96360", None));
            ("secondary hydration billed as initial", "IA-D08")
        }
        "IA-H02" => {
            swap(draft, ("96367", None), ("96365", None));
            ("sequential infusion billed as a second initial", "IA-D08")
        }
        "IA-H03" => {
            swap(draft, ("96375", None), ("96374", None));
            swap(draft, ("96365", None), ("96367", None));
            ("push billed as initial, infusion as its add-on", "")
        }
        "IA-H04" => {
            swap(draft, ("96365", Some("59")), ("96367", None));
            ("second site's initial billed as sequential", "")
        }
        "IA-H05" => {
            swap(draft, ("96365", Some("59")), ("96367", None));
            ("second encounter's initial billed as sequential", "IA-H06")
        }
        _ => {
            draft.unbill("96365", None);
            ("initial left off, add-ons billed", "IA-C01")
        }
    }
}

fn time(rng: &mut ChaCha8Rng, draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-T01" => {
            let units = between(rng, 1, 2);
            draft.add_to_bill("96366", None, units);
            ("additional hours over the documented minutes", "")
        }
        "IA-T02" => {
            draft.unbill("96366", None);
            ("an additional hour left off", "")
        }
        "IA-T03" => {
            swap(draft, ("96374", None), ("96365", None));
            ("a push of 15 minutes or less billed as an infusion", "")
        }
        "IA-T04" => {
            swap(draft, ("96365", None), ("96374", None));
            ("an infusion billed as a push", "")
        }
        "IA-T05" => {
            draft.add_to_bill("96361", None, 1);
            ("hydration of 30 minutes or less billed", "")
        }
        "IA-T06" => {
            draft.add_to_bill("96361", None, 1);
            ("hydration that ran under a drug billed", "")
        }
        "IA-T07" => {
            swap(draft, ("96368", None), ("96367", None));
            ("concurrent infusion billed as sequential", "")
        }
        "IA-T08" => {
            swap(draft, ("96367", None), ("96368", None));
            ("sequential infusion billed as concurrent", "")
        }
        "IA-T09" => {
            draft.add_to_bill("96368", None, 1);
            ("concurrent infusion billed twice", "IA-N02")
        }
        _ => {
            swap(draft, ("96366", None), ("96367", None));
            ("restart after a pause billed as a new infusion", "")
        }
    }
}

/// The chart loses a time; the bill stays what the infusion was worth.
fn documentation(rng: &mut ChaCha8Rng, draft: &mut Draft, rule: &str) -> Done {
    draft.correct.retain(|line| line.code != "96365" && line.code != "96366");
    let cents = super::payers::administration_cents("96374");
    let push = Line { code: "96374", units: 1, cents, ..Line::default() };
    let Some(row) = draft.rows.first_mut() else { return ("nothing charted", "") };
    match rule {
        "IA-D01" => {
            row.stop = None;
            draft.correct.push(push);
            ("stop time missing, billed as an infusion", "")
        }
        "IA-D02" => {
            row.start = None;
            ("start time missing, billed as an infusion", "")
        }
        _ => {
            let before = row.start.map(|start| start - between(rng, 1, 60) * 60);
            row.stop = before;
            draft.correct.push(push);
            ("stop before start, billed as an infusion", "")
        }
    }
}

fn charge_capture(draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-C01" => {
            let code = ["96372", "96401", "96402"].into_iter().find(|code| draft.has(code)).unwrap_or("96372");
            draft.bill.retain(|line| line.code != code);
            ("injection left off the claim", "")
        }
        "IA-C02" => {
            draft.unbilled = true;
            ("no claim sent", "")
        }
        "IA-C03" => {
            draft.add_to_bill("96372", Some("59"), 1);
            ("injection billed that nobody charted", "")
        }
        _ => {
            draft.rows.clear();
            draft.correct.clear();
            ("claim without any flowsheet row", "")
        }
    }
}

fn drug_units(rng: &mut ChaCha8Rng, draft: &mut Draft, rule: &str) -> Done {
    let drug = draft.rows.first().and_then(|row| row.code).unwrap_or_default();
    match rule {
        "IA-G01" => {
            let more = between(rng, 1, 9);
            if let Some(line) = draft.billed(drug) {
                line.units += more;
            }
            ("more drug units than the dose", "IA-N02")
        }
        "IA-G02" => {
            if let Some(line) = draft.billed(drug) {
                line.units -= between(rng, 1, line.units / 2);
            }
            ("fewer drug units than the dose", "")
        }
        "IA-G03" => {
            if let Some(line) = draft.billed(drug) {
                line.modifier = None;
            }
            ("JZ left off", "")
        }
        _ => {
            draft.bill.retain(|line| !(line.code == drug && line.modifier == Some("JW")));
            ("waste line left off", "IA-G03")
        }
    }
}

fn modifiers(rng: &mut ChaCha8Rng, draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-M01" => {
            for line in draft.beside.iter_mut().filter(|line| line.modifier == Some("25")) {
                line.modifier = None;
            }
            ("25 left off the visit", "")
        }
        "IA-M03" => {
            let modifier = percent(rng, 50).then_some("25");
            draft.beside.push(Line { code: "99211", modifier, units: 1, cents: 2_400, ..Line::default() });
            ("nurse visit billed beside the administration", "")
        }
        "IA-M04" => {
            if let Some(line) = draft.billed("96367") {
                line.modifier = Some("59");
            }
            ("59 on a sequential infusion of one site", "")
        }
        _ => {
            swap(draft, ("96365", Some("59")), ("96365", None));
            ("59 left off the second site's initial", "")
        }
    }
}
