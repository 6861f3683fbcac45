//! Peak of what the program has allocated at once, by months of the same monthly volume and by memory limit: counted by
//! the allocator, so that what the operating system keeps ready does not blur it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

mod support;

use infusion_audit::audit::Context;
use infusion_audit::pipeline::run_audit;
use infusion_audit::policy::PolicySet;
use infusion_audit::progress::Progress;
use infusion_audit::reference::Reference;
use peak_alloc::PeakAlloc;
use support::{generated, options};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const ENCOUNTERS_A_MONTH: u64 = 10_000;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(data) = words.iter().position(|word| word == "--data").and_then(|at| words.get(at + 1)) {
        for limit in [512 << 20, 128 << 20] {
            println!("{:>7} {:>10}", limit >> 20, measure(std::path::Path::new(data), limit).0);
        }
        return;
    }
    println!("{:>7} {:>12} {:>10} {:>14}", "months", "limit MiB", "peak MiB", "rows spilled");
    for months in [3_u32, 6, 12] {
        let data = generated(ENCOUNTERS_A_MONTH * u64::from(months), months);
        for limit in [512 << 20, 128 << 20, 16 << 20] {
            let (peak, spilled) = measure(data.path(), limit);
            println!("{months:>7} {:>12} {peak:>10} {spilled:>14}", limit >> 20);
        }
    }
}

/// Audits a folder under a limit; out: peak MiB, rows spilled.
fn measure(data: &std::path::Path, limit: usize) -> (usize, u64) {
    let out = tempfile::tempdir().unwrap();
    let options = options(data, out.path(), limit);
    let context = Context::new(PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
    ALLOCATOR.reset_peak_usage();
    let run = run_audit(&options, &context, &Progress::new(true)).unwrap();
    (ALLOCATOR.peak_usage() >> 20, run.spilled_rows)
}
