//! The folder of compiled plugins: native code that this host will run, so only this host may write it.
//!
//! A `.cwasm` file is machine code. Whoever can write one here runs code as the host, past every wall of the sandbox;
//! that is why compiled code never lies beside a dropped plugin, and why a folder that others could write is refused
//! rather than repaired: nobody knows what is in it.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, Metadata};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::record::Record;
use super::shipped::CompiledPlugin;
use super::{limits, sweep};
use crate::inspect;

/// A component that can be linked, and what is known of it.
pub(crate) struct Ready {
    pub(crate) record: Record,
    pub(crate) component: Component,
}

/// Largest record that is read. It holds at most 64 tools with two schemas of 64 KiB.
const MAX_RECORD: u64 = 16 * 1024 * 1024;

/// Why the cache can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It can't be made or looked at.
    #[error("the cache of compiled plugins {}: {error}", folder.display())]
    Io { folder: PathBuf, error: std::io::Error },
    /// Somebody else could have written it.
    #[error(
        "the cache of compiled plugins {} {why}: whoever writes it runs code as this host. Remove it, and let the host \
         make it again",
        folder.display()
    )]
    NotTrusted { folder: PathBuf, why: &'static str },
}

/// A folder that this user alone can write.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
    compatibility: String,
}

impl Cache {
    /// Opens, or makes, the folder for this engine's code below the data folder.
    pub(crate) fn open(data_dir: &Path, compatibility: &str) -> Result<Self, CacheError> {
        let io = |folder: &Path| {
            let folder = folder.to_owned();
            move |error| CacheError::Io { folder, error }
        };
        make(data_dir, true).map_err(io(data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(io(data_dir))?;
        let mut folder = data_dir;
        for name in ["cache", compatibility] {
            folder.push(name);
            make(&folder, false).map_err(io(&folder))?;
            let metadata = folder.symlink_metadata().map_err(io(&folder))?;
            let refused = |why| CacheError::NotTrusted { folder: folder.clone(), why };
            if !metadata.is_dir() {
                return Err(refused("is not a folder"));
            }
            distrust(&metadata).map_or(Ok(()), |why| Err(refused(why)))?;
        }
        Ok(Self { folder, compatibility: compatibility.to_owned() })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was compiled of the component with this digest. Anything that isn't exactly as it was written counts as
    /// absent, and is compiled again.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Ready> {
        let record = self.read_record(digest)?;
        let path = code_path(&self.folder, digest);
        let code = read_trusted(&path, limits::FILE_BYTES)?;
        if inspect::digest(&code) != record.code_digest {
            tracing::warn!(digest, "cache.damaged: the plugin is compiled again");
            return None;
        }
        drop(code);
        let component = deserialize(engine, &path)?;
        self.mark(digest);
        Some(Ready { record, component })
    }

    /// The same of code that comes with the program, which is put into the folder. Code for another engine or processor
    /// counts as absent.
    pub(crate) fn unpack(&self, engine: &Engine, shipped: &CompiledPlugin) -> Option<Ready> {
        let record: Record = serde_json::from_slice(&shipped.record).ok()?;
        if record.digest != shipped.digest || record.compatibility != self.compatibility {
            tracing::debug!(digest = %shipped.digest, "cache.not_unpacked: it was compiled for another machine");
            return None;
        }
        if let Err(error) = write(&self.folder, &record, &shipped.code) {
            tracing::warn!(digest = record.digest, %error, "cache.not_unpacked: the plugin is compiled again");
            return None;
        }
        self.load(engine, &record.digest)
    }

    /// Removes code that nobody has used for long, or that is too much; never what has one of these digests, which counts
    /// as used now. Blocks.
    pub(crate) fn sweep(&self, in_use: &BTreeSet<String>) {
        in_use.iter().for_each(|digest| self.mark(digest));
        match sweep::sweep(&self.folder, in_use, SystemTime::now()) {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "cache.swept: compiled code that nothing uses is gone"),
            Err(error) => tracing::warn!(%error, "cache.not_swept"),
        }
    }

    /// Notes that the component with this digest is used.
    fn mark(&self, digest: &str) {
        if let Err(error) = sweep::mark(&record_path(&self.folder, digest), SystemTime::now()) {
            // It may be compiled once more some day.
            tracing::debug!(digest, %error, "cache.not_marked");
        }
    }

    fn read_record(&self, digest: &str) -> Option<Record> {
        let bytes = read_trusted(&record_path(&self.folder, digest), MAX_RECORD)?;
        let record: Record = serde_json::from_slice(&bytes).ok()?;
        (record.digest == digest && record.compatibility == self.compatibility).then_some(record)
    }
}

/// Maps compiled code into this process.
#[expect(unsafe_code, reason = "Wasmtime can't know who wrote the file; this function's caller does")]
fn deserialize(engine: &Engine, path: &Path) -> Option<Component> {
    // SAFETY: the file must be what `Component::serialize` of this Wasmtime made, unchanged, also while it is mapped.
    // - It lies in a folder that `Cache::open` found to be owned by this user and writable by nobody else, and
    //   `read_trusted` found the same of the file. So it was written by `write` in a process of this user: what the
    //   compiler child made, or what it made when the program was made, and the program brings along.
    // - `write` puts files there complete, by renaming, and never opens an existing one for writing; a file that is
    //   replaced keeps its old content for those who have mapped it.
    // - Its digest is the one that its writer recorded, so it is not one that a crash left half written.
    // - The record names the engine's compatibility hash; Wasmtime itself compares version and settings again.
    let component = unsafe { Component::deserialize_file(engine, path) };
    component
        .inspect_err(|error| tracing::warn!(error = %error, "cache.not_loaded: the plugin is compiled again"))
        .ok()
}

/// Writes code, then its record: a record is only there when its code is.
pub(super) fn write(folder: &Path, record: &Record, code: &[u8]) -> std::io::Result<()> {
    write_whole(folder, &code_path(folder, &record.digest), code)?;
    write_whole(folder, &record_path(folder, &record.digest), &serde_json::to_vec(record)?)
}

pub(super) fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn code_path(folder: &Path, digest: &str) -> PathBuf {
    folder.join(format!("{digest}.cwasm"))
}

fn record_path(folder: &Path, digest: &str) -> PathBuf {
    folder.join(format!("{digest}.json"))
}

/// Reads a file that this user alone can write; none when it is absent, too large or not to be trusted.
pub(crate) fn read_trusted(path: &Path, max: u64) -> Option<Vec<u8>> {
    let metadata = path.symlink_metadata().ok()?;
    if !metadata.is_file() || metadata.len() > max {
        return None;
    }
    if let Some(why) = distrust(&metadata) {
        tracing::warn!(path = %path.display(), "cache.not_trusted: the file {why}");
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Why what this metadata describes could have been written by others.
fn distrust(metadata: &Metadata) -> Option<&'static str> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Some("belongs to another user");
    }
    if metadata.mode() & 0o022 != 0 {
        return Some("can be written by other users");
    }
    None
}

fn make(folder: &Path, with_parents: bool) -> std::io::Result<()> {
    match DirBuilder::new().mode(0o700).recursive(with_parents).create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_that_others_can_write_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let cache = Cache::open(data.path(), "hash").unwrap();
        assert_eq!(fs::metadata(cache.folder()).unwrap().mode() & 0o777, 0o700);
        for folder in [cache.folder().to_owned(), data.path().join("cache")] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
            let error = Cache::open(data.path(), "hash").unwrap_err();
            assert!(matches!(error, CacheError::NotTrusted { .. }), "{error}");
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        }
        assert!(Cache::open(data.path(), "hash").is_ok());
    }

    #[test]
    fn a_link_in_the_place_of_the_folder_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), data.path().join("cache")).unwrap();
        assert!(matches!(Cache::open(data.path(), "hash"), Err(CacheError::NotTrusted { .. })));
    }
}
