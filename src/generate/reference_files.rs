//! A payer's fee schedule and a list of diagnoses by drug, as a user would have them.

use super::drugs::{CHEMO_INFUSED, CHEMO_PUSHED, Drug, FLUIDS, INFUSED, INJECTED, PUMPED, PUSHED, SPECIAL};
use super::payers::{PAYERS, SCHEDULED, administration_cents};
use crate::error::Error;
use std::path::Path;

/// What the payer allows, in hundredths of the rough Medicare amount; the claims say the same.
const LEVEL: i64 = 165;

const CODES: [&str; 17] = [
    "96360", "96361", "96365", "96366", "96367", "96372", "96374", "96375", "96401", "96402", "96409", "96411",
    "96413", "96415", "96416", "96417", "96368",
];

/// Writes both files into `OUT/reference_files`.
pub(super) fn write(out: &Path) -> Result<(), Error> {
    let folder = out.join("reference_files");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::unwritable_folder(&folder, cause))?;
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|cause| Error::unwritable(&path, cause))
    };
    put("fee_schedule.csv", &fee_schedule())?;
    put("drug_diagnoses.csv", "hcpcs,icd10\nJ1437,D50*\nJ1437,E611\nJ1437,N18*\n")
}

fn fee_schedule() -> String {
    let injected = INJECTED.iter().map(|(_, _, drug)| drug);
    let lists = [INFUSED, PUSHED, CHEMO_INFUSED, CHEMO_PUSHED, FLUIDS, SPECIAL];
    let drugs = lists.into_iter().flatten().chain(injected).chain([&PUMPED]);
    let administrations = CODES.iter().map(|code| (*code, administration_cents(code)));
    let mut fees: Vec<(&str, i64)> = administrations.chain(drugs.map(|drug: &Drug| (drug.code, drug.cents))).collect();
    fees.sort_unstable();
    fees.dedup();
    let (payer, _) = PAYERS[SCHEDULED];
    let mut text = String::from("payer,hcpcs,amount\n");
    for (code, cents) in fees {
        // Hundredths of a cent, written as dollars.
        let fee = cents * LEVEL;
        text.push_str(&format!("{payer},{code},{}.{:04}\n", fee / 10_000, fee % 10_000));
    }
    text
}
