//! Lays out one visit: the correct codes first, then administrations that earn exactly them.

use super::draft::{Draft, Line};
use super::drugs::{CHEMO_INFUSED, CHEMO_PUSHED, Drug, FLUIDS, INFUSED, INJECTED, PUMPED, PUSHED};
use super::given::{Given, chart_row, chosen, give, unused};
use super::payers::{PAYERS, SCHEDULED, administration_cents};
use super::plan::{Plan, plan_for};
use super::{below, between, percent, pick};
use crate::model::Date;
use rand_chacha::ChaCha8Rng;

const DAY: i64 = 86_400;

/// The encounters of one number: one, or two of one day.
pub(super) fn lay_out(
    rng: &mut ChaCha8Rng,
    start: Date,
    month: u64,
    number: u64,
    rule: Option<&'static str>,
) -> Vec<Draft> {
    let plan = plan_for(rng, rule);
    let first_day = i64::from(month_start(start, month).0) * DAY;
    let days = i64::from(month_start(start, month + 1).0 - month_start(start, month).0);
    // Evening arrivals run past midnight, and on the last day past the end of the month.
    let arrived = first_day + below(rng, days) * DAY + between(rng, 6 * 60, 21 * 60) * 60;
    let mut draft = registered(rng, &plan, arrived, number);
    if !plan.second_encounter {
        chart(rng, &mut draft, &plan);
        return vec![draft];
    }
    // Both encounters lie on one calendar day, whatever the first one takes.
    draft.arrived = arrived.div_euclid(DAY) * DAY + 7 * 3_600;
    let mut second = Draft {
        id: format!("{}B", draft.id),
        arrived: arrived.div_euclid(DAY) * DAY + 18 * 3_600,
        second_encounter: true,
        ..draft.clone()
    };
    let morning = Plan { infusions: 1, hours: Some(0), ..Plan::default() };
    let evening =
        Plan { infusions: 1, hours: Some(0), plain: plan.plain, professional: plan.professional, ..Plan::default() };
    chart(rng, &mut draft, &Plan { professional: plan.professional, ..morning });
    chart(rng, &mut second, &evening);
    vec![draft, second]
}

fn month_start(start: Date, months: u64) -> Date {
    use jiff::ToSpan;
    let months = i64::try_from(months).unwrap_or(0);
    Date::from_civil(start.civil().first_of_month().saturating_add(months.months()))
}

fn registered(rng: &mut ChaCha8Rng, plan: &Plan, arrived: i64, number: u64) -> Draft {
    let (class, department) = match (plan.professional, plan.chemo) {
        (true, true) => ("office", "ONCOLOGY PRACTICE"),
        (true, false) => *pick(rng, &[("office", "RHEUMATOLOGY PRACTICE"), ("office", "ONCOLOGY PRACTICE")]),
        (false, true) => ("infusion_center", "ONCOLOGY INFUSION"),
        (false, false) => *pick(
            rng,
            &[
                ("emergency", "EMERGENCY"),
                ("emergency", "EMERGENCY"),
                ("observation", "OBSERVATION"),
                ("infusion_center", "INFUSION CENTER"),
                ("clinic", "OUTPATIENT CLINIC"),
            ],
        ),
    };
    let payer = match (plan.medicare, plan.commercial) {
        (true, _) => PAYERS[0],
        (false, true) => PAYERS[SCHEDULED],
        (false, false) => *pick(rng, &PAYERS),
    };
    let diagnoses = if plan.chemo {
        "Z51.11;C50.911"
    } else {
        *pick(rng, &["E86.0;R11.2", "N39.0", "L03.115", "D50.9", "R10.9;N39.0"])
    };
    let fluids = plan.hydration > 0 || plan.short_hydration || plan.hydration_under_drug;
    let diagnoses = if fluids && !plan.chemo { "E86.0;R11.2" } else { diagnoses };
    Draft {
        id: format!("E{number:09}"),
        patient: format!("P{:08}", below(rng, 60_000_000)),
        facility: pick::<&'static str>(rng, &["MAIN CAMPUS", "EAST CAMPUS"]),
        class,
        professional: plan.professional,
        payer,
        department,
        provider: format!("PROV{:03}", below(rng, 60)),
        diagnoses: diagnoses.to_owned(),
        note: plan.visit.then_some("vitals;history;exam"),
        global_days: None,
        based: (!plan.professional).then_some("on_campus"),
        resident: false,
        place: None,
        arrived,
        left: arrived,
        rows: Vec::new(),
        correct: Vec::new(),
        bill: Vec::new(),
        beside: Vec::new(),
        claims: Vec::new(),
        planted: None,
        unbilled: false,
        keep_tidy: plan.plain,
        second_encounter: false,
        clock: between(rng, 10, 40),
    }
}

/// Minutes that earn so many additional hours: 16 to 90 for none, 91 to 150 for one, and so on; thresholds often.
fn minutes_for(rng: &mut ChaCha8Rng, hours: i64) -> i64 {
    let (least, most) = if hours == 0 { (16, 90) } else { (31 + 60 * hours, 90 + 60 * hours) };
    match below(rng, 10) {
        0 => least,
        1 => most,
        _ => between(rng, least, most),
    }
}

/// Charts the visit and earns its lines.
fn chart(rng: &mut ChaCha8Rng, draft: &mut Draft, plan: &Plan) {
    let mut used: Vec<&'static str> = Vec::new();
    let site = *pick(rng, &["PIV LEFT FOREARM", "PIV RIGHT HAND", "PORT RIGHT CHEST", "PICC LEFT ARM"]);
    let distinct = draft.second_encounter.then_some("59");
    infusions(rng, draft, plan, site, &mut used);
    pushes(rng, draft, plan, site, &mut used);
    let initial = initial_code(plan, &used);
    if let Some(code) = initial {
        draft.earn(code, distinct, 1, administration_cents(code));
    }
    hydration(rng, draft, plan, site, initial.is_some());
    injection(rng, draft, plan);
    if plan.pump {
        let dose = *pick(rng, PUMPED.doses);
        let start = draft.clock + 5;
        let stop = Some(start + between(rng, 44, 48) * 60);
        give(draft, &Given { drug: &PUMPED, dose, start, stop, route: "IV", method: "infusion", site });
        if let Some(row) = draft.rows.last_mut() {
            row.device = Some("portable_pump");
        }
        draft.earn("96416", None, 1, administration_cents("96416"));
    }
    draft.left = draft.arrived + (draft.clock + 30) * 60;
    // Iron is given for its own reason.
    if draft.rows.iter().any(|row| row.code == Some("J1437")) && !draft.diagnoses.contains("D50") {
        draft.diagnoses.push_str(";D50.9");
    }
    bought_340b(rng, draft);
    draft.bill = draft.correct.clone();
    modifiers(draft);
    beside(rng, draft, plan);
}

/// The code of the initial service, by the facility hierarchy; administrations of the first service were laid out
/// without their code.
fn initial_code(plan: &Plan, used: &[&'static str]) -> Option<&'static str> {
    let chemo_push = used.iter().any(|code| CHEMO_PUSHED.iter().any(|drug| drug.code == *code));
    let infused = plan.infusions > 0;
    match (infused, plan.chemo, chemo_push) {
        (true, true, _) => Some("96413"),
        (true, false, _) => Some("96365"),
        (false, _, true) => Some("96409"),
        (false, _, false) if plan.pushes > 0 || plan.short_infusion => Some("96374"),
        _ => None,
    }
}

fn infusions(rng: &mut ChaCha8Rng, draft: &mut Draft, plan: &Plan, site: &'static str, used: &mut Vec<&'static str>) {
    let list: &[Drug] = if plan.chemo { CHEMO_INFUSED } else { INFUSED };
    let hour_code = if plan.chemo { "96415" } else { "96366" };
    for at in 0..plan.infusions {
        let hours = plan.hours.filter(|_| at == 0).unwrap_or_else(|| *pick(rng, &[0, 0, 0, 1, 1, 2]));
        // The first is the longest, so the clock's order and the rank agree or do not as chance has it.
        let hours = if plan.restart { 1 } else { hours };
        let mut minutes = minutes_for(rng, hours);
        if plan.hydration_under_drug && at == 0 {
            minutes = minutes.max(31);
        }
        let (drug, dose) = chosen(rng, list, used, plan, at);
        let start = draft.clock;
        if plan.restart && at == 0 {
            let first = between(rng, 35, minutes - 35);
            let pause = between(rng, 12, 40);
            give(draft, &Given { drug, dose, start, stop: Some(start + first), route: "IV", method: "infusion", site });
            let again = start + first + pause;
            let stop = Some(again + minutes - first);
            chart_row(draft, &Given { drug, dose, start: again, stop, route: "IV", method: "infusion", site });
            // The dose was charted once, with the first bag.
            if let Some(row) = draft.rows.last_mut() {
                (row.dose, row.unit, row.vial_size, row.vials, row.container) = (None, None, None, None, None);
            }
            draft.clock = again + minutes - first + between(rng, 6, 20);
        } else {
            give(
                draft,
                &Given { drug, dose, start, stop: Some(start + minutes), route: "IV", method: "infusion", site },
            );
            draft.clock = start + minutes + between(rng, 0, 25);
        }
        draft.earn(hour_code, None, hours, administration_cents(hour_code));
        if at > 0 {
            let code = if plan.chemo { "96417" } else { "96367" };
            draft.earn(code, None, 1, administration_cents(code));
        }
        if at == 0 {
            concurrent(rng, draft, plan, (site, start, minutes), used);
        }
    }
    if plan.second_site {
        let (drug, dose) = unused(rng, INFUSED, used, None);
        let (start, minutes) = (draft.clock - between(rng, 0, 10), between(rng, 16, 60));
        let second = if site.starts_with("PORT") { "PIV LEFT HAND" } else { "PORT LEFT CHEST" };
        // Shorter than the first site's infusion, which therefore stays the encounter's own initial.
        let minutes = minutes.min(first_minutes(draft) - 1).max(16);
        give(
            draft,
            &Given { drug, dose, start, stop: Some(start + minutes), route: "IV", method: "infusion", site: second },
        );
        if let Some(row) = draft.rows.last_mut() {
            row.site_reason = Some("incompatible drugs");
        }
        draft.earn("96365", Some("59"), 1, administration_cents("96365"));
        draft.clock = draft.clock.max(start + minutes + 5);
    }
}

/// Some of a hospital's Medicare drugs are bought under 340B, and their lines say so.
fn bought_340b(rng: &mut ChaCha8Rng, draft: &mut Draft) {
    let bought = !draft.professional && draft.payer.1 == "medicare" && !draft.keep_tidy && percent(rng, 10);
    for row in draft.rows.iter_mut().filter(|_| bought) {
        row.bought_340b = true;
    }
}

/// Modifiers that the record does not make, on lines as they are billed.
fn modifiers(draft: &mut Draft) {
    // National code pairs in which the second code is an injection.
    const BESIDE: [&str; 6] = ["96360", "96365", "96374", "96409", "96413", "96416"];
    let beside = BESIDE.iter().any(|code| draft.has(code));
    let medicare = draft.payer.1 == "medicare";
    let bought = draft.rows.iter().any(|row| row.bought_340b);
    for line in &mut draft.bill {
        if line.code == "96372" && beside {
            line.modifier = Some("59");
        }
        if line.code == "J3262" && medicare && line.modifier != Some("JW") {
            line.second_modifier = Some("JA");
        }
        // On the dose and on the waste.
        if bought && (line.code.starts_with('J') || line.code.starts_with('Q')) {
            line.second_modifier = line.second_modifier.or(Some("TB"));
        }
        if line.code == "J3490" {
            (line.narrative, line.ndc) = (Some("trial compound 100 mg"), Some("00000-0001-01"));
        }
    }
}

fn first_minutes(draft: &Draft) -> i64 {
    let first = draft.rows.first();
    first.and_then(|row| row.stop.zip(row.start)).map_or(90, |(stop, start)| (stop - start) / 60)
}

fn concurrent(
    rng: &mut ChaCha8Rng,
    draft: &mut Draft,
    plan: &Plan,
    (site, start, minutes): (&'static str, i64, i64),
    used: &mut Vec<&'static str>,
) {
    for _ in 0..plan.concurrent {
        let (drug, dose) = unused(rng, INFUSED, used, None);
        // Wholly inside the first infusion, at least 16 minutes.
        let stop = Some(start + between(rng, 16, minutes));
        give(draft, &Given { drug, dose, start, stop, route: "IV", method: "infusion", site });
    }
    draft.earn("96368", None, i64::from(plan.concurrent > 0), 0);
}

fn pushes(rng: &mut ChaCha8Rng, draft: &mut Draft, plan: &Plan, site: &'static str, used: &mut Vec<&'static str>) {
    if plan.short_infusion {
        let (drug, dose) = unused(rng, INFUSED, used, None);
        let (start, minutes) = (draft.clock, *pick(rng, &[5, 8, 10, 12, 14, 15]));
        give(draft, &Given { drug, dose, start, stop: Some(start + minutes), route: "IV", method: "infusion", site });
        draft.clock += minutes + between(rng, 5, 20);
    }
    let chemo_push = plan.chemo && plan.infusions == 0 && !plan.short_infusion;
    for at in 0..plan.pushes {
        let chemo = chemo_push && at == 0;
        let list = if chemo { CHEMO_PUSHED } else { PUSHED };
        let (drug, dose) = match plan.infusions {
            0 => chosen(rng, list, used, plan, at),
            _ => unused(rng, list, used, None),
        };
        let start = draft.clock;
        let stop = percent(rng, 30).then(|| start + between(rng, 1, 5));
        give(draft, &Given { drug, dose, start, stop, route: "IV", method: "push", site });
        draft.clock += between(rng, 6, 15);
        // The first push is the initial where nothing outranks it.
        let is_initial = plan.infusions == 0 && !plan.short_infusion && at == 0;
        draft.earn("96375", None, i64::from(!is_initial), administration_cents("96375"));
        // Only doses that are whole units: a day's doses are summed before they are rounded.
        let whole = ["J2405", "J1885", "J1100", "J2765"].contains(&drug.code);
        if at == 0 && plan.repeat_push && !chemo && whole {
            let again = start + between(rng, 31, 90);
            give(draft, &Given { drug, dose, start: again, stop: None, route: "IV", method: "push", site });
            draft.earn("96376", None, 1, 0);
            draft.clock = draft.clock.max(again + 5);
        }
    }
}

fn hydration(rng: &mut ChaCha8Rng, draft: &mut Draft, plan: &Plan, site: &'static str, secondary: bool) {
    let fluid = pick(rng, FLUIDS);
    let dose = *pick(rng, fluid.doses);
    let (start, stop) = if plan.hydration > 0 {
        // Secondary: 31 to 90 minutes for one unit; alone: the first hour takes the same 31 to 90.
        let least = 31 + 60 * (plan.hydration - 1);
        let minutes = *pick(rng, &[least, least + 59, least + 20, least + 40]);
        if secondary {
            draft.earn("96361", None, plan.hydration, administration_cents("96361"));
        } else {
            let distinct = draft.second_encounter.then_some("59");
            draft.earn("96360", distinct, 1, administration_cents("96360"));
            draft.earn("96361", None, plan.hydration - 1, administration_cents("96361"));
        }
        (draft.clock, draft.clock + minutes)
    } else if plan.short_hydration {
        (draft.clock, draft.clock + *pick(rng, &[10, 20, 25, 30]))
    } else if plan.hydration_under_drug {
        // Exactly as long as the first infusion, which lasts 31 minutes or more: not a minute alone.
        let begun = draft.rows.first().and_then(|row| row.start).unwrap_or(draft.arrived);
        let (start, minutes) = ((begun - draft.arrived).div_euclid(60), first_minutes(draft));
        (start, start + minutes)
    } else {
        return;
    };
    give(draft, &Given { drug: fluid, dose, start, stop: Some(stop), route: "IV", method: "infusion", site });
    draft.clock = draft.clock.max(stop) + between(rng, 5, 15);
}

fn injection(rng: &mut ChaCha8Rng, draft: &mut Draft, plan: &Plan) {
    if !plan.injection {
        return;
    }
    let (code, route, drug) = match plan.injected {
        Some(at) => &INJECTED[at],
        None => pick(rng, INJECTED),
    };
    let dose = *pick(rng, drug.doses);
    let site = if *route == "IM" { "LEFT DELTOID" } else { "ABDOMEN" };
    let start = draft.clock;
    // The same drug by another route would sum into one drug line whose waste nobody worked out.
    if draft.rows.iter().any(|row| row.code == Some(drug.code)) {
        let (_, route, b12) = &INJECTED[0];
        give(draft, &Given { drug: b12, dose: b12.doses[0], start, stop: None, route, method: "injection", site });
        draft.earn("96372", None, 1, administration_cents("96372"));
    } else {
        give(draft, &Given { drug, dose, start, stop: None, route, method: "injection", site });
        draft.earn(code, None, 1, administration_cents(code));
    }
    draft.clock += 5;
}

/// Visits, laboratory and supplies, billed beside.
fn beside(rng: &mut ChaCha8Rng, draft: &mut Draft, plan: &Plan) {
    if plan.visit {
        let code = match (draft.professional, draft.class) {
            (true, _) => "99213",
            (false, "emergency" | "observation") => "99284",
            _ => "G0463",
        };
        draft.beside.push(Line { code, modifier: Some("25"), units: 1, cents: 12_500, ..Line::default() });
    }
    if percent(rng, 30) {
        draft.beside.push(Line { code: "85025", units: 1, cents: 777, ..Line::default() });
    }
}
