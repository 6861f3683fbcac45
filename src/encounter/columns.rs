//! Typed access to one table's decoded rows.

use crate::model::{ChartTime, Date, RowReference};
use crate::schema::{quantity_at, time_at};
use arrow::array::{
    Array, AsArray, Date32Array, FixedSizeBinaryArray, Int16Array, Int64Array, RecordBatch, StringArray, UInt32Array,
    UInt64Array,
};
use arrow::datatypes::{Date32Type, Int16Type, Int64Type, UInt32Type, UInt64Type};
use rust_decimal::Decimal;
use std::str::FromStr;

/// The columns of one decoded batch by name; names are those of the contract.
#[derive(Debug)]
struct Columns<'b> {
    batch: &'b RecordBatch,
}

impl<'b> Columns<'b> {
    fn new(batch: &'b RecordBatch) -> Self {
        Self { batch }
    }

    fn at(&self, name: &str) -> &'b dyn Array {
        // The decoded schema comes from the same contract; a test builds encounters from every column.
        self.batch.column_by_name(name).map_or_else(|| self.batch.column(0).as_ref(), AsRef::as_ref)
    }

    fn text(&self, name: &str) -> Text<'b> {
        Text(self.at(name).as_string::<i32>())
    }

    fn integer(&self, name: &str) -> Whole<'b> {
        Whole(self.at(name).as_primitive::<Int64Type>())
    }

    fn date(&self, name: &str) -> Dates<'b> {
        Dates(self.at(name).as_primitive::<Date32Type>())
    }

    fn time(&self, name: &str) -> Times<'b> {
        let offset = self.at(&format!("{name}.offset")).as_primitive::<Int16Type>();
        Times(self.at(name).as_primitive::<Int64Type>(), offset)
    }

    fn quantity(&self, name: &str) -> Quantities<'b> {
        Quantities(self.at(name).as_fixed_size_binary())
    }

    fn source(&self) -> Sources<'b> {
        let file = self.at("source.file").as_primitive::<UInt32Type>();
        Sources(file, self.at("source.row").as_primitive::<UInt64Type>())
    }
}

#[derive(Debug)]
pub(super) struct Text<'b>(&'b StringArray);
#[derive(Debug)]
pub(super) struct Whole<'b>(&'b Int64Array);
#[derive(Debug)]
pub(super) struct Dates<'b>(&'b Date32Array);
#[derive(Debug)]
pub(super) struct Times<'b>(&'b Int64Array, &'b Int16Array);
#[derive(Debug)]
pub(super) struct Quantities<'b>(&'b FixedSizeBinaryArray);
#[derive(Debug)]
pub(super) struct Sources<'b>(&'b UInt32Array, &'b UInt64Array);

impl<'b> Text<'b> {
    pub(super) fn get(&self, row: usize) -> Option<&'b str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    /// A term or code; validated when it was decoded.
    pub(super) fn parse<T: FromStr>(&self, row: usize) -> Option<T> {
        self.get(row)?.parse().ok()
    }
}

impl Whole<'_> {
    pub(super) fn get(&self, row: usize) -> Option<i64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

impl Dates<'_> {
    pub(super) fn get(&self, row: usize) -> Option<Date> {
        self.0.is_valid(row).then(|| Date(self.0.value(row)))
    }
}

impl Times<'_> {
    pub(super) fn get(&self, row: usize) -> Option<ChartTime> {
        time_at(self.0, self.1, row)
    }
}

impl Quantities<'_> {
    pub(super) fn get(&self, row: usize) -> Option<Decimal> {
        quantity_at(self.0, row)
    }
}

impl Sources<'_> {
    pub(super) fn get(&self, row: usize) -> RowReference {
        RowReference { file: self.0.value(row), row: self.1.value(row) }
    }
}

/// The encounters table, column by column.
#[derive(Debug)]
pub(super) struct EncounterColumns<'b> {
    pub setting: Text<'b>,
    pub encounter_class: Text<'b>,
    pub payer_type: Text<'b>,
    pub start_time: Times<'b>,
    pub end_time: Times<'b>,
    pub encounter_id: Text<'b>,
    pub patient_id: Text<'b>,
    pub place_of_service: Text<'b>,
    pub payer: Text<'b>,
    pub department: Text<'b>,
    pub rendering_provider: Text<'b>,
    pub visit_note: Text<'b>,
    pub global_period_provider: Text<'b>,
    pub global_period_end: Dates<'b>,
    pub provider_based_department: Text<'b>,
    pub resident_involved: Text<'b>,
    pub diagnoses: Text<'b>,
    pub primary_administration_id: Text<'b>,
    pub source: Sources<'b>,
}

impl<'b> EncounterColumns<'b> {
    pub(super) fn new(batch: &'b RecordBatch) -> Self {
        let of = Columns::new(batch);
        Self {
            setting: of.text("setting"),
            encounter_class: of.text("encounter_class"),
            payer_type: of.text("payer_type"),
            start_time: of.time("start_time"),
            end_time: of.time("end_time"),
            encounter_id: of.text("encounter_id"),
            patient_id: of.text("patient_id"),
            place_of_service: of.text("place_of_service"),
            payer: of.text("payer"),
            department: of.text("department"),
            rendering_provider: of.text("rendering_provider"),
            visit_note: of.text("visit_note"),
            global_period_provider: of.text("global_period_provider"),
            global_period_end: of.date("global_period_end"),
            provider_based_department: of.text("provider_based_department"),
            resident_involved: of.text("resident_involved"),
            diagnoses: of.text("diagnoses"),
            primary_administration_id: of.text("primary_administration_id"),
            source: of.source(),
        }
    }
}

/// The flowsheets table, column by column.
#[derive(Debug)]
pub(super) struct FlowsheetColumns<'b> {
    pub encounter_id: Text<'b>,
    pub drug_code: Text<'b>,
    pub substance_class: Text<'b>,
    pub method: Text<'b>,
    pub device: Text<'b>,
    pub purpose: Text<'b>,
    pub status: Text<'b>,
    pub container: Text<'b>,
    pub route: Text<'b>,
    pub vials_used: Whole<'b>,
    pub concentration_unit: Text<'b>,
    pub drug_name: Text<'b>,
    pub access_site: Text<'b>,
    pub site_reason: Text<'b>,
    pub lumen: Text<'b>,
    pub order_id: Text<'b>,
    pub bag_id: Text<'b>,
    pub source_system: Text<'b>,
    pub department: Text<'b>,
    pub purchased_340b: Text<'b>,
    pub dose_unit: Text<'b>,
    pub ndc: Text<'b>,
    pub narrative: Text<'b>,
    pub administration_id: Text<'b>,
    pub concentration: Quantities<'b>,
    pub dose: Quantities<'b>,
    pub ordered_dose: Quantities<'b>,
    pub volume_ml: Quantities<'b>,
    pub rate_ml_per_hour: Quantities<'b>,
    pub vial_size: Quantities<'b>,
    pub amount_wasted: Quantities<'b>,
    pub recorded_time: Times<'b>,
    pub start_time: Times<'b>,
    pub stop_time: Times<'b>,
    pub order_time: Times<'b>,
    pub source: Sources<'b>,
}

impl<'b> FlowsheetColumns<'b> {
    pub(super) fn new(batch: &'b RecordBatch) -> Self {
        let of = Columns::new(batch);
        Self {
            encounter_id: of.text("encounter_id"),
            drug_code: of.text("drug_code"),
            substance_class: of.text("substance_class"),
            method: of.text("method"),
            device: of.text("device"),
            purpose: of.text("purpose"),
            status: of.text("status"),
            container: of.text("container"),
            route: of.text("route"),
            vials_used: of.integer("vials_used"),
            concentration_unit: of.text("concentration_unit"),
            drug_name: of.text("drug_name"),
            access_site: of.text("access_site"),
            site_reason: of.text("site_reason"),
            lumen: of.text("lumen"),
            order_id: of.text("order_id"),
            bag_id: of.text("bag_id"),
            source_system: of.text("source_system"),
            department: of.text("department"),
            purchased_340b: of.text("purchased_340b"),
            dose_unit: of.text("dose_unit"),
            ndc: of.text("ndc"),
            narrative: of.text("narrative"),
            administration_id: of.text("administration_id"),
            concentration: of.quantity("concentration"),
            dose: of.quantity("dose"),
            ordered_dose: of.quantity("ordered_dose"),
            volume_ml: of.quantity("volume_ml"),
            rate_ml_per_hour: of.quantity("rate_ml_per_hour"),
            vial_size: of.quantity("vial_size"),
            amount_wasted: of.quantity("amount_wasted"),
            recorded_time: of.time("recorded_time"),
            start_time: of.time("start_time"),
            stop_time: of.time("stop_time"),
            order_time: of.time("order_time"),
            source: of.source(),
        }
    }
}

/// The claims table, column by column.
#[derive(Debug)]
pub(super) struct ClaimColumns<'b> {
    pub frequency_code: Text<'b>,
    pub payer_type: Text<'b>,
    pub claim_type: Text<'b>,
    pub hcpcs: Text<'b>,
    pub line_number: Whole<'b>,
    pub units: Whole<'b>,
    pub service_date: Dates<'b>,
    pub submitted_date: Dates<'b>,
    pub claim_id: Text<'b>,
    pub encounter_id: Text<'b>,
    pub patient_id: Text<'b>,
    pub payer: Text<'b>,
    pub original_claim_id: Text<'b>,
    pub type_of_bill: Text<'b>,
    pub place_of_service: Text<'b>,
    pub revenue_code: Text<'b>,
    pub diagnosis_codes: Text<'b>,
    pub diagnosis_pointers: Text<'b>,
    pub ndc: Text<'b>,
    pub narrative: Text<'b>,
    pub rendering_provider: Text<'b>,
    pub department: Text<'b>,
    pub charge: Whole<'b>,
    pub allowed: Whole<'b>,
    pub paid: Whole<'b>,
    pub adjustment_reason_codes: Text<'b>,
    pub remark_codes: Text<'b>,
    pub modifier_1: Text<'b>,
    pub modifier_2: Text<'b>,
    pub modifier_3: Text<'b>,
    pub modifier_4: Text<'b>,
    pub source: Sources<'b>,
}

impl<'b> ClaimColumns<'b> {
    pub(super) fn new(batch: &'b RecordBatch) -> Self {
        let of = Columns::new(batch);
        Self {
            frequency_code: of.text("frequency_code"),
            payer_type: of.text("payer_type"),
            claim_type: of.text("claim_type"),
            hcpcs: of.text("hcpcs"),
            line_number: of.integer("line_number"),
            units: of.integer("units"),
            service_date: of.date("service_date"),
            submitted_date: of.date("submitted_date"),
            claim_id: of.text("claim_id"),
            encounter_id: of.text("encounter_id"),
            patient_id: of.text("patient_id"),
            payer: of.text("payer"),
            original_claim_id: of.text("original_claim_id"),
            type_of_bill: of.text("type_of_bill"),
            place_of_service: of.text("place_of_service"),
            revenue_code: of.text("revenue_code"),
            diagnosis_codes: of.text("diagnosis_codes"),
            diagnosis_pointers: of.text("diagnosis_pointers"),
            ndc: of.text("ndc"),
            narrative: of.text("narrative"),
            rendering_provider: of.text("rendering_provider"),
            department: of.text("department"),
            charge: of.integer("charge"),
            allowed: of.integer("allowed"),
            paid: of.integer("paid"),
            adjustment_reason_codes: of.text("adjustment_reason_codes"),
            remark_codes: of.text("remark_codes"),
            modifier_1: of.text("modifier_1"),
            modifier_2: of.text("modifier_2"),
            modifier_3: of.text("modifier_3"),
            modifier_4: of.text("modifier_4"),
            source: of.source(),
        }
    }
}
