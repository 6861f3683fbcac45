//! Progress: a bar on a terminal, plain log lines elsewhere. Names no file and no row.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Seconds between log lines where there is no terminal.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// Where a run tells how far it is.
pub struct Progress {
    bar: ProgressBar,
    log: bool,
    rows: AtomicU64,
    total: AtomicU64,
    last_line: Mutex<Instant>,
}

impl Progress {
    /// A bar when standard error is a terminal, log lines otherwise, nothing when `quiet`.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if quiet || !terminal {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        } else {
            ProgressBar::new(0)
        };
        Self {
            bar,
            log: !quiet && !terminal,
            rows: AtomicU64::new(0),
            total: AtomicU64::new(0),
            last_line: Mutex::new(Instant::now()),
        }
    }

    /// Begins a stage of so many rows or encounters.
    pub fn stage(&self, name: &'static str, unit: &'static str, total: u64) {
        self.rows.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.bar.reset();
        self.bar.set_length(total);
        let template = format!("{name:<9} [{{wide_bar}}] {{human_pos}}/{{human_len}} {unit} {{per_sec}}, {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        if self.log {
            tracing::info!("{name}: {} {unit}", HumanCount(total));
        }
    }

    /// So many more are done.
    pub fn add(&self, rows: u64) {
        self.bar.inc(rows);
        let done = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        if self.log
            && let Ok(mut last) = self.last_line.try_lock()
            && last.elapsed() >= LOG_EVERY
        {
            *last = Instant::now();
            tracing::info!("{} of {}", HumanCount(done), HumanCount(self.total.load(Ordering::Relaxed)));
        }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
