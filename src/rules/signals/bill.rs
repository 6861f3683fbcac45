//! What the lines of the form tell.

use super::Signals;
use super::record::Record;
use crate::model::{ClaimLine, Date, HcpcsCode, ProviderBasedDepartment, Setting};
use crate::reference::{CodeFacts, CodeRole, CodeSet, InForce, UnitLimit};
use crate::rules::{BilledLine, Carried, Case, CodeKind, codes, place_and_payer};

const WASTE_OR_NONE: Carried = Carried::WASTE.and(Carried::NO_WASTE);

/// What all lines of a form share.
struct Form<'c, 'a> {
    case: &'c Case<'a>,
    setting: Setting,
    first_day: Option<Date>,
    multi_dose: bool,
    /// Modifiers that each line of the department carries, where that is to be judged.
    department: Option<Carried>,
    /// Whether a packaged drug takes no JW.
    packaged: bool,
    /// Whether the built-in tables are all there is.
    built_in: bool,
    /// Whether the payer lists drugs at all.
    lists: bool,
}

/// Looks at the lines of this form once.
pub(super) fn look<'a>(case: &Case<'a>, record: &Record) -> Signals {
    let setting = case.setting();
    let hospital = setting == Setting::Facility && case.is_medicare();
    let form = Form {
        case,
        setting,
        first_day: record.first_day,
        multi_dose: record.multi_dose,
        department: case.encounter.provider_based_department.filter(|_| hospital).map(off_campus),
        packaged: hospital,
        built_in: case.reference.is_built_in_alone(),
        lists: !case.policy.self_administered_drugs.is_empty() || !case.policy.dual_route_drugs.is_empty(),
    };
    let mut signals = Signals::NONE;
    let (mut initials, mut drug) = (0_i64, false);
    let (mut present, mut firsts) = (CodeSet::EMPTY, CodeSet::EMPTY);
    let mut seen = 0;
    for (index, one) in case.billed.iter().enumerate() {
        // Most codes stand on one line; a bit that is not set yet tells so without looking at the lines before.
        let bit = 1_u64 << place_of(one.code);
        let earlier = case.billed.get(..index).filter(|_| seen & bit != 0).unwrap_or_default();
        seen |= bit;
        signals = signals.and(form.of_line(one, earlier));
        drug |= one.kind == CodeKind::Drug;
        present = present.join(one.facts.own);
        firsts = firsts.join(one.facts.firsts(setting));
        if one.kind == CodeKind::Administration && codes::is_initial(one.code) {
            initials = initials.saturating_add(one.line.units);
        }
    }
    let add_on = |one: &BilledLine<'_>| one.facts.add_on && !one.facts.parents.meets(present);
    signals.add(Signals::PARENT_ABSENT, case.billed.iter().any(add_on));
    signals.add(Signals::PAIRED, firsts.meets(present));
    signals.add(Signals::INITIAL_TWICE, initials > 1);
    let administration = signals.has(Signals::ADMINISTRATION);
    signals.add(Signals::ADMINISTRATION_ALONE, administration && !drug);
    signals.add(Signals::DRUG_ALONE, drug && !administration);
    signals.add(Signals::WASTE_UNMARKED, is_waste_unmarked(case));
    signals.and(of_all_lines(case, setting))
}

impl Form<'_, '_> {
    /// What one line with a code tells; `earlier` are those before it where its code may stand on one.
    fn of_line(&self, one: &BilledLine<'_>, earlier: &[BilledLine<'_>]) -> Signals {
        let carried = one.carried;
        let mut signals = Signals::BILLED.and(of_modifiers(one));
        let facts = one.facts;
        match one.kind {
            CodeKind::Drug => signals = signals.and(self.of_drug(facts, carried)),
            CodeKind::Administration => {
                signals = signals.and(Signals::ADMINISTRATION);
                signals.add(Signals::CHEMOTHERAPY, facts.chemo);
                signals.add(Signals::HYDRATION, codes::is_hydration(one.code));
            }
            CodeKind::Other => signals = signals.and(of_other(one, facts)),
        }
        if one.kind != CodeKind::Administration {
            signals.add(Signals::UNCLASSIFIED, codes::is_unclassified(one.code));
        }
        if one.kind != CodeKind::Other {
            signals.add(Signals::OTHER_DAY, self.first_day.is_some_and(|day| day != one.line.service_date));
            let mismatch = || place_and_payer::revenue_code_apart(one.kind, one.line).is_some();
            signals.add(Signals::REVENUE_MISMATCH, self.setting == Setting::Facility && mismatch());
        }
        if let Some(right) = self.department {
            let either = Carried::EXCEPTED.and(Carried::NONEXCEPTED);
            signals.add(Signals::DEPARTMENT_MISMARKED, carried.of_these(either) != right);
        }
        if self.lists {
            signals.add(Signals::LISTED_DRUG, self.is_listed(one.code));
        }
        signals.and(self.of_tables(one, facts, earlier))
    }

    fn of_drug(&self, facts: &CodeFacts, carried: Carried) -> Signals {
        // An imported table may say that any drug is packaged.
        let packaged = self.packaged && (facts.packaged || !self.built_in) && carried.any(Carried::WASTE);
        let multi_dose = self.multi_dose || facts.multi_dose_only;
        let mut signals = Signals::NONE;
        signals.add(Signals::WASTE_DOUBTFUL, packaged || (multi_dose && carried.any(WASTE_OR_NONE)));
        signals
    }

    /// Dates, national pairs and limits.
    fn of_tables(&self, one: &BilledLine<'_>, facts: &CodeFacts, earlier: &[BilledLine<'_>]) -> Signals {
        let (reference, day) = (self.case.reference, one.line.service_date);
        let mut signals = Signals::NONE;
        let (limit, in_force) = if self.built_in {
            (facts.limit(self.setting), facts.dates.map_or(InForce::Unknown, |dates| dates.on(day)))
        } else {
            signals.add(Signals::PAIRED, reference.is_second_of_a_pair(self.setting, one.code, day));
            (reference.unit_limit(self.setting, one.code, day), reference.in_force(one.code, day))
        };
        signals.add(Signals::NOT_IN_FORCE, matches!(in_force, InForce::NotYet(_) | InForce::Ended(..)));
        if let Some(limit) = limit {
            signals.add(Signals::LIMIT_ZERO, limit.units == 0);
            signals.add(Signals::OVER_LIMIT, limit.units != 0 && may_exceed(limit, one, earlier));
        }
        signals
    }

    fn is_listed(&self, code: HcpcsCode) -> bool {
        let policy = self.case.policy;
        policy.self_administered_drugs.contains(&code) || policy.dual_route_drugs.contains(&code)
    }
}

fn of_modifiers(one: &BilledLine<'_>) -> Signals {
    let carried = one.carried;
    let mut signals = Signals::NONE;
    if carried.any(Carried::ANY) {
        let administration = one.kind == CodeKind::Administration && carried.any(Carried::REPEATED);
        let drug = one.kind == CodeKind::Drug && carried.any(Carried::DISTINCT);
        signals.add(Signals::MODIFIER_MISPLACED, administration || drug);
        signals.add(Signals::DISTINCT, carried.any(Carried::DISTINCT));
        signals.add(Signals::PROGRAM_340B, carried.any(Carried::PROGRAM_340B));
        signals.add(Signals::WASTE, carried.any(Carried::WASTE));
    }
    signals
}

fn of_other(one: &BilledLine<'_>, facts: &CodeFacts) -> Signals {
    let mut signals = Signals::NONE;
    let (code, carried) = (one.code, one.carried);
    let nurse = code == codes::NURSE_VISIT;
    if facts.role == Some(CodeRole::Visit) && !nurse {
        let with = carried.any(Carried::SEPARATE_VISIT);
        signals = if with { Signals::VISIT_WITH_25 } else { Signals::VISIT_WITHOUT_25 };
    }
    signals.add(Signals::NURSE_VISIT, nurse);
    signals.add(Signals::EMERGENCY_VISIT, codes::is_emergency_visit(code));
    signals.add(Signals::INCLUDED, codes::is_included(code) && !carried.any(Carried::DISTINCT));
    signals
}

/// Whether the units of a line, with those of earlier lines of its code, are more than the limit. Whether those lines
/// are of one day is for the rule to see; a negative line must not hide another day's units.
fn may_exceed(limit: UnitLimit, one: &BilledLine<'_>, earlier: &[BilledLine<'_>]) -> bool {
    let same = earlier.iter().filter(|other| other.code == one.code);
    let units = same.fold(one.line.units.max(0), |sum, other| sum.saturating_add(other.line.units.max(0)));
    units > limit.units
}

/// One of 64 places of a code; codes may share one.
fn place_of(code: HcpcsCode) -> u32 {
    let [_, last @ ..] = *code.as_bytes();
    u32::from_le_bytes(last).wrapping_mul(0x9E37_79B1) >> (u32::BITS - u64::BITS.ilog2())
}

/// The off-campus modifier that lines of a department carry.
fn off_campus(department: ProviderBasedDepartment) -> Carried {
    match department {
        ProviderBasedDepartment::ExceptedOffCampus => Carried::EXCEPTED,
        ProviderBasedDepartment::NonexceptedOffCampus => Carried::NONEXCEPTED,
        ProviderBasedDepartment::OnCampus => Carried::default(),
    }
}

/// Whether a drug is billed without JW and JZ, and the record supports one of them or cannot say which.
fn is_waste_unmarked(case: &Case<'_>) -> bool {
    let supported = case.coded.lines.iter().filter(|line| Carried::of(&line.modifiers).any(WASTE_OR_NONE));
    let unmarked = |code: HcpcsCode| {
        let mut lines = case.billed.iter().filter(|one| one.code == code).peekable();
        lines.peek().is_some() && !lines.any(|one| one.carried.any(WASTE_OR_NONE))
    };
    supported.map(|line| line.code).any(unmarked) || case.coded.flags.iter().any(|flag| flag.flag == "jw-or-jz-unknown")
}

/// What lines tell whether or not they carry a code.
fn of_all_lines(case: &Case<'_>, setting: Setting) -> Signals {
    let mut signals = Signals::NONE;
    // The lines of a claim repeat its place.
    let mut place = None;
    for line in &case.encounter.claim_lines {
        if Setting::of_claim(line.claim_type) != setting {
            signals = signals.and(Signals::BOTH_FORMS);
            continue;
        }
        signals.add(Signals::INPATIENT, line.is_inpatient_bill());
        if setting == Setting::Professional && place != Some(line.place_of_service) {
            place = Some(line.place_of_service);
            signals.add(Signals::IN_FACILITY, place_and_payer::is_in_facility(case, line));
        }
        if line.adjustment_reason_codes.is_some() {
            signals = signals.and(Signals::ANSWERED);
            signals.add(Signals::UNPAID, is_unpaid(line));
        }
    }
    signals
}

fn is_unpaid(line: &ClaimLine<'_>) -> bool {
    line.paid.is_some_and(|paid| paid.0 <= 0)
}
