//! The closed lists of the contracts in `schemas/`, each with its text form.

use std::fmt;
use std::str::FromStr;

/// A word that its field's list does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {field}; one of: {}", .known.join(", "))]
pub struct UnknownTerm {
    pub field: &'static str,
    pub known: &'static [&'static str],
}

macro_rules! vocabulary {
    ($(#[$about:meta])* $name:ident, $field:literal { $($(#[$item_about:meta])* $item:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$item_about])* $item),+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [$name] = &[$($name::$item),+];
            /// Every value's text.
            pub const TERMS: &'static [&'static str] = &[$($text),+];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$item => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownTerm;
            fn from_str(text: &str) -> Result<Self, UnknownTerm> {
                match text.trim() {
                    $($text => Ok($name::$item),)+
                    _ => Err(UnknownTerm { field: $field, known: Self::TERMS }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// Which claim form the encounter is coded for.
    Setting, "setting" { Facility = "facility", Professional = "professional" }
}
vocabulary! {
    /// UB-04 (institutional) or CMS-1500 (professional).
    ClaimType, "claim_type" { Institutional = "institutional", Professional = "professional" }
}
vocabulary! {
    EncounterClass, "encounter_class" {
        InfusionCenter = "infusion_center", Emergency = "emergency", Observation = "observation", Clinic = "clinic",
        Office = "office", Inpatient = "inpatient",
    }
}
vocabulary! {
    PayerType, "payer_type" {
        Medicare = "medicare", MedicareAdvantage = "medicare_advantage", Medicaid = "medicaid",
        Commercial = "commercial", Other = "other",
    }
}
vocabulary! {
    SubstanceClass, "substance_class" {
        Antineoplastic = "antineoplastic", HormonalAntineoplastic = "hormonal_antineoplastic",
        ComplexBiologic = "complex_biologic", Therapeutic = "therapeutic", Hydration = "hydration", Blood = "blood",
        Vaccine = "vaccine", Contrast = "contrast", Anesthesia = "anesthesia",
    }
}
vocabulary! {
    Route, "route" {
        Intravenous = "IV", Intramuscular = "IM", Subcutaneous = "SC", IntraArterial = "IA", Intrathecal = "IT",
        Intraperitoneal = "IP", Pleural = "PL", Intralesional = "IL", Oral = "PO", Topical = "TOP", Inhaled = "INH",
        Other = "OTHER",
    }
}
vocabulary! {
    /// How the nurse charted that the drug was given.
    Method, "method" { Infusion = "infusion", Push = "push", Injection = "injection" }
}
vocabulary! {
    Device, "device" {
        Pump = "pump", Gravity = "gravity", Syringe = "syringe", OnBodyInjector = "on_body_injector",
        Elastomeric = "elastomeric", ImplantablePump = "implantable_pump", PortablePump = "portable_pump",
    }
}
vocabulary! {
    Purpose, "purpose" {
        Treatment = "treatment", Hydration = "hydration", KeepVeinOpen = "kvo", Flush = "flush", Carrier = "carrier",
        Premedication = "premedication", Declotting = "declotting",
    }
}
vocabulary! {
    AdministrationStatus, "status" {
        Given = "given", Held = "held", Refused = "refused", Cancelled = "cancelled", Stopped = "stopped",
    }
}
vocabulary! {
    YesNo, "yes or no" { Yes = "yes", No = "no" }
}
vocabulary! {
    /// Where a hospital department lies (CMS off-campus provider-based rules).
    ProviderBasedDepartment, "provider_based_department" {
        OnCampus = "on_campus", ExceptedOffCampus = "excepted_off_campus",
        NonexceptedOffCampus = "nonexcepted_off_campus",
    }
}
vocabulary! {
    Container, "container" { SingleDose = "single_dose", MultiDose = "multi_dose" }
}

impl Setting {
    /// The setting under which claims of this form are coded.
    #[must_use]
    pub fn of_claim(claim_type: ClaimType) -> Self {
        match claim_type {
            ClaimType::Institutional => Setting::Facility,
            ClaimType::Professional => Setting::Professional,
        }
    }
}

impl Device {
    /// Pumps that a patient carries or has implanted; portable includes elastomeric.
    #[must_use]
    pub fn is_prolonged_pump(self) -> bool {
        matches!(self, Device::PortablePump | Device::Elastomeric | Device::ImplantablePump)
    }
}
