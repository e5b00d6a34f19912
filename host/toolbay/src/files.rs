//! Files that people name, and files that others may be watching.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::path::Path;

/// Reads a regular file of at most this many bytes. Anything else, such as a pipe or a device, might have no end.
///
/// # Errors
///
/// `InvalidInput` for what is no regular file, `FileTooLarge`, and what the system says.
pub(crate) fn read(path: &Path, max: u64) -> Result<Vec<u8>> {
    // Looked at before it is opened: opening a pipe waits for its other end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("it may have {} KiB", max / 1024)));
    }
    Ok(bytes)
}

/// As [`read`], for text.
///
/// # Errors
///
/// Those of [`read`], and `InvalidData` for what isn't UTF-8.
pub(crate) fn read_text(path: &Path, max: u64) -> Result<String> {
    String::from_utf8(read(path, max)?).map_err(|_| Error::new(ErrorKind::InvalidData, "it isn't UTF-8 text"))
}

/// Writes a file whole or not at all: the folder may be the one that a host watches.
///
/// # Errors
///
/// What the system says.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = part_of(path, bytes)?;
    part.as_file().sync_all()?;
    // A temporary file is its owner's alone; this one is for whoever runs the host.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        part.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    part.persist(path)?;
    Ok(())
}

/// As [`write_whole`], for the owner alone, and without waiting for the disk: what is lost with the power is said again.
///
/// # Errors
///
/// What the system says.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    part_of(path, bytes)?.persist(path)?;
    Ok(())
}

/// As [`write_whole`], in the place of a file that keeps its mode; where the path is a link, in the place of what it leads to.
///
/// # Errors
///
/// What the system says.
pub(crate) fn write_over(path: &Path, bytes: &[u8]) -> Result<()> {
    let there = match std::fs::canonicalize(path) {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => return write_whole(path, bytes),
        Err(error) => return Err(error),
    };
    let permissions = std::fs::metadata(&there)?.permissions();
    let part = part_of(&there, bytes)?;
    part.as_file().sync_all()?;
    part.as_file().set_permissions(permissions)?;
    part.persist(there)?;
    Ok(())
}

fn part_of(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Its name can't be guessed, so that nobody has put a link there.
    let mut part = tempfile::Builder::new().suffix(".part").tempfile_in(folder)?;
    part.write_all(bytes)?;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(read_text(&file, 4).unwrap(), "text");
        assert_eq!(read(&file, 3).unwrap_err().kind(), ErrorKind::FileTooLarge);
        for other in [Path::new("/dev/zero"), folder.path()] {
            assert_eq!(read(other, 10).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_over_keeps_its_mode_and_the_link_to_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_over(&link, b"new").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        write_over(&folder.path().join("none"), b"first").unwrap();
        assert_eq!(std::fs::read(folder.path().join("none")).unwrap(), b"first");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_somebody_has_put_there_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, target) = (folder.path().join("victim"), folder.path().join("plugin.wasm"));
        std::fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("plugin.wasm.part")).unwrap();
        std::os::unix::fs::symlink(&victim, &target).unwrap();
        write_whole(&target, b"plugin").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
        assert!(std::fs::symlink_metadata(&target).unwrap().is_file());
    }
}
