//! The switches in force: their defaults, and how a value is set.

use super::choices::{
    BolusOfInfusedDrug, ComplexBiologicPolicy, ConcurrentChemo, HydrationDiagnoses, MidnightDateOfService, MissingStop,
    Modifier340b, PartialOverlap, PricePreference, SameDrugRepeat, SecondSiteInitial, SplitDoseInjection, UnitRounding,
};
use super::switch_list::{SWITCHES, nearest_key};
use crate::model::{HcpcsCode, Minutes, Modifier, SubstanceClass};
use crate::rules::Severity;
use std::sync::Arc;

/// The switches in force for one encounter under one setting, and what a layer changed about single rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub push_max_minutes: Minutes,
    pub continuation_gap_minutes: Minutes,
    pub derive_stop_time: bool,
    pub missing_stop: MissingStop,
    pub complex_biologic_policy: ComplexBiologicPolicy,
    pub complex_biologic_list: Arc<[HcpcsCode]>,
    pub second_site_initial: SecondSiteInitial,
    pub distinct_site_modifier: Modifier,
    pub distinct_encounter_modifier: Modifier,
    pub partial_overlap: PartialOverlap,
    pub concurrent_min_overlap_minutes: Minutes,
    pub same_drug_repeat: SameDrugRepeat,
    pub bolus_of_infused_drug: BolusOfInfusedDrug,
    pub concurrent_chemo: ConcurrentChemo,
    pub split_dose_injection: SplitDoseInjection,
    pub unit_rounding: UnitRounding,
    pub midnight_dos: MidnightDateOfService,
    /// `None`: on for Medicare, off elsewhere.
    pub jw_jz: Option<bool>,
    pub g0498: bool,
    pub volume_rate_tolerance_percent: i64,
    pub source_time_tolerance_minutes: Minutes,
    pub hydration_diagnoses: HydrationDiagnoses,
    pub ed_hydration_bundled: bool,
    pub ncci_edits: bool,
    pub modifier_340b: Modifier340b,
    pub self_administered_drugs: Arc<[HcpcsCode]>,
    pub dual_route_drugs: Arc<[HcpcsCode]>,
    pub filing_limit_days: i64,
    pub filing_warning_days: i64,
    pub unbilled_grace_days: i64,
    pub price_preference: PricePreference,
    pub percent_of_charge: Option<i64>,
    pub observation_comprehensive_apc: bool,
    pub excepted_off_campus_percent: i64,
    /// Classes that a layer gives to drugs, later ones winning.
    pub drug_classes: Vec<(HcpcsCode, SubstanceClass)>,
    /// By rule code, in the order in which layers set them; later ones win.
    pub rules: Vec<(&'static str, RuleOverride)>,
}

/// What a policy layer says about one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleOverride {
    pub enabled: Option<bool>,
    pub severity: Option<Severity>,
    pub probability_basis_points: Option<u32>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            push_max_minutes: 15,
            continuation_gap_minutes: 5,
            derive_stop_time: false,
            missing_stop: MissingStop::Push,
            complex_biologic_policy: ComplexBiologicPolicy::Cpt,
            complex_biologic_list: Arc::from([]),
            second_site_initial: SecondSiteInitial::DocumentedSite,
            distinct_site_modifier: Modifier::DISTINCT,
            distinct_encounter_modifier: Modifier::DISTINCT,
            partial_overlap: PartialOverlap::Split,
            concurrent_min_overlap_minutes: 16,
            same_drug_repeat: SameDrugRepeat::AddTime,
            bolus_of_infused_drug: BolusOfInfusedDrug::None,
            concurrent_chemo: ConcurrentChemo::Review,
            split_dose_injection: SplitDoseInjection::PerInjection,
            unit_rounding: UnitRounding::Ceil,
            midnight_dos: MidnightDateOfService::Start,
            jw_jz: None,
            g0498: false,
            volume_rate_tolerance_percent: 25,
            source_time_tolerance_minutes: 5,
            hydration_diagnoses: HydrationDiagnoses::Listed,
            ed_hydration_bundled: false,
            ncci_edits: true,
            modifier_340b: Modifier340b::None,
            self_administered_drugs: Arc::from([]),
            dual_route_drugs: Arc::from([]),
            filing_limit_days: 365,
            filing_warning_days: 30,
            unbilled_grace_days: 0,
            price_preference: PricePreference::Schedule,
            percent_of_charge: None,
            observation_comprehensive_apc: false,
            excepted_off_campus_percent: 100,
            drug_classes: Vec::new(),
            rules: Vec::new(),
        }
    }
}

/// A value as JSON or TOML gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum SwitchValue {
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<String>),
    /// Something no switch takes, described.
    Other(&'static str),
}

/// A switch that cannot be set so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    #[error("unknown policy key `{key}`; did you mean `{nearest}`?")]
    UnknownKey { key: String, nearest: &'static str },
    #[error("policy key `{key}` takes {values}, not {found}")]
    BadValue { key: String, values: &'static str, found: String },
    #[error("policy key `{key}` takes {values}, not text: leave off the quotes and write {key} = {bare}")]
    Quoted { key: String, values: &'static str, bare: String },
    #[error("policy key `{key}` takes {values}: write {key} = [\"{code}\"]")]
    NotAList { key: String, values: &'static str, code: String },
}

impl SwitchValue {
    fn shown(&self) -> String {
        match self {
            SwitchValue::Bool(value) => value.to_string(),
            SwitchValue::Integer(value) => value.to_string(),
            SwitchValue::Text(value) => format!("`{value}`"),
            SwitchValue::List(_) => "a list".to_owned(),
            SwitchValue::Other(what) => (*what).to_owned(),
        }
    }

    fn as_bool(&self) -> Option<bool> {
        match self {
            SwitchValue::Bool(value) => Some(*value),
            SwitchValue::Text(text) if ["on", "true"].iter().any(|word| word.eq_ignore_ascii_case(text)) => Some(true),
            SwitchValue::Text(text) if ["off", "false"].iter().any(|word| word.eq_ignore_ascii_case(text)) => {
                Some(false)
            }
            _ => None,
        }
    }

    fn as_minutes(&self, least: i64, most: i64) -> Option<Minutes> {
        match self {
            SwitchValue::Integer(value) if (least..=most).contains(value) => Some(*value),
            _ => None,
        }
    }

    fn as_choice<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        match self {
            SwitchValue::Text(text) => parse(text),
            _ => None,
        }
    }

    fn as_modifier(&self, allowed: [Modifier; 2]) -> Option<Modifier> {
        let text = match self {
            SwitchValue::Text(text) => text.clone(),
            SwitchValue::Integer(value) => value.to_string(),
            _ => return None,
        };
        allowed.into_iter().find(|modifier| modifier.as_str().eq_ignore_ascii_case(&text))
    }

    fn as_codes(&self) -> Option<Arc<[HcpcsCode]>> {
        match self {
            SwitchValue::List(codes) => codes.iter().map(|code| code.parse().ok()).collect(),
            _ => None,
        }
    }
}

/// Sets `slot` when the value fits.
fn put<T>(slot: &mut T, value: Option<T>) -> bool {
    value.map(|value| *slot = value).is_some()
}

impl Policy {
    /// Sets one switch from its key and value.
    ///
    /// # Errors
    /// An unknown key, with the nearest known one; or a value that the switch does not take, with those it does.
    pub fn set(&mut self, key: &str, value: &SwitchValue) -> Result<(), SwitchError> {
        let fits = match key {
            "push_max_minutes" => put(&mut self.push_max_minutes, value.as_minutes(1, 60)),
            "continuation_gap_minutes" => put(&mut self.continuation_gap_minutes, value.as_minutes(0, 120)),
            "derive_stop_time" => put(&mut self.derive_stop_time, value.as_bool()),
            "missing_stop" => put(&mut self.missing_stop, value.as_choice(MissingStop::parse)),
            "complex_biologic_policy" => {
                put(&mut self.complex_biologic_policy, value.as_choice(ComplexBiologicPolicy::parse))
            }
            "complex_biologic_list" => put(&mut self.complex_biologic_list, value.as_codes()),
            "second_site_initial" => put(&mut self.second_site_initial, value.as_choice(SecondSiteInitial::parse)),
            "distinct_site_modifier" => put(
                &mut self.distinct_site_modifier,
                value.as_modifier([Modifier::DISTINCT, Modifier::DISTINCT_STRUCTURE]),
            ),
            "distinct_encounter_modifier" => put(
                &mut self.distinct_encounter_modifier,
                value.as_modifier([Modifier::DISTINCT, Modifier::DISTINCT_ENCOUNTER]),
            ),
            "partial_overlap" => put(&mut self.partial_overlap, value.as_choice(PartialOverlap::parse)),
            "concurrent_min_overlap_minutes" => put(&mut self.concurrent_min_overlap_minutes, value.as_minutes(1, 600)),
            "same_drug_repeat" => put(&mut self.same_drug_repeat, value.as_choice(SameDrugRepeat::parse)),
            "bolus_of_infused_drug" => put(&mut self.bolus_of_infused_drug, value.as_choice(BolusOfInfusedDrug::parse)),
            "concurrent_chemo" => put(&mut self.concurrent_chemo, value.as_choice(ConcurrentChemo::parse)),
            "split_dose_injection" => put(&mut self.split_dose_injection, value.as_choice(SplitDoseInjection::parse)),
            "unit_rounding" => put(&mut self.unit_rounding, value.as_choice(UnitRounding::parse)),
            "midnight_dos" => put(&mut self.midnight_dos, value.as_choice(MidnightDateOfService::parse)),
            "jw_jz" => put(&mut self.jw_jz, value.as_bool().map(Some)),
            "g0498" => put(&mut self.g0498, value.as_bool()),
            "volume_rate_tolerance_percent" => put(&mut self.volume_rate_tolerance_percent, value.as_minutes(1, 100)),
            "source_time_tolerance_minutes" => put(&mut self.source_time_tolerance_minutes, value.as_minutes(0, 60)),
            "hydration_diagnoses" => put(&mut self.hydration_diagnoses, value.as_choice(HydrationDiagnoses::parse)),
            "ed_hydration_bundled" => put(&mut self.ed_hydration_bundled, value.as_bool()),
            "ncci_edits" => put(&mut self.ncci_edits, value.as_bool()),
            "modifier_340b" => put(&mut self.modifier_340b, value.as_choice(Modifier340b::parse)),
            "self_administered_drugs" => put(&mut self.self_administered_drugs, value.as_codes()),
            "dual_route_drugs" => put(&mut self.dual_route_drugs, value.as_codes()),
            "filing_limit_days" => put(&mut self.filing_limit_days, value.as_minutes(1, 1_500)),
            "filing_warning_days" => put(&mut self.filing_warning_days, value.as_minutes(0, 365)),
            "unbilled_grace_days" => put(&mut self.unbilled_grace_days, value.as_minutes(0, 120)),
            "price_preference" => put(&mut self.price_preference, value.as_choice(PricePreference::parse)),
            "percent_of_charge" => put(&mut self.percent_of_charge, value.as_minutes(1, 100).map(Some)),
            "observation_comprehensive_apc" => put(&mut self.observation_comprehensive_apc, value.as_bool()),
            "excepted_off_campus_percent" => put(&mut self.excepted_off_campus_percent, value.as_minutes(1, 100)),
            _ => return Err(SwitchError::UnknownKey { key: key.to_owned(), nearest: nearest_key(key) }),
        };
        if fits {
            return Ok(());
        }
        let values = SWITCHES.iter().find(|switch| switch.key == key).map_or("another value", |switch| switch.values);
        Err(self.misfit(key, values, value))
    }

    /// Reason for which a value does not fit: quotes around a number, brackets that a list lacks, or another value.
    fn misfit(&self, key: &str, values: &'static str, value: &SwitchValue) -> SwitchError {
        let key = key.to_owned();
        if let SwitchValue::Text(text) = value {
            let fits = |value: SwitchValue| self.clone().set(&key, &value).is_ok();
            let bare = text.trim();
            if bare.parse().is_ok_and(|number| fits(SwitchValue::Integer(number))) {
                return SwitchError::Quoted { key, values, bare: bare.to_owned() };
            }
            if fits(SwitchValue::List(vec![bare.to_owned()])) {
                return SwitchError::NotAList { key, values, code: bare.to_owned() };
            }
        }
        SwitchError::BadValue { key, values, found: value.shown() }
    }

    /// The value of a switch as a policy file would write it; `None` for an unknown key.
    #[must_use]
    pub fn shown(&self, key: &str) -> Option<String> {
        let codes = |list: &[HcpcsCode]| {
            let codes: Vec<&str> = list.iter().map(HcpcsCode::as_str).collect();
            if codes.is_empty() { "empty".to_owned() } else { codes.join(", ") }
        };
        let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
        Some(match key {
            "push_max_minutes" => self.push_max_minutes.to_string(),
            "continuation_gap_minutes" => self.continuation_gap_minutes.to_string(),
            "derive_stop_time" => self.derive_stop_time.to_string(),
            "missing_stop" => self.missing_stop.as_str().to_owned(),
            "complex_biologic_policy" => self.complex_biologic_policy.as_str().to_owned(),
            "complex_biologic_list" => codes(&self.complex_biologic_list),
            "second_site_initial" => self.second_site_initial.as_str().to_owned(),
            "distinct_site_modifier" => self.distinct_site_modifier.to_string(),
            "distinct_encounter_modifier" => self.distinct_encounter_modifier.to_string(),
            "partial_overlap" => self.partial_overlap.as_str().to_owned(),
            "concurrent_min_overlap_minutes" => self.concurrent_min_overlap_minutes.to_string(),
            "same_drug_repeat" => self.same_drug_repeat.as_str().to_owned(),
            "bolus_of_infused_drug" => self.bolus_of_infused_drug.as_str().to_owned(),
            "concurrent_chemo" => self.concurrent_chemo.as_str().to_owned(),
            "split_dose_injection" => self.split_dose_injection.as_str().to_owned(),
            "unit_rounding" => self.unit_rounding.as_str().to_owned(),
            "midnight_dos" => self.midnight_dos.as_str().to_owned(),
            "jw_jz" => self.jw_jz.map_or_else(|| "on for Medicare".to_owned(), switch),
            "g0498" => self.g0498.to_string(),
            "volume_rate_tolerance_percent" => self.volume_rate_tolerance_percent.to_string(),
            "source_time_tolerance_minutes" => self.source_time_tolerance_minutes.to_string(),
            "hydration_diagnoses" => self.hydration_diagnoses.as_str().to_owned(),
            "ed_hydration_bundled" => self.ed_hydration_bundled.to_string(),
            "ncci_edits" => switch(self.ncci_edits),
            "modifier_340b" => self.modifier_340b.as_str().to_owned(),
            "self_administered_drugs" => codes(&self.self_administered_drugs),
            "dual_route_drugs" => codes(&self.dual_route_drugs),
            "filing_limit_days" => self.filing_limit_days.to_string(),
            "filing_warning_days" => self.filing_warning_days.to_string(),
            "unbilled_grace_days" => self.unbilled_grace_days.to_string(),
            "price_preference" => self.price_preference.as_str().to_owned(),
            "percent_of_charge" => self.percent_of_charge.map_or_else(|| "none".to_owned(), |one| one.to_string()),
            "observation_comprehensive_apc" => switch(self.observation_comprehensive_apc),
            "excepted_off_campus_percent" => self.excepted_off_campus_percent.to_string(),
            _ => return None,
        })
    }

    /// The class that the layers give to a drug, where they do.
    #[must_use]
    pub fn drug_class(&self, code: HcpcsCode) -> Option<SubstanceClass> {
        self.drug_classes.iter().rev().find(|(of, _)| *of == code).map(|(_, class)| *class)
    }

    /// Minutes from which a therapeutic or chemotherapy service is an infusion.
    #[must_use]
    pub fn infusion_min_minutes(&self) -> Minutes {
        self.push_max_minutes + 1
    }

    /// What the layers say about one rule.
    #[must_use]
    pub fn rule(&self, code: &str) -> RuleOverride {
        let mut result = RuleOverride::default();
        for (_, one) in self.rules.iter().filter(|(of, _)| *of == code) {
            result.enabled = one.enabled.or(result.enabled);
            result.severity = one.severity.or(result.severity);
            result.probability_basis_points = one.probability_basis_points.or(result.probability_basis_points);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_switch_can_be_set_and_others_cannot() {
        for switch in SWITCHES {
            let mut policy = Policy::default();
            let wrong = policy.set(switch.key, &SwitchValue::Other("a table"));
            assert!(matches!(wrong, Err(SwitchError::BadValue { .. })), "{}", switch.key);
        }
        for switch in SWITCHES {
            let shown = Policy::default().shown(switch.key).unwrap();
            assert_eq!(shown, switch.default, "{} is documented as it is", switch.key);
        }
        let error = Policy::default().set("partial_overlapp", &SwitchValue::Bool(true)).unwrap_err();
        assert_eq!(error.to_string(), "unknown policy key `partial_overlapp`; did you mean `partial_overlap`?");
    }

    #[test]
    fn documented_choices_are_the_accepted_ones() {
        for (key, terms) in [
            ("missing_stop", MissingStop::TERMS),
            ("complex_biologic_policy", ComplexBiologicPolicy::TERMS),
            ("second_site_initial", SecondSiteInitial::TERMS),
            ("partial_overlap", PartialOverlap::TERMS),
            ("same_drug_repeat", SameDrugRepeat::TERMS),
            ("bolus_of_infused_drug", BolusOfInfusedDrug::TERMS),
            ("concurrent_chemo", ConcurrentChemo::TERMS),
            ("split_dose_injection", SplitDoseInjection::TERMS),
            ("unit_rounding", UnitRounding::TERMS),
            ("midnight_dos", MidnightDateOfService::TERMS),
            ("modifier_340b", Modifier340b::TERMS),
            ("hydration_diagnoses", HydrationDiagnoses::TERMS),
            ("price_preference", PricePreference::TERMS),
        ] {
            let switch = SWITCHES.iter().find(|switch| switch.key == key).unwrap();
            assert_eq!(switch.values, terms.join(" | "));
            for term in terms {
                assert_eq!(Policy::default().set(key, &SwitchValue::Text((*term).to_owned())), Ok(()));
            }
        }
    }
}
