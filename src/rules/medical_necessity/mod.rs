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
pub(super) const TREATMENT: [&str; 2] = ["Z51.11", "Z51.12"];
/// Encounter for drug-level monitoring.
pub(super) const MONITORING: &str = "Z51.81";
pub(super) const LONG_TERM_DRUG_USE: &str = "Z79.899";

/// Whether two ICD-10-CM codes are one, with or without the dot.
pub(super) fn same_diagnosis(one: &str, other: &str) -> bool {
    fn plain(code: &str) -> impl Iterator<Item = u8> {
        code.trim().bytes().filter(|byte| *byte != b'.').map(|byte| byte.to_ascii_uppercase())
    }
    plain(one).eq(plain(other))
}

/// Whether one of the diagnoses of this form's claims and of the encounter fits; `None` where there is none.
fn any_diagnosis(case: &Case<'_>, fits: impl Fn(&str) -> bool) -> Option<bool> {
    let mut any = None;
    let mut last = None;
    // The lines of a claim repeat its diagnoses.
    for (_, line) in case.claim_lines().filter(|(_, line)| line.diagnosis_codes.is_some()) {
        if last != line.diagnosis_codes {
            last = line.diagnosis_codes;
            for code in line.diagnoses() {
                if fits(code) {
                    return Some(true);
                }
                any = Some(false);
            }
        }
    }
    for code in case.encounter.diagnosis_codes() {
        if fits(code) {
            return Some(true);
        }
        any = Some(false);
    }
    any
}

/// Diagnoses of this form's claims and of the encounter.
fn all_diagnoses<'a>(case: &Case<'a>) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    let mut last = None;
    // The lines of a claim repeat its diagnoses.
    for (_, line) in case.claim_lines().filter(|(_, line)| line.diagnosis_codes.is_some()) {
        if last != line.diagnosis_codes {
            all.extend(line.diagnoses());
            last = line.diagnosis_codes;
        }
    }
    all.extend(case.encounter.diagnosis_codes());
    all.sort_unstable();
    all.dedup();
    all
}
