//! The master key in the data folder, for installations that give none.
//!
//! When it is replaced, the next key lies beside it until the database has taken it, and the former one is kept: whichever
//! moment a process ends at, the key that the database names is in the folder. No file is ever overwritten.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::folder::{self, Lock};
use crate::key::{Fingerprint, Key};
use crate::open_error::OpenError;

/// Longer than any key in base64; what is longer isn't read.
const MAX_BYTES: u64 = 256;

/// How long a process waits while another one replaces the key.
const REPLACING: Duration = Duration::from_secs(30);

/// Where the master key lies.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("master.key")
}

/// Where the next master key lies, from before the database takes it until it is the master key.
fn next_path(data_dir: &Path) -> PathBuf {
    data_dir.join("master.key.next")
}

/// Where a master key is kept that was replaced.
fn former_path(data_dir: &Path, key: Fingerprint) -> PathBuf {
    data_dir.join(format!("master.key.{key}"))
}

/// Reads the master key; none when there is no such file.
pub(crate) fn read(data_dir: &Path) -> Result<Option<Key>, OpenError> {
    read_at(path(data_dir))
}

/// Reads the next master key; none when the key isn't being replaced.
pub(crate) fn read_next(data_dir: &Path) -> Result<Option<Key>, OpenError> {
    read_at(next_path(data_dir))
}

fn read_at(path: PathBuf) -> Result<Option<Key>, OpenError> {
    let failed = |source| OpenError::File { path: path.clone(), source };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    // Not silently closed to them, as a database file is: the key may have been read by now.
    if folder::is_open_to_others(&file).map_err(failed)? {
        return Err(OpenError::KeyFileOpen(path));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(failed)?;
    Key::from_base64(&SecretString::from(text.as_str()))
        .map(Some)
        .map_err(|_| OpenError::KeyFileMalformed(path.clone()))
}

/// Creates the master key. It is durable before this returns, since what it wraps is about to be.
pub(crate) fn create(data_dir: &Path) -> Result<Key, OpenError> {
    let key = create_at(&path(data_dir), data_dir)?;
    tracing::info!(path = %path(data_dir).display(), "store.master_key_created");
    Ok(key)
}

/// Only one process replaces the key at a time, and none opens the database between the steps.
pub(crate) async fn lock(data_dir: &Path) -> Result<Lock, OpenError> {
    let path = data_dir.join("master.key.lock");
    let taken = Lock::take_within(&path, REPLACING).await;
    let taken = taken.map_err(|source| OpenError::File { path: path.clone(), source })?;
    taken.ok_or(OpenError::ReplacingKey(path))
}

/// Creates the next master key. One that is there already was never taken by the database, and is as good.
pub(crate) fn create_next(data_dir: &Path) -> Result<Key, OpenError> {
    match read_next(data_dir)? {
        Some(key) => Ok(key),
        None => create_at(&next_path(data_dir), data_dir),
    }
}

/// Makes the next master key the master key, once the database has taken it. Answers where the former one is kept.
pub(crate) fn take_next(data_dir: &Path) -> Result<Option<PathBuf>, OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::File { path, source }
    };
    let path = path(data_dir);
    let kept = read(data_dir)?.map(|former| former_path(data_dir, former.fingerprint()));
    if let Some(kept) = &kept {
        match std::fs::hard_link(&path, kept) {
            // From an attempt that was interrupted after this step.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => linked.map_err(failed(kept))?,
        }
        folder::sync(data_dir).map_err(failed(data_dir))?;
    }
    std::fs::rename(next_path(data_dir), &path).map_err(failed(&path))?;
    folder::sync(data_dir).map_err(failed(data_dir))?;
    tracing::info!(path = %path.display(), "store.master_key_replaced");
    Ok(kept)
}

fn create_at(path: &Path, data_dir: &Path) -> Result<Key, OpenError> {
    let failed = |source| OpenError::File { path: path.to_owned(), source };
    let key = Key::random()?;
    let draft = data_dir.join("master.key.draft");
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(failed)?;
    file.write_all(key.to_base64().as_bytes()).map_err(failed)?;
    file.write_all(b"\n").map_err(failed)?;
    file.sync_all().map_err(failed)?;
    // A link, not a rename: it never replaces a key that is already there.
    std::fs::hard_link(&draft, path).map_err(failed)?;
    std::fs::remove_file(&draft).map_err(failed)?;
    folder::sync(data_dir).map_err(failed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_created_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().is_none());
        let key = create(folder.path()).unwrap();
        assert_eq!(read(folder.path()).unwrap().unwrap().bytes(), key.bytes());
        assert!(create(folder.path()).is_err());
        assert_eq!(read(folder.path()).unwrap().unwrap().bytes(), key.bytes());
    }

    #[test]
    fn a_key_is_replaced_and_the_former_one_kept() {
        let folder = tempfile::tempdir().unwrap();
        let former = create(folder.path()).unwrap();
        let next = create_next(folder.path()).unwrap();
        assert_eq!(create_next(folder.path()).unwrap().bytes(), next.bytes(), "it is made once");
        assert_eq!(read(folder.path()).unwrap().unwrap().bytes(), former.bytes());
        let kept = take_next(folder.path()).unwrap().unwrap();
        assert_eq!(read(folder.path()).unwrap().unwrap().bytes(), next.bytes());
        assert_eq!(read_at(kept).unwrap().unwrap().bytes(), former.bytes());
        assert!(read_next(folder.path()).unwrap().is_none());
    }

    #[test]
    fn a_replacement_that_was_interrupted_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let former = create(folder.path()).unwrap();
        let next = create_next(folder.path()).unwrap();
        let kept = former_path(folder.path(), former.fingerprint());
        std::fs::hard_link(path(folder.path()), &kept).unwrap();
        assert_eq!(take_next(folder.path()).unwrap(), Some(kept));
        assert_eq!(read(folder.path()).unwrap().unwrap().bytes(), next.bytes());
    }

    #[test]
    fn a_broken_key_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path()).unwrap();
        std::fs::write(path(folder.path()), "not a key").unwrap();
        assert!(matches!(read(folder.path()), Err(OpenError::KeyFileMalformed(_))));
        assert_eq!(std::fs::read_to_string(path(folder.path())).unwrap(), "not a key");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        create(folder.path()).unwrap();
        std::fs::set_permissions(path(folder.path()), std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(folder.path()), Err(OpenError::KeyFileOpen(_))));
    }
}
