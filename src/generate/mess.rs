//! The mess of real charting and billing that must change nothing: seconds, superseded versions, held and oral doses,
//! flushes, sloppy site names, two systems, claim versions.

use super::draft::{ClaimRow, Draft, Line, Row};
use super::{below, between, percent, pick};
use rand_chacha::ChaCha8Rng;

pub(super) fn add(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    if !draft.rows.is_empty() {
        if !draft.keep_tidy {
            split_rows(rng, draft);
            two_systems(rng, draft);
        }
        sites(rng, draft);
        versions(rng, draft);
        not_administered(rng, draft);
    }
    for row in &mut draft.rows {
        for time in [&mut row.start, &mut row.stop].into_iter().flatten() {
            *time += below(rng, 60);
        }
    }
    bill(rng, draft);
}

fn copy(draft: &Draft, row: &Row, suffix: &str) -> Row {
    Row { id: format!("{}-{suffix}{:02}", draft.id, draft.rows.len() + 1), ..row.clone() }
}

/// A rate change or a new bag: one infusion charted as two rows that touch.
fn split_rows(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    for at in 0..draft.rows.len() {
        let row = &draft.rows[at];
        let (Some(start), Some(stop)) = (row.start, row.stop) else { continue };
        let long = row.device == Some("pump") && stop - start >= 20 * 60;
        if !long || !percent(rng, 15) {
            continue;
        }
        let cut = start + between(rng, 5, (stop - start) / 60 - 5) * 60;
        let mut second = copy(draft, row, "R");
        second.start = Some(cut);
        (second.dose, second.unit, second.container, second.vial_size, second.vials) = (None, None, None, None, None);
        let bag = percent(rng, 50).then(|| format!("{}-BAG{at}", draft.id));
        second.bag.clone_from(&bag);
        draft.rows[at].bag = bag;
        draft.rows[at].stop = Some(cut);
        draft.rows.push(second);
    }
}

/// The same row from a pump's own log, or start and stop charted in different systems.
fn two_systems(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    let infusion = |row: &&Row| row.route == "IV" && row.stop.is_some() && row.bag.is_none() && row.dose.is_some();
    if !percent(rng, 8) {
        return;
    }
    let Some(row) = draft.rows.iter().find(infusion).cloned() else { return };
    let at = draft.rows.iter().position(|other| other.id == row.id).unwrap_or(0);
    let mut other = copy(draft, &row, "P");
    other.system = "SMART PUMP";
    other.recorded = row.recorded.map(|recorded| recorded + 60);
    if percent(rng, 50) {
        // Start in one, stop in the other; the drug's dose is charted with the start.
        other.start = None;
        (other.dose, other.unit, other.container, other.vial_size, other.vials) = (None, None, None, None, None);
        draft.rows[at].stop = None;
    }
    draft.rows.push(other);
}

fn sites(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    let mut names: Vec<String> = draft.rows.iter().filter_map(|row| row.site.clone()).collect();
    names.sort();
    names.dedup();
    let one_site = names.len() == 1;
    // Two rows of one administration are charted with one site, or they would not be one.
    let single =
        |draft: &Draft, at: usize| draft.rows.iter().filter(|row| row.order == draft.rows[at].order).count() == 1;
    for at in 0..draft.rows.len() {
        if one_site && at > 0 && percent(rng, 8) && single(draft, at) {
            draft.rows[at].site = None;
        } else if percent(rng, 10) {
            let site = draft.rows[at].site.take();
            draft.rows[at].site = site.map(|site| format!(" {} ", site.to_lowercase()));
        }
        if draft.rows[at].site.as_deref().is_some_and(|site| site.contains("PICC")) && percent(rng, 30) {
            draft.rows[at].lumen = Some(*pick(rng, &["red", "blue"]));
            let order = draft.rows[at].order.clone();
            let lumen = draft.rows[at].lumen;
            for row in draft.rows.iter_mut().filter(|row| row.order == order) {
                row.lumen = lumen;
            }
        }
    }
}

/// An earlier version of a row, later corrected.
fn versions(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    if !percent(rng, 10) {
        return;
    }
    let mut earlier = pick(rng, &draft.rows).clone();
    earlier.recorded = earlier.recorded.map(|recorded| recorded - 3_600);
    earlier.stop = earlier.stop.map(|stop| stop + between(rng, 20, 90) * 60);
    draft.rows.push(earlier);
}

/// Rows that are no administration of this audit.
fn not_administered(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    let base = Row {
        start: Some(draft.arrived + between(rng, 5, 120) * 60),
        site: draft.rows.first().and_then(|row| row.site.clone()),
        department: draft.department,
        system: "EHR",
        ..Row::default()
    };
    let mut add = |row: Row| {
        let row = copy(draft, &row, "X");
        draft.rows.push(Row { order: format!("{}-O", row.id), ..row });
    };
    if percent(rng, 12) {
        add(Row {
            code: Some("J2405"),
            name: "ondansetron",
            route: "IV",
            method: Some("push"),
            status: Some(*pick(rng, &["held", "refused", "cancelled"])),
            dose: Some("4"),
            unit: Some("mg"),
            ..base.clone()
        });
    }
    if percent(rng, 15) {
        add(Row { name: "acetaminophen", route: "PO", dose: Some("650"), unit: Some("mg"), ..base.clone() });
    }
    if percent(rng, 20) {
        add(Row {
            name: "saline flush",
            route: "IV",
            method: Some("push"),
            purpose: Some("flush"),
            dose: Some("10"),
            unit: Some("mL"),
            ..base.clone()
        });
    }
    if percent(rng, 10) {
        let purpose = *pick(rng, &["kvo", "carrier"]);
        let stop = base.start.map(|start| start + between(rng, 40, 200) * 60);
        add(Row {
            name: "sodium chloride 0.9%",
            route: "IV",
            method: Some("infusion"),
            purpose: Some(purpose),
            stop,
            ..base
        });
    }
}

/// The claim, its versions and its lines.
fn bill(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    // Of some claims the remittance is known: paid, less the contract's adjustment.
    if draft.planted.is_none() && percent(rng, 10) {
        for line in draft.bill.iter_mut().chain(&mut draft.beside) {
            line.answer = Some(("CO-45", true));
        }
    }
    let mut lines: Vec<Line> = draft.bill.clone();
    lines.extend(draft.beside.clone());
    if draft.unbilled || lines.is_empty() {
        return;
    }
    let submitted = draft.left.div_euclid(86_400) + between(rng, 3, 38);
    let id = |version: &str| format!("C{}{version}", &draft.id[1..]);
    let supplies = percent(rng, 20);
    let mut claims = Vec::new();
    match below(rng, 100) {
        // A first claim with a line left off, replaced by the one that stands.
        0..3 if !draft.keep_tidy && lines.len() > 1 => {
            claims.extend(claim(draft, &lines[1..], (id(""), "1", None), submitted, supplies));
            claims.extend(claim(draft, &lines, (id("R"), "7", Some(id(""))), submitted + 14, supplies));
        }
        3 if !draft.keep_tidy => {
            claims.extend(claim(draft, &lines, (id(""), "1", None), submitted, supplies));
            claims.extend(claim(draft, &lines, (id("V"), "8", Some(id(""))), submitted + 7, supplies));
            claims.extend(claim(draft, &lines, (id("N"), "1", None), submitted + 9, supplies));
        }
        _ => claims.extend(claim(draft, &lines, (id(""), "1", None), submitted, supplies)),
    }
    draft.claims = claims;
}

fn claim(
    draft: &Draft,
    lines: &[Line],
    (id, frequency, original): (String, &'static str, Option<String>),
    submitted: i64,
    supplies: bool,
) -> Vec<ClaimRow> {
    // In hundredths of the rough Medicare amount.
    let level = match draft.payer.1 {
        "medicaid" => 60,
        "commercial" => 165,
        _ => 100,
    };
    let mut rows: Vec<ClaimRow> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let usual = line.cents * line.units * level / 100;
            let allowed = usual * line.allowed_percent.unwrap_or(100) / 100;
            ClaimRow {
                claim: id.clone(),
                frequency,
                original: original.clone(),
                number: at as i64 + 1,
                code: Some(line.code),
                modifiers: match (line.modifier, line.second_modifier) {
                    (None, second) => [second, None],
                    both => both.into(),
                },
                units: line.units,
                revenue: line.revenue.unwrap_or(revenue_code(line.code)),
                charge: (line.cents * line.units * 32 / 10).max(100),
                allowed,
                submitted,
                narrative: line.narrative,
                ndc: line.ndc,
                days_late: line.days_late,
                answer: line.answer,
                other_form: line.other_form,
            }
        })
        .collect();
    if supplies && !draft.professional {
        let number = rows.len() as i64 + 1;
        rows.push(ClaimRow {
            claim: id,
            frequency,
            original,
            number,
            code: None,
            modifiers: [None; 2],
            units: 3,
            revenue: "0270",
            charge: 4_250,
            allowed: 0,
            submitted,
            narrative: None,
            ndc: None,
            days_late: 0,
            answer: None,
            other_form: false,
        });
    }
    rows
}

fn revenue_code(code: &str) -> &'static str {
    match code.as_bytes() {
        [b'J' | b'Q' | b'C', ..] => "0636",
        [b'9', b'6', b'4', ..] => "0335",
        [b'9', b'6', ..] => "0260",
        [b'9', b'9', b'2', b'8', ..] => "0450",
        [b'8', ..] => "0300",
        _ => "0510",
    }
}
