//! One file of the folder, from the first look at it to a plugin or a refusal.

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

use super::bundled::BundledPlugin;
use super::scan::Mark;
use crate::compile::InstallError;
use crate::plugin::Installed;

/// One file, and how far it is.
pub(super) struct Entry {
    pub(super) mark: Option<Mark>,
    /// The plugin of the program that `installed` or the refusal is about, if no file has taken its place.
    pub(super) bundled: Option<Arc<BundledPlugin>>,
    pub(super) progress: Progress,
    pub(super) digest: Option<String>,
    /// What its tools run on, until something else is known of the file.
    pub(super) installed: Option<Arc<Installed>>,
    pub(super) refusal: Option<InstallError>,
}

pub(super) enum Progress {
    /// Seen once; it may not be complete.
    Waiting,
    /// Being read, checked and compiled.
    Installing(AbortOnDropHandle<Installing>),
    /// Installed or refused.
    Settled,
}

pub(super) struct Installing {
    pub(super) digest: Option<String>,
    /// The plugin of the program that was read, if it was none of a file.
    pub(super) bundled: Option<Arc<BundledPlugin>>,
    pub(super) result: Result<Arc<Installed>, InstallError>,
}

impl Entry {
    pub(super) fn new() -> Self {
        Self {
            mark: None,
            bundled: None,
            progress: Progress::Waiting,
            digest: None,
            installed: None,
            refusal: None,
        }
    }

    pub(super) fn refused(refusal: InstallError) -> Self {
        Self { progress: Progress::Settled, refusal: Some(refusal), ..Self::new() }
    }

    /// Whether it is, or may become, one of the plugins that the host serves.
    pub(super) fn takes_a_slot(&self) -> bool {
        self.installed.is_some() || matches!(self.progress, Progress::Installing(_))
    }

    /// Whether it is neither installed nor refused yet.
    pub(super) fn is_pending(&self) -> bool {
        match self.progress {
            Progress::Waiting => self.refusal.is_none(),
            Progress::Installing(_) => true,
            Progress::Settled => false,
        }
    }

    /// Whether it has been installed or refused, and nobody has taken note of it.
    pub(super) fn has_ended(&self) -> bool {
        matches!(&self.progress, Progress::Installing(task) if task.is_finished())
    }

    pub(super) fn settle(&mut self, ended: Installing) {
        self.progress = Progress::Settled;
        self.digest = ended.digest;
        self.bundled = ended.bundled;
        match ended.result {
            Ok(installed) => {
                self.installed = Some(installed);
                self.refusal = None;
            }
            Err(refusal) => {
                self.installed = None;
                self.refusal = Some(refusal);
            }
        }
    }
}
