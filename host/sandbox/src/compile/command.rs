//! How the process that compiles a plugin is started.

use std::ffi::OsString;
use std::path::PathBuf;

/// The program that compiles a plugin: it gets `--input FILE --output FOLDER` after its own arguments, and runs
/// [`run_child`](super::run_child).
#[derive(Debug, Clone)]
pub struct CompilerCommand {
    /// The program; the host's own binary in production.
    pub program: PathBuf,
    /// Its arguments, such as the hidden subcommand.
    pub arguments: Vec<OsString>,
    /// All of its environment.
    pub environment: Vec<(OsString, OsString)>,
}
