//! `toolbay.toml`.

use std::path::{Path, PathBuf};

use super::layer::Layer;
use super::words;
use crate::files;

/// The file that is read when none is named, if it is there.
pub(crate) const DEFAULT: &str = "toolbay.toml";

/// Largest file, in bytes: far more than a thousand grants.
const MAX: u64 = 1024 * 1024;

/// A configuration file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It can't be read.
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// It doesn't parse, or has an unknown key.
    #[error("{}:{line}:{column}: {what}", path.display())]
    Parse {
        path: PathBuf,
        /// Both from one on.
        line: usize,
        column: usize,
        what: String,
    },
}

/// Reads the named file, or the default one when it exists.
pub(super) fn read(named: Option<PathBuf>) -> Result<(Layer, Option<PathBuf>), FileError> {
    let path = match named {
        Some(path) => path,
        None if PathBuf::from(DEFAULT).is_file() => PathBuf::from(DEFAULT),
        None => return Ok((Layer::default(), None)),
    };
    let failed = |source| FileError::Read { path: path.clone(), source };
    let text = files::read_text(&path, MAX).map_err(failed)?;
    let layer = toml::from_str(&text).map_err(|error| refused(&path, &text, &error))?;
    Ok((layer, Some(path)))
}

fn refused(path: &Path, text: &str, error: &toml::de::Error) -> FileError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    FileError::Parse { path: path.to_owned(), line, column, what: words::of_file(error.message()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("toolbay.toml");
        let said = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let said = read(Some(path.clone())).unwrap_err().to_string();
            said.strip_prefix(&path.display().to_string()).unwrap().to_owned()
        };
        let nearest = ":2:1: there is no key `listne` here; did you mean `listen`?";
        assert_eq!(said("# mine\nlistne = \"127.0.0.1:1\"\n"), nearest);
        let capability = said("[grants]\nupsert = [\"notion.wirte\"]\n");
        assert!(
            capability.starts_with(":2:") && capability.contains("`notion.wirte` is not a capability"),
            "{capability}"
        );
        assert!(said("listen = \"8800\"").contains("write 127.0.0.1:8800"));
        assert!(said("listen = 8800").contains("here stands integer `8800`"));
        assert_eq!(said("listen = \"a").lines().count(), 1);
        std::fs::write(&path, "[grants]\nupsert = [\"notion.write\"]\n[settings.upsert]\na = 1\n").unwrap();
        assert_eq!(read(Some(path)).unwrap().0.grants.len(), 1);
        assert!(read(Some(folder.path().join("none.toml"))).is_err());
    }
}
