//! What a policy file must not say: two answers for one day, or settings that cancel each other.

use super::file::{PolicyError, Reader};
use super::layers::{Layer, Setting};
use super::switches::SwitchValue;
use crate::model::normal_name;

/// Checks the layers of one file against one another and each in itself.
pub(super) fn check(reader: &Reader<'_>, layers: &[Layer]) -> Result<(), PolicyError> {
    for layer in layers {
        contradictions(reader, layer)?;
    }
    for (at, later) in layers.iter().enumerate() {
        for earlier in layers.iter().take(at).filter(|earlier| same_days(earlier, later)) {
            overlaps(reader, earlier, later)?;
        }
    }
    Ok(())
}

/// Whether two layers speak of the same encounters on at least one day.
fn same_days(one: &Layer, other: &Layer) -> bool {
    let (left, right) = (&one.condition, &other.condition);
    let payer = |payer: &Option<String>| payer.as_deref().map(normal_name);
    let same = left.setting == right.setting
        && left.payer_type == right.payer_type
        && left.encounter_class == right.encounter_class
        && payer(&left.payer) == payer(&right.payer);
    let begins_in_time = |from: Option<_>, to: Option<_>| from.zip(to).is_none_or(|(from, to)| from <= to);
    same && begins_in_time(left.effective_from, right.effective_to)
        && begins_in_time(right.effective_from, left.effective_to)
}

/// The same switch, rule or drug set in both, differently or not, for one day.
fn overlaps(reader: &Reader<'_>, earlier: &Layer, later: &Layer) -> Result<(), PolicyError> {
    let twice = |line: usize, key: &str| {
        let problem = format!(
            "is set for the same payer and days as in the layer of line {}; end that one with effective_to, or start this \
             one later with effective_from",
            earlier.line
        );
        Err(reader.at(line, key, &problem))
    };
    for one in &later.switches {
        if earlier.switches.iter().any(|other| other.key == one.key) {
            return twice(one.line, &one.key);
        }
    }
    for (code, _, line) in &later.rules {
        if earlier.rules.iter().any(|(other, ..)| other == code) {
            return twice(*line, code);
        }
    }
    for (code, _, line) in &later.drug_classes {
        if earlier.drug_classes.iter().any(|(other, ..)| other == code) {
            return twice(*line, code.as_str());
        }
    }
    Ok(())
}

/// Settings of one layer that cannot both be meant.
fn contradictions(reader: &Reader<'_>, layer: &Layer) -> Result<(), PolicyError> {
    let find = |key: &str| layer.switches.iter().find(|one| one.key == key);
    let says = |key: &str, value: &str| {
        let is = |one: &&Setting| matches!(&one.value, SwitchValue::Text(text) if text.eq_ignore_ascii_case(value));
        find(key).filter(is)
    };
    let clash = |one: &Setting, problem: &str| Err(reader.at(one.line, &one.key, problem));
    let empty = |one: &&Setting| one.value == SwitchValue::List(Vec::new());
    if let Some(policy) = says("complex_biologic_policy", "payer_list")
        && find("complex_biologic_list").is_none_or(|list| empty(&list))
    {
        return clash(policy, "says `payer_list`, and complex_biologic_list names no drug");
    }
    if let Some(list) = find("complex_biologic_list").filter(|list| !empty(list))
        && find("complex_biologic_policy").is_some()
        && says("complex_biologic_policy", "payer_list").is_none()
    {
        return clash(
            list,
            "is read only where complex_biologic_policy is `payer_list`, and this layer says otherwise",
        );
    }
    if let Some(minutes) = find("concurrent_min_overlap_minutes")
        && find("partial_overlap").is_some()
        && says("partial_overlap", "threshold").is_none()
    {
        return clash(minutes, "is read only where partial_overlap is `threshold`, and this layer says otherwise");
    }
    if let Some(never) = says("second_site_initial", "never")
        && find("distinct_site_modifier").is_some()
    {
        return clash(never, "says `never`, and distinct_site_modifier names a modifier for it");
    }
    if let Some(preference) = says("price_preference", "percent_of_charge")
        && find("percent_of_charge").is_none()
    {
        return clash(preference, "says `percent_of_charge`, and no percent_of_charge is given");
    }
    if let Some(percent) = find("percent_of_charge")
        && find("price_preference").is_some()
        && says("price_preference", "percent_of_charge").is_none()
    {
        return clash(
            percent,
            "is read only where price_preference is `percent_of_charge`, and this layer says otherwise",
        );
    }
    let limit = |key: &str| {
        find(key).and_then(|one| match one.value {
            SwitchValue::Integer(days) => Some((one, days)),
            _ => None,
        })
    };
    if let (Some((warning, days)), Some((_, limit))) = (limit("filing_warning_days"), limit("filing_limit_days"))
        && days >= limit
    {
        return clash(warning, "is not shorter than filing_limit_days");
    }
    let off = layer.rules.iter().find(|(_, one, _)| {
        one.enabled == Some(false) && (one.severity.is_some() || one.probability_basis_points.is_some())
    });
    match off {
        Some((code, _, line)) => Err(reader.at(*line, code, "is turned off and given a severity or probability too")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::file::parse;

    fn problem(text: &str) -> String {
        parse("p", text).unwrap_err().to_string()
    }

    #[test]
    fn two_layers_may_not_answer_for_one_day() {
        let text = "[[layer]]\npayer = \"ACME\"\n[layer.switches]\npartial_overlap = \"any\"\n\
                    [[layer]]\npayer = \"acme\"\neffective_from = \"2026-01-01\"\n[layer.switches]\n\
                    partial_overlap = \"split\"\n";
        let found = problem(text);
        assert!(found.contains("line 9: `partial_overlap` is set for the same payer and days"), "{found}");
        // With the first ended in time, both stand.
        let ended = text.replacen("\"ACME\"\n", "\"ACME\"\neffective_to = \"2025-12-31\"\n", 1);
        assert_eq!(parse("p", &ended).unwrap().layers.len(), 2);
    }

    #[test]
    fn settings_that_cancel_each_other_are_refused() {
        for (switches, line) in [
            ("complex_biologic_policy = \"payer_list\"", 3),
            ("partial_overlap = \"any\"\nconcurrent_min_overlap_minutes = 20", 4),
            ("second_site_initial = \"never\"\ndistinct_site_modifier = \"XS\"", 3),
            ("price_preference = \"percent_of_charge\"", 3),
            ("filing_limit_days = 20\nfiling_warning_days = 30", 4),
        ] {
            let found = problem(&format!("[[layer]]\n[layer.switches]\n{switches}\n"));
            assert!(found.starts_with(&format!("policy file p, line {line}: ")), "{found}");
        }
        let found = problem("[[layer]]\n[layer.rules.IA-H01]\nenabled = false\nseverity = \"low\"\n");
        assert!(found.contains("turned off"), "{found}");
    }
}
