//! X: medical necessity.

mod drug_diagnosis_mismatch;
mod hydration_without_indication;
mod symptom_only_diagnosis;
mod treatment_encounter_code_missing;
mod treatment_encounter_code_misused;

pub use drug_diagnosis_mismatch::DrugDiagnosisMismatch;
pub use hydration_without_indication::HydrationWithoutIndication;
pub use symptom_only_diagnosis::SymptomOnlyDiagnosis;
pub use treatment_encounter_code_missing::TreatmentEncounterCodeMissing;
pub use treatment_encounter_code_misused::TreatmentEncounterCodeMisused;

use super::Case;

/// Encounters for chemotherapy and for immunotherapy.
const TREATMENT: [&str; 2] = ["Z51.11", "Z51.12"];

/// Whether two ICD-10-CM codes are one, with or without the dot.
fn same_diagnosis(one: &str, other: &str) -> bool {
    let plain = |code: &str| code.trim().replace('.', "").to_uppercase();
    plain(one) == plain(other)
}

/// Diagnoses of this form's claims and of the encounter.
fn all_diagnoses<'a>(case: &Case<'a>) -> Vec<&'a str> {
    let mut all: Vec<&str> = case.claim_lines().flat_map(|(_, line)| line.diagnoses().collect::<Vec<_>>()).collect();
    all.extend(case.encounter.diagnosis_codes());
    all.sort_unstable();
    all.dedup();
    all
}
