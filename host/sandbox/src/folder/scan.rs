//! What lies in the watched folder at a moment.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::bundled::BundledPlugin;
use crate::compile::InstallError;
use crate::inspect::InspectError;
use crate::limits::MAX_COMPONENT;

/// Plugins that one host serves.
pub(super) const MAX_PLUGINS: usize = 1_000;

/// Files that are looked at, those that don't load included: each has a report.
const MAX_FILES: usize = 2_000;

/// Directory entries that are read; a folder with more holds something else than plugins.
const MAX_ENTRIES: usize = 20_000;

/// Tells whether a file is still the same, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
    device: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }
}

/// A file that wants to be a plugin.
#[derive(Debug)]
pub(super) struct Found {
    /// Its name in the folder.
    pub(super) file: String,
    /// Where its bytes are; or why they won't be looked at.
    pub(super) content: Result<Content, InstallError>,
}

/// Where the bytes of a plugin are.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// In a file that looked like this.
    File(PathBuf, Stamp),
    /// In the program.
    Bundled(Arc<BundledPlugin>),
}

/// Tells whether the content of a name is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    File(Stamp),
    Bundled,
}

impl Content {
    pub(super) fn mark(&self) -> Mark {
        match self {
            Self::File(_, stamp) => Mark::File(*stamp),
            Self::Bundled(_) => Mark::Bundled,
        }
    }

    /// The plugin of the program that it is, if it is one.
    pub(super) fn bundled(&self) -> Option<&Arc<BundledPlugin>> {
        match self {
            Self::File(..) => None,
            Self::Bundled(plugin) => Some(plugin),
        }
    }

    /// Reads it, or says that it is something else by now.
    pub(super) fn read(&self) -> Result<Vec<u8>, InstallError> {
        match self {
            Self::File(path, stamp) => read(path, stamp),
            Self::Bundled(plugin) => Ok(plugin.component.to_vec()),
        }
    }
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// First the files that were asked for, then the others by file name.
    pub(super) found: Vec<Found>,
    /// What of the folder was left out, in words.
    pub(super) left_out: Option<String>,
}

/// Lists the plugins of a folder: first those of `known`, which nothing else in the folder takes from view. A folder
/// that isn't there is empty.
///
/// # Errors
///
/// When the folder can't be read.
pub(super) fn scan(folder: &Path, known: &[String]) -> io::Result<Listing> {
    let folder = match folder.canonicalize() {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) => return Err(error),
    };
    let mut listing = Listing::default();
    let mut seen = BTreeSet::new();
    for file in known {
        if seen.insert(file.clone()) {
            listing.look_at(&folder, file);
        }
    }
    let mut entries = fs::read_dir(&folder)?;
    let mut files = Vec::new();
    for entry in entries.by_ref().take(MAX_ENTRIES) {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        // A leading dot is how editors and copy programs name what they haven't finished.
        if path.extension() != Some(OsStr::new("wasm")) || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        match name.to_str() {
            Some(file) if seen.contains(file) => {}
            Some(file) => files.push(file.to_owned()),
            None => listing.found.push(Found {
                file: name.to_string_lossy().into_owned(),
                content: Err(InstallError::new("its name is not UTF-8", "give it another name")),
            }),
        }
    }
    files.sort_unstable();
    let room = MAX_FILES.saturating_sub(listing.found.len());
    for file in files.iter().take(room) {
        listing.look_at(&folder, file);
    }
    let unseen = files.len().saturating_sub(room);
    listing.left_out = if entries.next().is_some() {
        Some(format!("the plugin folder has more than {MAX_ENTRIES} entries, and only so many are looked at"))
    } else if unseen > 0 {
        Some(format!("{unseen} more files of the plugin folder are not looked at: {MAX_FILES} is the most"))
    } else {
        None
    };
    Ok(listing)
}

impl Listing {
    /// Adds a file, unless it has gone meanwhile.
    fn look_at(&mut self, folder: &Path, file: &str) {
        if let Some(content) = look_at(folder, file).transpose() {
            self.found.push(Found { file: file.to_owned(), content });
        }
    }
}

/// None when the file has gone meanwhile.
fn look_at(folder: &Path, file: &str) -> Result<Option<Content>, InstallError> {
    let mut path = folder.join(file);
    let unreadable =
        |error| InstallError::new(format!("it can't be read: {error}"), "make it readable for the host");
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = if metadata.is_symlink() {
        path = path.canonicalize().map_err(unreadable)?;
        if !path.starts_with(folder) {
            return Err(InstallError::new(
                "it is a symbolic link that leads out of the plugin folder",
                "copy the file itself into the folder",
            ));
        }
        path.symlink_metadata().map_err(unreadable)?
    } else {
        metadata
    };
    if !metadata.is_file() {
        return Err(InstallError::new("it is not a file", "put a plugin's file there, or remove it"));
    }
    let stamp = Stamp::of(&metadata);
    Ok(Some(Content::File(path, stamp)))
}

/// Reads the file that was found, or says that it is another one by now.
fn read(path: &Path, found: &Stamp) -> Result<Vec<u8>, InstallError> {
    let unreadable = |error: io::Error| {
        InstallError::new(format!("it can't be read: {error}"), "make it readable for the host")
    };
    // A link that took the file's place after the scan, or a pipe that would block, is not followed.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| unreadable(error.into()))?;
    let file = fs::File::from(file);
    let changing = || InstallError::new("it changes while it is read", "it is read again in a moment");
    let before = file.metadata().map_err(unreadable)?;
    if !before.is_file() || Stamp::of(&before) != *found {
        return Err(changing());
    }
    let mut bytes = Vec::new();
    (&file).take(MAX_COMPONENT as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_COMPONENT {
        let bytes = usize::try_from(before.len()).unwrap_or(usize::MAX);
        return Err(InspectError::TooLarge { bytes }.into());
    }
    let after = file.metadata().map_err(unreadable)?;
    if Stamp::of(&after) != *found || after.len() != bytes.len() as u64 {
        return Err(changing());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_plugins() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        fs::write(folder.path().join("b.wasm"), b"b").unwrap();
        fs::write(folder.path().join(".partial.wasm"), b"").unwrap();
        fs::write(folder.path().join("notes.txt"), b"").unwrap();
        fs::create_dir(folder.path().join("c.wasm")).unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("d.wasm")).unwrap();
        std::os::unix::fs::symlink("b.wasm", folder.path().join("e.wasm")).unwrap();
        let found = scan(folder.path(), &[]).unwrap().found;
        let seen: Vec<(&str, bool)> =
            found.iter().map(|found| (found.file.as_str(), found.content.is_ok())).collect();
        assert_eq!(seen, [("b.wasm", true), ("c.wasm", false), ("d.wasm", false), ("e.wasm", true)]);
        assert!(scan(&folder.path().join("absent"), &[]).unwrap().found.is_empty());
    }

    #[test]
    fn a_file_that_was_replaced_is_not_mistaken_for_the_one_that_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wasm");
        fs::write(&path, b"one").unwrap();
        let found = scan(folder.path(), &[]).unwrap().found.remove(0);
        let content = found.content.unwrap();
        assert_eq!(content.read().unwrap(), b"one");
        let other = folder.path().join("other");
        fs::write(&other, b"two").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(content.read().unwrap_err().reason.contains("changes"));
    }

    #[test]
    fn a_flood_of_files_is_bounded_and_takes_none_that_is_known_from_view() {
        let folder = tempfile::tempdir().unwrap();
        for index in 0..=MAX_FILES {
            fs::write(folder.path().join(format!("a{index:04}.wasm")), b"").unwrap();
        }
        fs::write(folder.path().join("z.wasm"), b"").unwrap();
        let listing = scan(folder.path(), &["z.wasm".to_owned(), "gone.wasm".to_owned()]).unwrap();
        assert_eq!(listing.found.len(), MAX_FILES);
        assert_eq!(listing.found[0].file, "z.wasm");
        assert!(listing.left_out.unwrap().starts_with("2 more files"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_whose_name_is_no_text_is_told() {
        use std::os::unix::ffi::OsStrExt as _;

        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(OsStr::from_bytes(b"\xff.wasm")), b"").unwrap();
        let found = scan(folder.path(), &[]).unwrap().found;
        assert!(found[0].content.as_ref().unwrap_err().reason.contains("UTF-8"));
    }
}
