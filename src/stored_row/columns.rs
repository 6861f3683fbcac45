//! The columns of the contracts in their order, so that a stored row can be read by a `match`.

macro_rules! columns {
    ($(#[$about:meta])* $name:ident { $($item:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($item),+ }
        impl $name {
            /// Every column, in the order of the contract.
            pub(crate) const ALL: &'static [$name] = &[$($name::$item),+];
            /// Their names.
            #[cfg(test)]
            pub(crate) const NAMES: &'static [&'static str] = &[$($text),+];
        }
    };
}

columns! {
    /// Of `schemas/claims.schema.json`.
    ClaimColumn {
        ClaimId = "claim_id", LineNumber = "line_number", EncounterId = "encounter_id", PatientId = "patient_id",
        Payer = "payer", PayerType = "payer_type", ClaimType = "claim_type", FrequencyCode = "frequency_code",
        OriginalClaimId = "original_claim_id", TypeOfBill = "type_of_bill", PlaceOfService = "place_of_service",
        RevenueCode = "revenue_code", Hcpcs = "hcpcs", Modifier1 = "modifier_1", Modifier2 = "modifier_2",
        Modifier3 = "modifier_3", Modifier4 = "modifier_4", Units = "units", Charge = "charge", Allowed = "allowed",
        Paid = "paid", AdjustmentReasonCodes = "adjustment_reason_codes", RemarkCodes = "remark_codes",
        ServiceDate = "service_date", DiagnosisCodes = "diagnosis_codes", DiagnosisPointers = "diagnosis_pointers",
        Ndc = "ndc", Narrative = "narrative", RenderingProvider = "rendering_provider", Department = "department",
        SubmittedDate = "submitted_date",
    }
}
columns! {
    /// Of `schemas/flowsheets.schema.json`.
    FlowsheetColumn {
        EncounterId = "encounter_id", AdministrationId = "administration_id", RecordedTime = "recorded_time",
        DrugCode = "drug_code", DrugName = "drug_name", SubstanceClass = "substance_class", Route = "route",
        Method = "method", Device = "device", StartTime = "start_time", StopTime = "stop_time",
        OrderTime = "order_time", AccessSite = "access_site", SiteReason = "site_reason", Lumen = "lumen",
        Purpose = "purpose", Status = "status", OrderId = "order_id", BagId = "bag_id",
        SourceSystem = "source_system", Department = "department", Purchased340b = "purchased_340b", Dose = "dose",
        DoseUnit = "dose_unit", OrderedDose = "ordered_dose", Concentration = "concentration",
        ConcentrationUnit = "concentration_unit", VolumeMl = "volume_ml", RateMlPerHour = "rate_ml_per_hour",
        Container = "container", VialSize = "vial_size", VialsUsed = "vials_used", AmountWasted = "amount_wasted",
        Ndc = "ndc", Narrative = "narrative",
    }
}
columns! {
    /// Of `schemas/encounters.schema.json`.
    EncounterColumn {
        EncounterId = "encounter_id", PatientId = "patient_id", Facility = "facility", Setting = "setting",
        EncounterClass = "encounter_class", PlaceOfService = "place_of_service", Payer = "payer",
        PayerType = "payer_type", Department = "department", RenderingProvider = "rendering_provider",
        VisitNote = "visit_note", GlobalPeriodProvider = "global_period_provider",
        GlobalPeriodEnd = "global_period_end", ProviderBasedDepartment = "provider_based_department",
        ResidentInvolved = "resident_involved", StartTime = "start_time", EndTime = "end_time",
        Diagnoses = "diagnoses", PrimaryAdministrationId = "primary_administration_id",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    #[test]
    fn the_columns_are_those_of_the_contracts() {
        let all = [ClaimColumn::NAMES, FlowsheetColumn::NAMES, EncounterColumn::NAMES];
        for (table, names) in Table::ALL.into_iter().zip(all) {
            let contract: Vec<&str> = table.contract().columns.iter().map(|column| column.name.as_str()).collect();
            assert_eq!(contract, names);
            assert!(names.len() <= 64, "the columns present are told by 64 bits");
        }
    }
}
