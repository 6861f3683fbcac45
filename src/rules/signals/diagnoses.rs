//! What the diagnoses tell.

use super::Signals;
use crate::coding::is_neoplasm;
use crate::model::listed;
use crate::rules::Case;
use crate::rules::medical_necessity::{LONG_TERM_DRUG_USE, MONITORING, TREATMENT, same_diagnosis};

/// What one text of diagnoses holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seen {
    /// The first one is an encounter for treatment.
    treatment_first: bool,
    /// The first one is an encounter for monitoring.
    monitoring_first: bool,
    treatment: bool,
    neoplasm: bool,
    /// One that is no symptom.
    disease: bool,
}

/// What one diagnosis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Diagnosis {
    treatment: bool,
    monitoring: bool,
    neoplasm: bool,
    symptom: bool,
}

/// Looks at the diagnoses of the form: see [`Case::diagnoses`].
pub(super) fn look(case: &Case<'_>) -> Signals {
    let mut last = None;
    for (_, line) in case.claim_lines() {
        // The lines of a claim repeat its diagnoses.
        if line.diagnosis_codes.is_none() || line.diagnosis_codes == last {
            continue;
        }
        last = line.diagnosis_codes;
        if let Some(seen) = line.diagnosis_codes.and_then(Seen::of) {
            return seen.signals();
        }
    }
    case.encounter.diagnoses.as_deref().and_then(Seen::of).map_or(Signals::NONE, Seen::signals)
}

impl Seen {
    /// What a text holds; `None` where it holds no diagnosis.
    fn of(text: &str) -> Option<Self> {
        let mut seen = None;
        for item in text.as_bytes().split(|byte| *byte == b';').filter(|item| !item.is_empty()) {
            let Some(diagnosis) = Diagnosis::of_plain(item) else {
                return Self::of_all(listed(Some(text)).map(Diagnosis::of));
            };
            seen = Some(Self::with(seen, diagnosis));
        }
        seen
    }

    fn of_all(diagnoses: impl Iterator<Item = Diagnosis>) -> Option<Self> {
        diagnoses.fold(None, |seen, diagnosis| Some(Self::with(seen, diagnosis)))
    }

    fn with(before: Option<Self>, diagnosis: Diagnosis) -> Self {
        let first = before.is_none();
        let before = before.unwrap_or_default();
        Self {
            treatment_first: before.treatment_first || (first && diagnosis.treatment),
            monitoring_first: before.monitoring_first || (first && diagnosis.monitoring),
            treatment: before.treatment || diagnosis.treatment,
            neoplasm: before.neoplasm || diagnosis.neoplasm,
            disease: before.disease || !diagnosis.symptom,
        }
    }

    fn signals(self) -> Signals {
        let mut signals = Signals::NONE;
        signals.add(Signals::TREATMENT_NOT_FIRST, self.neoplasm && !self.treatment_first);
        signals.add(Signals::TREATMENT_MISUSED, (self.treatment && !self.neoplasm) || self.monitoring_first);
        signals.add(Signals::SYMPTOMS_ALONE, !self.disease);
        signals
    }
}

impl Diagnosis {
    fn of(code: &str) -> Self {
        Self {
            treatment: TREATMENT.iter().any(|of| same_diagnosis(code, of)),
            monitoring: same_diagnosis(code, MONITORING),
            neoplasm: is_neoplasm(code),
            symptom: code.starts_with(['R', 'r']) || same_diagnosis(code, LONG_TERM_DRUG_USE),
        }
    }

    /// The same for a code of letters, digits and dots alone, by one number; `None` for any other text.
    fn of_plain(code: &[u8]) -> Option<Self> {
        const FIRST: u64 = number(TREATMENT[0]);
        const SECOND: u64 = number(TREATMENT[1]);
        let mut key = 0;
        for byte in code {
            key = match byte {
                b'.' => key,
                byte if byte.is_ascii_alphanumeric() => key << 8 | u64::from(byte.to_ascii_uppercase()),
                _ => return None,
            };
        }
        Some(Self {
            treatment: matches!(key, FIRST | SECOND),
            monitoring: key == const { number(MONITORING) },
            neoplasm: match code {
                [b'C' | b'c', ..] => true,
                [b'D' | b'd', tens, ..] => (b'0'..=b'4').contains(tens),
                _ => false,
            },
            symptom: matches!(code, [b'R' | b'r', ..]) || key == const { number(LONG_TERM_DRUG_USE) },
        })
    }
}

/// The letters and digits of a short code as a number. Those of a code of eight or more make one that is larger than
/// that of any shorter code, whatever came before its last eight.
const fn number(code: &str) -> u64 {
    let bytes = code.as_bytes();
    let mut key = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'.' {
            key = key << 8 | bytes[at] as u64;
        }
        at += 1;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_codes_are_read_as_any_other_text() {
        let codes = [
            "Z51.11",
            "z5112",
            "Z51.81",
            "Z5181",
            "C50.911",
            "c",
            "D05.1",
            "D4",
            "D50.9",
            "D.4",
            "R11.2",
            "r",
            ".R11",
            "Z79.899",
            "Z79899",
            "Z.79.89.9",
            "Z51.111",
            "AZ5111",
            "AAAAAAAAZ5111",
            "Z5111AAAAAAAA",
            ".",
            "..",
            "M069",
        ];
        for code in codes {
            assert_eq!(Diagnosis::of_plain(code.as_bytes()), Some(Diagnosis::of(code)), "{code}");
        }
        for text in
            ["", ";", " ; ", "Z51.11;C50.911", " Z51.11 ; C50.911", "R11;;Z79.899", "R11;M069", "é;Z51.11", "Z51 .11"]
        {
            assert_eq!(Seen::of(text), Seen::of_all(listed(Some(text)).map(Diagnosis::of)), "{text}");
        }
    }
}
