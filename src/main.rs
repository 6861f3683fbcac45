use std::process::ExitCode;

/// Coding makes many small short-lived results on every core, which the system's allocator serves slower.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    infusion_audit::cli::run()
}
