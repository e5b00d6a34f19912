//! Files that belong to the host alone, and locks on them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How often a taken lock is tried again.
const RETRY: Duration = Duration::from_millis(50);

/// Creates a folder, and those above it, that nobody else can enter. One that exists is left as it is.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whether files can be made in a folder; where it isn't there yet, in the one that it would be made in. Nothing stays of the
/// attempt.
pub(crate) fn can_be_written(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
    let there = there.unwrap_or(folder);
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let probe = there.join(format!(".toolbay-{:016x}", u64::from_ne_bytes(bytes)));
    OpenOptions::new().write(true).create_new(true).open(&probe)?;
    std::fs::remove_file(&probe)
}

/// Opens a file for writing, created when it isn't there, that nobody else can read.
///
/// A file that others could read, as a restored backup often can be, is closed to them.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if is_open_to_others(&file)? {
        tracing::warn!(path = %path.display(), "store.file_was_open_to_others");
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

/// Makes a file that nobody else can read. One that is there already is an error.
pub(crate) fn create_new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether others than the owner can read or write a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0)
}

/// Elsewhere the folder's access list decides.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_file: &File) -> io::Result<bool> {
    Ok(false)
}

/// Makes a new name in a folder survive a power loss.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// A lock among processes, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the lock is held as long as the file is open")] File);

impl Lock {
    /// Takes the lock, or answers none when somebody has it.
    pub(crate) fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = open_private(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Waits for the lock.
    pub(crate) async fn take_within(path: &Path, max: Duration) -> io::Result<Option<Self>> {
        let waited = tokio::time::timeout(max, async {
            loop {
                if let Some(lock) = Self::try_take(path)? {
                    return Ok(lock);
                }
                tokio::time::sleep(RETRY).await;
            }
        });
        waited.await.ok().transpose()
    }
}
