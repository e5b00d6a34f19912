//! What the compiler has refused, so that a file which takes its time or kills it costs no start of the host twice.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::cache::{read_trusted, write_whole};
use super::command::CompilerCommand;
use super::install_error::{Holds, InstallError};
use super::sweep::EXTENSION;
use crate::inspect;

/// Largest refusal that is read.
const MAX: u64 = 16 * 1024;

/// The refusals of one compiler, kept beside compiled code.
pub(super) struct Refusals {
    folder: PathBuf,
    /// Another compiler may come to another result.
    compiler: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    compiler: String,
    reason: String,
    fix: String,
    /// Seconds of the epoch, when it isn't right for good.
    until: Option<u64>,
}

impl Refusals {
    pub(super) fn of(folder: &Path, command: &CompilerCommand) -> Self {
        let program = std::fs::metadata(&command.program).ok();
        let built = program.map(|program| (program.len(), program.modified().ok().map(seconds)));
        let described = format!("{} {built:?} {:?}", env!("CARGO_PKG_VERSION"), command.arguments);
        Self { folder: folder.to_owned(), compiler: inspect::digest(described.as_bytes()) }
    }

    /// Why this component was refused, when that is still right.
    pub(super) fn get(&self, digest: &str) -> Option<InstallError> {
        let known: Known = serde_json::from_slice(&read_trusted(&self.path(digest), MAX)?).ok()?;
        let is_right = known.compiler == self.compiler
            && known.until.is_none_or(|until| seconds(SystemTime::now()) < until);
        is_right.then(|| InstallError::new(known.reason, known.fix))
    }

    /// Keeps why this component was refused, unless it isn't because of the component.
    pub(super) fn remember(&self, digest: &str, refusal: &InstallError) {
        let lasts = match refusal.holds {
            Holds::Never => return,
            Holds::Always => None,
            Holds::Today => Some(Duration::from_secs(24 * 3_600)),
            Holds::AWhile => Some(Duration::from_secs(3_600)),
        };
        let known = Known {
            compiler: self.compiler.clone(),
            reason: refusal.reason.clone(),
            fix: refusal.fix.clone(),
            until: lasts.map(|lasts| seconds(SystemTime::now() + lasts)),
        };
        let kept = serde_json::to_vec(&known).map_err(std::io::Error::from);
        if let Err(error) = kept.and_then(|bytes| write_whole(&self.folder, &self.path(digest), &bytes)) {
            // It is looked at once more then.
            tracing::warn!(digest, %error, "cache.refusal_not_kept");
        }
    }

    /// Forgets why this component was refused.
    pub(super) fn forget(&self, digest: &str) {
        // One that isn't there is forgotten already.
        let _ = std::fs::remove_file(self.path(digest));
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.{EXTENSION}"))
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
