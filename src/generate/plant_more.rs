//! Plants the errors of the rules about documentation, structure, drugs, modifiers, edits, diagnoses, place and outcomes.

use super::between;
use super::draft::{Draft, Line, Row};
use super::plant::{Done, swap};
use rand_chacha::ChaCha8Rng;

/// The rules whose errors are planted here.
pub(super) const PLANTS: &[&str] = &[
    "IA-H07", "IA-H08", "IA-H09", "IA-H10", "IA-T10", "IA-T11", "IA-T12", "IA-T13", "IA-T15", "IA-D04", "IA-D06",
    "IA-D07", "IA-D08", "IA-D09", "IA-D10", "IA-D11", "IA-D12", "IA-D13", "IA-D14", "IA-C05", "IA-C06", "IA-C07",
    "IA-C08", "IA-C09", "IA-C10", "IA-G04", "IA-G05", "IA-G06", "IA-G08", "IA-G09", "IA-G10", "IA-G11", "IA-G12",
    "IA-G13", "IA-G14", "IA-G15", "IA-G16", "IA-M02", "IA-M06", "IA-M07", "IA-M08", "IA-M09", "IA-M10", "IA-N01",
    "IA-N02", "IA-N03", "IA-X01", "IA-X02", "IA-X03", "IA-X04", "IA-X05", "IA-P01", "IA-P02", "IA-P03", "IA-P05",
    "IA-O01", "IA-O02", "IA-O03", "IA-O04",
];

/// Days by which a visit is moved back to lie near every payer's filing limit.
const LONG_AGO: i64 = 330;

pub(super) fn plant(rng: &mut ChaCha8Rng, draft: &mut Draft, rule: &str) -> Done {
    match rule.as_bytes().get(3) {
        Some(b'H' | b'T') => codes(draft, rule),
        Some(b'D') => documentation(draft, rule),
        Some(b'C') => structure(draft, rule),
        Some(b'G') => drugs(rng, draft, rule),
        Some(b'M' | b'N') => modifiers(draft, rule),
        _ => outside(draft, rule),
    }
}

/// Bills every unit of one code under another.
fn swap_all(draft: &mut Draft, from: &str, to: &'static str) {
    let units = draft.billed(from).map_or(0, |line| line.units);
    draft.bill.retain(|line| line.code != from);
    if units > 0 {
        draft.add_to_bill(to, None, units);
    }
}

fn codes(draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-H07" => {
            swap_all(draft, "96365", "96413");
            swap_all(draft, "96366", "96415");
            ("a therapeutic infusion billed as chemotherapy", "")
        }
        "IA-H08" | "IA-H09" => {
            swap_all(draft, "96413", "96365");
            swap_all(draft, "96415", "96366");
            ("a chemotherapy-family infusion billed as therapeutic", "")
        }
        "IA-H10" => {
            swap(draft, ("96402", None), ("96372", None));
            ("a hormonal injection billed as a plain one", "")
        }
        "IA-T10" => {
            draft.add_to_bill("96368", None, 1);
            ("one drug billed as concurrent with itself", "")
        }
        "IA-T11" => {
            repeat_push(draft, 20);
            draft.add_to_bill("96376", None, 1);
            ("a push of the same drug after 20 minutes billed", "")
        }
        "IA-T12" => {
            draft.unbill("96376", None);
            ("a repeat push left off", "")
        }
        "IA-T13" => {
            draft.unbill("96416", None);
            draft.add_to_bill("96415", None, 20);
            ("a pump start billed by the hour", "IA-N02")
        }
        _ => {
            swap(draft, ("96417", None), ("96415", None));
            ("a further chemotherapy drug billed as an hour", "")
        }
    }
}

/// Charts the first push again; the drug's dose stays what was charted with the first.
fn repeat_push(draft: &mut Draft, minutes: i64) {
    let Some(first) = draft.rows.iter().find(|row| row.method == Some("push")).cloned() else { return };
    let start = first.start.map(|start| start + minutes * 60);
    let id = format!("{}-{:02}", draft.id, draft.rows.len() + 1);
    let stop = None;
    // Drawn up from the same vials.
    let (dose, vials) = (Some("0"), first.vials.map(|_| 0));
    draft.rows.push(Row { id, start, stop, dose, vials, ..first });
}

fn documentation(draft: &mut Draft, rule: &str) -> Done {
    let (arrived, id, rows) = (draft.arrived, draft.id.clone(), draft.rows.len());
    let Some(first) = draft.rows.first_mut() else { return ("nothing charted", "") };
    let minutes = first.start.zip(first.stop).map_or(60, |(start, stop)| (stop - start) / 60);
    match rule {
        "IA-D04" => {
            for row in &mut draft.rows {
                (row.ordered, row.department) = (row.start, "WEST ANNEX");
            }
            ("start times copied from the order", "")
        }
        "IA-D06" => {
            // The pump's own log ends well before the nurse's stop, or well after.
            let apart = if minutes >= 40 { -15 } else { 15 };
            let mut other = Row { id: format!("{id}-P{rows:02}"), system: "SMART PUMP", ..first.clone() };
            other.stop = first.stop.map(|stop| stop + apart * 60);
            (other.dose, other.unit, other.container, other.vial_size, other.vials) = (None, None, None, None, None);
            (other.volume, other.rate) = (None, None);
            draft.rows.push(other);
            ("pump and nurse chart different stops", "")
        }
        "IA-D07" => {
            if let Some(push) = draft.rows.iter_mut().find(|row| row.method == Some("push")) {
                push.stop = push.start.map(|start| start + 18 * 60);
                push.device = Some("syringe");
            }
            draft.left += 3_600;
            ("a push of 18 minutes by syringe", "")
        }
        "IA-D08" => {
            if let Some(push) = draft.rows.iter_mut().find(|row| row.method == Some("push")) {
                push.site = None;
            }
            ("a site not charted beside two initials", "")
        }
        "IA-D09" => {
            for row in &mut draft.rows {
                row.site_reason = None;
            }
            ("no reason for the second site", "")
        }
        "IA-D10" => {
            (first.vial_size, first.vials) = (None, None);
            ("no vials charted for a single-dose drug", "")
        }
        "IA-D11" => {
            first.order = String::new();
            first.ordered = None;
            ("an administration without an order", "")
        }
        "IA-D12" => {
            first.rate = first.rate.map(|rate| rate / 2);
            ("volume and rate take twice the charted minutes", "")
        }
        "IA-D13" => {
            draft.left = arrived + (minutes - 5) * 60;
            ("an infusion longer than its encounter", "")
        }
        _ => {
            (first.dose, first.vial_size, first.vials) = (None, None, None);
            ("a billed drug without a charted dose", "")
        }
    }
}

fn is_drug(line: &Line) -> bool {
    line.code.starts_with(['J', 'Q'])
}

fn structure(draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-C05" => {
            draft.bill.retain(is_drug);
            ("only the drugs billed", "IA-C01")
        }
        "IA-C06" => {
            draft.bill.retain(|line| !is_drug(line));
            ("only the administration billed", "IA-C01;IA-G15")
        }
        "IA-C07" => {
            if let Some(line) = draft.billed("96366").cloned() {
                draft.bill.push(line);
            }
            ("a line billed twice", "")
        }
        "IA-C08" => {
            let code = if percent_of(draft) { "36000" } else { "96523" };
            draft.beside.push(Line { code, units: 1, cents: 3_500, ..Line::default() });
            ("line care billed beside the infusion", "")
        }
        "IA-C09" => {
            let mut other = draft.bill.clone();
            for line in &mut other {
                line.units += i64::from(line.code == "96366");
                line.other_form = true;
            }
            draft.bill.extend(other);
            ("the practice bills an hour more than the hospital", "IA-T01")
        }
        _ => {
            if let Some(line) = draft.billed("96365") {
                line.days_late = 3;
            }
            ("billed three days after the infusion", "")
        }
    }
}

/// Half of the drafts, by their number.
fn percent_of(draft: &Draft) -> bool {
    draft.id.bytes().last().is_some_and(|last| last % 2 == 0)
}

fn drugs(rng: &mut ChaCha8Rng, draft: &mut Draft, rule: &str) -> Done {
    let drug = draft.rows.first().and_then(|row| row.code).unwrap_or_default();
    let dose = |line: &&mut Line| line.code == drug && line.modifier != Some("JW");
    match rule {
        "IA-G04" => {
            if let Some(line) = draft.bill.iter_mut().find(dose) {
                line.modifier = Some("JZ");
            }
            ("JZ beside a JW line", "")
        }
        "IA-G05" => {
            draft.bill.push(Line { code: drug, modifier: Some("JW"), units: 1, cents: 8, ..Line::default() });
            ("JW on a packaged drug", "")
        }
        "IA-G06" => {
            draft.bill.push(Line { code: drug, modifier: Some("JW"), units: 1, cents: 2_986, ..Line::default() });
            ("waste inside the rounded unit billed", "IA-G04")
        }
        "IA-G08" => {
            let waste = |line: &&mut Line| line.code == drug && line.modifier == Some("JW");
            if let Some(line) = draft.bill.iter_mut().find(waste) {
                line.units += between(rng, 3, 9);
            }
            ("more waste than the vials held", "IA-N02")
        }
        "IA-G09" => ("two large vials where smaller ones would do", ""),
        "IA-G10" => {
            for line in draft.bill.iter_mut().filter(|line| line.code == "J3490") {
                (line.narrative, line.ndc) = (None, None);
            }
            ("an unclassified drug without name and NDC", "")
        }
        "IA-G11" => {
            if let Some(line) = draft.bill.iter_mut().find(dose) {
                line.cents *= line.units;
                (line.code, line.units) = ("J3490", 1);
                (line.narrative, line.ndc) = (Some("ceftriaxone 1 g"), Some("00409-7332-01"));
            }
            ("an unclassified code for a drug with its own", "")
        }
        "IA-G12" => {
            for line in draft.bill.iter_mut().filter(|line| line.code == drug) {
                line.code = "Q5103";
            }
            ("a biosimilar billed for the reference product", "")
        }
        "IA-G13" => {
            for line in draft.bill.iter_mut().filter(|line| line.code == drug) {
                (line.code, line.units) = ("J1940", 2);
            }
            ("a code that ended the year before", "")
        }
        "IA-G14" => {
            if let Some(line) = draft.bill.iter_mut().find(dose) {
                line.units *= 10;
            }
            ("ten times the units", "IA-N02")
        }
        "IA-G15" => {
            draft.bill.retain(|line| line.code != drug);
            ("the drug left off", "IA-C06")
        }
        _ => {
            for line in draft.bill.iter_mut().filter(|line| line.code == drug) {
                line.second_modifier = None;
            }
            ("JA left off", "")
        }
    }
}

fn modifiers(draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-M02" => {
            draft.note = Some("vitals;consent");
            ("25 on a visit of vitals and consent", "")
        }
        "IA-M06" => {
            if let Some(line) = draft.billed("96365") {
                line.modifier = Some("91");
            }
            ("91 on an infusion", "")
        }
        "IA-M07" => {
            if let Some(row) = draft.rows.first_mut() {
                row.bought_340b = true;
            }
            ("TB left off a 340B drug", "")
        }
        "IA-M08" => {
            draft.global_days = Some(20);
            ("79 left off in the surgeon's global period", "")
        }
        "IA-M09" => {
            draft.based = Some("excepted_off_campus");
            ("PO left off", "")
        }
        "IA-M10" => {
            draft.resident = true;
            ("GC left off", "")
        }
        "IA-N01" => {
            if let Some(line) = draft.billed("96372") {
                line.modifier = None;
            }
            ("59 left off an injection beside an infusion", "")
        }
        "IA-N02" => ("nine further hours in a practice", ""),
        _ => {
            repeat_push(draft, 60);
            draft.add_to_bill("96376", None, 1);
            ("a facility code on a practice's claim", "IA-T11")
        }
    }
}

/// Every line was answered so.
fn answered(draft: &mut Draft, reason: &'static str, paid: bool) {
    for line in draft.bill.iter_mut().chain(&mut draft.beside) {
        line.answer = Some((reason, paid));
    }
}

fn outside(draft: &mut Draft, rule: &str) -> Done {
    match rule {
        "IA-X01" => {
            "N39.0".clone_into(&mut draft.diagnoses);
            ("hydration without its diagnosis", "")
        }
        "IA-X02" => {
            "N39.0".clone_into(&mut draft.diagnoses);
            ("a drug without a listed diagnosis", "")
        }
        "IA-X03" => {
            "C50.911".clone_into(&mut draft.diagnoses);
            ("chemotherapy without Z51.11", "")
        }
        "IA-X04" => {
            "Z51.11;M06.9".clone_into(&mut draft.diagnoses);
            ("Z51.11 without a neoplasm", "")
        }
        "IA-X05" => {
            "R10.9".clone_into(&mut draft.diagnoses);
            ("a symptom alone", "")
        }
        "IA-P01" => {
            draft.place = Some("22");
            draft.correct.clear();
            ("a practice bills what the hospital reports", "")
        }
        "IA-P02" => {
            draft.class = "inpatient";
            draft.correct.clear();
            ("infusion codes of an inpatient stay", "")
        }
        "IA-P03" => {
            if let Some(line) = draft.billed("96365") {
                line.revenue = Some("0250");
            }
            ("an infusion under a pharmacy revenue code", "")
        }
        "IA-P05" => {
            let back = LONG_AGO * 86_400;
            (draft.arrived, draft.left) = (draft.arrived - back, draft.left - back);
            for row in &mut draft.rows {
                for time in [&mut row.start, &mut row.stop, &mut row.recorded, &mut row.ordered] {
                    *time = time.map(|time| time - back);
                }
            }
            draft.unbilled = true;
            ("no claim eleven months later", "IA-C02")
        }
        "IA-O01" => {
            for line in draft.beside.iter_mut().filter(|line| line.modifier == Some("25")) {
                line.modifier = None;
                line.answer = Some(("CO-97", false));
            }
            ("denied for want of 25", "IA-M01")
        }
        "IA-O02" => {
            answered(draft, "CO-16", false);
            ("denied, and nothing is wrong", "")
        }
        "IA-O03" => {
            for line in &mut draft.bill {
                line.allowed_percent = Some(80);
            }
            ("allowed a fifth less than the schedule", "")
        }
        _ => {
            draft.add_to_bill("96366", None, 1);
            answered(draft, "CO-45", true);
            ("an hour too many, paid", "IA-T01")
        }
    }
}
