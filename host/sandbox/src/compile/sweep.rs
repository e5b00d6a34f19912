//! Bounds what the cache keeps: compiled code that nobody asks for any more.
//!
//! Code is used when it is loaded, and its record bears the time. What plugins have at the moment is used now, whenever
//! it was loaded. The rest goes, the oldest first: other processes share the folder, so there is always a while in which
//! code that nobody here uses is somebody's, and a plugin that is put back is there without compiling. Who loads code while it is
//! taken away compiles it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The end of a file's name that holds a refusal; before it stands the plugin's digest.
pub(super) const EXTENSION: &str = "refused";

/// Time that code is kept after its last use: long enough to go back to last month's version of a plugin, or of the host.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Plugins that a folder of the cache keeps though nothing here uses them. So many may be replaced before
/// the oldest goes early.
const MAX_UNUSED: usize = 100;

/// Refused plugins that a folder of the cache remembers.
const MAX_REFUSALS: usize = 2_000;

/// Entries of a folder that are looked at in one sweep; the rest has its turn in the next.
const MAX_ENTRIES: usize = 10_000;

/// Notes that what this record tells of is used at `now`.
///
/// # Errors
///
/// When the file has gone, or its time can't be set.
pub(super) fn mark(record: &Path, now: SystemTime) -> io::Result<()> {
    File::options().append(true).open(record)?.set_times(FileTimes::new().set_modified(now))
}

/// Removes what is old or too much from `folder`, except what has one of these digests, and from the folders beside it,
/// which belong to other versions of the engine. Answers how many files it removed.
///
/// # Errors
///
/// When a folder can't be read.
pub(super) fn sweep(folder: &Path, in_use: &BTreeSet<String>, now: SystemTime) -> io::Result<usize> {
    let mut removed = sweep_one(folder, in_use, now)?;
    let Some(all) = folder.parent() else { return Ok(removed) };
    for entry in fs::read_dir(all)?.take(MAX_ENTRIES) {
        let entry = entry?;
        // Of a link this says that it is no folder.
        if entry.file_type()?.is_dir() && entry.path() != folder {
            removed += sweep_one(&entry.path(), &BTreeSet::new(), now)?;
            // Not when it still holds something.
            let _ = fs::remove_dir(entry.path());
        }
    }
    Ok(removed)
}

/// The files of one plugin, the record among them.
struct Kept {
    files: Vec<PathBuf>,
    used: SystemTime,
}

impl Kept {
    /// Whether all that is kept is that it was refused.
    fn is_refusal(&self) -> bool {
        self.files.iter().all(|file| file.extension().is_some_and(|end| end == EXTENSION))
    }
}

fn sweep_one(folder: &Path, in_use: &BTreeSet<String>, now: SystemTime) -> io::Result<usize> {
    let mut unused: Vec<Kept> = kept(folder)?
        .into_iter()
        .filter_map(|(digest, kept)| (!in_use.contains(&digest)).then_some(kept))
        .collect();
    unused.sort_by_key(|kept| std::cmp::Reverse(kept.used));
    // Many refused files must not push out the code of plugins.
    let (refusals, code): (Vec<_>, Vec<_>) = unused.into_iter().partition(Kept::is_refusal);
    let is_old = |kept: &Kept| now.duration_since(kept.used).is_ok_and(|age| age > KEPT_FOR);
    let gone = |unused: Vec<Kept>, max: usize| {
        let gone =
            unused.into_iter().enumerate().filter(move |(position, kept)| *position >= max || is_old(kept));
        gone.flat_map(|(_, kept)| kept.files).filter(|file| fs::remove_file(file).is_ok()).count()
    };
    Ok(gone(refusals, MAX_REFUSALS) + gone(code, MAX_UNUSED))
}

/// What a folder holds, by digest. What a compiler left behind when it was killed has a name of its own.
fn kept(folder: &Path) -> io::Result<BTreeMap<String, Kept>> {
    let mut all: BTreeMap<String, Kept> = BTreeMap::new();
    for entry in fs::read_dir(folder)?.take(MAX_ENTRIES) {
        let entry = entry?;
        // One that has gone meanwhile needs no sweeping.
        let Ok(metadata) = entry.metadata() else { continue };
        let path = entry.path();
        let (true, Some(digest)) = (metadata.is_file(), path.file_stem()) else { continue };
        let modified = metadata.modified()?;
        let kept = all
            .entry(digest.to_string_lossy().into_owned())
            .or_insert_with(|| Kept { files: Vec::new(), used: modified });
        kept.used = kept.used.max(modified);
        kept.files.push(path);
    }
    for kept in all.values_mut() {
        // The record goes first: without it nobody looks for the code.
        kept.files.sort_by_key(|file| file.extension().is_none_or(|end| end != "json"));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3_600);

    /// A cache below a folder for all engines.
    struct Folder {
        data: tempfile::TempDir,
        now: SystemTime,
    }

    impl Folder {
        fn new() -> Self {
            let data = tempfile::tempdir().unwrap();
            fs::create_dir(data.path().join("engine")).unwrap();
            Self { data, now: SystemTime::now() }
        }

        fn path(&self) -> PathBuf {
            self.data.path().join("engine")
        }

        fn put(&self, folder: &str, file: &str, age: Duration) {
            let path = self.data.path().join(folder).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "x").unwrap();
            mark(&path, self.now - age).unwrap();
        }

        /// A plugin that was compiled long ago and used this long ago.
        fn plugin(&self, folder: &str, digest: &str, age: Duration) {
            self.put(folder, &format!("{digest}.cwasm"), 1_000 * DAY);
            self.put(folder, &format!("{digest}.json"), age);
        }

        fn sweep(&self, in_use: &[&str]) -> usize {
            sweep(&self.path(), &in_use.iter().map(|digest| (*digest).to_owned()).collect(), self.now)
                .unwrap()
        }

        fn files(&self, folder: &str) -> Vec<String> {
            let mut names: Vec<String> = fs::read_dir(self.data.path().join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    #[test]
    fn what_nobody_used_for_a_month_goes_and_what_is_in_use_never() {
        let folder = Folder::new();
        folder.plugin("engine", "old", 31 * DAY);
        folder.plugin("engine", "used", 31 * DAY);
        folder.plugin("engine", "recent", 29 * DAY);
        folder.put("engine", ".tmpKilled.wasm", 31 * DAY);
        folder.put("engine", ".tmpBegun.wasm", Duration::ZERO);
        assert_eq!(folder.sweep(&["used"]), 3);
        assert_eq!(
            folder.files("engine"),
            [".tmpBegun.wasm", "recent.cwasm", "recent.json", "used.cwasm", "used.json"]
        );
    }

    #[test]
    fn of_many_that_nobody_uses_the_latest_stay() {
        let folder = Folder::new();
        for index in 0..MAX_UNUSED + 2 {
            folder.plugin("engine", &format!("{index:03}"), Duration::from_secs(index as u64));
        }
        assert_eq!(folder.sweep(&["101"]), 2);
        let files = folder.files("engine");
        assert_eq!(files.len(), 2 * (MAX_UNUSED + 1));
        assert!(files.contains(&"101.cwasm".to_owned()) && !files.contains(&"100.cwasm".to_owned()));
        assert_eq!(folder.sweep(&["101"]), 0);
    }

    #[test]
    fn folders_of_other_engines_go_when_they_are_empty() {
        let folder = Folder::new();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("mine.json"), "x").unwrap();
        mark(&elsewhere.path().join("mine.json"), folder.now - 40 * DAY).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.data.path().join("link")).unwrap();
        folder.plugin("older", "a", 31 * DAY);
        folder.plugin("newer", "a", 31 * DAY);
        folder.plugin("newer", "b", DAY);
        assert_eq!(folder.sweep(&["a"]), 4);
        assert_eq!(folder.files(""), ["engine", "link", "newer"]);
        assert_eq!(folder.files("newer"), ["b.cwasm", "b.json"]);
        assert!(elsewhere.path().join("mine.json").exists(), "a link is not followed");
    }
}
