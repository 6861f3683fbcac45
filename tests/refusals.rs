//! Input that the program refuses: each refusal names its cause and says in one line what to change.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use support::repository;

fn program(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("infusion-audit").unwrap();
    command.current_dir(folder);
    command
}

/// Exit status, standard output and standard error of a run in a folder.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let done = program(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code().unwrap(), text(&done.stdout), text(&done.stderr))
}

/// The one line of a refusal with this status.
fn refused(folder: &Path, arguments: &[&str], status: i32) -> String {
    let (code, output, line) = said(folder, arguments);
    assert_eq!((code, line.lines().count()), (status, 1), "{arguments:?}: {output}{line}");
    line
}

/// Standard output of a command that ends well.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, output, errors) = said(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    output
}

fn sample(table: &str) -> String {
    repository().join("sample_data").join(table).display().to_string()
}

/// A folder with an audit of the sample data in `reports`.
fn audited() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (claims, flowsheets, encounters) = (sample("claims"), sample("flowsheets"), sample("encounters"));
    let inputs = ["--claims", &claims, "--flowsheets", &flowsheets, "--encounters", &encounters];
    done(folder.path(), &[&["audit", "--quiet"], &inputs[..]].concat());
    folder
}

fn run_id(folder: &Path) -> String {
    fs::read_link(folder.join("reports/latest")).unwrap().display().to_string()
}

/// An encounter of the run that has a finding, and the finding's identity.
fn a_finding(folder: &Path) -> (String, String) {
    let mut found = None;
    support::each_row(&folder.join("reports/latest/findings.parquet"), |batch, row| {
        let ids = || (support::text(batch, "encounter_id", row), support::text(batch, "finding_id", row));
        found.get_or_insert_with(ids);
    });
    found.unwrap()
}

#[test]
fn a_run_is_found_by_its_name_and_what_is_no_run_is_named() {
    let folder = audited();
    let at = folder.path();
    let run = run_id(at);
    for name in ["latest", &run, "reports/latest"] {
        done(at, &["verify", name]);
        done(at, &["export", name]);
        done(at, &["snapshot", name, "--out", &format!("{}.html", name.replace('/', "_"))]);
        done(at, &["worklist", "measure", name]);
    }
    done(at, &["diff", "latest", &run]);
    for command in [vec!["verify"], vec!["export"], vec!["worklist", "export"], vec!["sample", "--out", "drawn"]] {
        let line = refused(at, &[&command[..], &["nights/latest"]].concat(), 3);
        assert!(line.contains("nights/latest does not exist") && line.contains("such as reports/latest"), "{line}");
    }
    let line = refused(at, &["diff", "latest", &run[..6]], 3);
    assert!(line.contains("does not exist") && line.contains(&format!("such as reports/{run}")), "{line}");
    let line = refused(at, &["verify", "reports"], 3);
    assert!(line.contains("reports is not a run folder: it holds runs, such as reports/latest"), "{line}");
    let line = refused(at, &["policy", "diff", "built-in", "built-in", "--on", "gone"], 3);
    assert!(line.contains("gone does not exist"), "{line}");
    let line = refused(at, &["export", "reports/latest/report.html"], 3);
    assert!(line.contains("it is a file"), "{line}");
}

#[test]
fn an_encounter_is_found_whatever_the_case_and_an_unknown_one_says_what_ids_are_like() {
    let folder = audited();
    let (encounter, _) = a_finding(folder.path());
    let exact = done(folder.path(), &["explain", "latest", &encounter]);
    for other in [encounter.to_lowercase(), format!(" {encounter} ")] {
        assert_eq!(done(folder.path(), &["explain", "latest", &other]), exact);
    }
    let line = refused(folder.path(), &["explain", "latest", "nobody"], 2);
    assert!(line.contains("it holds 512 encounters, most of whose ids have 1 letter, then 9 digits"), "{line}");
}

#[test]
fn a_file_in_the_way_is_called_a_file() {
    let folder = audited();
    let at = folder.path();
    fs::write(at.join("afile"), "in the way").unwrap();
    let (claims, flowsheets) = (sample("claims"), sample("flowsheets"));
    let fees = "hcpcs,amount\n96365,250\n";
    fs::write(at.join("fees.csv"), fees).unwrap();
    let import =
        ["reference", "import", "fee-schedule", "fees.csv", "--payer", "ACME", "--effective-from", "2026-01-01"];
    for command in [
        &["audit", "--quiet", "--claims", &claims, "--flowsheets", &flowsheets, "--out", "afile"][..],
        &["sample", "latest", "--out", "afile"],
        &["generate", "--encounters", "5", "--out", "afile"],
        &[&import[..], &["--into", "afile"]].concat(),
        &["snapshot", "latest", "--out", "afile/page.html"],
    ] {
        let line = refused(at, command, 2);
        assert!(line.contains("afile is a file, and a folder is needed"), "{line}");
        assert!(!line.contains("space"), "{line}");
    }
    for (out, problem) in [("afile", "exists already"), ("reports", "is a folder, and a file is needed")] {
        let line = refused(at, &["worklist", "export", "latest", "--out", out], 2);
        assert!(line.contains(problem), "{line}");
    }
    let line = refused(at, &["snapshot", "latest", "--out", "gone/page.html"], 4);
    assert!(line.contains("make that folder first"), "{line}");
    done(at, &["sample", "latest", "--out", "drawn"]);
    let line = refused(at, &["sample", "latest", "--out", "drawn"], 2);
    assert!(line.contains("drawn holds a sample already; name a new folder"), "{line}");
}

#[test]
fn nothing_is_generated_into_a_folder_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let generate = ["generate", "--encounters", "5", "--out", "data"];
    fs::create_dir(folder.path().join("data")).unwrap();
    done(folder.path(), &generate);
    let line = refused(folder.path(), &generate, 2);
    assert!(line.contains("data is not empty; name a new folder, or remove this one first"), "{line}");
}

/// The exported list with the first rows' ids and reviews replaced.
fn edited(folder: &Path, name: &str, change: impl Fn(usize, &mut Vec<String>)) {
    let mut reader = csv::Reader::from_path(folder.join("list.csv")).unwrap();
    let mut writer = csv::Writer::from_path(folder.join(name)).unwrap();
    writer.write_record(reader.headers().unwrap()).unwrap();
    for (at, row) in reader.records().enumerate() {
        let mut cells: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        change(at, &mut cells);
        writer.write_record(&cells).unwrap();
    }
    writer.flush().unwrap();
}

#[test]
fn a_list_that_a_spreadsheet_mangled_is_refused_as_a_whole() {
    let folder = audited();
    let at = folder.path();
    let line = done(at, &["worklist", "export", "latest", "--out", "list.csv"]);
    assert!(line.contains("list.csv: 74 findings written, 0 of them reviewed before"), "{line}");
    let confirm = |row: usize, cells: &mut Vec<String>| {
        if row < 20 {
            cells[16] = "confirmed".to_owned();
        }
    };
    edited(at, "number.csv", |row, cells| {
        confirm(row, cells);
        if row == 3 {
            cells[0] = "1.23457E+15".to_owned();
        }
    });
    let line = refused(at, &["worklist", "import", "number.csv"], 3);
    assert!(line.contains("line 5: finding_id is a number that a spreadsheet made"), "{line}");
    let first = csv::Reader::from_path(at.join("list.csv")).unwrap().records().next().unwrap().unwrap()[0].to_owned();
    edited(at, "twice.csv", |row, cells| {
        confirm(row, cells);
        if row == 7 {
            cells[0].clone_from(&first);
            cells[16] = "rejected".to_owned();
        }
    });
    let line = refused(at, &["worklist", "import", "twice.csv"], 3);
    assert!(line.contains("lines 2 and 9 have the same finding_id and different reviews"), "{line}");
    edited(at, "other.csv", |row, cells| {
        confirm(row, cells);
        if row == 1 {
            cells[0] = "0123456789abcdef".to_owned();
        }
    });
    let line = refused(at, &["worklist", "import", "other.csv", "--run", "latest"], 3);
    assert!(line.contains("line 3: the run has no finding of this finding_id"), "{line}");
    assert!(!at.join("worklist_state.csv").exists(), "nothing half-imported");

    edited(at, "good.csv", confirm);
    let mut reader = csv::Reader::from_path(at.join("good.csv")).unwrap();
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_path(at.join("semicolons.csv")).unwrap();
    writer.write_record(reader.headers().unwrap()).unwrap();
    reader.records().for_each(|row| writer.write_record(&row.unwrap()).unwrap());
    writer.flush().unwrap();
    let line = done(at, &["worklist", "import", "semicolons.csv", "--run", "latest"]);
    assert!(line.contains("20 reviews are new, 0 changed, 0 unchanged; 54 rows have no review"), "{line}");
    let line = done(at, &["worklist", "import", "good.csv"]);
    assert!(line.contains("0 reviews are new, 0 changed, 20 unchanged"), "{line}");
    let line = done(at, &["worklist", "export", "latest", "--out", "next.csv"]);
    assert!(line.contains("74 findings written, 20 of them reviewed before"), "{line}");
}

#[test]
fn a_state_that_was_named_must_exist_and_the_statuses_are_in_the_help() {
    let folder = audited();
    for command in [["worklist", "measure"], ["worklist", "export"]] {
        let line = refused(folder.path(), &[&command[..], &["latest", "--state", "stat.csv"]].concat(), 3);
        assert!(line.contains("cannot read stat.csv"), "{line}");
    }
    let help = done(folder.path(), &["worklist", "import", "--help"]);
    assert!(help.contains("open, confirmed, rejected, corrected, appealed, closed"), "{help}");
}

#[test]
fn quotes_around_a_number_are_named_and_words_are_taken_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let policy = |text: &str| fs::write(folder.path().join("p.toml"), text).unwrap();
    let check = ["policy", "check", "p.toml"];
    for (text, problem) in [
        (
            "[layer.switches]\npush_max_minutes = \"15\"",
            "line 3: policy key `push_max_minutes` takes minutes, 1 to 60, \
                                                          not text: leave off the quotes",
        ),
        ("[layer.switches]\nself_administered_drugs = \"J1745\"", "write self_administered_drugs = [\"J1745\"]"),
        ("[layer.rules.IA-H01]\nenabled = \"true\"", "leave off the quotes"),
        ("[layer.rules.IA-H01]\nprobability = \"0.25\"", "leave off the quotes"),
    ] {
        policy(&format!("[[layer]]\n{text}\n"));
        let line = refused(folder.path(), &check, 2);
        assert!(line.contains(problem), "{line}");
    }
    policy(
        "[[layer]]\npayer = \"Acme  Health\"\npayer_type = \"Commercial\"\nsetting = \"FACILITY\"\n[layer.switches]\n\
         partial_overlap = \"Any\"\n[layer.rules.IA-H01]\nseverity = \"Low\"\n",
    );
    done(folder.path(), &check);
    let show = |payer: &str| {
        let named = ["policy", "show", "--policy", "p.toml", "--payer-type", "Commercial", "--date", "2026-02-01"];
        done(folder.path(), &[&named[..], &["--payer", payer]].concat())
    };
    let shown = show(" ACME health");
    assert!(
        shown.lines().any(|line| line.starts_with("partial_overlap") && line.contains("p.toml, line 6")),
        "{shown}"
    );
    assert!(!shown.contains("note:"), "{shown}");
    let shown = show("Acne Health");
    assert!(shown.ends_with("note: no layer names the payer Acne Health; payers named: Acme Health\n"), "{shown}");
    let shown = done(folder.path(), &["policy", "show", "--payer", "Acme", "--date", "2026-02-01"]);
    assert!(shown.contains("note: no layer names a payer; give the payer's file with --policy"), "{shown}");
}

#[test]
fn a_rule_is_found_without_its_prefix() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["G04", "ia-g04"] {
        assert!(done(folder.path(), &["rules", "show", name]).starts_with("# IA-G04 "), "{name}");
    }
    let some = done(folder.path(), &["generate", "--encounters", "5", "--errors", "h01,IA-H02", "--out", "some"]);
    assert!(some.contains("5 encounters"), "{some}");
}

#[test]
fn a_glob_that_the_shell_expanded_must_be_put_in_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let audit = ["audit", "--flowsheets", "f", "--claims", "claims_2026_01.parquet", "claims_2026_02.parquet"];
    let line = refused(folder.path(), &audit, 2);
    assert!(line.contains("unexpected argument claims_2026_02.parquet") && line.contains("in quotes"), "{line}");
    fs::write(folder.path().join("there"), "").unwrap();
    let line = refused(folder.path(), &["check", "--flowsheets", "f", "--claims", "c", "there"], 2);
    assert!(line.contains("in quotes"), "{line}");
    // Any other argument is the parser's to explain.
    let (status, _, text) = said(folder.path(), &["check", "--flowsheets", "f", "--claims", "c", "absent"]);
    assert!(status == 2 && text.contains("unexpected argument 'absent'") && !text.contains("in quotes"), "{text}");
}

#[test]
fn a_schedule_that_would_be_read_otherwise_is_refused_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let import =
        ["reference", "import", "fee-schedule", "fees.csv", "--payer", "ACME", "--effective-from", "2026-01-01"];
    for (text, problem) in [
        ("hcpcs;amount\n96365;250\n96366;1.234,56\n", "fees.csv, line 3: an amount with a decimal comma"),
        ("hcpcs,amount\n96365,-250\n", "fees.csv, line 2: a negative amount"),
        ("hcpcs,amount\n96365,250\n96366,9\n96365,251\n", "line 4: another price for the same code as in line 2"),
        ("Service,Amount\n96365,250\n", "hcpcs (or hcpcs code, hcpcs_code, cpt/hcpcs, hcpcs/cpt, cpt code"),
        ("hcpcs,price\n96365,250\n", "amount or percent_of_charge is needed"),
    ] {
        fs::write(folder.path().join("fees.csv"), text).unwrap();
        let line = refused(folder.path(), &import, 3);
        assert!(line.contains(problem), "{line}");
    }
    assert!(!folder.path().join("reference/index.json").exists());
    for heading in ["CPT Code", "HCPCS Code", "CPT/HCPCS", "Procedure Code"] {
        fs::write(folder.path().join("fees.csv"), format!("{heading},Amount\n96365,\"$1,250.00\"\n")).unwrap();
        assert!(done(folder.path(), &import).contains("fee-schedule: 1 rows"), "{heading}");
    }
}

#[test]
fn a_schedule_holds_for_a_payer_however_its_name_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mut payer = String::new();
    let claims = fs::read_dir(sample("encounters")).unwrap().flatten().next().unwrap().path();
    support::each_row(&claims, |batch, row| {
        if payer.is_empty() {
            payer = support::text(batch, "payer", row);
        }
    });
    let spelled = format!("  {} ", payer.to_lowercase().replace(' ', "  "));
    fs::write(at.join("fees.csv"), "hcpcs,amount\n96365,987.65\n96413,876.54\n96374,765.43\n").unwrap();
    let import = ["reference", "import", "fee-schedule", "fees.csv", "--effective-from", "2020-01-01"];
    done(at, &[&import[..], &["--payer", &spelled]].concat());
    let (claims, flowsheets, encounters) = (sample("claims"), sample("flowsheets"), sample("encounters"));
    let inputs = ["--claims", &claims, "--flowsheets", &flowsheets, "--encounters", &encounters];
    done(at, &[&["audit", "--quiet", "--reference", "reference"], &inputs[..]].concat());
    let mut priced = 0;
    support::each_row(&at.join("reports/latest/lines.parquet"), |batch, row| {
        priced += usize::from(support::text(batch, "price_basis", row) == "fee_schedule");
    });
    assert!(priced > 0, "no line of {payer} was priced by the schedule");
}

#[test]
fn an_error_names_its_own_cause() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // A review saved as Latin-1 and with semicolons is a review.
    let audited = audited();
    done(audited.path(), &["sample", "latest", "--out", "drawn", "--size", "5"]);
    let drawn = audited.path().join("drawn/sample.csv");
    let text = fs::read_to_string(&drawn).unwrap();
    let mut bytes = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let mut cells: Vec<&str> = line.split(',').collect();
        if row > 0 {
            cells[10] = "0";
            cells[13] = "caf\u{e9}";
        }
        bytes.extend(cells.join(";").chars().map(|letter| letter as u8));
        bytes.push(b'\n');
    }
    fs::write(&drawn, bytes).unwrap();
    done(audited.path(), &["estimate", "drawn"]);
    // A table of a run that is cut is not a folder that is no run.
    let table = audited.path().join("reports/latest/findings.parquet");
    let bytes = fs::read(&table).unwrap();
    fs::write(&table, &bytes[..bytes.len() / 2]).unwrap();
    let line = refused(audited.path(), &["export", "latest"], 3);
    assert!(line.contains("findings.parquet is not a complete Parquet file"), "{line}");
    let line = refused(at, &["code", "absent.jsonl"], 3);
    assert!(line.contains("cannot read absent.jsonl"), "{line}");
    let line = refused(at, &["policy", "check", "absent.toml"], 2);
    assert!(line.contains("cannot read policy file absent.toml"), "{line}");
}
