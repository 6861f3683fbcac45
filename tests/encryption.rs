//! Encrypted inputs are read, encrypted outputs hold no identifier in clear, and neither changes a result.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod support;

use aho_corasick::AhoCorasick;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use assert_cmd::Command;
use infusion_audit::generate::ErrorSelection;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::encryption::decrypt::FileDecryptionProperties;
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use support::{generated, options, read, repository, run, text};

/// Keys of 128 and 256 bits, as the key file has them.
const KEYS: &str = "feed = 30313233343536373839616263646566\nours = 3031323334353637383961626364656630313233343536373839616263646566 # outputs\n";
const FEED: &[u8] = b"0123456789abcdef";
const OURS: &[u8] = b"0123456789abcdef0123456789abcdef";

const TABLES: [&str; 3] = ["claims", "flowsheets", "encounters"];
const RESULTS: [&str; 5] =
    ["findings.parquet", "lines.parquet", "encounters.parquet", "administrations.parquet", "quarantine.parquet"];

fn key_file(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("keys");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            all.extend(files(&entry.path()));
        } else if kind.is_file() {
            all.push(entry.path());
        }
    }
    all.sort();
    all
}

/// Writes the files of a folder again, encrypted.
fn encrypt(data: &Path, table: &str, with: &Arc<FileEncryptionProperties>) {
    for path in files(&data.join(table)) {
        let batches = read(&path);
        let properties = WriterProperties::builder().with_file_encryption_properties(with.clone()).build();
        let file = fs::File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batches[0].schema(), Some(properties)).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.close().unwrap();
    }
}

fn audit(data: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = Command::cargo_bin("infusion-audit").unwrap();
    command.args(["audit", "--quiet", "--out"]).arg(out);
    for table in TABLES {
        command.arg(format!("--{table}")).arg(data.join(table));
    }
    command.args(more).output().unwrap()
}

fn other(run: &Path, arguments: &[&str], keys: Option<&Path>) -> Output {
    let mut command = Command::cargo_bin("infusion-audit").unwrap();
    command.arg(arguments[0]).arg(run).args(&arguments[1..]);
    if let Some(keys) = keys {
        command.arg("--parquet-keys").arg(keys);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The rows of a table that is one file or a folder of parts.
fn rows(run: &Path, table: &str, key: Option<&[u8]>) -> RecordBatch {
    let path = run.join(table);
    let parts = if path.is_dir() { files(&path) } else { vec![path] };
    let (mut batches, mut schema) = (Vec::new(), None);
    for part in parts {
        let mut options = ArrowReaderOptions::default();
        if let Some(key) = key {
            let properties = FileDecryptionProperties::builder(key.to_vec()).build().unwrap();
            options = options.with_file_decryption_properties(properties);
        }
        let file = fs::File::open(part).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap();
        schema = Some(builder.schema().clone());
        batches.extend(builder.build().unwrap().map(Result::unwrap));
    }
    concat_batches(&schema.unwrap(), &batches).unwrap()
}

fn published(out: &Path) -> PathBuf {
    out.join("latest").canonicalize().unwrap()
}

/// Identifiers of the input.
fn secrets(data: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (table, column) in [
        ("claims", "claim_id"),
        ("claims", "encounter_id"),
        ("claims", "patient_id"),
        ("flowsheets", "administration_id"),
    ] {
        for path in files(&data.join(table)) {
            for batch in read(&path) {
                let ids = batch.column_by_name(column).unwrap().as_string::<i32>();
                all.extend(ids.iter().flatten().map(str::to_owned));
            }
        }
    }
    assert!(all.len() > 1_500);
    all
}

/// Files in which an identifier stands in clear.
fn telling(folders: &[&Path], secrets: &BTreeSet<String>) -> Vec<PathBuf> {
    let search = AhoCorasick::new(secrets).unwrap();
    let all = folders.iter().flat_map(|folder| files(folder));
    all.filter(|file| search.is_match(&fs::read(file).unwrap())).collect()
}

#[test]
fn encrypted_inputs_give_the_results_of_plain_ones() {
    let data = generated(600, 41, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let plain = run(&options(data.path(), &out.path().join("plain"))).unwrap();
    // A feed may name its key, name none, or leave the footer in clear and have a key for some columns.
    let named = FileEncryptionProperties::builder(FEED.to_vec()).with_footer_key_metadata(b"feed".to_vec());
    let columns = ["encounter_id", "patient_id"].into_iter().fold(
        FileEncryptionProperties::builder(FEED.to_vec()).with_footer_key_metadata(b"feed".to_vec()),
        |all, column| all.with_column_key_and_metadata(column, OURS.to_vec(), b"ours".to_vec()),
    );
    encrypt(data.path(), "claims", &named.build().unwrap());
    encrypt(data.path(), "flowsheets", &FileEncryptionProperties::builder(FEED.to_vec()).build().unwrap());
    encrypt(data.path(), "encounters", &columns.with_plaintext_footer(true).build().unwrap());

    let keys = key_file(out.path(), &KEYS.replace("feed =", "default=30313233343536373839616263646566,feed ="));
    let keys = keys.display().to_string();
    for limit in ["512MiB", "1MiB"] {
        let done = audit(data.path(), &out.path().join(limit), &["--parquet-keys", &keys, "--memory-limit", limit]);
        assert_eq!(done.status.code(), Some(0), "{}", said(&done));
        let run = published(&out.path().join(limit));
        for table in RESULTS {
            assert_eq!(rows(&run, table, None), rows(&plain.path, table, None), "{table} within {limit}");
        }
    }
    let checked = Command::cargo_bin("infusion-audit")
        .unwrap()
        .args(["doctor", "--parquet-keys", &keys])
        .args(TABLES.iter().flat_map(|table| [format!("--{table}"), data.path().join(table).display().to_string()]))
        .arg("--out")
        .arg(out.path().join("other"))
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));

    // Without the key, with another one, and with a key file that all may read.
    let refused = |text: &str, mode: u32, status: i32, why: &str| {
        let keys = key_file(out.path(), text);
        fs::set_permissions(&keys, fs::Permissions::from_mode(mode)).unwrap();
        let done = audit(data.path(), &out.path().join("none"), &["--parquet-keys", &keys.display().to_string()]);
        let said = said(&done);
        assert!(done.status.code() == Some(status) && said.contains(why) && said.lines().count() == 1, "{said}");
        assert!(!said.contains("30313233"), "{said}");
    };
    refused("", 0o600, 3, "there are none in --parquet-keys");
    refused("a=30313233343536373839616263646566,b=30313233343536373839616263646566", 0o600, 3, "none is called `feed`");
    refused("feed = 40313233343536373839616263646566", 0o600, 3, "give the key it needs");
    refused("feed = 303132", 0o600, 2, "line 1 has no key of 32 or 64");
    refused(KEYS, 0o640, 2, "chmod 600");
}

#[test]
fn encrypted_outputs_hold_no_identifier_in_clear() {
    let data = generated(600, 43, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let plain = run(&options(data.path(), &out.path().join("plain"))).unwrap();
    let secrets = secrets(data.path());
    // The search finds what is there to be found.
    assert!(!telling(&[&plain.path], &secrets).is_empty());
    let keys = key_file(out.path(), KEYS);
    let key_path = keys.display().to_string();
    let with_keys = ["--parquet-keys", key_path.as_str(), "--encrypt", "ours"];

    let here = out.path().join("encrypted");
    let done = audit(data.path(), &here, &with_keys);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert_eq!(telling(&[&here], &secrets), Vec::<PathBuf>::new());
    let run = published(&here);
    let mut names: Vec<_> = files(&run).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    names.retain(|name| !RESULTS.iter().any(|table| *table == name));
    assert_eq!(names, ["manifest.json"]);
    for table in RESULTS {
        assert_eq!(rows(&run, table, Some(OURS)), rows(&plain.path, table, None), "{table}");
    }
    // Other commands read the run with the key and say what is missing without it.
    let findings = rows(&run, "findings.parquet", Some(OURS));
    let (encounter, rule) = (text(&findings, "encounter_id", 0), text(&findings, "rule_code", 0));
    for arguments in [vec!["verify"], vec!["explain", &encounter]] {
        let done = other(&run, &arguments, Some(&keys));
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {}", said(&done));
        let done = other(&run, &arguments, None);
        assert!(done.status.code() == Some(3) && said(&done).contains("none in --parquet-keys"), "{}", said(&done));
    }
    assert!(said(&other(&run, &["explain", &encounter], Some(&keys))).contains(&rule));
    let compared = other(&run, &["diff", &plain.path.display().to_string()], Some(&keys));
    assert_eq!(compared.status.code(), Some(0), "{}", said(&compared));

    let done = audit(data.path(), &here, &["--parquet-keys", &key_path, "--encrypt", "theirs"]);
    assert!(done.status.code() == Some(2) && said(&done).contains("none is called `theirs`"), "{}", said(&done));
    assert_eq!(audit(data.path(), &here, &[&with_keys[..], &["--xlsx"]].concat()).status.code(), Some(2));
}

#[test]
fn nights_of_an_encrypted_state_end_as_plain_ones() {
    let data = generated(600, 47, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let secrets = secrets(data.path());
    let keys = key_file(out.path(), KEYS).display().to_string();
    let path = |name: &str| out.path().join(name);
    let state = path("state").display().to_string();
    let with_keys = ["--parquet-keys", keys.as_str(), "--encrypt", "ours", "--state", state.as_str()];
    // The last month of claims arrives on the second night.
    let late = files(&data.path().join("claims")).pop().unwrap();
    fs::rename(&late, path("late")).unwrap();
    let done = audit(data.path(), &path("runs"), &with_keys);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    fs::copy(path("late"), &late).unwrap();
    let done = audit(data.path(), &path("runs"), &with_keys);
    assert!(done.status.code() == Some(0) && said(&done).contains("night 2: "), "{}", said(&done));
    assert!(!said(&done).contains("all encounters"), "{}", said(&done));
    assert_eq!(telling(&[&path("runs"), &path("state")], &secrets), Vec::<PathBuf>::new());

    let plain = run(&options(data.path(), &path("plain"))).unwrap();
    for table in RESULTS {
        assert_eq!(rows(&published(&path("runs")), table, Some(OURS)), rows(&plain.path, table, None), "{table}");
    }
    let verified = other(&published(&path("runs")), &["verify"], Some(Path::new(&keys)));
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));

    // Without the key the state says so; a byte that was changed is found.
    let done = audit(data.path(), &path("runs"), &["--state", &state]);
    assert!(done.status.code() == Some(4) && said(&done).contains("it is encrypted"), "{}", said(&done));
    let saved = path("state").join("state.json");
    let mut bytes = fs::read(&saved).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&saved, &bytes).unwrap();
    let done = audit(data.path(), &path("runs"), &with_keys);
    assert!(done.status.code() == Some(4) && said(&done).contains("damaged"), "{}", said(&done));
}

/// Other programs write what is read here and read what is written here, where they are installed.
#[test]
fn other_programs_read_and_write_the_same_encryption() {
    let data = generated(200, 53, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let keys = key_file(out.path(), "ours = 30313233343536373839616263646566").display().to_string();
    let script = repository().join("tests/encryption.py");
    let ask = |what: &str, folder: &Path| {
        let asked = std::process::Command::new("python3").arg(&script).arg(what).arg(folder).output();
        let Ok(asked) = asked else { return None };
        match asked.status.code() {
            Some(77) => None,
            Some(0) => Some(String::from_utf8(asked.stdout).unwrap()),
            _ => panic!("{}", said(&asked)),
        }
    };
    let plain = run(&options(data.path(), &out.path().join("plain"))).unwrap();
    if ask("encrypt", data.path()).is_none() {
        println!("not asked: no pyarrow here");
        return;
    }
    let done = audit(data.path(), &out.path().join("runs"), &["--parquet-keys", &keys, "--encrypt", "ours"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let run = published(&out.path().join("runs"));
    let counted = ask("count", &run).unwrap();
    assert_eq!(counted.trim(), plain.manifest.totals.findings.to_string());
}
