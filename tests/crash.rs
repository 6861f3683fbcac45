//! Killed at any moment, or with a disk that is full, a night leaves nothing half-written: no reader sees it, the next night
//! mends it, and the end is the same.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::float_arithmetic, reason = "a test")]

mod support;

use infusion_audit::data_checks::Check;
use infusion_audit::generate::ErrorSelection;
use infusion_audit::run::each_row;
use infusion_audit::verify::verify;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::generated;

const INPUTS: [&str; 3] = ["claims", "flowsheets", "encounters"];

/// A feed, a state and published runs in one folder.
struct Site {
    folder: tempfile::TempDir,
    data: tempfile::TempDir,
}

/// Bytes by file; identity, whether it is resolved and how often it was reopened, of every finding.
type End = (Vec<(PathBuf, Vec<u8>)>, BTreeSet<(String, bool, i64)>);

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("temp")).unwrap();
        INPUTS.iter().for_each(|table| fs::create_dir_all(folder.path().join("in").join(table)).unwrap());
        Self { folder, data: generated(240, 11, ErrorSelection::All) }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The files of one of three nights arrive.
    fn arrive(&self, night: usize) {
        for table in INPUTS {
            let mut files: Vec<PathBuf> =
                fs::read_dir(self.data.path().join(table)).unwrap().flatten().map(|entry| entry.path()).collect();
            files.sort();
            let share = |night: usize| files.len() * night / 3;
            for path in &files[share(night)..share(night + 1)] {
                fs::copy(path, self.at("in").join(table).join(path.file_name().unwrap())).unwrap();
            }
        }
    }

    fn command(&self, before: &str) -> Command {
        self.command_of(&assert_cmd::cargo::cargo_bin("infusion-audit"), before)
    }

    fn command_of(&self, binary: &Path, before: &str) -> Command {
        let folder = |name: &str| self.at(name).display().to_string();
        let inputs = INPUTS.iter().map(|table| format!("--{table} '{}/{table}'", folder("in")));
        // Thirds of files that belong to other months are no feed to believe, which is not what is tested here.
        let accepted = Check::ALL.iter().map(|check| format!("--accept {check}"));
        let inputs: Vec<String> = inputs.chain(accepted).collect();
        let script = format!(
            "{before} exec '{}' audit --quiet --keep 2 {} --state '{}' --out '{}' --temp-dir '{}'",
            binary.display(),
            inputs.join(" "),
            folder("state"),
            folder("out"),
            folder("temp")
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stderr(Stdio::piped());
        command
    }

    fn run(&self) -> Duration {
        let clock = Instant::now();
        let done = self.command("").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        clock.elapsed()
    }

    fn copy(&self, from: &str, to: &str) {
        for folder in ["state", "out"] {
            let (from, to) = (self.at(&format!("{folder}{from}")), self.at(&format!("{folder}{to}")));
            let _ = fs::remove_dir_all(&to);
            if from.exists() {
                assert!(Command::new("cp").arg("-a").arg(&from).arg(&to).status().unwrap().success());
            }
        }
    }

    fn keep_copy(&self) {
        self.copy("", "-before");
    }

    fn restore_copy(&self) {
        self.copy("-before", "");
    }

    /// Whatever a reader can see is whole.
    fn assert_readable(&self) {
        let Ok(entries) = fs::read_dir(self.at("out")) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().unwrap().is_dir() && !name.starts_with('.') {
                let wrong: Vec<_> =
                    verify(&entry.path()).unwrap().into_iter().filter(|one| one.problem.is_some()).collect();
                assert!(wrong.is_empty(), "{wrong:?}");
            }
        }
        let latest = self.at("out").join("latest");
        assert!(
            fs::symlink_metadata(&latest).is_err() || latest.join("manifest.json").exists(),
            "latest points nowhere"
        );
    }

    /// Bytes of the tables of the latest run, and what is known of its findings but for the numbers of nights.
    fn end(&self) -> End {
        let run = self.at("out").join("latest");
        let mut bytes = Vec::new();
        for table in ["findings", "lines", "encounters", "administrations"] {
            for entry in fs::read_dir(run.join(format!("{table}.parquet"))).unwrap().flatten() {
                bytes.push((Path::new(table).join(entry.file_name()), fs::read(entry.path()).unwrap()));
            }
        }
        bytes.push((PathBuf::from("quarantine.parquet"), fs::read(run.join("quarantine.parquet")).unwrap()));
        bytes.sort();
        let mut known = BTreeSet::new();
        each_row(&run, "history.parquet", &["finding_id", "resolved", "reopened"], |row| {
            known.insert((row.text(0).to_owned(), row.integer(1).is_some(), row.cents(2)));
            Ok(())
        })
        .unwrap();
        (bytes, known)
    }

    /// Files that no run and no state names.
    fn litter(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in ["out", "state/leaves", "state/files"] {
            for entry in fs::read_dir(self.at(folder)).unwrap().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with('.') && name != ".lock" {
                    found.push(entry.path());
                }
            }
        }
        found
    }
}

/// A folder and all that is in it, links left out.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => all.extend(below(&entry.path())),
            kind if kind.is_file() => all.push(entry.path()),
            _ => {}
        }
    }
    all
}

fn undisturbed() -> (Site, Duration) {
    let site = Site::new();
    let mut longest = Duration::ZERO;
    for night in 0..3 {
        site.arrive(night);
        longest = longest.max(site.run());
    }
    (site, longest)
}

#[test]
fn killed_at_two_hundred_moments_it_ends_the_same() {
    // Kills fall between the beginning and a little beyond the end of a run, however the speed of the machine changes: a run
    // that was done before brings the latest moment nearer, one that was killed moves it away.
    let (reference, mut latest) = undisturbed();
    let site = Site::new();
    let mut chance = ChaCha8Rng::seed_from_u64(5);
    let (mut killed, mut ended) = (0, 0);
    for night in 0..3 {
        site.arrive(night);
        site.keep_copy();
        let enough = 67 * (night + 1);
        while killed < enough && ended < 1_000 {
            let mut child = site.command("").spawn().unwrap();
            let wait = latest.mul_f64(chance.random_range(0.0..1.0));
            std::thread::sleep(wait);
            let was_done = child.try_wait().unwrap().is_some();
            let _ = child.kill();
            child.wait().unwrap();
            site.assert_readable();
            if was_done {
                // There is nothing left to do that night, so it begins anew.
                ended += 1;
                latest = latest.mul_f64(0.8);
                site.restore_copy();
            } else {
                killed += 1;
                latest = latest.mul_f64(1.05);
            }
        }
        site.run();
        assert_eq!(site.litter(), Vec::<PathBuf>::new());
    }
    println!("{killed} runs killed, {ended} done before");
    assert!(killed > 200, "{killed} of {}", killed + ended);
    assert!(site.end() == reference.end());
    site.assert_readable();
}

/// The two steps between which a killed run leaves an earlier run of its id in place, with itself in the log already.
#[test]
fn killed_between_the_log_and_its_place_a_run_leaves_the_one_before_it_whole() {
    let site = Site::new();
    site.arrive(0);
    site.run();
    let earlier = fs::canonicalize(site.at("out/latest")).unwrap();
    let partial = earlier.with_file_name(format!(".partial-{}", earlier.file_name().unwrap().to_str().unwrap()));
    site.keep_copy();
    // The state of that night was lost, so it is audited again; its manifest tells other times.
    fs::remove_dir_all(site.at("state")).unwrap();
    site.run();
    let manifest = |run: &Path| fs::read(run.join("manifest.json")).unwrap();
    let entered = manifest(&earlier);
    fs::rename(&earlier, &partial).unwrap();
    fs::rename(site.at("out-before").join(earlier.file_name().unwrap()), &earlier).unwrap();
    assert!(manifest(&earlier) != entered);
    site.assert_readable();
    // With nothing that waits for its place, it is not the run that the log names.
    let aside = site.at("aside");
    fs::rename(&partial, &aside).unwrap();
    let wrong = verify(&earlier).unwrap().into_iter().filter_map(|one| one.problem).collect::<Vec<_>>();
    assert_eq!(wrong, ["the run's manifest was changed after it was published"]);
    fs::rename(&aside, &partial).unwrap();
    site.run();
    assert_eq!(site.litter(), Vec::<PathBuf>::new());
    site.assert_readable();
}

#[test]
fn a_disk_that_is_full_anywhere_stops_the_night_and_changes_nothing() {
    let (reference, _) = undisturbed();
    let site = Site::new();
    let mut chance = ChaCha8Rng::seed_from_u64(6);
    let mut failed = 0;
    for night in 0..3 {
        site.arrive(night);
        for _ in 0..12 {
            // No file may grow beyond so many blocks of 512 bytes: writes fail from there on, as on a full disk.
            let blocks = chance.random_range(0..120);
            let done = site.command(&format!("trap '' XFSZ; ulimit -f {blocks};")).output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            if !done.status.success() {
                failed += 1;
                assert_eq!(done.status.code(), Some(4), "{said}");
                assert!(said.contains("free the space") || said.contains("cannot write"), "{said}");
            }
            site.assert_readable();
        }
        site.run();
        assert_eq!(site.litter(), Vec::<PathBuf>::new());
    }
    assert!(failed >= 9, "{failed}");
    assert!(site.end() == reference.end());
}

/// Everything that a night reads or writes may be forbidden to it; `root` is not, so the night runs as nobody.
#[test]
fn what_is_forbidden_stops_the_night_and_changes_nothing() {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (reference, _) = undisturbed();
    let site = Site::new();
    let root = fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0);
    // The binary may lie where nobody may go.
    let binary = site.at("infusion-audit");
    fs::copy(assert_cmd::cargo::cargo_bin("infusion-audit"), &binary).unwrap();
    mode(&binary, 0o755);
    mode(site.folder.path(), 0o755);
    for folder in ["out", "state"] {
        fs::create_dir(site.at(folder)).unwrap();
    }
    let night = || {
        let mut command = site.command_of(&binary, "");
        if root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().unwrap()
    };
    let mut refused = 0;
    for at in 0..3 {
        site.arrive(at);
        for folder in ["in", "out", "state", "temp"] {
            for path in below(&site.at(folder)) {
                if root {
                    chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
                }
            }
        }
        site.keep_copy();
        let mut all: Vec<PathBuf> =
            ["in", "out", "state", "temp"].iter().flat_map(|folder| below(&site.at(folder))).collect();
        // Folders and what is read first come up on every night, single tables now and then.
        all.sort_by_key(|path| (path.components().count(), path.clone()));
        let picked: Vec<PathBuf> =
            all.iter().enumerate().filter(|(at, _)| *at < 12 || at % 9 == 0).map(|(_, path)| path.clone()).collect();
        for path in picked {
            let was = fs::metadata(&path).unwrap_or_else(|_| panic!("{}", path.display())).permissions().mode() & 0o777;
            let forbidden = if path.is_dir() { [0o000, 0o500] } else { [0o000, 0o400] };
            for forbidden in forbidden {
                mode(&path, forbidden);
                let done = night();
                let said = String::from_utf8_lossy(&done.stderr).into_owned();
                match done.status.code() {
                    // Published runs are not read, and inputs are not written.
                    Some(0) => site.restore_copy(),
                    Some(3 | 4) => {
                        refused += 1;
                        assert!(path.exists(), "{} is gone: {said}", path.display());
                        mode(&path, was);
                        assert!(said.lines().count() == 1 && said.contains("ermission"), "{}: {said}", path.display());
                    }
                    other => panic!("{}: {other:?}: {said}", path.display()),
                }
                site.assert_readable();
            }
        }
        let done = night();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert!(refused > 20, "{refused}");
    assert!(site.end() == reference.end());
}

#[test]
fn a_file_that_is_not_whole_yet_stops_the_night_until_it_is() {
    let (reference, _) = undisturbed();
    let site = Site::new();
    for night in 0..3 {
        site.arrive(night);
        let mut claims: Vec<PathBuf> =
            fs::read_dir(site.at("in/claims")).unwrap().flatten().map(|entry| entry.path()).collect();
        claims.sort();
        let last = claims.last().unwrap();
        let whole = fs::read(last).unwrap();
        for part in [0, 3, whole.len() / 2, whole.len() - 1] {
            fs::write(last, &whole[..part]).unwrap();
            let done = site.command("").output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.code() == Some(3) && said.contains("is not a complete Parquet file"), "{said}");
            site.assert_readable();
        }
        fs::write(last, whole).unwrap();
        site.run();
    }
    assert!(site.end() == reference.end());
}
