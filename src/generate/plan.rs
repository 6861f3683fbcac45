//! Chooses what a visit holds: by chance, or so that one rule's error can be planted.

use super::{below, between, percent, pick};
use rand_chacha::ChaCha8Rng;

/// What a visit must hold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    pub professional: bool,
    pub medicare: bool,
    pub chemo: bool,
    pub infusions: i64,
    /// Additional hours of the first infusion.
    pub hours: Option<i64>,
    pub concurrent: i64,
    pub pushes: i64,
    pub repeat_push: bool,
    /// Units of secondary (or first) hydration.
    pub hydration: i64,
    pub short_hydration: bool,
    pub hydration_under_drug: bool,
    pub second_site: bool,
    pub injection: bool,
    pub pump: bool,
    pub restart: bool,
    pub short_infusion: bool,
    /// A separately payable drug, with or without whole units of waste.
    pub payable: Option<bool>,
    pub visit: bool,
    pub second_encounter: bool,
    pub plain: bool,
    /// The first drug of the visit, by infusion or push.
    pub first: Option<&'static str>,
    /// Of the drugs that only planted errors need.
    pub special: bool,
    /// Which of the injections.
    pub injected: Option<usize>,
    pub commercial: bool,
}

/// What a visit holds; for a rule, what its planted error needs.
pub(super) fn plan_for(rng: &mut ChaCha8Rng, rule: Option<&str>) -> Plan {
    let mut plan = Plan { plain: rule.is_some(), ..Plan::default() };
    match rule {
        None => {
            plan.professional = percent(rng, 18);
            plan.chemo = percent(rng, 30);
            plan.infusions = *pick(rng, &[0, 1, 1, 1, 2, 2, 3]);
            plan.concurrent = i64::from(plan.infusions > 0 && !plan.chemo && percent(rng, 15));
            plan.pushes = *pick(rng, &[0, 0, 1, 1, 2, 3]);
            plan.repeat_push = !plan.professional && plan.pushes > 0 && percent(rng, 20);
            plan.hydration = if percent(rng, 35) { between(rng, 1, 3) } else { 0 };
            plan.short_hydration = plan.hydration == 0 && percent(rng, 8);
            plan.hydration_under_drug = plan.hydration == 0 && plan.infusions > 0 && percent(rng, 8);
            plan.injection = percent(rng, 18);
            plan.second_site = !plan.professional && !plan.chemo && plan.infusions == 1 && percent(rng, 6);
            plan.pump = plan.chemo && plan.infusions > 0 && percent(rng, 15);
            plan.restart = plan.infusions == 1 && !plan.chemo && plan.concurrent == 0 && percent(rng, 8);
            plan.short_infusion = plan.infusions == 0 && percent(rng, 25);
            plan.visit = percent(rng, 40);
            plan.second_encounter = percent(rng, 2);
            let nothing = plan.infusions + plan.pushes + plan.hydration == 0;
            plan.injection |= nothing && !plan.short_infusion && !plan.short_hydration;
        }
        Some(rule) => planted_plan(rng, rule, &mut plan),
    }
    plan
}

/// The visit on which a rule's error can be planted so that nothing else explains it.
fn planted_plan(rng: &mut ChaCha8Rng, rule: &str, plan: &mut Plan) {
    plan.infusions = 1;
    match rule {
        "IA-H01" => plan.hydration = between(rng, 1, 3),
        "IA-H02" | "IA-H06" | "IA-T08" | "IA-M04" => plan.infusions = 2,
        "IA-H03" => plan.pushes = 1,
        "IA-H04" | "IA-M05" => plan.second_site = true,
        "IA-H05" => plan.second_encounter = true,
        "IA-T03" => {
            plan.infusions = 0;
            plan.short_infusion = true;
        }
        "IA-T04" => plan.hours = Some(0),
        "IA-T05" => plan.short_hydration = true,
        "IA-T06" => plan.hydration_under_drug = true,
        "IA-T07" => plan.concurrent = 1,
        "IA-T09" => plan.concurrent = 2,
        "IA-T14" => plan.restart = true,
        "IA-D01" | "IA-D02" | "IA-D03" => plan.hours = Some(below(rng, 2)),
        "IA-C01" => plan.injection = true,
        "IA-G01" | "IA-G02" => plan.payable = Some(false),
        "IA-G03" => (plan.payable, plan.medicare) = (Some(false), true),
        "IA-G07" => (plan.payable, plan.medicare) = (Some(true), true),
        "IA-M01" => plan.visit = true,
        "IA-M03" => plan.professional = percent(rng, 50),
        _ => more(rng, rule, plan),
    }
}

fn more(rng: &mut ChaCha8Rng, rule: &str, plan: &mut Plan) {
    let medicare_drug = |plan: &mut Plan, waste: bool| (plan.payable, plan.medicare) = (Some(waste), true);
    match rule {
        "IA-H07" | "IA-T02" | "IA-D12" | "IA-D13" | "IA-C07" => plan.hours = Some(between(rng, 1, 2)),
        "IA-H08" => (plan.chemo, plan.first) = (true, Some("J9267")),
        "IA-H09" => (plan.chemo, plan.first) = (true, Some("J2323")),
        "IA-H10" => (plan.infusions, plan.injection, plan.injected) = (0, true, Some(5)),
        "IA-T11" | "IA-D07" => plan.pushes = 1,
        "IA-T12" => (plan.infusions, plan.pushes, plan.repeat_push, plan.first) = (0, 1, true, Some("J2405")),
        "IA-T13" => (plan.chemo, plan.pump) = (true, true),
        "IA-T15" => (plan.chemo, plan.infusions) = (true, 2),
        "IA-D06" => plan.hours = Some(0),
        "IA-D08" => (plan.second_site, plan.pushes) = (true, 1),
        "IA-D09" => plan.second_site = true,
        "IA-D10" | "IA-G14" | "IA-G15" | "IA-M07" => medicare_drug(plan, false),
        "IA-D14" | "IA-C05" => plan.payable = Some(false),
        "IA-C09" => (plan.hours, plan.commercial) = (Some(1), true),
        "IA-G04" | "IA-G08" => medicare_drug(plan, true),
        "IA-G05" => (plan.infusions, plan.pushes, plan.medicare, plan.first) = (0, 1, true, Some("J2405")),
        "IA-G06" => (plan.chemo, plan.medicare, plan.first, plan.special) = (true, true, Some("J1745"), true),
        "IA-G09" => (plan.chemo, plan.medicare, plan.first, plan.special) = (true, true, Some("J9312"), true),
        "IA-G10" => (plan.first, plan.special) = (Some("J3490"), true),
        "IA-G11" => plan.first = Some("J0696"),
        "IA-G12" => (plan.chemo, plan.first) = (true, Some("J1745")),
        "IA-G13" => (plan.infusions, plan.pushes, plan.first, plan.special) = (0, 1, Some("J1938"), true),
        "IA-G16" => (plan.chemo, plan.medicare, plan.first, plan.special) = (true, true, Some("J3262"), true),
        "IA-M02" | "IA-O01" => plan.visit = true,
        "IA-M08" | "IA-P01" => plan.professional = true,
        "IA-M09" => plan.medicare = true,
        "IA-M10" => (plan.professional, plan.medicare) = (true, true),
        "IA-N01" => (plan.injection, plan.injected) = (true, Some(0)),
        "IA-N02" => (plan.professional, plan.hours) = (true, Some(9)),
        "IA-N03" => (plan.professional, plan.pushes) = (true, 1),
        "IA-X01" => (plan.hydration, plan.first) = (1, Some("J0696")),
        "IA-X05" => plan.first = Some("J0696"),
        "IA-X02" => plan.first = Some("J1437"),
        "IA-X03" | "IA-X04" => (plan.chemo, plan.first) = (true, Some("J9045")),
        "IA-O03" => plan.commercial = true,
        _ => {}
    }
}
