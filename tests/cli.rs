//! The program as a user runs it: exit codes, errors that say what to change, outputs.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use support::{generated, repository};

fn program() -> Command {
    Command::cargo_bin("infusion-audit").unwrap()
}

fn sample(table: &str) -> String {
    repository().join("sample_data").join(table).display().to_string()
}

/// Runs an audit of the sample data with one option replaced; out: exit status and standard error.
fn audit(replace: (&str, &str), out: &Path) -> (i32, String) {
    let mut arguments = vec![
        ("--claims".to_owned(), sample("claims")),
        ("--flowsheets".to_owned(), sample("flowsheets")),
        ("--encounters".to_owned(), sample("encounters")),
        ("--out".to_owned(), out.display().to_string()),
    ];
    match arguments.iter_mut().find(|(name, _)| name == replace.0) {
        Some(argument) => argument.1 = replace.1.to_owned(),
        None => arguments.push((replace.0.to_owned(), replace.1.to_owned())),
    }
    let mut command = program();
    command.args(["audit", "--quiet"]);
    for (name, value) in arguments {
        command.arg(name).arg(value);
    }
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn the_main_job_runs_on_the_sample_data_and_explains_an_encounter() {
    let out = tempfile::tempdir().unwrap();
    let (status, errors) = audit(("--memory-limit", "1MiB"), out.path());
    assert_eq!(status, 0, "{errors}");
    let run = out.path().join("latest");
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
    for check in manifest["reconciliation"].as_array().unwrap() {
        assert_eq!(check["balanced"], true, "{check}");
    }
    let mut shown = 0;
    support::each_row(&run.join("findings.parquet"), |batch, row| {
        if shown < 3 {
            shown += 1;
            let encounter = support::text(batch, "encounter_id", row);
            let output = program().arg("explain").arg(&run).arg(&encounter).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains(&support::text(batch, "rule_code", row)) && text.contains("Timeline"), "{text}");
        }
    });
    assert_eq!(shown, 3);
    let unknown = program().arg("explain").arg(&run).arg("nobody").output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_truncated_file_an_empty_folder_and_a_wrong_type_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (status, errors) = audit(("--claims", &folder.path().display().to_string()), &out);
    assert_eq!(status, 3);
    assert!(errors.contains("no Parquet files there"), "{errors}");

    let claims = fs::read_dir(sample("claims")).unwrap().flatten().next().unwrap().path();
    let bytes = fs::read(claims).unwrap();
    fs::write(folder.path().join("cut.parquet"), &bytes[..bytes.len() / 2]).unwrap();
    let (status, errors) = audit(("--claims", &folder.path().display().to_string()), &out);
    assert_eq!(status, 3);
    assert!(errors.contains("cut.parquet is not a complete Parquet file"), "{errors}");
    fs::remove_file(folder.path().join("cut.parquet")).unwrap();

    let wrong: Vec<(&str, ArrayRef)> = vec![
        ("encounter_id", texts(&["E1"])),
        ("administration_id", texts(&["A1"])),
        ("route", texts(&["IV"])),
        ("start_time", Arc::new(Float64Array::from(vec![1.5]))),
    ];
    write(&folder.path().join("typed.parquet"), wrong);
    let (status, errors) = audit(("--flowsheets", &folder.path().display().to_string()), &out);
    assert_eq!(status, 3);
    assert!(errors.contains("typed.parquet: column `start_time` is a floating-point number"), "{errors}");
    assert_eq!(errors.lines().count(), 1, "one clear line: {errors}");
    assert!(!out.exists() || fs::read_dir(&out).unwrap().next().is_none(), "nothing half-written");
}

#[test]
fn a_missing_column_names_file_and_column() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("f.parquet"), vec![("EncounterId", texts(&["E"])), ("route", texts(&["IV"]))]);
    let (status, errors) = audit(("--flowsheets", &folder.path().display().to_string()), &folder.path().join("out"));
    assert_eq!(status, 3);
    assert!(errors.contains("f.parquet: required columns `encounter_id` (there: `EncounterId` by its name), `administration_id` are missing"), "{errors}");
    assert!(errors.contains("EncounterId"), "{errors}");
}

#[test]
fn an_unwritable_output_fails_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let (status, errors) = audit(("--threads", "1"), &file.join("reports"));
    assert_eq!(status, 2);
    assert!(errors.contains("file is a file, and a folder is needed; name another folder"), "{errors}");
}

#[test]
fn a_policy_typo_names_the_key_and_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("acme.toml");
    fs::write(&policy, "[[layer]]\npayer = \"ACME\"\n[layer.switches]\npartial_overlp = \"any\"\n").unwrap();
    let (status, errors) = audit(("--policy", &policy.display().to_string()), &folder.path().join("out"));
    assert_eq!(status, 2);
    assert!(
        errors.contains("line 4") && errors.contains("`partial_overlp`; did you mean `partial_overlap`?"),
        "{errors}"
    );
}

#[test]
fn bad_rows_are_quarantined_with_their_reason_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let flowsheets = folder.path().join("flowsheets");
    let claims = folder.path().join("claims");
    fs::create_dir_all(&flowsheets).unwrap();
    fs::create_dir_all(&claims).unwrap();
    let nothing: Option<&str> = None;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("encounter_id", Arc::new(StringArray::from(vec![Some("E1"), nothing, Some("E1"), Some("E1"), Some("E1")]))),
        ("administration_id", texts(&["A1", "A2", "A3", "A4", "A5"])),
        ("route", texts(&["IV", "IV", "SIDEWAYS", "IV", "IV"])),
        ("method", texts(&["infusion", "infusion", "infusion", "push", "infusion"])),
        ("drug_name", texts(&["a", "b", "c", "d", "e"])),
        ("start_time", texts(&["2026-01-15T10:00:00", "", "", "tomorrow", "2026-01-15T12:00:00"])),
        ("stop_time", texts(&["2026-01-15T10:40:00", "", "", "", "2026-01-15T11:00:00"])),
    ];
    write(&flowsheets.join("f.parquet"), columns);
    let dates = ["2026-01-15"; 4];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("claim_id", texts(&["C1", "C1", "C1", "C1"])),
        ("line_number", Arc::new(Int64Array::from(vec![1, 2, 2, 3]))),
        ("encounter_id", texts(&["E1"; 4])),
        ("payer_type", texts(&["medicare"; 4])),
        ("claim_type", texts(&["institutional"; 4])),
        ("hcpcs", texts(&["96365", "96372", "96372", "9636"])),
        ("units", Arc::new(Int64Array::from(vec![1, -1, 1, 1]))),
        ("allowed", Arc::new(Float64Array::from(vec![217.305, 1.0, 1.0, 1.0]))),
        ("service_date", texts(&dates)),
    ];
    write(&claims.join("c.parquet"), columns);
    let paths = [claims.display().to_string(), flowsheets.display().to_string()];
    let check =
        program().args(["check", "--quiet", "--claims", &paths[0], "--flowsheets", &paths[1]]).output().unwrap();
    let text = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.status.code(), Some(3), "{text}");
    for reason in ["null-key", "unknown-enum", "unparsable-time", "negative-units", "unparsable-code"] {
        assert!(text.contains(reason), "{reason} in {text}");
    }
    assert!(!text.contains("SIDEWAYS") && !text.contains("tomorrow"), "no value of a bad row is shown: {text}");

    let out = folder.path().join("out");
    let audit = program()
        .args([
            "audit",
            "--quiet",
            "--accept",
            "unreadable-rows",
            "--claims",
            &paths[0],
            "--flowsheets",
            &paths[1],
            "--out",
            &out.display().to_string(),
        ])
        .output()
        .unwrap();
    assert_eq!(audit.status.code(), Some(0), "{}", String::from_utf8_lossy(&audit.stderr));
    let run = fs::read_dir(&out).unwrap().flatten().next().unwrap().path();
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["counts"]["flowsheets"]["rows_in"], 5);
    assert_eq!(manifest["counts"]["flowsheets"]["audited"], 2);
    assert_eq!(manifest["counts"]["claims"]["audited"], 2);
    assert_eq!(manifest["floats_rounded"], 4);
    let mut rules = Vec::new();
    support::each_row(&run.join("findings.parquet"), |batch, row| rules.push(support::text(batch, "rule_code", row)));
    assert!(rules.contains(&"IA-D03".to_owned()), "reversed times are a documentation finding: {rules:?}");
}

#[test]
fn code_prints_a_line_for_every_encounter_and_goes_on_after_a_malformed_one() {
    let good = r#"{"encounter_id":"E1","administrations":[{"administration_id":"A1","route":"IV","method":"infusion","substance_class":"therapeutic","start_time":"2026-01-15T10:00:00","stop_time":"2026-01-15T11:31:00"}]}"#;
    let bad =
        r#"{"encounter_id":"E2","administrations":[{"administration_id":"A1","route":"SIDEWAYS","drug_name":"x"}]}"#;
    let output = program().arg("code").write_stdin(format!("{bad}\n{good}\nnot json\n")).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let lines: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0]["error"].is_string() && lines[0]["encounter_id"] == "E2");
    assert_eq!(lines[1]["lines"][1]["code"], "96366");
    assert!(lines[2]["error"].is_string());
}

#[test]
fn rules_are_listed_and_shown() {
    let list = program().args(["rules", "list"]).output().unwrap();
    assert_eq!(String::from_utf8(list.stdout).unwrap().lines().count(), infusion_audit::rules::RULES.len());
    let page = program().args(["rules", "show", "ia-h01"]).output().unwrap();
    assert!(String::from_utf8(page.stdout).unwrap().starts_with("# IA-H01 hydration-billed-as-initial"));
    let unknown = program().args(["rules", "show", "IA-Z99"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn generate_gives_the_same_bytes_for_the_same_seed() {
    let one = generated(300, 9, infusion_audit::generate::ErrorSelection::All);
    let other = generated(300, 9, infusion_audit::generate::ErrorSelection::All);
    let name = "claims/claims_2026_02.parquet";
    assert_eq!(fs::read(one.path().join(name)).unwrap(), fs::read(other.path().join(name)).unwrap());
}

fn output(arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = program().args(arguments).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn a_policy_is_shown_with_who_set_what_and_checked_with_the_line_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.toml").display().to_string();
    fs::write(
        &file,
        "[[layer]]\npayer = \"ACME\"\n[layer.switches]\npartial_overlap = \"any\"\nfiling_limit_days = 90\n",
    )
    .unwrap();
    let (status, shown, _) = output(&[
        "policy",
        "show",
        "--payer",
        "acme",
        "--payer-type",
        "commercial",
        "--date",
        "2026-02-01",
        "--policy",
        &file,
    ]);
    assert_eq!(status, Some(0));
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(
        line("partial_overlap").contains("any") && line("partial_overlap").contains("acme.toml, line 4"),
        "{shown}"
    );
    assert!(
        line("filing_limit_days").contains("90") && line("filing_limit_days").contains("acme.toml, line 5"),
        "{shown}"
    );
    assert!(line("jw_jz").contains("off") && line("jw_jz").contains("commercial.toml"), "{shown}");
    assert!(line("push_max_minutes").contains("15") && line("push_max_minutes").contains("default"), "{shown}");
    let (status, before, _) = output(&["policy", "show", "--payer-type", "medicare", "--date", "2024-06-01"]);
    assert_eq!(status, Some(0));
    assert!(before.lines().any(|line| line.starts_with("modifier_340b") && line.contains("jg_or_tb")), "{before}");

    assert_eq!(output(&["policy", "check", &file]).0, Some(0));
    let example = repository().join("policy/example_payer.toml").display().to_string();
    assert_eq!(output(&["policy", "check", &example]).0, Some(0));
    fs::write(&file, "[[layer]]\npayer = \"ACME\"\n[layer.switches]\nprice_preference = \"percent_of_charge\"\n")
        .unwrap();
    let (status, _, errors) = output(&["policy", "check", &file]);
    assert_eq!(status, Some(2));
    assert!(errors.contains("line 4") && errors.contains("no percent_of_charge is given"), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
}

#[test]
fn reference_files_are_imported_listed_and_named_by_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("limits 2026Q1.csv"), "HCPCS Code,Payment Limit\nJ0696,0.39\nnot a code,1\n").unwrap();
    let (status, said, errors) =
        output(&["reference", "import", "asp-payment-limits", &at("limits 2026Q1.csv"), "--into", &at("tables")]);
    assert_eq!(status, Some(0), "{errors}");
    assert!(said.contains("1 rows, from 2026-01-01 to 2026-03-31"), "{said}");
    assert!(said.contains("1 rows skipped: no five-character code (the first in line 3)"), "{said}");
    let (status, listed, _) = output(&["reference", "list", "--reference", &at("tables")]);
    assert!(status == Some(0) && listed.contains("asp-payment-limits 2026-01-01 to 2026-03-31"), "{listed}");
    let (status, _, errors) = output(&["reference", "import", "limits", &at("limits 2026Q1.csv")]);
    assert!(status == Some(2) && errors.contains("one of: opps-addendum-b"), "{errors}");

    let sample = |name: &str| {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data").join(name).display().to_string()
    };
    let (status, _, errors) = output(&[
        "audit",
        "--quiet",
        "--claims",
        &sample("claims"),
        "--flowsheets",
        &sample("flowsheets"),
        "--reference",
        &at("tables"),
        "--out",
        &at("out"),
        "--policy",
        &repository().join("policy/example_payer.toml").display().to_string(),
    ]);
    assert_eq!(status, Some(0), "{errors}");
    let run = fs::read_dir(at("out")).unwrap().flatten().next().unwrap().path();
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
    assert!(manifest["reference"]["asp-payment-limits 2026-01-01 to 2026-03-31"].is_string());
    // Without an encounters table, a date and lists, some rules cannot speak; the run says which and why.
    let not_run = manifest["not_run"].as_object().unwrap();
    assert_eq!(not_run["IA-M02"], "no encounters table is given");
    assert_eq!(not_run["IA-P05"], "the run has no --as-of date");
    assert!(not_run["IA-X02"].as_str().unwrap().contains("reference import drug-diagnoses"));
    let off = manifest["turned_off"][0].as_str().unwrap();
    assert!(off.starts_with("IA-P03: payer EVERGREEN MUTUAL, from 2026-01-01 ("), "{off}");
    assert!(!not_run.contains_key("IA-O03") && !not_run.contains_key("IA-H01"), "{not_run:?}");
    let page = fs::read_to_string(run.join("denial_risk.html")).unwrap();
    assert!(page.contains("Rules that did not run") && page.contains("IA-P05: the run has no"));
}

#[test]
fn a_rule_is_found_by_code_or_name_and_says_what_it_needs() {
    let (status, page, _) = output(&["rules", "show", "ia-x02"]);
    assert!(status == Some(0) && page.starts_with("# IA-X02 drug-diagnosis-mismatch"), "{page}");
    assert!(page.ends_with(
        "Needs an imported `drug-diagnoses` table; without, the rule does not run and the manifest says so.\n"
    ));
    let (status, listed, _) = output(&["rules"]);
    assert!(status == Some(0) && listed.lines().count() == 92);
}

#[test]
fn a_run_is_de_identified_under_a_key_from_a_file_or_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (claims, flowsheets, encounters) = (sample("claims"), sample("flowsheets"), sample("encounters"));
    let inputs = ["audit", "--quiet", "--claims", &claims, "--flowsheets", &flowsheets, "--encounters", &encounters];
    let run = |more: &[&str], key: Option<&str>| {
        let mut command = program();
        command.args(inputs).args(["--out", &at("out")]).args(more).env_remove("INFUSION_AUDIT_KEY");
        if let Some(key) = key {
            command.env("INFUSION_AUDIT_KEY", key);
        }
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, message) = run(&["--deidentify"], None);
    assert!(code == Some(2) && message.contains("--key-file") && message.contains("INFUSION_AUDIT_KEY"), "{message}");
    let (code, message) = run(&["--deidentify=month"], Some("short"));
    assert!(code == Some(2) && message.contains("openssl rand") && !message.contains("short"), "{message}");
    assert_eq!(run(&["--crosswalk", &at("crosswalk.csv")], None).0, Some(2));
    fs::write(folder.path().join("key"), "sixteen bytes and more\n").unwrap();
    assert_eq!(run(&["--deidentify", "--key-file", &at("key")], None).0, Some(0));
    assert_eq!(run(&["--deidentify"], Some("sixteen bytes and more")).0, Some(0));
    // The same key, so the same run; no key is in it.
    let runs = fs::read_dir(folder.path().join("out")).unwrap().flatten();
    assert_eq!(runs.filter(|entry| entry.file_type().unwrap().is_dir()).count(), 1);
    assert!(!fs::read_to_string(folder.path().join("out/latest/manifest.json")).unwrap().contains("sixteen"));
}

#[test]
fn a_text_as_long_as_a_book_goes_to_quarantine() {
    let folder = tempfile::tempdir().unwrap();
    let book = "x".repeat(70_000);
    let columns = |narratives: &[&str]| -> Vec<(&'static str, ArrayRef)> {
        vec![
            ("encounter_id", texts(&["E1", "E1"])),
            ("administration_id", texts(&["A1", "A2"])),
            ("route", texts(&["IV", "IV"])),
            ("drug_name", texts(&["ceftriaxone", "ceftriaxone"])),
            ("narrative", texts(narratives)),
        ]
    };
    let claims = sample("claims");
    let flowsheets = folder.path().display().to_string();
    let check = || {
        output(&[
            "check",
            "--quiet",
            "--accept",
            "unpaired-encounters",
            "--accept",
            "unpaired-groups",
            "--claims",
            &claims,
            "--flowsheets",
            &flowsheets,
        ])
    };
    write(&folder.path().join("f.parquet"), columns(&["short", "short"]));
    let (status, said, errors) = check();
    assert_eq!(status, Some(0), "{said}{errors}");
    // Plain and as a dictionary.
    for narratives in [[book.as_str(), "short"], [book.as_str(), book.as_str()]] {
        write(&folder.path().join("f.parquet"), columns(&narratives));
        let (status, said, _) = check();
        assert!(status == Some(3) && said.contains("column `narrative`: absurd-text"), "{said}");
    }
}
