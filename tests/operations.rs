//! What a scheduler relies on: exit codes, one line, metrics, signals, locks, retention, and a run that can be checked.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use assert_cmd::Command;
use infusion_audit::generate::ErrorSelection;
use infusion_audit::output::read_log;
use infusion_audit::pipeline::RunOptions;
use infusion_audit::verify::verify;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{generated, options, repository, run};

/// The command line of an audit of the sample data.
fn audit(out: &Path, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("infusion-audit").unwrap();
    command.args(["audit", "--quiet", "--out"]).arg(out);
    for table in ["claims", "flowsheets", "encounters"] {
        command.arg(format!("--{table}")).arg(repository().join("sample_data").join(table));
    }
    command.args(more);
    command
}

fn errors(output: &std::process::Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn runs(out: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(out).unwrap().flatten().filter(|entry| entry.file_type().unwrap().is_dir());
    folders.map(|entry| entry.path()).collect()
}

#[test]
fn a_quiet_run_says_one_line_and_thresholds_set_the_status() {
    let out = tempfile::tempdir().unwrap();
    let done = audit(out.path(), &[]).output().unwrap();
    assert_eq!((done.status.code(), done.stdout.len()), (Some(0), 0));
    let said = errors(&done);
    assert!(said.lines().count() == 1 && said.contains("encounters,") && said.contains("denial risk $"), "{said}");
    let done = audit(out.path(), &["--fail-on", "leakage=1", "--fail-on", "findings=100000"]).output().unwrap();
    let said = errors(&done);
    assert!(done.status.code() == Some(1) && said.contains("leakage is $") && said.contains("over $1.00"), "{said}");
    assert_eq!(audit(out.path(), &["--fail-on", "quarantined=0"]).output().unwrap().status.code(), Some(0));
    assert_eq!(audit(out.path(), &["--fail-on", "profit=0"]).output().unwrap().status.code(), Some(2));
    assert_eq!(audit(out.path(), &["--keep", "0"]).output().unwrap().status.code(), Some(2));
    // A run that passes a threshold is published all the same.
    assert_eq!(runs(out.path()).len(), 1);
}

#[test]
fn json_lines_and_metrics_tell_success_and_failure() {
    let out = tempfile::tempdir().unwrap();
    let metrics = out.path().join("infusion.prom");
    let file = metrics.display().to_string();
    let done = audit(&out.path().join("runs"), &["--log", "json", "--metrics", &file]).output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    let lines: Vec<serde_json::Value> = errors(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.last().unwrap()["message"].as_str().unwrap().starts_with("run "), "{lines:?}");
    let text = fs::read_to_string(&metrics).unwrap();
    for wanted in [
        "infusion_audit_last_run_success 1",
        "infusion_audit_last_run_exit_status 0",
        "infusion_audit_encounters 512",
        "infusion_audit_rows{table=\"claims\",to=\"audited\"}",
        "infusion_audit_dollars{kind=\"leakage\"} 6061.03",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let done = audit(&out.path().join("runs"), &["--log", "json", "--metrics", &file, "--claims", "nowhere"]);
    let mut done = done;
    let done = done.output().unwrap();
    // The same option twice is the command line's own error, and no run.
    assert_eq!(done.status.code(), Some(2));
    let mut broken = Command::cargo_bin("infusion-audit").unwrap();
    broken.args(["--log", "json", "audit", "--claims", "nowhere", "--flowsheets", "nowhere", "--metrics", &file]);
    let done = broken.output().unwrap();
    assert_eq!(done.status.code(), Some(3));
    let line: serde_json::Value = serde_json::from_str(errors(&done).trim()).unwrap();
    assert!(line["level"] == "ERROR" && line["exit_status"] == 3, "{line}");
    let text = fs::read_to_string(&metrics).unwrap();
    assert!(text.contains("last_run_success 0") && text.contains("last_run_exit_status 3"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&metrics).unwrap().permissions().mode() & 0o777, 0o644);
    }
}

#[cfg(unix)]
#[test]
fn whatever_the_umask_outputs_are_their_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("runs");
    let binary = assert_cmd::cargo::cargo_bin("infusion-audit");
    let sample = repository().join("sample_data");
    let script = format!(
        "umask 000; exec '{}' audit --quiet --xlsx --out '{}' --claims '{}' --flowsheets '{}'",
        binary.display(),
        out.display(),
        sample.join("claims").display(),
        sample.join("flowsheets").display()
    );
    assert!(std::process::Command::new("sh").args(["-c", &script]).status().unwrap().success());
    let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&out), 0o700);
    let mut files = 0;
    for folder in [out.clone(), runs(&out).remove(0)] {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if !kind.is_symlink() {
                assert_eq!(mode(&entry.path()), if kind.is_dir() { 0o700 } else { 0o600 }, "{entry:?}");
                files += 1;
            }
        }
    }
    assert!(files >= 14, "{files}");
}

#[cfg(unix)]
#[test]
fn a_signal_rolls_back_within_seconds() {
    let data = generated(12_000, 5, ErrorSelection::All);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("runs");
    let start = || {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("infusion-audit"));
        command.args(["audit", "--quiet", "--threads", "1", "--xlsx", "--out"]).arg(&out);
        for table in ["claims", "flowsheets", "encounters"] {
            command.arg(format!("--{table}")).arg(data.path().join(table));
        }
        command.stderr(Stdio::piped()).spawn().unwrap()
    };
    for (signal, wait) in [("TERM", 150), ("INT", 400), ("HUP", 700)] {
        let child = start();
        std::thread::sleep(Duration::from_millis(wait));
        let asked = Instant::now();
        let kill = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        // A run that was done before the signal came is as good.
        if kill.success() && done.status.code() != Some(0) {
            assert_eq!(done.status.code(), Some(130), "{said}");
            assert!(said.contains("stopped by a signal; nothing was published"), "{said}");
            assert!(runs(&out).is_empty(), "{signal}");
        }
        println!("{signal}: {:?} after the signal", asked.elapsed());
        let _ = fs::remove_dir_all(&out);
    }
}

#[test]
fn two_runs_in_one_folder_wait_for_one_another_and_the_oldest_go() {
    let data = generated(200, 5, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for (day, keep) in [("2026-06-01", None), ("2026-06-02", None), ("2026-06-03", Some(2))] {
        let asked = RunOptions { as_of: Some(day.parse().unwrap()), keep, ..options(data.path(), out.path()) };
        ids.push(run(&asked).unwrap().manifest.run_id);
    }
    let mut left: Vec<String> =
        runs(out.path()).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    left.sort();
    let mut wanted = ids[1..].to_vec();
    wanted.sort();
    assert_eq!(left, wanted);
    // All three are in the log, and the pointer is at the last.
    let log: Vec<String> = read_log(out.path()).unwrap().into_iter().map(|entry| entry.run_id).collect();
    assert_eq!(log, ids);
    #[cfg(unix)]
    assert_eq!(fs::read_link(out.path().join("latest")).unwrap(), Path::new(&ids[2]));
    // A process that holds the folder keeps the next one out.
    let held = fs::File::options().write(true).open(out.path().join(".lock")).unwrap();
    held.lock().unwrap();
    let refused = run(&options(data.path(), out.path())).unwrap_err();
    assert!(refused.exit_code() == 4 && refused.to_string().contains("in use by another run"), "{refused}");
    held.unlock().unwrap();
    assert!(run(&options(data.path(), out.path())).is_ok());
}

fn wrong(run: &Path) -> Vec<String> {
    verify(run).unwrap().into_iter().filter_map(|one| Some(format!("{}: {}", one.what, one.problem?))).collect()
}

#[test]
fn verify_finds_what_was_changed() {
    let data = generated(300, 5, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let asked = RunOptions { workbook: true, ..options(data.path(), out.path()) };
    let fresh = || run(&asked).unwrap().path;
    let folder = fresh();
    let checked = verify(&folder).unwrap();
    assert!(checked.len() > 25 && wrong(&folder).is_empty(), "{:?}", wrong(&folder));
    #[cfg(unix)]
    assert!(wrong(&out.path().join("latest")).is_empty());
    // A byte of a page, a file that is gone, a file that was added.
    let page = folder.join("report.html");
    fs::write(&page, fs::read_to_string(&page).unwrap().replacen('$', "€", 1)).unwrap();
    fs::remove_file(folder.join("denial_risk.csv")).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let found = wrong(&folder).join("; ");
    for wanted in ["report.html: is not what", "denial_risk.csv: is missing", "notes.txt: is no file of the run"] {
        assert!(found.contains(wanted), "{found}");
    }
    // Totals that were changed, with everything else as it was: the log tells, and so do the tables.
    let folder = fresh();
    let manifest = folder.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let mut changed: serde_json::Value = serde_json::from_str(&text).unwrap();
    changed["totals"]["leakage_cents"] = 1.into();
    fs::write(&manifest, changed.to_string()).unwrap();
    let found = wrong(&folder).join("; ");
    assert!(found.contains("leakage_cents of the findings: the manifest says 1,"), "{found}");
    assert!(found.contains("run_log.jsonl: the run's manifest was changed"), "{found}");
    // The log itself.
    fs::write(&manifest, &text).unwrap();
    assert!(wrong(&folder).is_empty());
    let log = out.path().join("run_log.jsonl");
    let lines = fs::read_to_string(&log).unwrap();
    fs::write(&log, lines.replacen("\"sequence\":1", "\"sequence\":2", 1)).unwrap();
    assert!(wrong(&folder).join("; ").contains("line 1 does not follow"));
    // No run is added to a log that was changed.
    let refused = run(&asked).unwrap_err();
    assert!(refused.to_string().contains("someone has changed the log"), "{refused}");
}

#[test]
fn an_input_that_changes_while_it_is_read_stops_the_run() {
    use infusion_audit::scan::open_all;
    use infusion_audit::schema::{DecodeOptions, Table};
    let data = generated(100, 5, ErrorSelection::None);
    let path = fs::read_dir(data.path().join("claims")).unwrap().flatten().next().unwrap().path();
    let file = &open_all(&[(Table::Claims, path.clone())], &DecodeOptions::default()).unwrap()[0];
    file.check_unchanged().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"more");
    fs::write(&path, bytes).unwrap();
    let cause = file.check_unchanged().unwrap_err();
    assert!(cause.exit_code() == 3 && cause.to_string().contains("changed while it was read"), "{cause}");
    fs::remove_file(&path).unwrap();
    assert_eq!(file.check_unchanged().unwrap_err().exit_code(), 3);
}

#[test]
fn doctor_says_what_would_stop_the_first_night() {
    let out = tempfile::tempdir().unwrap();
    let sample = |table: &str| repository().join("sample_data").join(table).display().to_string();
    let doctor = |more: &[&str]| {
        let mut command = Command::cargo_bin("infusion-audit").unwrap();
        command.args(["doctor", "--flowsheets", &sample("flowsheets"), "--encounters", &sample("encounters")]);
        let done = command.args(more).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
    };
    let folder = out.path().join("runs").display().to_string();
    let claims = sample("claims");
    let (status, said) = doctor(&["--claims", &claims, "--out", &folder]);
    assert_eq!(status, 0, "{said}");
    for wanted in ["ok     policy", "ok     claims", "ok     --out", "ok     memory", "can start"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    // What it finds is what the run then says.
    let (status, said) = doctor(&["--claims", &out.path().display().to_string(), "--out", &folder]);
    assert!(status == 3 && said.contains("STOPS  claims") && said.contains("no Parquet files there"), "{said}");
    let policy = out.path().join("policy.toml");
    fs::write(&policy, "[[layer]]\n[layer.switches]\nmissing_stopp = \"push\"\n").unwrap();
    let (status, said) = doctor(&["--claims", &claims, "--out", &folder, "--policy", &policy.display().to_string()]);
    assert!(status == 2 && said.contains("did you mean `missing_stop`"), "{said}");
    let in_the_way = policy.join("runs").display().to_string();
    let (status, said) = doctor(&["--claims", &claims, "--out", &in_the_way]);
    assert!(
        status == 2 && said.contains("STOPS  --out") && said.contains("is a file, and a folder is needed"),
        "{said}"
    );
    let (status, said) = doctor(&["--claims", &claims, "--out", &folder, "--temp-dir", &in_the_way]);
    assert!(status == 4 && said.contains("STOPS  --temp-dir"), "{said}");
    let (status, said) = doctor(&["--claims", &claims, "--out", &folder, "--time-zone", "Mars/Olympus"]);
    assert!(status == 2 && said.contains("STOPS  time zone"), "{said}");
    let (_, said) = doctor(&["--claims", &claims, "--out", &folder, "--memory-limit", "900000GiB"]);
    assert!(said.contains("note   memory"), "{said}");
}

#[test]
fn a_policy_s_change_is_the_difference_of_two_audits() {
    let data = generated(400, 5, ErrorSelection::All);
    let out = tempfile::tempdir().unwrap();
    let before = run(&options(data.path(), out.path())).unwrap();
    let file = out.path().join("stricter.toml");
    fs::write(&file, "[[layer]]\n[layer.switches]\npush_max_minutes = 30\n[layer.rules.IA-C05]\nenabled = false\n")
        .unwrap();
    let diff = |before_file: &str, after_file: &str, on: &Path| {
        let mut command = Command::cargo_bin("infusion-audit").unwrap();
        command.args(["policy", "diff", before_file, after_file, "--quiet", "--json", "--on"]).arg(on);
        command.output().unwrap()
    };
    let path = file.display().to_string();
    let same = diff("built-in", "built-in", &before.path);
    assert_eq!(same.status.code(), Some(0), "{}", errors(&same));
    let same: serde_json::Value = serde_json::from_slice(&same.stdout).unwrap();
    assert_eq!(same["before"], same["after"]);
    let done = diff("built-in", &path, &before.path);
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    // What the second audit alone says.
    let policies = infusion_audit::policy::PolicySet::load(&[&file]).unwrap();
    let context =
        infusion_audit::audit::Context::new(policies, infusion_audit::reference::Reference::built_in().unwrap());
    let quiet = infusion_audit::progress::Progress::new(true);
    let after = infusion_audit::pipeline::run_audit(&options(data.path(), out.path()), &context, &quiet).unwrap();
    let totals = &after.manifest.totals;
    assert_eq!(told["before"]["leakage_cents"], before.manifest.totals.leakage_cents);
    assert_eq!(told["after"]["leakage_cents"], totals.leakage_cents);
    assert_eq!(told["after"]["overpayment_cents"], totals.overpayment_cents);
    assert_ne!(told["after"], told["before"]);
    // An input that is no longer what the run read is no ground to compare on.
    let claims = fs::read_dir(data.path().join("claims")).unwrap().flatten().next().unwrap().path();
    fs::write(&claims, b"other").unwrap();
    let done = diff("built-in", &path, &before.path);
    assert!(done.status.code() == Some(3) && errors(&done).contains("changed"), "{}", errors(&done));
}

#[cfg(unix)]
#[test]
fn links_lead_to_no_row_twice_and_out_of_no_feed() {
    use std::os::unix::fs::symlink;
    let data = generated(40, 3, ErrorSelection::None);
    let out = tempfile::tempdir().unwrap();
    let asked = || {
        let mut command = Command::cargo_bin("infusion-audit").unwrap();
        command.args(["audit", "--quiet", "--out"]).arg(out.path());
        for table in ["claims", "flowsheets", "encounters"] {
            command.arg(format!("--{table}")).arg(data.path().join(table));
        }
        let done = command.output().unwrap();
        (done.status.code(), errors(&done))
    };
    let claims = data.path().join("claims");
    let (round, again) = (claims.join("round"), claims.join("again.parquet"));
    symlink(&claims, &round).unwrap();
    let (status, said) = asked();
    assert!(status == Some(3) && said.contains("round is a link to a folder"), "{said}");
    fs::remove_file(&round).unwrap();
    let file = fs::read_dir(&claims).unwrap().flatten().next().unwrap().path();
    symlink(&file, &again).unwrap();
    let (status, said) = asked();
    assert!(status == Some(3) && said.contains("are the same file, whose rows would count twice"), "{said}");
    fs::remove_file(&again).unwrap();
    // A link to a file that is nowhere else in the feed is a file.
    fs::rename(&file, out.path().join("elsewhere")).unwrap();
    symlink(out.path().join("elsewhere"), &file).unwrap();
    assert_eq!(asked().0, Some(0));
    // A link that leads nowhere is no file.
    fs::remove_file(out.path().join("elsewhere")).unwrap();
    let (status, said) = asked();
    assert!(status == Some(3) && said.contains("cannot read"), "{said}");
}
