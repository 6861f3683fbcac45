//! Generated files match what generates them: `docs/rules.md`, `docs/policy.md`, and the example reports made from the
//! sample data. A file that differs is rewritten and the test fails, so that the change is seen and committed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use infusion_audit::audit::Context;
use infusion_audit::data_checks::Check;
use infusion_audit::diff::RunDiff;
use infusion_audit::pipeline::run_audit;
use infusion_audit::policy::{PolicySet, SWITCHES};
use infusion_audit::progress::Progress;
use infusion_audit::reference::Reference;
use infusion_audit::rules;
use infusion_audit::sample::{Amount, Method, SampleOptions, draw, estimate_folder};
use infusion_audit::snapshot::{Snapshot, render};
use infusion_audit::worklist::{State, export};
use std::fmt::Write as _;
use std::path::Path;
use support::{context, options, repository};

fn assert_current(path: &Path, contents: &[u8]) {
    if std::fs::read(path).unwrap_or_default() != contents {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
        panic!("{} was out of date and has been rewritten; commit it", path.display());
    }
}

/// The part of `docs/inputs.md` that lists the words of the schemas.
fn words() -> String {
    let mut text = String::from("\n| column | word | also read |\n|---|---|---|\n");
    for table in ["claims", "flowsheets", "encounters"] {
        let path = repository().join(format!("schemas/{table}.schema.json"));
        let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for field in schema["fields"].as_array().unwrap() {
            let Some(terms) = field["constraints"]["enum"].as_array() else { continue };
            let name = field["name"].as_str().unwrap();
            for term in terms.iter().filter_map(|term| term.as_str()) {
                let pairs = |key: &str| field[key].as_object().cloned().unwrap_or_default();
                let same = pairs("synonyms").into_iter().filter(|(_, of)| of == term).map(|(word, _)| word);
                let both = pairs("route_and_method").into_iter();
                let both = both
                    .filter(|(_, of)| of[0] == term)
                    .map(|(word, of)| format!("{word} ({})", of[1].as_str().unwrap()));
                let also: Vec<String> = same.chain(both).collect();
                let _ = writeln!(text, "| {table}.{name} | `{term}` | {} |", also.join(", "));
            }
        }
    }
    text
}

#[test]
fn the_inputs_document_lists_the_words_and_explains_every_check() {
    let path = repository().join("docs/inputs.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- words: generated from schemas/ by the tests -->\n", "<!-- end of words -->");
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    assert_current(&path, format!("{before}{begin}{}\n{end}{after}", words()).as_bytes());
    for check in Check::ALL {
        let section =
            text.split_once(&format!("\n### {check}\n")).unwrap_or_else(|| panic!("{check} is not explained")).1;
        let section = section.split("\n### ").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let limit = match check.default_limit() {
            0 => "Limit: any stops the run.".to_owned(),
            100 => "It is a note and never stops a run.".to_owned(),
            percent => format!("Limit: {percent}%."),
        };
        assert!(section.contains(&limit), "{check}: {section}");
    }
    // Every message that points into the document points at a heading that is there.
    let headings: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## ").or(line.strip_prefix("### ")))
        .map(|of| of.to_lowercase().replace(' ', "-"))
        .collect();
    for file in ["src/error.rs", "src/data_checks/sentences.rs", "src/cli/check.rs"] {
        let source = std::fs::read_to_string(repository().join(file)).unwrap();
        for (_, rest) in source.match_indices("docs/inputs.md#").map(|(at, found)| (at, &source[at + found.len()..])) {
            let anchor: String =
                rest.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '-').collect();
            assert!(headings.contains(&anchor), "{file}: docs/inputs.md#{anchor}");
        }
    }
}

#[test]
fn the_rules_document_is_the_rules_pages() {
    let mut text = String::from(
        "# Rules\n\nGenerated from the rules' own pages; `infusion-audit rules show CODE` prints one.\n\n\
         | code | name | direction | severity | default probability | owner |\n|---|---|---|---|---|---|\n",
    );
    for info in rules::all() {
        let percent = info.probability_basis_points / 100;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {percent} % | {} |",
            info.code,
            info.name,
            info.direction.as_str(),
            info.severity.as_str(),
            info.owner.as_str().replace('_', " ")
        );
    }
    text.push_str(
        "\nSome rules say something only where the data hold more than the required columns; a run lists those that \
         could not speak, with the reason, in its manifest under `not_run`.\n\n| code | needs |\n|---|---|\n",
    );
    for rule in rules::RULES.iter().filter(|rule| !rule.needs().is_empty()) {
        let needs: Vec<String> = rule.needs().iter().map(|need| need.describe()).collect();
        let _ = writeln!(text, "| {} | {} |", rule.info().code, needs.join(", "));
    }
    for info in rules::all() {
        let _ = write!(text, "\n#{}", info.page.replace("\n## ", "\n### "));
    }
    assert_current(&repository().join("docs/rules.md"), text.as_bytes());
}

#[test]
fn the_policy_document_lists_every_switch() {
    let mut text = String::from(
        "# Policy\n\nWhere payers or publishers differ, a switch decides. Layers win in this order: built-in base, setting, \
         payer type, payer, encounter class; later files win within a rank. Layers are looked up by the date of service.\n\n\
         ```toml\n[[layer]]\npayer = \"ACME HEALTH\"            # or setting, payer_type, encounter_class; none: everyone\n\
         effective_from = \"2026-01-01\"    # optional, with effective_to; dates of service, inclusive\n\
         [layer.switches]\npartial_overlap = \"threshold\"\n[layer.rules.IA-H01]\nenabled = true\nseverity = \"low\"\n\
         probability = 0.25               # that a payer denies the line\n[layer.drug_classes]\nJ1745 = \"therapeutic\"\n\
         [feed]                           # limits of a night's feed, docs/operations.md\nrows_drop_percent = 40\n\
         [checks]                         # limits of the data checks in percent, docs/inputs.md\nunreadable-rows = 5\n```\n\n\
         Within one file two layers of the same payer, setting and class may not set the same thing for the same day, and \
         settings that cancel each other are refused; both with the line. `infusion-audit policy check FILE` says so, and \
         `infusion-audit policy show --payer NAME --payer-type TYPE --date DATE` prints every switch in force and which file \
         and line set it. Words are taken in any case, and payers are the same whatever the case and spaces of their names.\n\n\
         | switch | values | default | what it decides |\n|---|---|---|---|\n",
    );
    for switch in SWITCHES {
        let values = switch.values.replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | {values} | {} | {} |", switch.key, switch.default, switch.about);
    }
    text.push_str(
        "\nA difference that another value of a switch would explain away is marked with that switch and stays out of the \
         error totals. Such a finding shows both answers: the codes that the policy in force supports with their price, and \
         those that the other value would.\n\n## Built-in layers\n",
    );
    for (name, layers) in PolicySet::built_in_files() {
        let _ = write!(text, "\n### {}\n\n```toml\n{}```\n", name.trim_start_matches("built-in "), layers);
    }
    assert_current(&repository().join("docs/policy.md"), text.as_bytes());
}

#[test]
fn the_example_reports_are_what_the_sample_data_gives() {
    let out = tempfile::tempdir().unwrap();
    let mut options = options(&repository().join("sample_data"), out.path());
    options.workbook = true;
    let run = run_audit(&options, &context(), &Progress::new(true)).unwrap();
    let example = |name: &str| repository().join("reports/example").join(name);
    let worklist = export(&run.path, &State::default()).unwrap().list;
    assert_current(&example("worklist.csv"), &worklist);
    let (method, amount, folder) = (Method::Seeds, Amount::Billed, out.path().join("sample"));
    let wanted = SampleOptions { method, size: 40, strata: 4, amount, seed: 1, blind: false, out: folder.clone() };
    draw(&run.path, &context().reference, &wanted).unwrap();
    for name in ["sample.csv", "sample_design.json"] {
        assert_current(&example(name), &std::fs::read(folder.join(name)).unwrap());
    }
    // The sample as a reviewer returns it: of every fourth encounter the record says otherwise than what was billed.
    let reviewed = std::fs::read_to_string(folder.join("sample.csv")).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut reader = csv::Reader::from_reader(reviewed.as_bytes());
    writer.write_record(reader.headers().unwrap()).unwrap();
    for (at, row) in reader.records().enumerate() {
        let mut cells: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        cells[10] = cells[if at % 4 == 0 { 8 } else { 7 }].clone();
        writer.write_record(&cells).unwrap();
    }
    std::fs::write(folder.join("sample.csv"), writer.into_inner().unwrap()).unwrap();
    let (design, estimates) = estimate_folder(&folder).unwrap();
    assert_current(&example("estimate.txt"), estimates.table(&design).as_bytes());
    // The same months under a payer whose policy differs.
    let policies = PolicySet::load(&[repository().join("policy/example_payer.toml")]).unwrap();
    let context_of_payer = Context::new(policies, Reference::built_in().unwrap());
    let other = run_audit(&options, &context_of_payer, &Progress::new(true)).unwrap();
    let difference = RunDiff::read(&run.path, &other.path).unwrap();
    assert_current(&example("diff.txt"), difference.table().as_bytes());
    for name in [
        "audit.xlsx",
        "report.html",
        "denial_risk.html",
        "denial_risk.csv",
        "revenue_leakage.html",
        "revenue_leakage.csv",
    ] {
        let made = std::fs::read(run.path.join(name)).unwrap();
        assert_current(&repository().join("reports/example").join(name), &made);
    }
    let snapshot = Snapshot::read(&run.path, &PolicySet::built_in().unwrap(), None).unwrap();
    let page = render(&snapshot, "Denial snapshot").unwrap();
    assert_current(&repository().join("reports/example/denial_snapshot.html"), page.as_bytes());
}

#[test]
fn the_page_shows_the_totals_of_the_tables() {
    let out = tempfile::tempdir().unwrap();
    let options = options(&repository().join("sample_data"), out.path());
    let run = run_audit(&options, &context(), &Progress::new(true)).unwrap();
    let (mut leakage, mut overpayment, mut loss) = (0, 0, 0);
    support::each_row(&run.path.join("findings.parquet"), |batch, row| {
        if support::text(batch, "policy_switch", row).is_empty() {
            leakage += support::integer(batch, "leakage_cents", row).unwrap();
            overpayment += support::integer(batch, "overpayment_cents", row).unwrap();
        }
        loss += support::integer(batch, "expected_loss_cents", row).unwrap();
    });
    for name in ["report.html", "denial_risk.html", "revenue_leakage.html"] {
        let page = std::fs::read_to_string(run.path.join(name)).unwrap();
        for cents in [leakage, overpayment, loss] {
            let shown = format!("<dd>{}</dd>", infusion_audit::model::Cents(cents));
            let over = format!("<dd class=\"over\">{}</dd>", infusion_audit::model::Cents(cents));
            let figure = format!("<dd class=\"value\">{}</dd>", infusion_audit::model::Cents(cents));
            let known = [shown, over, figure].iter().any(|figure| page.contains(figure));
            assert!(known, "{name} shows {cents} cents");
        }
    }
}
