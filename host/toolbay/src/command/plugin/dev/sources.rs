//! The files that a plugin is made of, as they were at one moment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 8;

/// Most files that are looked at.
const MAX_FILES: usize = 5_000;

/// The plugin's folder, and when each of its files was written.
pub(super) struct Sources {
    folder: PathBuf,
    written: BTreeMap<PathBuf, SystemTime>,
}

impl Sources {
    /// As they are now.
    pub(super) fn of(folder: &Path) -> Self {
        let mut written = BTreeMap::new();
        collect(folder, 0, &mut written);
        Self { folder: folder.to_owned(), written }
    }

    /// Waits until one of them is there, gone or written anew, and until nobody writes any more.
    pub(super) async fn changed(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = Self::of(&self.folder);
            if now.written != self.written {
                tokio::time::sleep(LOOK_EVERY).await;
                if Self::of(&self.folder).written == now.written {
                    return;
                }
            }
        }
    }
}

/// What is built is no source, cargo's lock file among it, and what begins with a dot is an editor's or git's.
fn collect(folder: &Path, depth: usize, written: &mut BTreeMap<PathBuf, SystemTime>) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_built = name == "target"
            || name == "Cargo.lock"
            || path.extension().is_some_and(|extension| extension == "wasm");
        if is_built || name.to_string_lossy().starts_with('.') || written.len() >= MAX_FILES {
            continue;
        }
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() && depth < MAX_DEPTH {
            collect(&path, depth + 1, written);
        } else if let Ok(at) = metadata.modified() {
            written.insert(path, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_written_file_is_a_change_and_what_is_built_is_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("src")).unwrap();
        std::fs::create_dir_all(folder.path().join("target")).unwrap();
        let source = folder.path().join("src/lib.rs");
        std::fs::write(&source, "one").unwrap();
        let seen = Sources::of(folder.path());
        std::fs::write(folder.path().join("target/x"), "x").unwrap();
        std::fs::write(folder.path().join("notes.wasm"), "x").unwrap();
        std::fs::write(folder.path().join("Cargo.lock"), "x").unwrap();
        assert_eq!(Sources::of(folder.path()).written, seen.written);
        std::fs::write(folder.path().join("src/more.rs"), "two").unwrap();
        tokio::time::timeout(Duration::from_secs(10), seen.changed()).await.unwrap();
    }
}
