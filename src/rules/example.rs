//! Examples beside each rule: small encounters in a short notation, run through the whole audit.
//!
//! A given row reads `DRUG ROUTE METHOD START-STOP key=value …`: the drug a HCPCS code or `name:class`; the method
//! `infusion`, `push`, `injection` or `-`; times `HH:MM`, or nothing where none is charted (`10:00-`). A billed line
//! reads `CODE[xUNITS][:MODIFIER,…]`.

use crate::model::{
    Administration, Cents, ChartTime, ClaimLine, ClaimType, Container, Date, Encounter, HcpcsCode, PayerType,
    RowReference, Setting, parse_quantity,
};

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
}

/// An example that does not read: a defect of the rule, which a test rules out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("example `{0}` does not read")]
pub struct ExampleError(pub String);

impl Example {
    #[must_use]
    pub const fn flagged(about: &'static str, given: &'static [&'static str], billed: &'static [&'static str]) -> Self {
        Self { flagged: true, about, setting: Setting::Facility, second_encounter_of_day: false, given, billed }
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

    /// The encounter of the example: Medicare, 15 January 2026, site L unless a row names another.
    ///
    /// # Errors
    /// Notation that does not read.
    pub fn encounter(&self) -> Result<Encounter<'static>, ExampleError> {
        let ids = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"];
        let given = self.given.iter().zip(ids).enumerate();
        let billed = self.billed.iter().enumerate();
        Ok(Encounter {
            encounter_id: "E1",
            setting: Some(self.setting),
            payer: Some("MEDICARE"),
            payer_type: Some(PayerType::Medicare),
            place_of_service: (self.setting == Setting::Professional).then_some("11"),
            second_encounter_of_day: self.second_encounter_of_day,
            administrations: given.map(|(at, (row, id))| given_row(row, id, at)).collect::<Result<_, _>>()?,
            claim_lines: billed.map(|(at, line)| self.billed_line(line, at)).collect::<Result<_, _>>()?,
            ..Encounter::default()
        })
    }

    fn billed_line(&self, text: &'static str, at: usize) -> Result<ClaimLine<'static>, ExampleError> {
        let fail = || ExampleError(text.to_owned());
        let (code, modifiers) = text.split_once(':').unwrap_or((text, ""));
        let (code, units) = code.split_once('x').unwrap_or((code, "1"));
        let modifiers = modifiers.split(',').filter(|modifier| !modifier.is_empty());
        Ok(ClaimLine {
            claim_id: "C1",
            line_number: at as i64 + 1,
            encounter_id: "E1",
            patient_id: None,
            payer: Some("MEDICARE"),
            payer_type: PayerType::Medicare,
            claim_type: match self.setting {
                Setting::Facility => ClaimType::Institutional,
                Setting::Professional => ClaimType::Professional,
            },
            frequency_code: 1,
            original_claim_id: None,
            type_of_bill: None,
            place_of_service: None,
            revenue_code: None,
            hcpcs: Some(code.parse().map_err(|_| fail())?),
            modifiers: modifiers.map(|one| one.parse().map_err(|_| fail())).collect::<Result<_, _>>()?,
            units: units.parse().map_err(|_| fail())?,
            charge: Some(Cents(30_000)),
            allowed: Some(Cents(10_000)),
            paid: None,
            service_date: day().ok_or_else(fail)?,
            diagnosis_codes: None,
            diagnosis_pointers: None,
            ndc: None,
            narrative: None,
            rendering_provider: None,
            department: None,
            submitted_date: None,
            source: RowReference { file: 0, row: at as u64 },
        })
    }
}

fn day() -> Option<Date> {
    Date::from_ymd(2026, 1, 15)
}

fn given_row(text: &'static str, id: &'static str, at: usize) -> Result<Administration<'static>, ExampleError> {
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
            row.substance_class = Some(class.parse().map_err(|_| fail())?);
        }
        None => row.drug_code = Some(drug.parse::<HcpcsCode>().map_err(|_| fail())?),
    }
    row.method = match method.ok_or_else(fail)? {
        "-" => None,
        method => Some(method.parse().map_err(|_| fail())?),
    };
    let (start, stop) = times.and_then(|times| times.split_once('-')).ok_or_else(fail)?;
    row.start_time = clock(start).map_err(|()| fail())?;
    row.stop_time = clock(stop).map_err(|()| fail())?;
    for word in words {
        let (key, value) = word.split_once('=').ok_or_else(fail)?;
        set(&mut row, key, value).ok_or_else(fail)?;
    }
    Ok(row)
}

fn clock(text: &str) -> Result<Option<ChartTime>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    format!("2026-01-15T{text}").parse().map(Some).map_err(|_| ())
}

fn set(row: &mut Administration<'static>, key: &str, value: &'static str) -> Option<()> {
    match key {
        "site" => row.access_site = Some(value),
        "reason" => row.site_reason = Some(value),
        "device" => row.device = Some(value.parse().ok()?),
        "purpose" => row.purpose = Some(value.parse().ok()?),
        "volume" => row.volume_ml = Some(parse_quantity(value)?),
        "rate" => row.rate_ml_per_hour = Some(parse_quantity(value)?),
        "bag" => row.bag_id = Some(value),
        "dose" => {
            let split = value.find(|letter: char| letter.is_ascii_alphabetic())?;
            row.dose = Some(parse_quantity(&value[..split])?);
            row.dose_unit = Some(&value[split..]);
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
