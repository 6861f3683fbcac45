//! One drug of a visit as it is chosen, charted and billed.

use super::draft::{Draft, Row};
use super::drugs::{Dose, Drug, FLUIDS, SPECIAL};
use super::pick;
use super::plan::Plan;
use rand_chacha::ChaCha8Rng;

/// One administration; times in minutes since arrival.
pub(super) struct Given<'d> {
    pub drug: &'d Drug,
    pub dose: Dose,
    pub start: i64,
    pub stop: Option<i64>,
    pub route: &'static str,
    pub method: &'static str,
    pub site: &'static str,
}

/// The drug that the plan names for the first place, else one not given yet.
pub(super) fn chosen<'d>(
    rng: &mut ChaCha8Rng,
    list: &'d [Drug],
    used: &mut Vec<&'static str>,
    plan: &Plan,
    at: i64,
) -> (&'d Drug, Dose) {
    let all = if plan.special { SPECIAL } else { list };
    let named = all.iter().find(|drug| at == 0 && plan.first == Some(drug.code));
    match named {
        Some(drug) => {
            used.push(drug.code);
            (drug, *pick(rng, drug.doses))
        }
        None => unused(rng, list, used, plan.payable.filter(|_| at == 0)),
    }
}

/// A drug not given yet; `payable` asks for one that is separately payable, with (true) or without waste.
pub(super) fn unused<'d>(
    rng: &mut ChaCha8Rng,
    list: &'d [Drug],
    used: &mut Vec<&'static str>,
    payable: Option<bool>,
) -> (&'d Drug, Dose) {
    let fits = |drug: &&Drug| {
        !used.contains(&drug.code)
            && payable.is_none_or(|waste| drug.hospital && drug.doses.iter().any(|dose| (dose.4 > 0) == waste))
    };
    let free: Vec<&Drug> = list.iter().filter(fits).collect();
    let drug: &Drug = if free.is_empty() { &list[0] } else { pick::<&Drug>(rng, &free) };
    used.push(drug.code);
    let doses: Vec<Dose> =
        drug.doses.iter().copied().filter(|dose| payable.is_none_or(|waste| (dose.4 > 0) == waste)).collect();
    (drug, *pick(rng, &doses))
}

/// Charts one administration and earns its drug lines.
pub(super) fn give(draft: &mut Draft, given: &Given<'_>) {
    let (.., units, waste) = given.dose;
    chart_row(draft, given);
    earn_drug(draft, given.drug, units, waste);
}

pub(super) fn chart_row(draft: &mut Draft, given: &Given<'_>) {
    let number = draft.rows.len() + 1;
    let drug = given.drug;
    let (amount, size, vials, ..) = given.dose;
    let in_vials = !size.is_empty();
    let timed = given.stop.map(|stop| stop - given.start).filter(|minutes| given.method == "infusion" && *minutes > 0);
    let seconds = |minute: i64| draft.arrived + minute * 60;
    draft.rows.push(Row {
        id: format!("{}-{number:02}", draft.id),
        recorded: Some(seconds(given.stop.unwrap_or(given.start) + 2)),
        code: Some(drug.code),
        name: drug.name,
        route: given.route,
        method: Some(given.method),
        device: (given.method == "infusion").then_some("pump"),
        start: Some(seconds(given.start)),
        stop: given.stop.map(seconds),
        site: Some(given.site.to_owned()),
        purpose: Some("treatment"),
        order: format!("{}-O{number:02}", draft.id),
        // Ordered a while before; the number of the row varies it without a draw.
        ordered: Some(seconds(given.start) - (7 + number as i64 * 4) * 60),
        department: draft.department,
        volume: timed.map(|_| 100),
        rate: timed.map(|minutes| 100 * 60_000 / minutes),
        system: "EHR",
        dose: Some(amount),
        unit: Some(drug.unit),
        container: in_vials.then_some(if drug.multi_dose { "multi_dose" } else { "single_dose" }),
        vial_size: in_vials.then_some(size),
        vials: in_vials.then_some(vials),
        ..Row::default()
    });
}

/// JW and JZ: Medicare, single-dose, separately payable in the setting.
fn earn_drug(draft: &mut Draft, drug: &Drug, units: i64, waste: i64) {
    let fluid = FLUIDS.iter().any(|fluid| fluid.code == drug.code);
    let payable = if draft.professional { drug.practice } else { drug.hospital };
    let modified = draft.payer.1 == "medicare" && payable && !drug.multi_dose && !fluid;
    match (modified, waste > 0) {
        (true, true) => {
            draft.earn(drug.code, None, units, drug.cents);
            draft.earn(drug.code, Some("JW"), waste, drug.cents);
        }
        (true, false) => draft.earn(drug.code, Some("JZ"), units, drug.cents),
        (false, _) => draft.earn(drug.code, None, units, drug.cents),
    }
}
