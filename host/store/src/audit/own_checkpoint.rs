//! The newest checkpoint that this host has signed or seen, in its data folder: outside of the database, whose owner could else remove what was
//! signed and have the rest signed again.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::folder::{create_new_private, sync};

/// Its name in the data folder.
const NAME: &str = "audit-checkpoint";

/// Where it is.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// The signed note; none before the first one.
pub(super) fn read(data_dir: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path(data_dir)) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a newer one in its place, whole or not at all.
pub(super) fn write(data_dir: &Path, note: &str) -> io::Result<()> {
    let new = data_dir.join(format!("{NAME}.{}", std::process::id()));
    let _left_by_a_crash = std::fs::remove_file(&new);
    let mut file = create_new_private(&new)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path(data_dir))?;
    sync(data_dir)
}
