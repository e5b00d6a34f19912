//! The master key in the data folder, for installations that give none.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::folder;
use crate::key::Key;
use crate::open_error::OpenError;

/// Longer than any key in base64; what is longer isn't read.
const MAX_BYTES: u64 = 256;

/// Where the master key lies.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("master.key")
}

/// Reads the master key; none when there is no such file.
pub(crate) fn read(data_dir: &Path) -> Result<Option<Key>, OpenError> {
    let path = path(data_dir);
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
    let path = path(data_dir);
    let failed = |source| OpenError::File { path: path.clone(), source };
    let key = Key::random()?;
    let draft = data_dir.join("master.key.new");
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
    std::fs::hard_link(&draft, &path).map_err(failed)?;
    std::fs::remove_file(&draft).map_err(failed)?;
    folder::sync(data_dir).map_err(failed)?;
    tracing::info!(path = %path.display(), "store.master_key_created");
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
