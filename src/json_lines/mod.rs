//! The single-encounter format: one JSON object a line in, one a line out, the same engine.

mod input;
mod output;

pub use input::{Malformed, ParsedEncounter, claim_line, encounter};
pub use output::coded;

use crate::coding;
use crate::model::Setting;
use crate::policy::{Policy, PolicySet, Profile};
use crate::reference::Reference;
use serde_json::{Value, json};

/// Codes one line. Out: the line to print, and whether the encounter was malformed.
///
/// An encounter that cannot be read gives `{"encounter_id": …, "error": …}`; it never stops the lines behind it.
#[must_use]
pub fn code_line(line: &str, policies: &PolicySet, reference: &Reference) -> (Value, bool) {
    let value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(cause) => return (json!({"encounter_id": null, "error": format!("not valid JSON: {cause}")}), true),
    };
    let id = value.get("encounter_id").cloned().unwrap_or(Value::Null);
    match code_value(&value, policies, reference) {
        Ok(result) => (result, false),
        Err(cause) => (json!({"encounter_id": id, "error": cause.to_string()}), true),
    }
}

fn code_value(value: &Value, policies: &PolicySet, reference: &Reference) -> Result<Value, Malformed> {
    let mut parsed = encounter(value)?;
    reference.resolve_drugs(&mut parsed.encounter);
    let setting = parsed.encounter.setting.unwrap_or(Setting::Facility);
    let policy = parsed.policy(policies, setting)?;
    let result = coding::code(&parsed.encounter, setting, &policy, reference);
    Ok(coded(&parsed.encounter, &result))
}

impl ParsedEncounter<'_> {
    /// The policy in force for the encounter's profile, with its own overrides on top.
    ///
    /// # Errors
    /// An unknown key or value in the encounter's `policy`.
    pub fn policy(&self, policies: &PolicySet, setting: Setting) -> Result<Policy, Malformed> {
        let mut policy = policies.resolve(&Profile {
            setting,
            payer_type: self.encounter.payer_type,
            payer: self.encounter.payer,
            encounter_class: self.encounter.encounter_class,
            date: self.encounter.date(),
        });
        for (key, value) in &self.overrides {
            policy.set(key, value).map_err(|cause| Malformed(cause.to_string()))?;
        }
        Ok(policy)
    }
}
