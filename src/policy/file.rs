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
//! [layer.drug_classes]
//! J1745 = "therapeutic"
//! [feed]                         # limits of a night's feed, of all payers
//! rows_drop_percent = 40
//! [checks]                       # limits of the data checks in percent, of all payers
//! unreadable-rows = 5
//! ```

use super::conflicts;
use super::feed::{self, FeedLimits};
use super::layers::{Condition, Layer, Setting};
use super::switch_list::nearest;
use super::switches::{Policy, RuleOverride, SwitchError, SwitchValue};
use crate::data_checks::{CheckLimits, LIMIT_KEYS};
use crate::model::{Date, HcpcsCode, SubstanceClass};
use crate::rules::{self, Severity};
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A policy file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("cannot read policy file {file}: {cause}; check the path and its permissions")]
    Unreadable { file: String, cause: String },
    #[error("policy file {file}, line {line}: not valid TOML: {cause}")]
    Syntax { file: String, line: usize, cause: String },
    #[error("policy file {file}, line {line}: {cause}")]
    Switch { file: String, line: usize, cause: SwitchError },
    #[error("policy file {file}, line {line}: unknown key `{key}`; did you mean `{nearest}`?")]
    UnknownKey { file: String, line: usize, key: String, nearest: &'static str },
    #[error("policy file {file}, line {line}: `{key}` {problem}")]
    BadValue { file: String, line: usize, key: String, problem: String },
}

const KEYS: &[&str] = &[
    "setting",
    "payer_type",
    "payer",
    "encounter_class",
    "effective_from",
    "effective_to",
    "switches",
    "rules",
    "drug_classes",
];
const RULE_KEYS: &[&str] = &["enabled", "severity", "probability"];

const BOOLEAN: &str = "takes true or false";

/// Rules that keep the ledger closed; without them a difference would vanish.
const ALWAYS_ON: [&str; 2] = ["IA-C01", "IA-C03"];

type Key<'t> = Spanned<toml::de::DeString<'t>>;
type Value<'t> = Spanned<DeValue<'t>>;

pub(super) struct Reader<'t> {
    pub file: &'t str,
    pub text: &'t str,
}

/// Limits that a file sets, by name.
type Limits = Vec<(String, i64)>;

/// Contents of a policy file.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub layers: Vec<Layer>,
    /// Limits of a night's feed.
    pub feed: Limits,
    /// Limits of the data checks.
    pub checks: Limits,
}

/// Reads a file's layers, and its limits of the feed and of the data checks where it sets any.
pub(super) fn parse(file: &str, text: &str) -> Result<Parsed, PolicyError> {
    let reader = Reader { file, text };
    let document = DeTable::parse(text).map_err(|cause| PolicyError::Syntax {
        file: file.to_owned(),
        line: cause.span().map_or(1, |span| reader.line_at(span.start)),
        cause: cause.message().to_owned(),
    })?;
    let mut parsed = Parsed::default();
    for (key, value) in document.get_ref() {
        match key.get_ref().as_ref() {
            "layer" => {}
            "feed" => {
                let fits = |key: &str, number| FeedLimits::default().set(key, number);
                parsed.feed = reader.limits(key, value, &feed::KEYS, fits, "takes a whole number up to 100000")?;
                continue;
            }
            "checks" => {
                let fits = |key: &str, number| CheckLimits::default().set(key, number);
                let wanted = "takes percent, 0 to 100; 100 never stops a run";
                parsed.checks = reader.limits(key, value, &LIMIT_KEYS, fits, wanted)?;
                continue;
            }
            _ => return Err(reader.unknown(key, &["layer", "feed", "checks"])),
        }
        let tables = value.get_ref().as_array().ok_or_else(|| reader.bad(key, "must be written as [[layer]]"))?;
        for table in tables {
            let of = table.get_ref().as_table().ok_or_else(|| reader.bad(key, "must be a [[layer]] table"))?;
            parsed.layers.push(reader.layer(of, reader.line_at(table.span().start))?);
        }
    }
    conflicts::check(&reader, &parsed.layers)?;
    Ok(parsed)
}

impl Reader<'_> {
    fn layer(&self, table: &DeTable<'_>, line: usize) -> Result<Layer, PolicyError> {
        let mut layer = Layer { file: self.file.to_owned(), line, ..Layer::default() };
        for (key, value) in table {
            let condition = &mut layer.condition;
            match key.get_ref().as_ref() {
                "setting" => condition.setting = Some(self.term(key, value)?),
                "payer_type" => condition.payer_type = Some(self.term(key, value)?),
                "encounter_class" => condition.encounter_class = Some(self.term(key, value)?),
                "payer" => {
                    condition.payer = Some(self.string(key, value)?.split_whitespace().collect::<Vec<_>>().join(" "))
                }
                "effective_from" => condition.effective_from = Some(self.date(key, value)?),
                "effective_to" => condition.effective_to = Some(self.date(key, value)?),
                "switches" => layer.switches = self.switches(key, value)?,
                "rules" => layer.rules = self.rules(key, value)?,
                "drug_classes" => layer.drug_classes = self.drug_classes(key, value)?,
                _ => return Err(self.unknown(key, KEYS)),
            }
        }
        let Condition { effective_from, effective_to, .. } = layer.condition;
        if let (Some(from), Some(to)) = (effective_from, effective_to)
            && from > to
        {
            return Err(self.at(line, "effective_to", "lies before effective_from"));
        }
        Ok(layer)
    }

    /// A table of whole numbers with known names.
    fn limits(
        &self,
        key: &Key<'_>,
        value: &Value<'_>,
        names: &[&'static str],
        fits: impl Fn(&str, i64) -> bool,
        wanted: &str,
    ) -> Result<Limits, PolicyError> {
        let mut limits = Vec::new();
        for (key, value) in self.table(key, value)? {
            if !names.contains(&key.get_ref().as_ref()) {
                return Err(self.unknown(key, names));
            }
            let number = match value.get_ref() {
                DeValue::Integer(number) => number.as_str().parse().ok(),
                _ => None,
            };
            let number = number
                .filter(|number| fits(key.get_ref(), *number))
                .ok_or_else(|| self.bad_number(key, value, wanted))?;
            limits.push((key.get_ref().to_string(), number));
        }
        Ok(limits)
    }

    fn table<'v, 't>(&self, key: &Key<'t>, value: &'v Value<'t>) -> Result<&'v DeTable<'t>, PolicyError> {
        value.get_ref().as_table().ok_or_else(|| self.bad(key, "must be a table"))
    }

    fn switches(&self, key: &Key<'_>, value: &Value<'_>) -> Result<Vec<Setting>, PolicyError> {
        let mut scratch = Policy::default();
        let mut switches = Vec::new();
        for (key, value) in self.table(key, value)? {
            let value = switch_value(value.get_ref());
            let line = self.line_of(key);
            scratch.set(key.get_ref(), &value).map_err(|cause| PolicyError::Switch {
                file: self.file.to_owned(),
                line,
                cause,
            })?;
            switches.push(Setting { key: key.get_ref().to_string(), value, line });
        }
        Ok(switches)
    }

    fn rules(&self, key: &Key<'_>, value: &Value<'_>) -> Result<Vec<(&'static str, RuleOverride, usize)>, PolicyError> {
        let mut overrides = Vec::new();
        for (code, settings) in self.table(key, value)? {
            let info = rules::info_of(code.get_ref())
                .ok_or_else(|| self.unknown(code, &rules::all().map(|info| info.code).collect::<Vec<_>>()))?;
            let mut one = RuleOverride::default();
            for (key, value) in self.table(code, settings)? {
                match key.get_ref().as_ref() {
                    "enabled" => {
                        let on = value.get_ref().as_bool().ok_or_else(|| {
                            let quoted = value.get_ref().as_str().is_some_and(|text| text.parse::<bool>().is_ok());
                            self.bad(key, if quoted { "takes true or false: leave off the quotes" } else { BOOLEAN })
                        })?;
                        if !on && ALWAYS_ON.contains(&info.code) {
                            return Err(self.bad(key, "cannot turn this rule off: it keeps the totals complete"));
                        }
                        one.enabled = Some(on);
                    }
                    "severity" => one.severity = Some(self.severity(key, value)?),
                    "probability" => one.probability_basis_points = Some(self.probability(key, value)?),
                    _ => return Err(self.unknown(key, RULE_KEYS)),
                }
            }
            overrides.push((info.code, one, self.line_of(code)));
        }
        Ok(overrides)
    }

    fn drug_classes(
        &self,
        key: &Key<'_>,
        value: &Value<'_>,
    ) -> Result<Vec<(HcpcsCode, SubstanceClass, usize)>, PolicyError> {
        let mut classes = Vec::new();
        for (code, class) in self.table(key, value)? {
            let drug = code.get_ref().parse().map_err(|_| self.bad(code, "is not a five-character HCPCS code"))?;
            classes.push((drug, self.term(code, class)?, self.line_of(code)));
        }
        Ok(classes)
    }

    fn severity(&self, key: &Key<'_>, value: &Value<'_>) -> Result<Severity, PolicyError> {
        [Severity::High, Severity::Medium, Severity::Low]
            .into_iter()
            .find(|severity| value.get_ref().as_str().is_some_and(|text| text.eq_ignore_ascii_case(severity.as_str())))
            .ok_or_else(|| self.bad(key, "takes high, medium or low"))
    }

    /// A probability from 0 up to 0.9999, kept in ten-thousandths: a certain denial would make the shares of risk
    /// infinite.
    fn probability(&self, key: &Key<'_>, value: &Value<'_>) -> Result<u32, PolicyError> {
        let text = match value.get_ref() {
            DeValue::Float(value) => value.as_str(),
            DeValue::Integer(value) => value.as_str(),
            _ => "",
        };
        crate::model::parse_quantity(text)
            .map(|value| value * rust_decimal::Decimal::from(10_000))
            .filter(rust_decimal::Decimal::is_integer)
            .and_then(|value| u32::try_from(value).ok())
            .filter(|value| *value < 10_000)
            .ok_or_else(|| {
                self.bad_number(key, value, "takes a probability from 0 to 0.9999 with at most four decimals")
            })
    }

    fn string<'v>(&self, key: &Key<'_>, value: &'v Value<'_>) -> Result<&'v str, PolicyError> {
        value.get_ref().as_str().ok_or_else(|| self.bad(key, "takes text in quotes"))
    }

    fn term<T>(&self, key: &Key<'_>, value: &Value<'_>) -> Result<T, PolicyError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        // Every term that a policy takes is in lower case.
        self.string(key, value)?.to_lowercase().parse().map_err(|cause: T::Err| self.bad(key, &cause.to_string()))
    }

    fn date(&self, key: &Key<'_>, value: &Value<'_>) -> Result<Date, PolicyError> {
        let text = match value.get_ref() {
            DeValue::Datetime(when) => when.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        text.parse().map_err(|_| self.bad(key, "takes a date such as 2026-01-01"))
    }

    /// A value that is not the number that the key takes.
    fn bad_number(&self, key: &Key<'_>, value: &Value<'_>, problem: &str) -> PolicyError {
        let quoted = value.get_ref().as_str().is_some_and(|text| text.trim().parse::<f64>().is_ok());
        self.bad(key, &format!("{problem}{}", if quoted { "; leave off the quotes" } else { "" }))
    }

    fn bad(&self, key: &Key<'_>, problem: &str) -> PolicyError {
        self.at(self.line_of(key), key.get_ref(), problem)
    }

    pub(super) fn at(&self, line: usize, key: &str, problem: &str) -> PolicyError {
        PolicyError::BadValue { file: self.file.to_owned(), line, key: key.to_owned(), problem: problem.to_owned() }
    }

    fn unknown(&self, key: &Key<'_>, known: &[&'static str]) -> PolicyError {
        PolicyError::UnknownKey {
            file: self.file.to_owned(),
            line: self.line_of(key),
            key: key.get_ref().to_string(),
            nearest: nearest(key.get_ref(), known.iter().copied()),
        }
    }

    fn line_of(&self, key: &Key<'_>) -> usize {
        self.line_at(key.span().start)
    }

    /// The line of a byte, 1-based.
    fn line_at(&self, byte: usize) -> usize {
        let before = self.text.as_bytes().get(..byte).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

fn switch_value(value: &DeValue<'_>) -> SwitchValue {
    match value {
        DeValue::Boolean(value) => SwitchValue::Bool(*value),
        DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix())
            .map_or(SwitchValue::Other("so large a number"), SwitchValue::Integer),
        DeValue::String(value) => SwitchValue::Text(value.to_string()),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(SwitchValue::Other("a mixed list"), SwitchValue::List),
        DeValue::Float(_) => SwitchValue::Other("a fraction"),
        DeValue::Datetime(_) => SwitchValue::Other("a date"),
        DeValue::Table(_) => SwitchValue::Other("a table"),
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
    fn a_key_that_stands_twice_is_named_with_its_own_line() {
        let text = "[[layer]]\npayer = \"A\"\n[layer.switches]\nmissing_stop = \"push\"\n\
                    [[layer]]\npayer = \"B\"\n[layer.switches]\nmissing_stop = \"perhaps\"\n";
        let error = parse("p", text).unwrap_err();
        assert!(error.to_string().starts_with("policy file p, line 8: "), "{error}");
    }

    #[test]
    fn a_wrong_value_names_those_that_are_taken() {
        let error = parse("p", "[[layer]]\n[layer.switches]\nmissing_stop = \"maybe\"\n").unwrap_err();
        assert!(error.to_string().contains("takes push | no_bill | query, not `maybe`"), "{error}");
    }

    #[test]
    fn text_that_is_no_toml_is_named_with_its_line() {
        let error = parse("p", "[[layer]]\npayer = \n").unwrap_err();
        assert!(error.to_string().starts_with("policy file p, line 2: not valid TOML"), "{error}");
    }

    #[test]
    fn the_rules_that_close_the_ledger_stay_on() {
        let error = parse("p", "[[layer]]\n[layer.rules.IA-C03]\nenabled = false\n").unwrap_err();
        assert!(error.to_string().contains("line 3: `enabled` cannot turn this rule off"), "{error}");
    }

    #[test]
    fn limits_of_the_feed_are_whole_numbers_with_known_names() {
        let limits = parse("p", "[feed]\nrows_drop_percent = 60\nnights = 14\n").unwrap().feed;
        assert_eq!(limits, [("nights".to_owned(), 14), ("rows_drop_percent".to_owned(), 60)]);
        for bad in ["rows_dropped = 1", "nights = 0", "nights = \"many\"", "null_points = 1.5"] {
            let error = parse("p", &format!("[feed]\n{bad}\n")).unwrap_err().to_string();
            assert!(error.contains("line 2"), "{error}");
        }
    }

    #[test]
    fn drug_classes_are_read() {
        let layers = parse("p", "[[layer]]\n[layer.drug_classes]\nJ1745 = \"therapeutic\"\n").unwrap().layers;
        assert_eq!(layers[0].drug_classes, [(HcpcsCode::new("J1745"), SubstanceClass::Therapeutic, 3)]);
        let error = parse("p", "[[layer]]\n[layer.drug_classes]\nJ1745 = \"strong\"\n").unwrap_err();
        assert!(error.to_string().contains("line 3"), "{error}");
    }
}
