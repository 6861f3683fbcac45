//! The columns of the contracts in their order, and where each has its slot in a stored row.

/// Bytes of the slots of each kind of column; the key stands in front of them.
#[allow(non_upper_case_globals, reason = "named as the kinds are")]
mod bytes {
    pub(super) const Key: usize = 0;
    pub(super) const Term: usize = 1;
    pub(super) const Text: usize = 2;
    pub(super) const Modifier: usize = 2;
    /// Integers, cents, quantities and days.
    pub(super) const Number: usize = 4;
    pub(super) const Code: usize = 5;
    pub(super) const Time: usize = 6;
}

macro_rules! columns {
    ($(#[$about:meta])* $name:ident { $($item:ident = $text:literal $kind:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($item),+ }
        impl $name {
            /// Every column, in the order of the contract.
            #[allow(dead_code, reason = "of one table only")]
            pub(crate) const ALL: &'static [$name] = &[$($name::$item),+];
            /// Their names.
            #[cfg(test)]
            pub(crate) const NAMES: &'static [&'static str] = &[$($text),+];
            const BYTES: &'static [usize] = &[$(bytes::$kind),+];
            /// Bytes of all slots of a row.
            pub(crate) const SLOTS: usize = places(Self::BYTES, Self::BYTES.len());

            /// Where the column's slot begins.
            #[inline]
            pub(crate) const fn place(self) -> usize {
                places(Self::BYTES, self as usize)
            }
        }
    };
}

/// Bytes of the slots of the first columns.
const fn places(bytes: &[usize], columns: usize) -> usize {
    let (mut sum, mut at) = (0, 0);
    while at < columns {
        sum += bytes[at];
        at += 1;
    }
    sum
}

columns! {
    /// Of `schemas/claims.schema.json`.
    ClaimColumn {
        ClaimId = "claim_id" Text, LineNumber = "line_number" Number, EncounterId = "encounter_id" Key, PatientId = "patient_id" Text,
        Payer = "payer" Text, PayerType = "payer_type" Term, ClaimType = "claim_type" Term, FrequencyCode = "frequency_code" Term,
        OriginalClaimId = "original_claim_id" Text, TypeOfBill = "type_of_bill" Text, PlaceOfService = "place_of_service" Text,
        RevenueCode = "revenue_code" Text, Hcpcs = "hcpcs" Code, Modifier1 = "modifier_1" Modifier, Modifier2 = "modifier_2" Modifier,
        Modifier3 = "modifier_3" Modifier, Modifier4 = "modifier_4" Modifier, Units = "units" Number, Charge = "charge" Number, Allowed = "allowed" Number,
        Paid = "paid" Number, AdjustmentReasonCodes = "adjustment_reason_codes" Text, RemarkCodes = "remark_codes" Text,
        ServiceDate = "service_date" Number, DiagnosisCodes = "diagnosis_codes" Text, DiagnosisPointers = "diagnosis_pointers" Text,
        Ndc = "ndc" Text, Narrative = "narrative" Text, RenderingProvider = "rendering_provider" Text, Department = "department" Text,
        SubmittedDate = "submitted_date" Number,
    }
}
impl ClaimColumn {
    /// Frequency codes in the order of the contract's list.
    pub(crate) const FREQUENCIES: [u8; 3] = [1, 7, 8];
}
columns! {
    /// Of `schemas/flowsheets.schema.json`.
    FlowsheetColumn {
        EncounterId = "encounter_id" Key, AdministrationId = "administration_id" Text, RecordedTime = "recorded_time" Time,
        DrugCode = "drug_code" Code, DrugName = "drug_name" Text, SubstanceClass = "substance_class" Term, Route = "route" Term,
        Method = "method" Term, Device = "device" Term, StartTime = "start_time" Time, StopTime = "stop_time" Time,
        OrderTime = "order_time" Time, AccessSite = "access_site" Text, SiteReason = "site_reason" Text, Lumen = "lumen" Text,
        Purpose = "purpose" Term, Status = "status" Term, OrderId = "order_id" Text, BagId = "bag_id" Text,
        SourceSystem = "source_system" Text, Department = "department" Text, Purchased340b = "purchased_340b" Term, Dose = "dose" Number,
        DoseUnit = "dose_unit" Text, OrderedDose = "ordered_dose" Number, Concentration = "concentration" Number,
        ConcentrationUnit = "concentration_unit" Text, VolumeMl = "volume_ml" Number, RateMlPerHour = "rate_ml_per_hour" Number,
        Container = "container" Term, VialSize = "vial_size" Number, VialsUsed = "vials_used" Number, AmountWasted = "amount_wasted" Number,
        Ndc = "ndc" Text, Narrative = "narrative" Text,
    }
}
columns! {
    /// Of `schemas/encounters.schema.json`.
    EncounterColumn {
        EncounterId = "encounter_id" Key, PatientId = "patient_id" Text, Facility = "facility" Text, Setting = "setting" Term,
        EncounterClass = "encounter_class" Term, PlaceOfService = "place_of_service" Text, Payer = "payer" Text,
        PayerType = "payer_type" Term, Department = "department" Text, RenderingProvider = "rendering_provider" Text,
        VisitNote = "visit_note" Text, GlobalPeriodProvider = "global_period_provider" Text,
        GlobalPeriodEnd = "global_period_end" Number, ProviderBasedDepartment = "provider_based_department" Term,
        ResidentInvolved = "resident_involved" Term, StartTime = "start_time" Time, EndTime = "end_time" Time,
        Diagnoses = "diagnoses" Text, PrimaryAdministrationId = "primary_administration_id" Text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
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

    #[test]
    fn frequencies_stand_in_the_order_of_the_contract() {
        let column = &Table::Claims.contract().columns[ClaimColumn::FrequencyCode as usize];
        let terms: Vec<String> = ClaimColumn::FREQUENCIES.iter().map(u8::to_string).collect();
        assert_eq!(column.kind, crate::schema::Kind::Term(terms));
    }

    #[test]
    fn slots_are_read_where_they_are_written() {
        let read: [(Vec<usize>, usize); 3] = [
            (ClaimColumn::ALL.iter().map(|column| column.place()).collect(), ClaimColumn::SLOTS),
            (FlowsheetColumn::ALL.iter().map(|column| column.place()).collect(), FlowsheetColumn::SLOTS),
            (EncounterColumn::ALL.iter().map(|column| column.place()).collect(), EncounterColumn::SLOTS),
        ];
        for (table, (places, bytes)) in Table::ALL.into_iter().zip(read) {
            let layout = Layout::of(table);
            assert_eq!((&places, bytes), (&layout.places, layout.empty.len()));
        }
    }
}
