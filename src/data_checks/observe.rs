//! Counts of one encounter, taken from its rows and from what the audit made of them.

use super::counts::{Counter, DataCounts, DayCounts};
use crate::audit::{Context, EncounterAudit, LedgerLine, SideAudit};
use crate::coding::{INELIGIBLE, LineKind};
use crate::findings::PriceBasis;
use crate::model::{Administration, Cents, ChartTime, Encounter, HcpcsCode, Method, Route, SubstanceClass};
use crate::reference::Reference;
use crate::rules::RunFacts;
use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_64;

/// Minutes by which a charted row may begin before its stay or after it.
const STAY_SLACK: i64 = 90;

/// Amounts below a twentieth or above twenty times of a table's price are of another scale, and charges above a hundred.
const FAR: i64 = 20;
const FAR_CHARGE: i64 = 100;

/// Billed units at an eighth or eight times of the supported ones are of another scale.
const FAR_UNITS: i64 = 8;

/// Counts one encounter and its audit under the context of the run.
pub fn observe(
    counts: &mut DataCounts,
    encounter: &Encounter<'_>,
    audit: &EncounterAudit,
    context: &Context,
    facts: &RunFacts,
) {
    let reference = &context.reference;
    // Only an encounter without a bill can wait for one.
    let pending = encounter.claim_lines.is_empty()
        && audit.sides.first().is_some_and(|side| {
            facts.is_pending(encounter, &context.policy(encounter, side.setting, encounter.date()))
        });
    counts.add(Counter::Encounters, 1);
    if let Some(payer) = encounter.payer {
        counts.add_payer(payer);
    }
    pairing(counts, encounter, audit, facts, pending);
    claim_lines(counts, encounter, audit, reference);
    if let Some(side) = audit.sides.first() {
        charted_rows(counts, encounter, side);
    }
    for side in &audit.sides {
        for line in &side.ledger {
            money(counts, encounter, line);
            units(counts, side, line);
        }
    }
}

fn cents(amount: Cents) -> u64 {
    u64::try_from(amount.0).unwrap_or(0)
}

/// Counts the encounter in its month by its sides: a chart, a bill or both.
fn pairing(
    counts: &mut DataCounts,
    encounter: &Encounter<'_>,
    audit: &EncounterAudit,
    facts: &RunFacts,
    pending: bool,
) {
    let charted = audit.sides.iter().any(|side| !side.coded.lines.is_empty());
    let ledger = || audit.sides.iter().flat_map(|side| &side.ledger);
    let billed = ledger().any(|line| line.billed_units > 0);
    let sum = |of: fn(&LedgerLine) -> Cents| ledger().map(of).sum::<Cents>();
    let (expected_cents, billed_cents) = (cents(sum(|line| line.expected)), cents(sum(|line| line.billed)));
    let mut of_day = DayCounts::default();
    match (charted, billed) {
        (true, true) => {
            counts.add(Counter::Paired, 1);
            let (dollars, apart) = (expected_cents.max(billed_cents), disagreed(audit));
            counts.add_cents(Counter::PairedCents, dollars);
            counts.add_cents(Counter::DisagreedCents, apart);
            counts.add(Counter::Disagreed, u64::from(apart > 0 && apart.saturating_mul(2) >= dollars));
            rules(counts, audit);
            of_day.paired = 1;
            dates(counts, encounter, audit);
        }
        (true, false) if pending || facts.without_claims => {
            counts.add(Counter::Pending, 1);
            of_day.pending = 1;
        }
        (true, false) => {
            counts.add(Counter::ChartOnly, 1);
            counts.add_cents(Counter::ChartOnlyCents, expected_cents);
            of_day.chart_only = 1;
        }
        (false, true) if facts.without_charts => counts.add(Counter::Pending, 1),
        (false, true) => {
            counts.add(Counter::BillOnly, 1);
            counts.add_cents(Counter::BillOnlyCents, billed_cents);
            of_day.bill_only = 1;
        }
        (false, false) => return,
    }
    if let Some(day) = encounter.date() {
        counts.days.entry(day.0).or_default().add(of_day);
    }
    groups(counts, encounter, audit, of_day);
    if billed {
        let lines = &encounter.claim_lines;
        if let Some(day) = lines.iter().map(|line| line.service_date).max() {
            *counts.billed_days.entry(day.0).or_default() += 1;
        }
        if let Some(day) = lines.iter().filter_map(|line| line.submitted_date).max() {
            *counts.submitted_days.entry(day.0).or_default() += 1;
        }
    }
}

/// The encounter in its department, payer type and claim form.
fn groups(counts: &mut DataCounts, encounter: &Encounter<'_>, audit: &EncounterAudit, of: DayCounts) {
    if let Some(department) = encounter.department {
        counts.add_group(0, department, of);
    }
    if let Some(payer_type) = encounter.payer_type {
        counts.add_group(1, payer_type.as_str(), of);
    }
    if let Some(side) = audit.sides.first() {
        counts.add_group(2, encounter.setting.unwrap_or(side.setting).as_str(), of);
    }
}

/// Rules with an undisputed difference of dollars, each once.
fn rules(counts: &mut DataCounts, audit: &EncounterAudit) {
    let findings = audit.sides.iter().flat_map(|side| &side.findings);
    let mut codes: SmallVec<[&'static str; 8]> =
        findings.filter(|of| of.payer_policy.is_none() && !of.net.is_zero()).map(|of| of.rule.code).collect();
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        match counts.rules.get_mut(code) {
            Some(count) => *count += 1,
            None => {
                counts.rules.insert(code.to_owned(), 1);
            }
        }
    }
}

/// Undisputed leakage and overpayment, in cents.
fn disagreed(audit: &EncounterAudit) -> u64 {
    let findings = audit.sides.iter().flat_map(|side| &side.findings);
    findings.filter(|finding| finding.payer_policy.is_none()).map(|finding| finding.net.0.unsigned_abs()).sum()
}

/// Counts an encounter with charted times, and one whose compared lines have no date on a charted day.
fn dates(counts: &mut DataCounts, encounter: &Encounter<'_>, audit: &EncounterAudit) {
    let times = encounter.administrations.iter().flat_map(|row| [row.start_time, row.stop_time]);
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for time in times.flatten() {
        (first, last) = (first.min(time.local), last.max(time.local));
    }
    if first > last {
        return;
    }
    let day = |local| ChartTime { local, offset: None }.date();
    let (first, last) = (day(first), day(last));
    let compared = audit.sides.iter().flat_map(|side| &side.ledger).flat_map(|line| &line.claim_lines);
    let mut billed = compared.filter_map(|at| encounter.claim_lines.get(*at as usize)).map(|line| line.service_date);
    counts.add(Counter::DatedEncounters, 1);
    if !billed.any(|day| (first..=last).contains(&day)) {
        counts.add(Counter::DatesApart, 1);
    }
}

/// True for codes of drugs and biologicals: J and Q codes. C codes are those of hospital drugs and of devices.
fn is_product(code: HcpcsCode) -> bool {
    matches!(code.as_bytes(), [b'J' | b'Q', ..] | [b'C', b'9', ..])
}

fn claim_lines(counts: &mut DataCounts, encounter: &Encounter<'_>, audit: &EncounterAudit, reference: &Reference) {
    let lines = &encounter.claim_lines;
    let (mut without_code, mut products, mut negative) = (0, 0, 0);
    let mut keys: SmallVec<[u64; 16]> = SmallVec::new();
    let cents = |cents: Option<Cents>| cents.map_or(0, |cents| cents.0);
    for line in lines {
        let Some(code) = line.hcpcs else {
            without_code += 1;
            continue;
        };
        products += u64::from(is_product(code));
        negative += u64::from(cents(line.charge) < 0 || cents(line.allowed) < 0 || cents(line.paid) < 0);
        let part = [line.units, i64::from(line.service_date.0), cents(line.charge), line.claim_type as i64];
        keys.push(mixed(code.number() ^ line.modifiers.number().rotate_left(40), part));
    }
    counts.add(Counter::ClaimLines, lines.len() as u64);
    counts.add(Counter::LinesWithoutCode, without_code);
    counts.add(Counter::ProductLines, products);
    counts.add(Counter::NegativeLines, negative);
    counts.add(Counter::CopiedBills, u64::from(copies(keys) > 0));
    let outside = audit.sides.iter().flat_map(|side| &side.out_of_scope);
    let unknown = outside.filter_map(|at| lines.get(*at as usize)?.hcpcs).filter(|code| {
        is_product(*code) && reference.administration(*code).is_none() && reference.drug(*code).is_none()
    });
    counts.add(Counter::UnknownProductLines, unknown.count() as u64);
    // The ledger holds administrations and drugs alone.
    let ledger = audit.sides.iter().flat_map(|side| &side.ledger);
    let billed = ledger.filter(|line| line.billed_units > 0 && !is_product(line.code));
    counts.add(Counter::AdministrationLines, billed.map(|line| line.claim_lines.len() as u64).sum());
}

/// A hash of what tells rows apart: two of a handful of rows share one by chance in no feed.
fn mixed(first: u64, rest: [i64; 4]) -> u64 {
    let mix = |hash: u64, part: i64| (hash.rotate_left(23) ^ part.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    rest.into_iter().fold(first.wrapping_mul(0x9e37_79b9_7f4a_7c15), mix)
}

/// Keys that another key before them equals.
fn copies(mut keys: SmallVec<[u64; 16]>) -> u64 {
    keys.sort_unstable();
    keys.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}

/// Values present and missing in the charted rows; rows that the first step excludes are left out.
fn charted_rows(counts: &mut DataCounts, encounter: &Encounter<'_>, side: &SideAudit) {
    let not_billed = side.coded.not_billed.iter().filter(|one| INELIGIBLE.contains(&one.reason));
    let excluded: SmallVec<[u32; 8]> = not_billed.map(|one| one.administration).collect();
    let mut keys: SmallVec<[u64; 16]> = SmallVec::new();
    for (at, row) in encounter.administrations.iter().enumerate() {
        if !excluded.contains(&(at as u32)) {
            charted_row(counts, encounter, row);
            copied_times(counts, encounter, row);
        }
        // Copies are left out of the audit one by one, so that all rows are looked at.
        if let Some(start) = row.start_time {
            keys.push(row_key(row, start));
        }
    }
    counts.add(Counter::ChartedRows, keys.len() as u64);
    counts.add(Counter::CopiedRows, copies(keys));
    let (mut unknown, mut without_units) = (0, 0);
    for flag in &side.coded.flags {
        match flag.flag {
            "unknown-drug" => unknown += 1,
            "dose-missing" | "dose-unit-not-convertible" | "dose-not-a-whole-number-of-units" | "dose-implausible" => {
                without_units += 1;
            }
            _ => {}
        }
    }
    counts.add(Counter::UnknownDrugRows, unknown);
    counts.add(Counter::RowsWithoutUnits, without_units);
    let drug_lines = side.coded.lines.iter().filter(|line| line.kind == LineKind::Drug);
    counts
        .add(Counter::DrugRows, without_units + drug_lines.map(|line| line.administrations.len() as u64).sum::<u64>());
}

/// Key of a charted row among those of its encounter, without its id.
fn row_key(row: &Administration<'_>, start: ChartTime) -> u64 {
    // A code tells the drug where there is one.
    let text = |text: Option<&str>| text.map_or(0, |text| xxh3_64(text.as_bytes()));
    let drug = row.drug_code.map_or_else(|| text(row.drug_name), HcpcsCode::number);
    // Two systems chart one administration each in its own row.
    let place = text(row.access_site)
        ^ text(row.source_system).rotate_left(16)
        ^ row.purpose.map_or(0, |of| of as u64 + 1)
        ^ ((row.route as u64) << 8);
    let dose = row.dose.map_or(-1, |dose| dose.mantissa() as i64);
    mixed(drug ^ place.rotate_left(40), [start.local, row.stop_time.map_or(0, |stop| stop.local), dose, 0])
}

fn charted_row(counts: &mut DataCounts, encounter: &Encounter<'_>, row: &Administration<'_>) {
    counts.add(Counter::GivenRows, 1);
    if row.drug_code.is_none() && row.substance_class != Some(SubstanceClass::Hydration) {
        counts.add(Counter::UncodedRows, 1);
    }
    counts.add(Counter::RowsWithoutStart, u64::from(row.start_time.is_none()));
    let infused = row.method == Some(Method::Infusion) || (row.method.is_none() && row.route == Route::Intravenous);
    if infused {
        counts.add(Counter::Infusions, 1);
        counts.add(Counter::InfusionsWithoutStop, u64::from(row.stop_time.is_none()));
    }
    if let Some(minutes) = row.charted_minutes() {
        counts.add(Counter::TimedRows, 1);
        counts.add(Counter::ReversedRows, u64::from(minutes < 0));
    }
    if let (Some(from), Some(start)) = (encounter.start_time, row.start_time) {
        // A stay of whole days ends with its last day.
        let end = encounter.end_time.map(|end| end.local + if end.local.rem_euclid(1_440) == 0 { 1_440 } else { 0 });
        let before = start.local < from.local - STAY_SLACK;
        let last = row.stop_time.map_or(start.local, |stop| stop.local.max(start.local));
        let after = end.is_some_and(|end| last > end + STAY_SLACK);
        counts.add(Counter::RowsInStays, 1);
        counts.add(Counter::RowsOutsideStay, u64::from(before || after));
    }
}

/// Times of an infusion that something else had already.
fn copied_times(counts: &mut DataCounts, encounter: &Encounter<'_>, row: &Administration<'_>) {
    let infused = row.method == Some(Method::Infusion) || (row.method.is_none() && row.route == Route::Intravenous);
    let (Some(start), Some(stop), true) = (row.start_time, row.stop_time, infused) else { return };
    let minutes = stop.absolute() - start.absolute();
    let same =
        |one: ChartTime, other: Option<ChartTime>| u64::from(other.is_some_and(|other| other.local == one.local));
    counts.add(Counter::TimedInfusions, 1);
    counts.add(Counter::NoMinutes, u64::from(minutes == 0));
    counts.add(Counter::OnTheHour, u64::from(start.local % 60 == 0));
    counts.add(Counter::StopIsRecorded, same(stop, row.recorded_time));
    counts.add(Counter::StartIsOrder, same(start, row.order_time));
    counts.add(Counter::StartIsArrival, same(start, encounter.start_time));
    counts.add(Counter::StopIsDeparture, same(stop, encounter.end_time));
    if let Ok(minutes @ 16..=1_440) = i32::try_from(minutes) {
        *counts.durations.entry(minutes).or_default() += 1;
    }
}

/// Amounts of a ledger entry's claim lines against a table's price of their units.
fn money(counts: &mut DataCounts, encounter: &Encounter<'_>, line: &LedgerLine) {
    let by_table = matches!(
        line.basis,
        PriceBasis::OppsRate | PriceBasis::MpfsRate | PriceBasis::DrugPaymentLimit | PriceBasis::FeeSchedule
    );
    if !by_table || line.billed.0 < 100 {
        return;
    }
    // Sums of allowed, paid and charge; nothing allowed or paid is a denial, not a scale.
    let (mut sums, mut known) = ([0_i64; 3], [true; 3]);
    for of in line.claim_lines.iter().filter_map(|at| encounter.claim_lines.get(*at as usize)) {
        for (at, amount) in [of.allowed, of.paid, of.charge].into_iter().enumerate() {
            let cents = amount.map_or(0, |cents| cents.0);
            known[at] &= cents > 0;
            sums[at] = sums[at].saturating_add(cents);
        }
    }
    for (at, (far, [priced, low, high])) in AMOUNTS.into_iter().enumerate().filter(|(at, _)| known[*at]) {
        counts.add(priced, u64::from(sums[at] > 0));
        counts.add(low, u64::from(sums[at] > 0 && sums[at].saturating_mul(FAR) < line.billed.0));
        counts.add(high, u64::from(sums[at] > line.billed.0.saturating_mul(far)));
    }
}

/// Multiples of a table's price that are far above it, and the counters, of allowed, paid and charge.
const AMOUNTS: [(i64, [Counter; 3]); 3] = [
    (FAR, [Counter::AllowedPriced, Counter::AllowedLow, Counter::AllowedHigh]),
    (FAR, [Counter::PaidPriced, Counter::PaidLow, Counter::PaidHigh]),
    (FAR_CHARGE, [Counter::ChargePriced, Counter::ChargeLow, Counter::ChargeHigh]),
];

/// Billed units of a drug against the supported ones.
fn units(counts: &mut DataCounts, side: &SideAudit, line: &LedgerLine) {
    let drug = || {
        let mut coded = line.coded_lines.iter().filter_map(|at| side.coded.lines.get(*at as usize));
        coded.any(|line| line.kind == LineKind::Drug)
    };
    if line.undetermined || !line.modifiers.is_empty() || line.expected_units <= 0 || line.billed_units <= 0 || !drug()
    {
        return;
    }
    counts.add(Counter::UnitPairs, 1);
    counts.add(Counter::UnitsDiffer, u64::from(line.expected_units != line.billed_units));
    let far = |small: i64, large: i64| small.saturating_mul(FAR_UNITS) <= large && large - small >= FAR_UNITS;
    counts.add(Counter::UnitsLow, u64::from(far(line.billed_units, line.expected_units)));
    counts.add(Counter::UnitsHigh, u64::from(far(line.expected_units, line.billed_units)));
}
