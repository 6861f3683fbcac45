//! Runs that build on one another come to what one audit of everything comes to, whatever the history of arrivals.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use infusion_audit::audit::Context;
use infusion_audit::data_checks::Check;
use infusion_audit::generate::ErrorSelection;
use infusion_audit::pipeline::{Night, NightOptions, RunOptions, RunSummary, run_night};
use infusion_audit::progress::Progress;
use parquet::arrow::ArrowWriter;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::{context, generated, options, read, run};

const RESULTS: [&str; 4] = ["findings.parquet", "lines.parquet", "encounters.parquet", "administrations.parquet"];
const INPUTS: [&str; 3] = ["claims", "flowsheets", "encounters"];

/// A feed: all rows of a data set by table, and the files that have arrived.
struct Feed {
    folder: tempfile::TempDir,
    rows: BTreeMap<&'static str, RecordBatch>,
    files: BTreeMap<PathBuf, (&'static str, Vec<u32>)>,
    next: u32,
}

impl Feed {
    fn new(encounters: u64, seed: u64) -> Self {
        let data = generated(encounters, seed, ErrorSelection::All);
        let mut rows = BTreeMap::new();
        for table in INPUTS {
            let mut names: Vec<PathBuf> =
                fs::read_dir(data.path().join(table)).unwrap().flatten().map(|entry| entry.path()).collect();
            names.sort();
            let batches: Vec<RecordBatch> = names.iter().flat_map(|path| read(path)).collect();
            rows.insert(table, concat_batches(&batches[0].schema(), &batches).unwrap());
        }
        let folder = tempfile::tempdir().unwrap();
        INPUTS.iter().for_each(|table| fs::create_dir(folder.path().join(table)).unwrap());
        Self { folder, rows, files: BTreeMap::new(), next: 0 }
    }

    fn write(&mut self, path: PathBuf, table: &'static str, rows: Vec<u32>) {
        let batch = take_record_batch(&self.rows[table], &UInt32Array::from(rows.clone())).unwrap();
        let mut writer = ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        self.files.insert(path, (table, rows));
    }

    fn arrive(&mut self, table: &'static str, rows: Vec<u32>) {
        self.next += 1;
        let path = self.folder.path().join(table).join(format!("{:04}.parquet", self.next));
        self.write(path, table, rows);
    }
}

fn night(feed: &Feed, out: &Path, state: &Path, context: &Context) -> (RunSummary, Night) {
    let asked = NightOptions { state: state.to_owned(), leaf_encounters: 16, accept_feed: true, pages: false };
    run_night(&options_of(feed, out), &asked, context, &Progress::new(true)).unwrap()
}

/// Histories of odd arrivals are believed whatever they look like.
fn options_of(feed: &Feed, out: &Path) -> RunOptions {
    RunOptions { accept: Check::ALL.iter().copied().collect(), ..options(feed.folder.path(), out) }
}

/// A table as one batch, be it one file or a folder of parts.
fn table(run: &Path, name: &str) -> RecordBatch {
    let path = run.join(name);
    let mut files = vec![path.clone()];
    if path.is_dir() {
        files = fs::read_dir(&path).unwrap().flatten().map(|entry| entry.path()).collect();
        files.sort();
    }
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&files[0]).unwrap());
    let schema = reader.unwrap().schema().clone();
    let batches: Vec<RecordBatch> = files.iter().flat_map(|path| read(path)).collect();
    let plain: Vec<RecordBatch> =
        batches.iter().map(|batch| RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).unwrap()).collect();
    concat_batches(&schema, &plain).unwrap()
}

/// The night's run against an audit of everything.
fn assert_whole(feed: &Feed, out: &Path, night: &RunSummary, what: &str) {
    let whole = run(&options_of(feed, out)).unwrap();
    for name in RESULTS.into_iter().chain(["quarantine.parquet"]) {
        let (one, other) = (table(&night.path, name), table(&whole.path, name));
        assert_eq!(one.num_rows(), other.num_rows(), "{what}: {name}");
        assert!(one.columns() == other.columns(), "{what}: {name}");
    }
    let (one, other) = (&night.manifest, &whole.manifest);
    assert_eq!(format!("{:?}", one.totals), format!("{:?}", other.totals), "{what}");
    assert_eq!(format!("{:?}", one.counts), format!("{:?}", other.counts), "{what}");
    assert_eq!(
        (one.floats_rounded, &one.warnings, &one.not_run),
        (other.floats_rounded, &other.warnings, &other.not_run)
    );
    assert_eq!(one.inputs.len(), other.inputs.len());
}

/// Every file of a run but those that tell of nights, by name.
fn bytes(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for name in RESULTS {
        for entry in fs::read_dir(run.join(name)).unwrap().flatten() {
            all.insert(format!("{name}/{}", entry.file_name().to_string_lossy()), fs::read(entry.path()).unwrap());
        }
    }
    all.insert("quarantine.parquet".to_owned(), fs::read(run.join("quarantine.parquet")).unwrap());
    all
}

#[test]
fn any_history_of_arrivals_ends_in_one_audit_of_everything() {
    let context = context();
    for seed in 0..4 {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let mut feed = Feed::new(260, 100 + seed);
        let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // Every row arrives on some night, most of an encounter's together, some late.
        let mut waiting: BTreeMap<&'static str, Vec<Vec<u32>>> = BTreeMap::new();
        for table in INPUTS {
            let rows = feed.rows[table].num_rows() as u32;
            let nights = waiting.entry(table).or_insert_with(|| vec![Vec::new(); 5]);
            for row in 0..rows {
                let usual = (u64::from(row) * 5 / u64::from(rows)) as usize;
                let late = if chance.random_bool(0.15) { chance.random_range(0..3) } else { 0 };
                nights[(usual + late).min(4)].push(row);
            }
        }
        let mut partial = 0;
        for at in 0..8 {
            for table in INPUTS {
                let Some(rows) = waiting[table].get(at).filter(|rows| !rows.is_empty()) else { continue };
                let mut rows = rows.clone();
                rows.shuffle(&mut chance);
                let cut = chance.random_range(0..=rows.len());
                let (one, other) = rows.split_at(cut);
                [one, other]
                    .into_iter()
                    .filter(|rows| !rows.is_empty())
                    .for_each(|rows| feed.arrive(table, rows.to_vec()));
            }
            // Files that go, and files that are written again with fewer rows, or with rows twice.
            if at > 1 && chance.random_bool(0.7) {
                let paths: Vec<PathBuf> = feed.files.keys().cloned().collect();
                let path = paths.choose(&mut chance).unwrap().clone();
                let (table, mut rows) = feed.files[&path].clone();
                let last_of_table = feed.files.values().filter(|(of, _)| *of == table).count() == 1;
                match chance.random_range(0..3) {
                    0 if !last_of_table => {
                        fs::remove_file(&path).unwrap();
                        feed.files.remove(&path);
                    }
                    1 => {
                        rows.truncate(rows.len().div_ceil(2));
                        feed.write(path, table, rows);
                    }
                    _ => {
                        rows.extend(rows.clone().iter().take(3));
                        feed.write(path, table, rows);
                    }
                }
            }
            let (done, told) = night(&feed, out.path(), state.path(), &context);
            partial += i32::from(told.touched.is_some());
            assert_whole(&feed, out.path(), &done, &format!("history {seed}, night {at}"));
            // The same from nothing, byte for byte.
            let (fresh, fresh_out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let (once, _) = night(&feed, fresh_out.path(), fresh.path(), &context);
            assert!(bytes(&done.path) == bytes(&once.path), "history {seed}, night {at}");
        }
        assert!(partial >= 4, "history {seed}: {partial} nights of eight were partial");
    }
}

/// The shares of the rows of every table, so that the rows of one encounter stay near one another.
fn shares(feed: &Feed, nights: usize) -> BTreeMap<&'static str, Vec<Vec<u32>>> {
    let share = |table: &&'static str| {
        let rows = feed.rows[table].num_rows();
        let of = |night: usize| ((rows * night / nights) as u32..(rows * (night + 1) / nights) as u32).collect();
        (*table, (0..nights).map(of).collect())
    };
    INPUTS.iter().map(share).collect()
}

#[test]
fn findings_are_new_stand_are_resolved_and_come_back() {
    let context = context();
    let mut feed = Feed::new(400, 7);
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (table, shares) in shares(&feed, 1) {
        feed.arrive(table, shares[0].clone());
    }
    let (first, told) = night(&feed, out.path(), state.path(), &context);
    let findings = first.manifest.totals.findings;
    assert_eq!((told.touched, told.changes["new"]), (None, findings));
    assert!(infusion_audit::verify::verify(&first.path).unwrap().iter().all(|one| one.problem.is_none()));
    // Nothing new: nobody is audited, nothing changes, the run is the same.
    let (second, told) = night(&feed, out.path(), state.path(), &context);
    assert_eq!((told.touched, told.changes.len(), told.number), (Some(0), 0, 2));
    assert_eq!(second.path, first.path);
    // The claims go: what rested on them is resolved, and encounters are not billed.
    let claims: Vec<PathBuf> =
        feed.files.keys().filter(|path| path.parent().unwrap().ends_with("claims")).cloned().collect();
    let (path, kept) = (claims[0].clone(), feed.files[&claims[0]].1.clone());
    feed.write(path.clone(), "claims", kept[..kept.len() / 2].to_vec());
    let (_, told) = night(&feed, out.path(), state.path(), &context);
    let (gone, arrived) = (told.changes["resolved"], told.changes["new"]);
    assert!(gone > 5 && arrived > 5, "{told}");
    // And they come back.
    feed.write(path, "claims", kept);
    let (last, told) = night(&feed, out.path(), state.path(), &context);
    assert_eq!((told.changes["reopened"], told.changes["resolved"]), (gone, arrived), "{told}");
    assert_whole(&feed, out.path(), &last, "the claims are back");
    let history = table(&last.path, "history.parquet");
    assert_eq!(history.num_rows() as u64, findings + arrived);
    let (mut open, mut reopened) = (0, 0);
    for row in 0..history.num_rows() {
        let resolved = support::integer(&history, "resolved", row);
        open += u64::from(resolved.is_none());
        reopened += support::integer(&history, "reopened", row).unwrap() as u64;
        let first_seen = support::integer(&history, "first_seen", row).unwrap();
        assert!(matches!((first_seen, resolved), (1, None) | (3, Some(4))), "{first_seen} {resolved:?}");
    }
    assert_eq!((open, reopened), (findings, gone));
    // Another policy audits everything, and keeps the history.
    let file = out.path().join("policy.toml");
    fs::write(&file, "[[layer]]\n[layer.switches]\npush_max_minutes = 30\n").unwrap();
    let policies = infusion_audit::policy::PolicySet::load(&[file]).unwrap();
    let other = Context::new(policies, infusion_audit::reference::Reference::built_in().unwrap());
    let (_, told) = night(&feed, out.path(), state.path(), &other);
    assert!(told.touched.is_none() && told.changes["resolved"] > 0, "{told}");
    let (_, told) = night(&feed, out.path(), state.path(), &context);
    assert!(told.touched.is_none() && told.changes["reopened"] > 0, "{told}");
}

#[test]
fn another_day_touches_those_whose_deadlines_it_moves() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let switches = "filing_limit_days = 60\nfiling_warning_days = 12\nunbilled_grace_days = 9\n";
    let layer = "[[layer]]\npayer_type = \"commercial\"\n[layer.switches]\nfiling_limit_days = 45\n";
    fs::write(file.path(), format!("[[layer]]\n[layer.switches]\n{switches}{layer}")).unwrap();
    let policies = infusion_audit::policy::PolicySet::load(&[file.path()]).unwrap();
    let context = Context::new(policies, infusion_audit::reference::Reference::built_in().unwrap());
    let mut feed = Feed::new(500, 31);
    // Some are not billed yet.
    let rows = feed.rows["claims"].num_rows() as u32;
    feed.arrive("claims", (0..rows / 2).chain(rows * 4 / 5..rows).collect());
    for table in ["flowsheets", "encounters"] {
        let rows = feed.rows[table].num_rows() as u32;
        feed.arrive(table, (0..rows).collect());
    }
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let asked = NightOptions { state: state.path().to_owned(), leaf_encounters: 16, accept_feed: false, pages: false };
    let (mut part, mut all_touched, mut changed) = (0, 0, 0);
    // The first day, a day on, a month on, back again, beyond everything.
    for (at, day) in
        ["2026-02-20", "2026-02-21", "2026-02-24", "2026-03-30", "2026-03-01", "2026-03-31", "2027-09-01", "2027-09-02"]
            .into_iter()
            .enumerate()
    {
        let options = RunOptions { as_of: day.parse().ok(), ..options_of(&feed, out.path()) };
        let (done, told) = run_night(&options, &asked, &context, &Progress::new(true)).unwrap();
        let whole = infusion_audit::pipeline::run_audit(&options, &context, &Progress::new(true)).unwrap();
        for name in RESULTS {
            assert!(table(&done.path, name).columns() == table(&whole.path, name).columns(), "{day}: {name}");
        }
        assert_eq!(format!("{:?}", done.manifest.totals), format!("{:?}", whole.manifest.totals), "{day}");
        assert_eq!(told.touched.is_none(), at == 0, "{day}");
        part += u32::from(told.touched.is_some_and(|touched| touched > 0 && touched < 300));
        all_touched += told.touched.unwrap_or(0);
        changed += if at == 0 { 0 } else { told.changes.values().sum() };
    }
    assert!(part >= 2 && all_touched > 50 && changed > 20, "{part} {all_touched} {changed}");
    // Nothing moves between two days beyond all limits; no day at all is another question for everybody.
    let options = |as_of| RunOptions { as_of, ..options_of(&feed, out.path()) };
    let day = |text: &str| text.parse().ok();
    let night = |as_of| run_night(&options(as_of), &asked, &context, &Progress::new(true)).unwrap().1;
    assert_eq!(night(day("2027-09-03")).touched, Some(0));
    assert_eq!(night(None).touched, None);
    assert_eq!(night(day("2027-09-03")).touched, None);
}

#[test]
fn commands_read_a_run_in_parts_like_any_other() {
    let context = context();
    let mut feed = Feed::new(500, 9);
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (table, shares) in shares(&feed, 2) {
        shares.into_iter().for_each(|rows| feed.arrive(table, rows));
    }
    let asked = NightOptions { state: state.path().to_owned(), leaf_encounters: 16, accept_feed: true, pages: true };
    let (night, _) = run_night(&options_of(&feed, out.path()), &asked, &context, &Progress::new(true)).unwrap();
    let whole = run(&options_of(&feed, out.path())).unwrap();
    assert!(fs::read_dir(night.path.join("findings.parquet")).unwrap().count() > 10);
    for name in ["denial_risk.csv", "revenue_leakage.csv"] {
        assert!(fs::read(night.path.join(name)).unwrap() == fs::read(whole.path.join(name)).unwrap(), "{name}");
    }
    let mut printed = [Vec::new(), Vec::new()];
    for (run, text) in [&night, &whole].into_iter().zip(&mut printed) {
        infusion_audit::run::export(&run.path, infusion_audit::run::ExportFormat::Jsonl, text).unwrap();
    }
    assert!(printed[0] == printed[1] && printed[0].len() > 1_000);
    let difference = infusion_audit::diff::RunDiff::read(&night.path, &whole.path).unwrap();
    assert!(difference.table().contains("Of their findings 0 are resolved ($0.00 at stake) and 0 are new"));
    assert!(infusion_audit::verify::verify(&night.path).unwrap().iter().all(|one| one.problem.is_none()));
}

#[test]
fn a_damaged_state_and_one_of_another_version_are_refused() {
    let context = context();
    let mut feed = Feed::new(60, 3);
    for (table, shares) in shares(&feed, 1) {
        feed.arrive(table, shares[0].clone());
    }
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    night(&feed, out.path(), state.path(), &context);
    let path = state.path().join("state.json");
    let text = fs::read_to_string(&path).unwrap();
    let asked = NightOptions { state: state.path().to_owned(), leaf_encounters: 16, accept_feed: true, pages: false };
    let again = || run_night(&options_of(&feed, out.path()), &asked, &context, &Progress::new(true));
    for (bad, told) in [
        (
            text.replacen("\"format\":3,\"written_by\":\"0.2.0\"", "\"format\":9,\"written_by\":\"7.1.0\"", 1),
            "7.1.0 wrote it in format 9 and this version reads 1 to 3",
        ),
        (text.replacen("\"format\":3", "\"format\":0", 1), "in format 0"),
        (text[..text.len() / 2].to_owned(), "damaged"),
    ] {
        fs::write(&path, bad).unwrap();
        let cause = again().unwrap_err();
        assert!(cause.exit_code() == 4 && cause.to_string().contains(told), "{cause}");
    }
    // The first format is read, its findings keep their history while all are audited once more, and the newest is written.
    let first = text.replacen("\"format\":3,\"written_by\":\"0.2.0\"", "\"format\":1", 1);
    assert_ne!(first, text);
    fs::write(&path, first).unwrap();
    let (_, told) = again().unwrap();
    assert_eq!((told.number, told.touched, told.changes.len()), (2, None, 0));
    assert_eq!(again().unwrap().1.touched, Some(0));
    assert!(fs::read_to_string(&path).unwrap().starts_with("{\"format\":3,"));
    let held = fs::File::options().write(true).open(state.path().join(".lock")).unwrap();
    held.lock().unwrap();
    assert!(again().unwrap_err().to_string().contains("in use by another run"));
}

#[test]
fn a_feed_that_halves_is_an_alarm_and_nothing_is_published() {
    let context = context();
    let mut feed = Feed::new(1_500, 21);
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let asked =
        |accept_feed| NightOptions { state: state.path().to_owned(), leaf_encounters: 64, accept_feed, pages: false };
    let run =
        |feed: &Feed, accept| run_night(&options_of(feed, out.path()), &asked(accept), &context, &Progress::new(true));
    let nights = shares(&feed, 7);
    (0..6).for_each(|at| {
        INPUTS.iter().for_each(|table| feed.arrive(table, nights[table][at].clone()));
        run(&feed, false).unwrap();
    });
    let before = fs::read(state.path().join("state.json")).unwrap();
    for table in INPUTS {
        let rows = &nights[table][6];
        feed.arrive(table, rows[..rows.len() / 3].to_vec());
    }
    let cause = run(&feed, false).unwrap_err();
    let said = cause.to_string();
    assert_eq!(cause.exit_code(), 3);
    assert!(
        said.contains("claims: ") && said.contains("is the median of 5 nights") && said.contains("--accept-feed"),
        "{said}"
    );
    assert_eq!(fs::read(state.path().join("state.json")).unwrap(), before);
    let (done, _) = run(&feed, true).unwrap();
    assert_whole(&feed, out.path(), &done, "accepted");
    // The rest comes in later files.
    for table in INPUTS {
        let rows = &nights[table][6];
        feed.arrive(table, rows[rows.len() / 3..].to_vec());
    }
    let (done, _) = run(&feed, false).unwrap();
    assert_whole(&feed, out.path(), &done, "the rest");
}

#[test]
fn a_file_that_goes_away_stops_the_night_and_one_that_comes_under_another_name_does_not() {
    let context = context();
    let mut feed = Feed::new(400, 31);
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (table, shares) in shares(&feed, 2) {
        shares.into_iter().for_each(|rows| feed.arrive(table, rows));
    }
    let night = |feed: &Feed, accept: &[Check]| {
        let asked =
            NightOptions { state: state.path().to_owned(), leaf_encounters: 64, accept_feed: false, pages: false };
        let believed: std::collections::BTreeSet<Check> =
            Check::ALL.iter().copied().filter(|check| *check != Check::FilesGone || accept.contains(check)).collect();
        let options = RunOptions { accept: believed, ..options_of(feed, out.path()) };
        run_night(&options, &asked, &context, &Progress::new(true))
    };
    night(&feed, &[]).unwrap();
    let before = fs::read(state.path().join("state.json")).unwrap();
    // A file of claims is delivered under another name.
    let claims = feed.folder.path().join("claims");
    let mut paths: Vec<PathBuf> = fs::read_dir(&claims).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    fs::rename(&paths[0], claims.join("again.parquet")).unwrap();
    night(&feed, &[]).unwrap();
    let renamed = fs::read(state.path().join("state.json")).unwrap();
    assert_ne!(renamed, before);
    // The other is gone: a mount that is missing looks like this.
    fs::remove_file(&paths[1]).unwrap();
    let cause = night(&feed, &[]).unwrap_err();
    assert!(cause.exit_code() == 3 && cause.to_string().contains("files-gone: 1 input files"), "{cause}");
    assert_eq!(fs::read(state.path().join("state.json")).unwrap(), renamed, "the state stays");
    assert!(out.path().join("diagnosis.html").is_file());
    let (done, _) = night(&feed, &[Check::FilesGone]).unwrap();
    assert!(done.manifest.data.accepted.contains(&"files-gone".to_owned()));
    assert!(!out.path().join("diagnosis.html").exists());
    night(&feed, &[]).unwrap();
}

#[test]
fn the_data_of_nights_are_judged_as_those_of_one_audit() {
    let context = context();
    let mut feed = Feed::new(500, 41);
    let (out, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for part in 0..3 {
        for (table, shares) in shares(&feed, 3) {
            feed.arrive(table, shares[part].clone());
        }
        let (done, _) = night(&feed, out.path(), state.path(), &context);
        let whole = run(&options_of(&feed, out.path())).unwrap();
        assert_eq!(done.manifest.data, whole.manifest.data, "night {part}");
    }
}
