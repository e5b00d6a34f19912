//! Which host runs what, so that a host that starts again has at once what it left.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::folder::{Lock, create_new_private, sync};

/// The name of a host in its data folder, and the lock of whoever goes by it.
const NAME: &str = "host-name";
const LOCK: &str = "host-name.serving";

/// How runs are marked that the only host of a file runs.
const ALONE: &str = "alone";

/// The process that has a store open.
pub(crate) struct Process {
    /// What other processes know it by; made anew for each.
    pub(crate) id: String,
    /// Whether it is a host, and no command.
    pub(crate) is_host: bool,
    pub(crate) serving: Serving,
    /// Where it keeps what isn't in the database.
    pub(crate) data_dir: PathBuf,
}

/// What a process is to its database.
#[derive(Debug)]
pub(crate) enum Serving {
    /// One of several: a command, or a host whose data folder another one uses too. Nobody knows when it is gone, but by time.
    Beside,
    /// The only one that serves a file, as long as it has the lock.
    Alone(#[expect(dead_code, reason = "it is held")] Lock),
    /// One of those that share a server, the only one of this name as long as it has the lock.
    Named { name: String, _lock: Lock },
}

impl Serving {
    /// A host on a server, by the name that its data folder has given it. A folder that was copied to another machine names another
    /// host there.
    pub(crate) fn named(data_dir: &Path) -> io::Result<Self> {
        let Some(lock) = Lock::try_take(&data_dir.join(LOCK))? else { return Ok(Self::Beside) };
        let path = data_dir.join(NAME);
        let id = match read(&path)? {
            Some(id) => id,
            None => {
                // Whole or not at all: under half of a name two hosts could meet.
                let (id, new) = (Uuid::new_v4(), data_dir.join(format!("{NAME}.new")));
                let _left_by_a_crash = std::fs::remove_file(&new);
                io::Write::write_all(&mut create_new_private(&new)?, id.to_string().as_bytes())?;
                std::fs::rename(&new, &path)?;
                sync(data_dir)?;
                id
            }
        };
        Ok(Self::Named { name: format!("{id} on {}", machine()), _lock: lock })
    }

    /// What runs are marked with that this process runs.
    pub(crate) fn mark(&self) -> Option<&str> {
        match self {
            Self::Beside => None,
            Self::Alone(_) => Some(ALONE),
            Self::Named { name, .. } => Some(name),
        }
    }
}

fn read(path: &Path) -> io::Result<Option<Uuid>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The machine's name; empty where nothing tells it.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_goes_by_the_same_name_again_and_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let name = |serving: &Serving| serving.mark().map(str::to_owned);
        let first = Serving::named(folder.path()).unwrap();
        assert!(matches!(Serving::named(folder.path()).unwrap(), Serving::Beside), "it goes by it");
        let told = name(&first);
        drop(first);
        assert_eq!(name(&Serving::named(folder.path()).unwrap()), told);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(name(&Serving::named(other.path()).unwrap()), told);
        std::fs::write(folder.path().join(NAME), "half").unwrap();
        assert_ne!(name(&Serving::named(folder.path()).unwrap()), told);
    }
}
