//! Broken inputs of every kind end in quarantine or in one line, never in a panic: bytes of good files changed at random, a
//! bounded number of times and always the same.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

#[path = "../fuzz/entries.rs"]
#[allow(clippy::expect_used, reason = "shared with the fuzz targets")]
mod entries;
mod support;

use infusion_audit::generate::ErrorSelection;
use infusion_audit::import::{self, ImportOptions, Kind};
use infusion_audit::json_lines;
use infusion_audit::pipeline::{RunOptions, check_inputs};
use infusion_audit::policy::PolicySet;
use infusion_audit::progress::Progress;
use infusion_audit::reference::Reference;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use support::{generated, options, repository};

/// How many times the usual number of cases; set MUTATIONS for a longer hunt.
fn times() -> u64 {
    std::env::var("MUTATIONS").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Changes, removes, doubles or swaps a few bytes.
fn mutated(bytes: &[u8], chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..chance.random_range(1..6) {
        if bytes.is_empty() {
            break;
        }
        let at = chance.random_range(0..bytes.len());
        match chance.random_range(0..6) {
            0 => bytes[at] = chance.next_u32() as u8,
            1 => bytes[at] ^= 1 << chance.random_range(0..8),
            2 => bytes[at] = [0, 0x7f, 0x80, 0xff][chance.random_range(0..4)],
            3 => {
                let end = (at + chance.random_range(1..16)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + chance.random_range(1..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let other = chance.random_range(0..bytes.len());
                bytes.swap(at, other);
            }
        }
    }
    bytes
}

/// What the fuzz targets begin with and what they once found: as it is, and with bytes changed.
#[test]
fn the_fuzz_corpus_ends_in_results_and_refusals() {
    let mut chance = ChaCha8Rng::seed_from_u64(19);
    for (name, entry) in [
        ("parquet", entries::parquet as fn(&[u8])),
        ("json_lines", entries::json_lines),
        ("policy", entries::policy),
        ("reference", entries::reference),
    ] {
        let folder = repository().join("fuzz/corpus").join(name);
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
        files.sort();
        assert!(files.len() >= 5, "{name}");
        for path in files {
            let seed = fs::read(&path).unwrap();
            entry(&seed);
            for _ in 0..30 * times() {
                entry(&mutated(&seed, &mut chance));
            }
        }
    }
}

#[test]
fn parquet_files_with_wrong_bytes_never_panic() {
    let data = generated(60, 3, ErrorSelection::All);
    let mut chance = ChaCha8Rng::seed_from_u64(17);
    let out = tempfile::tempdir().unwrap();
    let (mut read, mut refused) = (0, 0);
    for table in ["claims", "flowsheets", "encounters"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(data.path().join(table)).unwrap().flatten().map(|entry| entry.path()).collect();
        files.sort();
        let whole = fs::read(&files[0]).unwrap();
        for at in 0..250 * times() {
            let mut bytes = mutated(&whole, &mut chance);
            // The footer is where most goes wrong; half of the cases change nothing else.
            if at % 2 == 0 {
                let footer = whole.len().saturating_sub(8 + 4_000);
                bytes = [&whole[..footer], &mutated(&whole[footer..], &mut chance)].concat();
            }
            fs::write(&files[0], bytes).unwrap();
            let asked = RunOptions { buckets: Some(3), ..options(data.path(), out.path()) };
            match catch_unwind(AssertUnwindSafe(|| check_inputs(&asked, &Progress::new(true)))) {
                Ok(Ok(_)) => read += 1,
                Ok(Err(cause)) => {
                    refused += 1;
                    assert!(matches!(cause.exit_code(), 2 | 3), "{cause}");
                }
                Err(_) => panic!("{table}, case {at}: a panic"),
            }
        }
        fs::write(&files[0], &whole).unwrap();
    }
    println!("{read} read, {refused} refused");
    assert!(read > 20 && refused > 200, "{read} read, {refused} refused");
}

#[test]
fn json_lines_policies_and_reference_files_with_wrong_bytes_never_panic() {
    let mut chance = ChaCha8Rng::seed_from_u64(18);
    let (policies, reference) = (PolicySet::built_in().unwrap(), Reference::built_in().unwrap());
    let mut lines = Vec::new();
    for entry in fs::read_dir(repository().join("tests/conformance")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|ending| ending == "jsonl") {
            lines.extend(fs::read_to_string(entry.path()).unwrap().lines().map(str::to_owned));
        }
    }
    assert!(lines.len() > 20, "{}", lines.len());
    for _ in 0..3_000 * times() {
        let line = &lines[chance.random_range(0..lines.len())];
        let bytes = mutated(line.as_bytes(), &mut chance);
        let text = String::from_utf8_lossy(&bytes);
        // An answer or a refusal, nothing else.
        let (answer, _) = json_lines::code_line(&text, &policies, &reference);
        assert!(answer.is_object());
    }
    let folder = tempfile::tempdir().unwrap();
    let policy = fs::read(repository().join("policy/example_payer.toml")).unwrap();
    let path = folder.path().join("policy.toml");
    for _ in 0..1_500 * times() {
        fs::write(&path, mutated(&policy, &mut chance)).unwrap();
        if let Err(cause) = PolicySet::load(&[&path]) {
            assert_eq!(cause.to_string().lines().count(), 1, "{cause}");
        }
    }
    let data = generated(40, 3, ErrorSelection::None);
    let mut files: Vec<PathBuf> =
        fs::read_dir(data.path().join("reference_files")).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let asked = ImportOptions {
        effective_from: "2026-01-01".parse().ok(),
        effective_to: None,
        payer: Some("ACME".to_owned()),
        conversion_factor: None,
    };
    let mut taken = 0;
    for path in &files {
        let (whole, name) = (fs::read(path).unwrap(), path.file_name().unwrap().to_string_lossy().into_owned());
        for kind in Kind::ALL {
            for _ in 0..40 * times() {
                taken += usize::from(import::read(kind, &name, &mutated(&whole, &mut chance), &asked).is_ok());
            }
        }
    }
    assert!(taken > 20, "{taken}");
}
