use std::process::ExitCode;

fn main() -> ExitCode {
    infusion_audit::cli::run()
}
