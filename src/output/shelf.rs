//! The folder in which runs stand beside one another: mending what a killed run left, the pointer to the latest, and how
//! many are kept.

use super::folder::create_private_folder;
use super::log::{self, LogEntry};
use crate::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Of a run that is being written, of an earlier one that made room, of one that is being removed.
pub(super) const PARTIAL: &str = ".partial-";
pub(super) const REPLACED: &str = ".replaced-";
const REMOVED: &str = ".removed-";

/// The link to the run published last.
pub const LATEST: &str = "latest";

/// Takes a run away: gone for its readers in one step, then from the disk. What will not go then costs room, not a run, and
/// is tried again at the next start.
fn remove(out: &Path, name: &str, path: &Path) -> Result<(), Error> {
    let leaving = out.join(format!("{REMOVED}{name}"));
    if path != leaving {
        fs::rename(path, &leaving).map_err(|cause| Error::unwritable(path, cause))?;
    }
    if let Err(cause) = fs::remove_dir_all(&leaving) {
        tracing::warn!("cannot remove {}: {cause}; it is an earlier run and may be removed by hand", leaving.display());
    }
    Ok(())
}

/// Names in a folder that begin with `prefix`.
fn begin_with(out: &Path, prefix: &str) -> Result<Vec<(String, PathBuf)>, Error> {
    let failed = |cause: std::io::Error| Error::unwritable(out, cause);
    let mut found = Vec::new();
    for entry in fs::read_dir(out).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(rest) = name.strip_prefix(prefix) {
            found.push((rest.to_owned(), entry.path()));
        }
    }
    Ok(found)
}

/// Puts a folder in order after runs that were killed. A run that was entered in the log is published to the end; what was
/// half-written goes; what had made room comes back. The caller holds the lock.
pub(super) fn mend(out: &Path) -> Result<(), Error> {
    create_private_folder(out)?;
    log::mend(out)?;
    let last = log::read_log(out)?.pop();
    for (run_id, _) in begin_with(out, PARTIAL)? {
        if last.as_ref().is_some_and(|entry| entry.run_id == run_id && waits_for_its_place(out, entry)) {
            put_in_place(out, &run_id)?;
        }
    }
    for (_, path) in begin_with(out, PARTIAL)? {
        fs::remove_dir_all(&path).map_err(|cause| Error::unwritable(&path, cause))?;
    }
    for (name, path) in begin_with(out, REMOVED)? {
        remove(out, &name, &path)?;
    }
    for (run_id, earlier) in begin_with(out, REPLACED)? {
        let path = out.join(&run_id);
        if path.exists() {
            remove(out, &run_id, &earlier)?;
        } else {
            fs::rename(&earlier, &path).map_err(|cause| Error::unwritable(&path, cause))?;
        }
    }
    match last {
        Some(entry) if out.join(&entry.run_id).is_dir() => point_to(out, &entry.run_id),
        _ => Ok(()),
    }
}

/// Whether a run is written to its end and entered in the log, but not yet put in its place: what a run that was killed
/// between these two steps leaves. An earlier run of its id is still what a reader sees; the next start publishes it.
pub(crate) fn waits_for_its_place(out: &Path, entry: &LogEntry) -> bool {
    log::manifest_digest(&out.join(format!("{PARTIAL}{}", entry.run_id)))
        .is_ok_and(|digest| digest == entry.manifest_sha256)
}

/// Lets two folders change places in one step; false where the file system cannot.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> bool {
    false
}

/// Makes a run that is written to its end the run of its id, in the place of an earlier one.
pub(super) fn put_in_place(out: &Path, run_id: &str) -> Result<PathBuf, Error> {
    let (partial, path) = (out.join(format!("{PARTIAL}{run_id}")), out.join(run_id));
    let failed = |cause| Error::unwritable(&path, cause);
    match fs::symlink_metadata(&path) {
        Ok(found) if !found.is_dir() => return Err(Error::NotAFolder { path: path.display().to_string() }),
        // What is partial then is the earlier run.
        Ok(_) if exchange(&partial, &path) => remove(out, run_id, &partial)?,
        Ok(_) => {
            let earlier = out.join(format!("{REPLACED}{run_id}"));
            fs::rename(&path, &earlier).map_err(failed)?;
            fs::rename(&partial, &path).map_err(failed)?;
            remove(out, run_id, &earlier)?;
        }
        Err(_) => fs::rename(&partial, &path).map_err(failed)?,
    }
    // The step itself must survive a power cut.
    fs::File::open(out).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(path)
}

/// Lets `latest` point to a run. A `latest` that is no link is somebody's, and stays.
#[cfg(unix)]
pub(super) fn point_to(out: &Path, run_id: &str) -> Result<(), Error> {
    let link = out.join(LATEST);
    let failed = |cause: std::io::Error| Error::unwritable(&link, cause);
    match fs::symlink_metadata(&link) {
        Ok(found) if !found.file_type().is_symlink() => return Ok(()),
        Ok(_) if fs::read_link(&link).is_ok_and(|of| of == Path::new(run_id)) => return Ok(()),
        _ => {}
    }
    // A link cannot be changed, but another one can take its place in one step.
    let next = out.join(".next-latest");
    let _ = fs::remove_file(&next);
    std::os::unix::fs::symlink(run_id, &next).map_err(failed)?;
    fs::rename(&next, &link).map_err(failed)
}

/// Where there are no links, a file holds the name.
#[cfg(not(unix))]
pub(super) fn point_to(out: &Path, run_id: &str) -> Result<(), Error> {
    let path = out.join(LATEST);
    fs::write(&path, run_id).map_err(|cause| Error::unwritable(&path, cause))
}

/// Whether a folder is a run's: named by a run id that its manifest repeats.
fn is_run(path: &Path, name: &str) -> bool {
    let plain = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let named = name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain && named && crate::run::RunManifest::read(path).is_ok_and(|manifest| manifest.run_id == name)
}

/// Removes the oldest runs until `keep` are left; `newest` always stays. Nothing but runs is touched.
pub(super) fn retain(out: &Path, keep: usize, newest: &str) -> Result<(), Error> {
    let mut runs: Vec<(SystemTime, String, PathBuf)> = Vec::new();
    for (name, path) in begin_with(out, "")? {
        if name != newest && is_run(&path, &name) {
            let made = fs::metadata(path.join("manifest.json")).and_then(|found| found.modified());
            runs.push((made.map_err(|cause| Error::unwritable(&path, cause))?, name, path));
        }
    }
    runs.sort_unstable();
    let spare = (runs.len() + 1).saturating_sub(keep.max(1));
    for (_, name, path) in runs.into_iter().take(spare) {
        remove(out, &name, &path)?;
    }
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn run(out: &Path, run_id: &str) {
        let folder = out.join(run_id);
        fs::create_dir(&folder).unwrap();
        let manifest = format!(
            "{{\"run_id\":\"{run_id}\",\"version\":\"0\",\"totals\":{{\"encounters\":0,\"claim_lines\":0,\"findings\":0,\
             \"clean_encounters\":0,\"expected_cents\":0,\"billed_cents\":0,\"net_cents\":0,\"leakage_cents\":0,\
             \"overpayment_cents\":0,\"disputed_cents\":0,\"expected_loss_cents\":0}}}}"
        );
        fs::write(folder.join("manifest.json"), manifest).unwrap();
    }

    fn names(out: &Path) -> Vec<String> {
        let mut names: Vec<String> = begin_with(out, "").unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    }

    #[test]
    fn the_oldest_runs_go_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        for at in 0..5 {
            run(out, &format!("{at:016x}"));
            std::thread::sleep(std::time::Duration::from_millis(15));
        }
        fs::create_dir(out.join("notes")).unwrap();
        // A folder that looks like a run and is none, and a link to one elsewhere.
        fs::create_dir(out.join("ffffffffffffffff")).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        run(elsewhere.path(), "eeeeeeeeeeeeeeee");
        std::os::unix::fs::symlink(elsewhere.path().join("eeeeeeeeeeeeeeee"), out.join("eeeeeeeeeeeeeeee")).unwrap();
        retain(out, 2, &format!("{:016x}", 4)).unwrap();
        let left = ["0000000000000003", "0000000000000004", "eeeeeeeeeeeeeeee", "ffffffffffffffff", "notes"];
        assert_eq!(names(out), left);
        assert!(elsewhere.path().join("eeeeeeeeeeeeeeee/manifest.json").exists());
    }

    #[test]
    fn what_a_killed_run_left_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        run(out, "00000000000000aa");
        fs::rename(out.join("00000000000000aa"), out.join(".replaced-00000000000000aa")).unwrap();
        fs::create_dir(out.join(".partial-00000000000000bb")).unwrap();
        fs::create_dir(out.join(".removed-00000000000000cc")).unwrap();
        mend(out).unwrap();
        assert!(names(out).contains(&"00000000000000aa".to_owned()));
        assert!(!names(out).iter().any(|name| name.starts_with(".partial") || name.starts_with(".rem")));
        assert!(!names(out).iter().any(|name| name.starts_with(".replaced")));
    }

    #[test]
    fn a_run_that_was_logged_is_published_to_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        run(out, "00000000000000aa");
        fs::rename(out.join("00000000000000aa"), out.join(".partial-00000000000000aa")).unwrap();
        log::append(out, "00000000000000aa", &out.join(".partial-00000000000000aa")).unwrap();
        mend(out).unwrap();
        assert!(out.join("00000000000000aa/manifest.json").exists());
        assert_eq!(fs::read_link(out.join(LATEST)).unwrap(), Path::new("00000000000000aa"));
        // Killed between the entry of another run of its id and the exchange: readers see the earlier one until the next
        // start.
        let entered = || log::read_log(out).unwrap().pop().unwrap();
        assert!(!waits_for_its_place(out, &entered()));
        run(out, ".partial-00000000000000aa");
        log::append(out, "00000000000000aa", &out.join(".partial-00000000000000aa")).unwrap();
        assert!(waits_for_its_place(out, &entered()));
        mend(out).unwrap();
        assert!(!waits_for_its_place(out, &entered()));
        let now = log::manifest_digest(&out.join("00000000000000aa")).unwrap();
        assert_eq!(now, entered().manifest_sha256);
        // Killed after the exchange: what is partial is the earlier run, which goes.
        run(out, ".partial-00000000000000aa");
        mend(out).unwrap();
        assert!(!out.join(".partial-00000000000000aa").exists());
        assert!(out.join("00000000000000aa/manifest.json").exists());
    }

    #[test]
    fn latest_moves_in_one_step_and_spares_what_is_not_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        point_to(out, "a").unwrap();
        point_to(out, "b").unwrap();
        assert_eq!(fs::read_link(out.join(LATEST)).unwrap(), Path::new("b"));
        fs::remove_file(out.join(LATEST)).unwrap();
        fs::create_dir(out.join(LATEST)).unwrap();
        point_to(out, "c").unwrap();
        assert!(fs::symlink_metadata(out.join(LATEST)).unwrap().is_dir());
    }
}
