//! What no database of a tool may be: the host's own files.

use std::fs::{self, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// The host's own files.
#[derive(Debug, Clone, Default)]
pub struct OwnFiles {
    /// The data folder: keys, credentials, plugins, and mostly the store.
    pub data_dir: PathBuf,
    /// The store's SQLite file, where it is one; it may lie elsewhere.
    pub store: Option<PathBuf>,
}

impl OwnFiles {
    /// The real path of a file that a tool's database may be, or why it can't be one; the text names no path.
    pub(crate) fn check(&self, path: &Path) -> Result<PathBuf, String> {
        let real = path.canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                "its file isn't there; an empty file is a database without tables".to_owned()
            }
            kind => format!("its file can't be opened: {kind}"),
        })?;
        let metadata =
            fs::metadata(&real).map_err(|error| format!("its file can't be read: {}", error.kind()))?;
        if !metadata.is_file() {
            return Err("its path leads to no file".to_owned());
        }
        let is_in_data_dir = self.data_dir.canonicalize().is_ok_and(|folder| real.starts_with(folder));
        let store = self.store.as_deref().and_then(|store| fs::metadata(store).ok());
        if is_in_data_dir || store.is_some_and(|store| is_same(&store, &metadata)) {
            return Err("its file is one of Toolbay's own".to_owned());
        }
        begins_as_a_database(&real)?;
        Ok(real)
    }
}

/// What a file of SQLite begins with ("Database File Format", 1.3); an empty one is a database without tables.
const BEGINNING: &[u8] = b"SQLite format 3\0";

/// Whether a file can be a database. One that is encrypted by an extension can't be here.
fn begins_as_a_database(path: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("its file can't be read: {}", error.kind());
    let mut beginning = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(BEGINNING.len() as u64).read_to_end(&mut beginning).map_err(failed)?;
    if beginning.is_empty() || beginning == BEGINNING {
        return Ok(());
    }
    Err("its file is no SQLite database".to_owned())
}

/// Whether two names are one file's, links included.
#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_link_leads_to_the_hosts_own_files() {
        let folder = tempfile::tempdir().unwrap();
        let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
        fs::create_dir(&data).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        fs::write(data.join("toolbay.db"), "").unwrap();
        fs::write(elsewhere.join("store.db"), "").unwrap();
        fs::write(elsewhere.join("sales.db"), "").unwrap();
        std::os::unix::fs::symlink(data.join("toolbay.db"), elsewhere.join("link.db")).unwrap();
        std::os::unix::fs::symlink(&data, elsewhere.join("folder")).unwrap();
        fs::hard_link(elsewhere.join("store.db"), elsewhere.join("hard.db")).unwrap();
        let own = OwnFiles { data_dir: data.clone(), store: Some(elsewhere.join("store.db")) };
        let check = |path: &Path| own.check(path);
        assert!(check(&elsewhere.join("sales.db")).is_ok());
        for path in [
            data.join("toolbay.db"),
            elsewhere.join("link.db"),
            elsewhere.join("folder/toolbay.db"),
            elsewhere.join("../data/toolbay.db"),
            elsewhere.join("store.db"),
            elsewhere.join("hard.db"),
        ] {
            assert!(check(&path).unwrap_err().contains("Toolbay's own"), "{path:?}");
        }
        assert!(check(&elsewhere).unwrap_err().contains("no file"));
        assert!(check(Path::new("/dev/zero")).unwrap_err().contains("no file"));
        assert!(check(&elsewhere.join("none.db")).unwrap_err().contains("isn't there"));
    }

    #[test]
    fn a_file_of_something_else_is_no_database() {
        let folder = tempfile::tempdir().unwrap();
        let own = OwnFiles { data_dir: folder.path().join("data"), store: None };
        let path = folder.path().join("notes.db");
        for (content, is_one) in
            [("", true), ("SQLite format 3\0and pages", true), ("notadb", false), ("SQLite", false)]
        {
            fs::write(&path, content).unwrap();
            assert_eq!(own.check(&path).is_ok(), is_one, "{content}");
        }
    }
}
