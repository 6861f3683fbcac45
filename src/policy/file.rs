//! Reads a policy file.
//!
//! ```toml
//! [[layer]]                      # any number; later ones win over earlier ones of the same rank
//! payer = "ACME HEALTH"          # optional: setting, payer_type, payer, encounter_class,
//! effective_from = "2026-01-01"  #           effective_from, effective_to (dates of service, inclusive)
//! [layer.switches]
//! partial_overlap = "threshold"
//! [layer.rules.IA-H01]
//! enabled = true
//! severity = "low"
//! probability = 0.25
//! ```

use super::layers::{Condition, Layer};
use super::switches::{Policy, RuleOverride, SwitchError, SwitchValue, nearest};
use crate::model::Date;
use crate::rules::{self, Severity};
use std::str::FromStr;

/// A policy file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("cannot read policy file {file}: {cause}; check the path and its permissions")]
    Unreadable { file: String, cause: String },
    #[error("policy file {file} is not valid TOML: {cause}")]
    Syntax { file: String, cause: String },
    #[error("policy file {file}, line {line}: {cause}")]
    Switch { file: String, line: usize, cause: SwitchError },
    #[error("policy file {file}, line {line}: unknown key `{key}`; did you mean `{nearest}`?")]
    UnknownKey { file: String, line: usize, key: String, nearest: &'static str },
    #[error("policy file {file}, line {line}: `{key}` {problem}")]
    BadValue { file: String, line: usize, key: String, problem: String },
}

const CONDITIONS: &[&str] =
    &["setting", "payer_type", "payer", "encounter_class", "effective_from", "effective_to", "switches", "rules"];
const RULE_KEYS: &[&str] = &["enabled", "severity", "probability"];

struct Reader<'t> {
    file: &'t str,
    text: &'t str,
}

pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Layer>, PolicyError> {
    let document: toml::Table = text
        .parse()
        .map_err(|cause: toml::de::Error| PolicyError::Syntax { file: file.to_owned(), cause: cause.to_string() })?;
    let reader = Reader { file, text };
    let mut layers = Vec::new();
    for (key, value) in &document {
        match (key.as_str(), value) {
            ("layer", toml::Value::Array(tables)) => {
                for table in tables {
                    let table = table.as_table().ok_or_else(|| reader.bad(key, "must be a [[layer]] table"))?;
                    layers.push(reader.layer(table)?);
                }
            }
            ("layer", _) => return Err(reader.bad(key, "must be written as [[layer]]")),
            _ => return Err(reader.unknown(key, &["layer"])),
        }
    }
    Ok(layers)
}

impl Reader<'_> {
    fn layer(&self, table: &toml::Table) -> Result<Layer, PolicyError> {
        let mut layer = Layer { condition: Condition::default(), switches: Vec::new(), rules: Vec::new() };
        for (key, value) in table {
            match key.as_str() {
                "setting" => layer.condition.setting = Some(self.term(key, value)?),
                "payer_type" => layer.condition.payer_type = Some(self.term(key, value)?),
                "encounter_class" => layer.condition.encounter_class = Some(self.term(key, value)?),
                "payer" => layer.condition.payer = Some(self.string(key, value)?.trim().to_owned()),
                "effective_from" => layer.condition.effective_from = Some(self.date(key, value)?),
                "effective_to" => layer.condition.effective_to = Some(self.date(key, value)?),
                "switches" => layer.switches = self.switches(value)?,
                "rules" => layer.rules = self.rules(value)?,
                _ => return Err(self.unknown(key, CONDITIONS)),
            }
        }
        if let (Some(from), Some(to)) = (layer.condition.effective_from, layer.condition.effective_to)
            && from > to
        {
            return Err(self.bad("effective_to", "lies before effective_from"));
        }
        Ok(layer)
    }

    fn switches(&self, value: &toml::Value) -> Result<Vec<(String, SwitchValue)>, PolicyError> {
        let table = value.as_table().ok_or_else(|| self.bad("switches", "must be a table of switches"))?;
        let mut scratch = Policy::default();
        let mut switches = Vec::new();
        for (key, value) in table {
            let value = switch_value(value);
            scratch.set(key, &value).map_err(|cause| PolicyError::Switch {
                file: self.file.to_owned(),
                line: self.line_of(key),
                cause,
            })?;
            switches.push((key.clone(), value));
        }
        Ok(switches)
    }

    fn rules(&self, value: &toml::Value) -> Result<Vec<(&'static str, RuleOverride)>, PolicyError> {
        let table = value.as_table().ok_or_else(|| self.bad("rules", "must be a table of rule codes"))?;
        let mut overrides = Vec::new();
        for (code, settings) in table {
            let info = rules::info_of(code)
                .ok_or_else(|| self.unknown(code, &rules::all().map(|info| info.code).collect::<Vec<_>>()))?;
            let settings = settings.as_table().ok_or_else(|| self.bad(code, "must be a table"))?;
            let mut one = RuleOverride::default();
            for (key, value) in settings {
                match key.as_str() {
                    "enabled" => {
                        one.enabled = Some(value.as_bool().ok_or_else(|| self.bad(key, "takes true or false"))?);
                    }
                    "severity" => one.severity = Some(self.severity(key, value)?),
                    "probability" => one.probability_basis_points = Some(self.probability(key, value)?),
                    _ => return Err(self.unknown(key, RULE_KEYS)),
                }
            }
            overrides.push((info.code, one));
        }
        Ok(overrides)
    }

    fn severity(&self, key: &str, value: &toml::Value) -> Result<Severity, PolicyError> {
        [Severity::High, Severity::Medium, Severity::Low]
            .into_iter()
            .find(|severity| value.as_str() == Some(severity.as_str()))
            .ok_or_else(|| self.bad(key, "takes high, medium or low"))
    }

    /// A probability from 0 up to 0.9999, kept in ten-thousandths: a certain denial would make the shares of risk
    /// infinite.
    fn probability(&self, key: &str, value: &toml::Value) -> Result<u32, PolicyError> {
        let text = match value {
            toml::Value::Float(value) => value.to_string(),
            toml::Value::Integer(value) => value.to_string(),
            _ => String::new(),
        };
        crate::model::parse_quantity(&text)
            .map(|value| value * rust_decimal::Decimal::from(10_000))
            .filter(rust_decimal::Decimal::is_integer)
            .and_then(|value| u32::try_from(value).ok())
            .filter(|value| *value < 10_000)
            .ok_or_else(|| self.bad(key, "takes a probability from 0 to 0.9999 with at most four decimals"))
    }

    fn string<'v>(&self, key: &str, value: &'v toml::Value) -> Result<&'v str, PolicyError> {
        value.as_str().ok_or_else(|| self.bad(key, "takes text in quotes"))
    }

    fn term<T>(&self, key: &str, value: &toml::Value) -> Result<T, PolicyError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.string(key, value)?.parse().map_err(|cause: T::Err| self.bad(key, &cause.to_string()))
    }

    fn date(&self, key: &str, value: &toml::Value) -> Result<Date, PolicyError> {
        let text = match value {
            toml::Value::Datetime(when) => when.to_string(),
            toml::Value::String(text) => text.clone(),
            _ => String::new(),
        };
        text.parse().map_err(|_| self.bad(key, "takes a date such as 2026-01-01"))
    }

    fn bad(&self, key: &str, problem: &str) -> PolicyError {
        PolicyError::BadValue {
            file: self.file.to_owned(),
            line: self.line_of(key),
            key: key.to_owned(),
            problem: problem.to_owned(),
        }
    }

    fn unknown(&self, key: &str, known: &[&'static str]) -> PolicyError {
        PolicyError::UnknownKey {
            file: self.file.to_owned(),
            line: self.line_of(key),
            key: key.to_owned(),
            nearest: nearest(key, known.iter().copied()),
        }
    }

    /// The line on which a key stands, 1-based; 1 when it cannot be told.
    fn line_of(&self, key: &str) -> usize {
        let mentions = |line: &str| {
            let line = line.trim_start().trim_start_matches('[');
            line.starts_with(key) || line.contains(&format!(".{key}]"))
        };
        self.text.lines().position(mentions).map_or(1, |index| index + 1)
    }
}

fn switch_value(value: &toml::Value) -> SwitchValue {
    match value {
        toml::Value::Boolean(value) => SwitchValue::Bool(*value),
        toml::Value::Integer(value) => SwitchValue::Integer(*value),
        toml::Value::String(value) => SwitchValue::Text(value.clone()),
        toml::Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(SwitchValue::Other("a mixed list"), SwitchValue::List),
        toml::Value::Float(_) => SwitchValue::Other("a fraction"),
        toml::Value::Datetime(_) => SwitchValue::Other("a date"),
        toml::Value::Table(_) => SwitchValue::Other("a table"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_names_the_key_its_line_and_the_nearest_valid_one() {
        let error = parse("acme.toml", "[[layer]]\n[layer.switches]\nmissing_stopp = \"push\"\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "policy file acme.toml, line 3: unknown policy key `missing_stopp`; did you mean `missing_stop`?"
        );
        let error = parse("acme.toml", "[[layer]]\npayor = \"A\"\n").unwrap_err();
        assert_eq!(error.to_string(), "policy file acme.toml, line 2: unknown key `payor`; did you mean `payer`?");
    }

    #[test]
    fn a_wrong_value_names_those_that_are_taken() {
        let error = parse("p", "[[layer]]\n[layer.switches]\nmissing_stop = \"maybe\"\n").unwrap_err();
        assert!(error.to_string().contains("takes push | no_bill | query, not `maybe`"), "{error}");
    }
}
