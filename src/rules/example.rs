//! Examples beside each rule: small encounters in a short notation, run through the whole audit.
//!
//! A given row reads `DRUG ROUTE METHOD START-STOP key=value …`: the drug a HCPCS code, `name:class` or `name:` alone;
//! the method `infusion`, `push`, `injection` or `-`; times `HH:MM`, or nothing where none is charted (`10:00-`). A
//! billed line reads `CODE[xUNITS][:MODIFIER,…] key=value …`; `-` stands for no code. What holds for the encounter, its
//! policy or its run stands in `with`, as `key=value`.

use super::RunFacts;
use crate::model::{
    Administration, Cents, ChartTime, ClaimLine, ClaimType, Container, Date, Encounter, HcpcsCode, PayerType,
    RowReference, Setting, parse_quantity,
};
use crate::policy::SwitchValue;
use std::borrow::Cow;

/// One encounter that a rule must, or must not, flag.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    pub flagged: bool,
    /// What it shows.
    pub about: &'static str,
    pub setting: Setting,
    pub second_encounter_of_day: bool,
    pub given: &'static [&'static str],
    pub billed: &'static [&'static str],
    /// Of the encounter, its policy and its run.
    pub with: &'static [&'static str],
}

/// An example that does not read: a defect of the rule, which a test rules out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("example `{0}` does not read")]
pub struct ExampleError(pub String);

impl Example {
    #[must_use]
    pub const fn flagged(about: &'static str, given: &'static [&'static str], billed: &'static [&'static str]) -> Self {
        Self {
            flagged: true,
            about,
            setting: Setting::Facility,
            second_encounter_of_day: false,
            given,
            billed,
            with: &[],
        }
    }

    #[must_use]
    pub const fn clean(about: &'static str, given: &'static [&'static str], billed: &'static [&'static str]) -> Self {
        Self { flagged: false, ..Self::flagged(about, given, billed) }
    }

    /// The same on a professional claim.
    #[must_use]
    pub const fn professional(self) -> Self {
        Self { setting: Setting::Professional, ..self }
    }

    /// The same as the patient's second encounter of the day.
    #[must_use]
    pub const fn second_encounter(self) -> Self {
        Self { second_encounter_of_day: true, ..self }
    }

    /// The same with more said of the encounter, its policy or its run.
    #[must_use]
    pub const fn with(self, with: &'static [&'static str]) -> Self {
        Self { with, ..self }
    }

    fn said(&self, key: &str) -> Option<&'static str> {
        self.with.iter().find_map(|one| one.split_once('=').filter(|(of, _)| *of == key).map(|(_, value)| value))
    }

    /// The encounter of the example: Medicare, 15 January 2026, site L unless a row names another.
    ///
    /// # Errors
    /// Notation that does not read.
    pub fn encounter(&self) -> Result<Encounter<'static>, ExampleError> {
        let ids = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"];
        let day = self.said("date").unwrap_or("2026-01-15");
        let given = self.given.iter().zip(ids).enumerate();
        let billed = self.billed.iter().enumerate();
        let fail = |text: &str| ExampleError(text.to_owned());
        let mut encounter = Encounter {
            encounter_id: "E1",
            setting: Some(self.setting),
            payer: Some("MEDICARE"),
            payer_type: Some(PayerType::Medicare),
            place_of_service: (self.setting == Setting::Professional).then_some("11"),
            second_encounter_of_day: self.second_encounter_of_day,
            administrations: given.map(|(at, (row, id))| given_row(row, id, at, day)).collect::<Result<_, _>>()?,
            ..Encounter::default()
        };
        for one in self.with {
            let (key, value) = one.split_once('=').ok_or_else(|| fail(one))?;
            if !key.starts_with("policy.") && !["date", "as_of", "copied", "orders"].contains(&key) {
                set_encounter(&mut encounter, key, value, day).ok_or_else(|| fail(one))?;
            }
        }
        encounter.claim_lines =
            billed.map(|(at, line)| self.billed_line(line, at, day, &encounter)).collect::<Result<_, _>>()?;
        Ok(encounter)
    }

    /// Facts of the example's run.
    ///
    /// # Errors
    /// Notation that does not read.
    pub fn facts(&self) -> Result<RunFacts, ExampleError> {
        let as_of = match self.said("as_of") {
            Some(day) => Some(day.parse().map_err(|_| ExampleError(day.to_owned()))?),
            None => None,
        };
        let copied_time_units = self.said("copied").map(str::to_owned).into_iter().collect();
        let orders_charted = self.said("orders") == Some("yes");
        Ok(RunFacts { as_of, copied_time_units, orders_charted, ..RunFacts::default() })
    }

    /// Switches of the example's policy.
    pub fn switches(&self) -> impl Iterator<Item = (&'static str, SwitchValue)> {
        self.with.iter().filter_map(|one| {
            let (key, value) = one.strip_prefix("policy.")?.split_once('=')?;
            let value = match (value.parse::<i64>(), value.split_once(',')) {
                (Ok(number), _) => SwitchValue::Integer(number),
                (_, Some(_)) => SwitchValue::List(value.split(',').map(str::to_owned).collect()),
                _ => SwitchValue::Text(value.to_owned()),
            };
            Some((key, value))
        })
    }

    fn billed_line(
        &self,
        text: &'static str,
        at: usize,
        day: &str,
        encounter: &Encounter<'static>,
    ) -> Result<ClaimLine<'static>, ExampleError> {
        let fail = || ExampleError(text.to_owned());
        let mut words = text.split_whitespace();
        let (code, modifiers) = words.next().map(|word| word.split_once(':').unwrap_or((word, ""))).ok_or_else(fail)?;
        let (code, units) = code.split_once('x').unwrap_or((code, "1"));
        let modifiers = modifiers.split(',').filter(|modifier| !modifier.is_empty());
        let mut line = ClaimLine {
            claim_id: "C1",
            line_number: at as i64 + 1,
            encounter_id: "E1",
            patient_id: None,
            payer: encounter.payer,
            payer_type: encounter.payer_type.unwrap_or(PayerType::Medicare),
            claim_type: match self.setting {
                Setting::Facility => ClaimType::Institutional,
                Setting::Professional => ClaimType::Professional,
            },
            frequency_code: 1,
            original_claim_id: None,
            type_of_bill: None,
            place_of_service: encounter.place_of_service,
            revenue_code: None,
            hcpcs: if code == "-" { None } else { Some(code.parse().map_err(|_| fail())?) },
            modifiers: modifiers.map(|one| one.parse().map_err(|_| fail())).collect::<Result<_, _>>()?,
            units: units.parse().map_err(|_| fail())?,
            charge: Some(Cents(30_000)),
            allowed: Some(Cents(10_000)),
            paid: None,
            adjustment_reason_codes: None,
            remark_codes: None,
            service_date: day.parse().map_err(|_| fail())?,
            diagnosis_codes: None,
            diagnosis_pointers: None,
            ndc: None,
            narrative: None,
            rendering_provider: encounter.rendering_provider,
            department: None,
            submitted_date: None,
            source: RowReference { file: 0, row: at as u64 },
        };
        for word in words {
            let (key, value) = word.split_once('=').ok_or_else(fail)?;
            set_line(&mut line, key, value).ok_or_else(fail)?;
        }
        Ok(line)
    }
}

fn set_encounter(encounter: &mut Encounter<'static>, key: &str, value: &'static str, day: &str) -> Option<()> {
    match key {
        "payer" => encounter.payer = Some(value),
        "payer_type" => encounter.payer_type = Some(value.parse().ok()?),
        "class" => encounter.encounter_class = Some(value.parse().ok()?),
        "place" => encounter.place_of_service = Some(value),
        "provider" => encounter.rendering_provider = Some(value),
        "diagnoses" => encounter.diagnoses = Some(Cow::Borrowed(value)),
        "note" => encounter.visit_note = Some(value),
        "surgeon" => encounter.global_period_provider = Some(value),
        "global_end" => encounter.global_period_end = Some(value.parse().ok()?),
        "based" => encounter.provider_based_department = Some(value.parse().ok()?),
        "resident" => encounter.resident_involved = Some(value.parse().ok()?),
        "start" => encounter.start_time = clock(value, day).ok()?,
        "end" => encounter.end_time = clock(value, day).ok()?,
        _ => return None,
    }
    Some(())
}

fn set_line(line: &mut ClaimLine<'static>, key: &str, value: &'static str) -> Option<()> {
    let cents = |text: &str| Some(Cents(text.parse::<i64>().ok()? * 100));
    match key {
        "claim" => line.claim_id = value,
        "form" => line.claim_type = value.parse().ok()?,
        "bill" => line.type_of_bill = Some(value),
        "place" => line.place_of_service = Some(value),
        "revenue" => line.revenue_code = Some(value),
        "ndc" => line.ndc = Some(value),
        "narrative" => line.narrative = Some(value),
        "charge" => line.charge = Some(cents(value)?),
        "allowed" => line.allowed = Some(cents(value)?),
        "paid" => line.paid = Some(cents(value)?),
        "carc" => line.adjustment_reason_codes = Some(value),
        "rarc" => line.remark_codes = Some(value),
        "date" => line.service_date = value.parse::<Date>().ok()?,
        "diagnoses" => line.diagnosis_codes = Some(value),
        "provider" => line.rendering_provider = Some(value),
        _ => return None,
    }
    Some(())
}

fn given_row(
    text: &'static str,
    id: &'static str,
    at: usize,
    day: &str,
) -> Result<Administration<'static>, ExampleError> {
    let fail = || ExampleError(text.to_owned());
    let mut words = text.split_whitespace();
    let (drug, route, method, times) = (words.next(), words.next(), words.next(), words.next());
    let drug = drug.ok_or_else(fail)?;
    let route = route.and_then(|route| route.parse().ok()).ok_or_else(fail)?;
    let mut row = Administration::new(id, route);
    row.source = RowReference { file: 0, row: at as u64 };
    row.access_site = Some("L");
    match drug.split_once(':') {
        Some((name, class)) => {
            row.drug_name = Some(name);
            if !class.is_empty() {
                row.substance_class = Some(class.parse().map_err(|_| fail())?);
            }
        }
        None => row.drug_code = Some(drug.parse::<HcpcsCode>().map_err(|_| fail())?),
    }
    row.method = match method.ok_or_else(fail)? {
        "-" => None,
        method => Some(method.parse().map_err(|_| fail())?),
    };
    let (start, stop) = times.and_then(|times| times.split_once('-')).ok_or_else(fail)?;
    row.start_time = clock(start, day).map_err(|()| fail())?;
    row.stop_time = clock(stop, day).map_err(|()| fail())?;
    for word in words {
        let (key, value) = word.split_once('=').ok_or_else(fail)?;
        set(&mut row, key, value, day).ok_or_else(fail)?;
    }
    Ok(row)
}

/// `10:00`, or `10:00+1` for the next day.
fn clock(text: &str, day: &str) -> Result<Option<ChartTime>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let (time, days) = text.split_once('+').unwrap_or((text, "0"));
    let days: i64 = days.parse().map_err(|_| ())?;
    let time: ChartTime = format!("{day}T{time}").parse().map_err(|_| ())?;
    Ok(Some(ChartTime { local: time.local + days * 1_440, offset: None }))
}

/// `305mg` as an amount and its unit.
fn amount(text: &'static str) -> Option<(rust_decimal::Decimal, &'static str)> {
    let split = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    Some((parse_quantity(&text[..split])?, &text[split..]))
}

fn set(row: &mut Administration<'static>, key: &str, value: &'static str, day: &str) -> Option<()> {
    match key {
        "site" => row.access_site = (value != "none").then_some(value),
        "reason" => row.site_reason = Some(value),
        "device" => row.device = Some(value.parse().ok()?),
        "purpose" => row.purpose = Some(value.parse().ok()?),
        "volume" => row.volume_ml = Some(parse_quantity(value)?),
        "rate" => row.rate_ml_per_hour = Some(parse_quantity(value)?),
        "bag" => row.bag_id = Some(value),
        "order" => row.order_id = Some(value),
        "ordered" => row.order_time = clock(value, day).ok()?,
        "system" => row.source_system = Some(value),
        "unit" => row.department = Some(value),
        "bought_340b" => row.purchased_340b = Some(value.parse().ok()?),
        "ndc" => row.ndc = Some(value),
        "name" => row.drug_name = Some(value),
        "wasted" => row.amount_wasted = Some(parse_quantity(value)?),
        "container" => row.container = Some(value.parse().ok()?),
        "ordered_dose" => row.ordered_dose = Some(parse_quantity(value)?),
        "dose" => {
            let (amount, unit) = amount(value)?;
            (row.dose, row.dose_unit) = (Some(amount), Some(unit));
        }
        "vials" => {
            let (count, size) = value.split_once('x')?;
            row.vials_used = Some(count.parse().ok()?);
            row.vial_size = Some(parse_quantity(size)?);
            row.container = Some(Container::SingleDose);
        }
        _ => return None,
    }
    Some(())
}
