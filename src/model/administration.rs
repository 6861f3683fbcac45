//! One charted administration: a row of the flowsheet.

use super::{
    AdministrationStatus, ChartTime, Container, Device, HcpcsCode, Method, Minutes, Purpose, Route, RowReference,
    SubstanceClass, YesNo,
};
use rust_decimal::Decimal;

/// How the HCPCS code of a row came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DrugMatch {
    /// Charted, or not known at all.
    #[default]
    Charted,
    /// From the NDC, by the crosswalk in force.
    Ndc,
    /// From the drug's name, which names one code of the drug table and no other.
    Name,
    /// The charted code had ended on the day; this one replaced it.
    Replaced,
    /// The name or NDC fits several codes: their common class is used, none of the codes.
    Ambiguous,
    /// The name is only like that of a drug: nothing is used.
    Resembles,
}

/// How much drug one millilitre holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concentration<'a> {
    pub amount: Decimal,
    pub unit: &'a str,
}

/// One row of the flowsheet, as charted. Field by field the contract is `schemas/flowsheets.schema.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Administration<'a> {
    pub administration_id: &'a str,
    pub drug_code: Option<HcpcsCode>,
    pub drug_name: Option<&'a str>,
    /// Overrides the class of the drug table.
    pub substance_class: Option<SubstanceClass>,
    pub route: Route,
    pub method: Option<Method>,
    pub device: Option<Device>,
    pub start_time: Option<ChartTime>,
    pub stop_time: Option<ChartTime>,
    pub order_time: Option<ChartTime>,
    pub recorded_time: Option<ChartTime>,
    pub access_site: Option<&'a str>,
    pub site_reason: Option<&'a str>,
    pub lumen: Option<&'a str>,
    pub purpose: Option<Purpose>,
    pub status: AdministrationStatus,
    pub order_id: Option<&'a str>,
    pub bag_id: Option<&'a str>,
    pub source_system: Option<&'a str>,
    /// Unit whose nurses charted the row.
    pub department: Option<&'a str>,
    pub purchased_340b: Option<YesNo>,
    /// Amount given, in `dose_unit`.
    pub dose: Option<Decimal>,
    pub dose_unit: Option<&'a str>,
    /// Amount ordered, in `dose_unit`.
    pub ordered_dose: Option<Decimal>,
    pub concentration: Option<Concentration<'a>>,
    pub volume_ml: Option<Decimal>,
    pub rate_ml_per_hour: Option<Decimal>,
    pub container: Option<Container>,
    /// Content of one vial, in `dose_unit`.
    pub vial_size: Option<Decimal>,
    pub vials_used: Option<i64>,
    /// Amount discarded, in `dose_unit`.
    pub amount_wasted: Option<Decimal>,
    pub ndc: Option<&'a str>,
    pub narrative: Option<&'a str>,
    /// How `drug_code` came to be known.
    pub drug_match: DrugMatch,
    pub source: RowReference,
}

impl<'a> Administration<'a> {
    /// Minutes from the charted start to the charted stop, where both are; not positive where the stop is not later.
    #[must_use]
    pub fn charted_minutes(&self) -> Option<Minutes> {
        Some(self.stop_time?.absolute() - self.start_time?.absolute())
    }

    /// A given administration with nothing charted but its id and route; decoders fill in the rest.
    #[must_use]
    pub fn new(administration_id: &'a str, route: Route) -> Self {
        Self {
            administration_id,
            drug_code: None,
            drug_name: None,
            substance_class: None,
            route,
            method: None,
            device: None,
            start_time: None,
            stop_time: None,
            order_time: None,
            recorded_time: None,
            access_site: None,
            site_reason: None,
            lumen: None,
            purpose: None,
            status: AdministrationStatus::Given,
            order_id: None,
            bag_id: None,
            source_system: None,
            department: None,
            purchased_340b: None,
            dose: None,
            dose_unit: None,
            ordered_dose: None,
            concentration: None,
            volume_ml: None,
            rate_ml_per_hour: None,
            container: None,
            vial_size: None,
            vials_used: None,
            amount_wasted: None,
            ndc: None,
            narrative: None,
            drug_match: DrugMatch::Charted,
            source: RowReference::default(),
        }
    }
}
