//! `toolbay.toml`.

use std::path::PathBuf;

use super::layer::Layer;
use crate::files;

/// The file that is read when none is named, if it is there.
const DEFAULT: &str = "toolbay.toml";

/// Largest file, in bytes: far more than a thousand grants.
const MAX: u64 = 1024 * 1024;

/// A configuration file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It can't be read.
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// It doesn't parse, or has an unknown key.
    #[error("{}: {source}", path.display())]
    Parse {
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
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
    let layer = toml::from_str(&text)
        .map_err(|source| FileError::Parse { path: path.clone(), source: Box::new(source) })?;
    Ok((layer, Some(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("toolbay.toml");
        std::fs::write(&path, "listne = \"127.0.0.1:1\"\n").unwrap();
        assert!(read(Some(path.clone())).unwrap_err().to_string().contains("unknown field `listne`"));
        std::fs::write(&path, "[grants]\nupsert = [\"notion.wirte\"]\n").unwrap();
        assert!(
            read(Some(path.clone())).unwrap_err().to_string().contains("`notion.wirte` is not a capability")
        );
        std::fs::write(&path, "[grants]\nupsert = [\"notion.write\"]\n[settings.upsert]\na = 1\n").unwrap();
        assert_eq!(read(Some(path)).unwrap().0.grants.len(), 1);
        assert!(read(Some(folder.path().join("none.toml"))).is_err());
    }
}
