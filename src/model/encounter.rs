//! One encounter: who, where, what was given and what was billed.

use std::borrow::Cow;

use super::{
    Administration, ChartTime, ClaimLine, Date, EncounterClass, PayerType, ProviderBasedDepartment, Setting, YesNo,
};

/// Everything known about one encounter. The engine, the ledger and the rules see this and nothing else.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Encounter<'a> {
    pub encounter_id: &'a str,
    pub patient_id: Option<&'a str>,
    /// The form under which an encounter without claims is coded; claims carry their own.
    pub setting: Option<Setting>,
    pub encounter_class: Option<EncounterClass>,
    pub place_of_service: Option<&'a str>,
    pub payer: Option<&'a str>,
    pub payer_type: Option<PayerType>,
    pub department: Option<&'a str>,
    pub rendering_provider: Option<&'a str>,
    /// What the visit note holds, separated by `;`.
    pub visit_note: Option<&'a str>,
    pub global_period_provider: Option<&'a str>,
    /// Last day of that provider's global period.
    pub global_period_end: Option<Date>,
    pub provider_based_department: Option<ProviderBasedDepartment>,
    pub resident_involved: Option<YesNo>,
    pub start_time: Option<ChartTime>,
    pub end_time: Option<ChartTime>,
    /// ICD-10-CM codes, separated by `;`.
    pub diagnoses: Option<Cow<'a, str>>,
    /// The administration that was the primary reason for the visit (professional claims).
    pub primary_administration_id: Option<&'a str>,
    /// Another encounter of this patient began earlier on the same day at the same facility.
    pub second_encounter_of_day: bool,
    /// In the order of the input; nothing may depend on that order.
    pub administrations: Vec<Administration<'a>>,
    /// The standing claim lines, superseded versions already taken out.
    pub claim_lines: Vec<ClaimLine<'a>>,
}

impl Encounter<'_> {
    /// The diagnoses one by one, trimmed, without empty ones.
    pub fn diagnosis_codes(&self) -> impl Iterator<Item = &str> {
        listed(self.diagnoses.as_deref())
    }

    /// The day of the encounter: its charted start, else the earliest charted administration time, else the earliest
    /// billed day.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        self.start_time
            .map(ChartTime::date)
            .or_else(|| {
                let times = self.administrations.iter().flat_map(|given| [given.start_time, given.stop_time]);
                times.flatten().min_by_key(|time| time.absolute()).map(ChartTime::date)
            })
            .or_else(|| self.claim_lines.iter().map(|line| line.service_date).min())
    }
}

/// The items of a list that one text holds, separated by `;`.
pub(crate) fn listed(text: Option<&str>) -> impl Iterator<Item = &str> + Clone {
    text.unwrap_or_default().split(';').map(str::trim).filter(|item| !item.is_empty())
}
