//! A value of the operator's that may be a secret, and where it is.

use std::io::Read as _;
use std::path::PathBuf;
use std::{env, fs, io};

use secrecy::SecretString;

/// Largest file that is read for a secret, in bytes: more than a certificate with its chain has.
const MAX_BYTES: u64 = 64 * 1024;

/// A value, or where it is. It is read when it is needed: whoever only looks at the configuration needs none.
#[derive(Debug, Clone)]
pub enum Secret {
    Text(SecretString),
    /// A variable of this process.
    Variable(String),
    /// A file, but for a line's end at its end.
    File(PathBuf),
}

/// Why a secret can't be had. It names where it should be, and nothing of what is there.
#[derive(Debug, thiserror::Error)]
pub enum NoSecret {
    #[error("the variable {0} isn't set")]
    Unset(String),
    #[error("{} can't be read: {}", path.display(), source.kind())]
    Unread { path: PathBuf, source: io::Error },
    #[error("{} is larger than {MAX_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
}

impl Secret {
    /// The value. A file is read each time, so that another value takes effect at once; that blocks the thread.
    ///
    /// # Errors
    ///
    /// When the variable isn't set, or the file can't be read.
    pub fn read(&self) -> Result<SecretString, NoSecret> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Variable(name) => env::var(name).map(Into::into).map_err(|_| NoSecret::Unset(name.clone())),
            Self::File(path) => {
                let unread = |source| NoSecret::Unread { path: path.clone(), source };
                let mut text = String::new();
                let file = fs::File::open(path).map_err(unread)?;
                file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unread)?;
                if text.len() as u64 > MAX_BYTES {
                    return Err(NoSecret::TooLarge(path.clone()));
                }
                Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
            }
        }
    }
}
