//! The queries of `docs/outputs.md` run and agree with the manifest, where DuckDB is installed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod support;

use infusion_audit::generate::ErrorSelection;
use std::process::Command;
use support::{generated, options, repository, run};

#[test]
fn ten_questions_have_answers() {
    let data = generated(2_500, 13, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let done = run(&options(data.path(), out.path())).unwrap();
    let asked = Command::new("python3").arg(repository().join("tests/queries.py")).arg(&done.path).output();
    let Ok(asked) = asked else {
        println!("not asked: no python3 here");
        return;
    };
    let said = String::from_utf8_lossy(&asked.stdout).into_owned() + &String::from_utf8_lossy(&asked.stderr);
    match asked.status.code() {
        Some(77) => println!("not asked: {said}"),
        Some(0) => {}
        _ => panic!("{said}"),
    }
}
