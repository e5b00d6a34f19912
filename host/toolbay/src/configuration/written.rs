//! Values that may be secrets, as operators write them.

use std::path::PathBuf;

use serde::Deserialize;
use toolbay_kernel::Secret;

/// A value: as text, or where a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a text, { env = \"VARIABLE\" } or { file = \"PATH\" }")]
pub enum Written {
    Text(String),
    Variable(InVariable),
    File(InFile),
}

/// Where a secret is. `toolbay.toml` may be committed, so it can't be written there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected { env = \"VARIABLE\" } or { file = \"PATH\" }")]
pub enum Elsewhere {
    Variable(InVariable),
    File(InFile),
}

/// The variable of this process that has a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InVariable {
    env: String,
}

/// The file that has a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InFile {
    file: PathBuf,
}

impl From<Written> for Secret {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => Self::Text(text.into()),
            Written::Variable(InVariable { env }) => Self::Variable(env),
            Written::File(InFile { file }) => Self::File(file),
        }
    }
}

impl From<Elsewhere> for Secret {
    fn from(written: Elsewhere) -> Self {
        match written {
            Elsewhere::Variable(InVariable { env }) => Self::Variable(env),
            Elsewhere::File(InFile { file }) => Self::File(file),
        }
    }
}
