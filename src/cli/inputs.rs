//! The input options that `audit` and `check` share.

use crate::audit::Context;
use crate::data_checks::Check;
use crate::error::Error;
use crate::partition::default_memory_limit;
use crate::pipeline::RunOptions;
use crate::policy::PolicySet;
use crate::reference::Reference;
use crate::schema::{DateFormat, IntegerMoney};
use clap::Args;
use std::path::PathBuf;

/// Unit of whole numbers that are money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MoneyUnit {
    Dollars,
    Cents,
}

impl From<MoneyUnit> for IntegerMoney {
    fn from(unit: MoneyUnit) -> Self {
        match unit {
            MoneyUnit::Dollars => IntegerMoney::Dollars,
            MoneyUnit::Cents => IntegerMoney::Cents,
        }
    }
}

/// The policies and tables that `audit` and `check` share.
#[derive(Args)]
pub struct ContextArguments {
    /// Policy file on top of the built-in ones; later ones win
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// Folder that `infusion-audit reference import` filled; its tables win over the built-in ones
    #[arg(long, value_name = "DIR")]
    pub reference: Option<PathBuf>,
}

impl ContextArguments {
    /// Loads them.
    ///
    /// # Errors
    /// A policy or a table that cannot be used.
    pub fn load(&self) -> Result<Context, Error> {
        let reference = Reference::load(self.reference.as_deref())?;
        Ok(Context::new(PolicySet::load(&self.policy)?, reference))
    }
}

#[derive(Args)]
pub struct InputArguments {
    /// Claim lines: a folder of Parquet files, or a glob in quotes; `none` audits charts alone
    #[arg(long, value_name = "DIR|GLOB")]
    claims: String,
    /// Charted administrations: a folder of Parquet files, or a glob in quotes; `none` audits claims alone
    #[arg(long, value_name = "DIR|GLOB")]
    flowsheets: String,
    /// Encounters: a folder of Parquet files, or a glob in quotes; optional
    #[arg(long, value_name = "DIR|GLOB")]
    encounters: Option<String>,
    /// The facility's time zone, such as America/Chicago, for times that are stored in UTC: timestamps with the zone UTC and
    /// text that ends in Z; with --utc-times those without a zone too
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Charted times without a zone are UTC, as Spark and pandas often write them
    #[arg(long, requires = "time_zone")]
    utc_times: bool,
    /// Form of dates and times in text columns that are not ISO 8601: mdy, dmy, ymd, dmony (31-Jan-2026), yyyymmdd,
    /// epoch-seconds, epoch-milliseconds, or a pattern such as "%m/%d/%Y %I:%M %p"; for one column COLUMN=FORM. Can be given
    /// several times
    #[arg(long, value_name = "[COLUMN=]FORM")]
    date_format: Vec<DateFormat>,
    /// Unit of money columns that hold whole numbers alone
    #[arg(long, value_name = "UNIT", value_enum, ignore_case = true)]
    integer_money: Option<MoneyUnit>,
    /// Go on although this check of the data is beyond its limit; the manifest and every page say so. docs/inputs.md
    /// explains the checks. Can be given several times
    #[arg(long, value_name = "CHECK")]
    accept: Vec<Check>,
    /// Memory that the run should stay within, such as 512MiB or 4GiB: rows for which it has no room wait in a temporary
    /// file. A quarter of the machine's or the container's memory, up to 512MiB, when not given
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory_limit: Option<usize>,
    /// Folder for the temporary file
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
    /// Worker threads; one per core when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// No progress, and one line in the place of the summary
    #[arg(long)]
    pub quiet: bool,
}

impl InputArguments {
    /// The typed options; `out` is where a run goes.
    pub fn options(&self, out: PathBuf) -> RunOptions {
        let temp_dir = self.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
        RunOptions {
            claims: self.claims.clone(),
            flowsheets: self.flowsheets.clone(),
            encounters: self.encounters.clone(),
            out,
            time_zone: self.time_zone.clone(),
            utc_times: self.utc_times,
            date_formats: self.date_format.clone(),
            integer_money: self.integer_money.map(IntegerMoney::from),
            accept: self.accept.iter().copied().collect(),
            ..RunOptions::new(self.memory_limit.unwrap_or_else(default_memory_limit), temp_dir)
        }
    }

    /// Runs `work` on as many threads as were asked for.
    pub fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, String> {
        let mut builder = rayon::ThreadPoolBuilder::new();
        if let Some(threads) = self.threads {
            builder = builder.num_threads(usize::from(threads));
        }
        builder.build().map(|pool| pool.install(work)).map_err(|cause| format!("cannot start threads: {cause}"))
    }
}

/// Reads `512MiB`, `4GB`, `1000000`.
fn size(text: &str) -> Result<usize, String> {
    let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale: usize = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" | "k" => 1 << 10,
        "mib" | "m" => 1 << 20,
        "gib" | "g" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err("takes a size such as 512MiB or 4GiB".to_owned()),
    };
    let number: usize = number.parse().map_err(|_| "takes a size such as 512MiB or 4GiB".to_owned())?;
    number.checked_mul(scale).filter(|bytes| *bytes > 0).ok_or_else(|| "takes a size such as 512MiB".to_owned())
}
