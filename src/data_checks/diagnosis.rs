//! The diagnosis of a run whose data cannot be believed: a page and a JSON file beside the runs, in the place of a run.

use super::state::{DataState, Judgement, count};
use crate::error::Error;
use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde_json::json;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = include_str!("diagnosis.html");
const PAGE: &str = "diagnosis.html";
const JSON: &str = "diagnosis.json";

/// Reasons for which a run stopped, for its one line.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The checks beyond their limits.
    pub checks: Vec<Judgement>,
    /// The diagnosis page; `None` where none was written.
    pub page: Option<PathBuf>,
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.checks.first() else { return out.write_str("the data failed its checks") };
        write!(out, "the data failed its checks, nothing was published: {}: {}", first.check, first.sentence)?;
        if self.checks.len() > 1 {
            let others: Vec<&str> = self.checks[1..].iter().map(|check| check.check.as_str()).collect();
            write!(out, "; also {}", others.join(", "))?;
        }
        if let Some(page) = &self.page {
            write!(out, "; the diagnosis is {}", page.display())?;
        }
        let accept: Vec<String> = self.checks.iter().map(|check| format!("--accept {}", check.check)).collect();
        write!(out, "; to continue anyway: {} (docs/inputs.md#{})", accept.join(" "), first.check)
    }
}

/// Writes the diagnosis into the folder of the runs, in the place of an earlier one; readable by its owner alone.
///
/// # Errors
/// A folder that cannot be written.
pub fn write(out: &Path, state: &DataState) -> Result<PathBuf, Error> {
    let failed = |cause: minijinja::Error| Error::Report(format!("{cause:#}"));
    let mut environment = Environment::new();
    environment.add_filter("count", count);
    environment.add_template(PAGE, TEMPLATE).map_err(failed)?;
    let facts = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "facts": state.facts(),
        "stops": state.stops().collect::<Vec<_>>(),
        "others": state.banner().into_iter().map(|(of, _)| of).filter(|of| of.verdict != super::Verdict::Stop).collect::<Vec<_>>(),
        "checks": state.checks,
        "months": state.by_month,
        "accept": state.stops().map(|of| format!("--accept {}", of.check)).collect::<Vec<_>>().join(" "),
    });
    let template = environment.get_template(PAGE).map_err(failed)?;
    let page = template.render(Value::from(Serde(&facts))).map_err(failed)?;
    let text = serde_json::to_string_pretty(state).map_err(|cause| Error::Table(cause.to_string()))?;
    replace(out, JSON, format!("{text}\n").as_bytes())?;
    replace(out, PAGE, page.as_bytes())?;
    Ok(out.join(PAGE))
}

/// Removes the diagnosis of an earlier stop, once a run is published.
pub fn clear(out: &Path) {
    for name in [PAGE, JSON] {
        // A diagnosis that stays is out of date, and says which run it is of: no reason to fail one that is published.
        let _ = std::fs::remove_file(out.join(name));
    }
}

fn replace(folder: &Path, name: &str, contents: &[u8]) -> Result<(), Error> {
    let path = folder.join(name);
    let failed = |cause: std::io::Error| Error::unwritable(&path, cause);
    // Made by `tempfile`, which lets its owner alone read it.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(contents).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(&path).map_err(|cause| Error::unwritable(&path, cause.error))?;
    Ok(())
}
