//! What a provider asks for, from the asking to what came of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use time::OffsetDateTime;

use super::journal::{Entry, EntryOutcome};

/// How something that a provider asks for begins.
pub(crate) enum Begun {
    /// An earlier execution of the run was told this.
    Recorded(EntryOutcome),
    /// It is to be done.
    Live(Pending),
    /// An earlier execution sent it at this time, and nobody knows what came of it.
    Lost(Pending, OffsetDateTime),
}

/// Something that is being done for a provider.
pub(crate) struct Pending {
    pub(super) position: String,
    pub(super) digest: String,
    /// The digest of the plugin that asked.
    pub(super) provider: Option<Arc<str>>,
    /// Whether the journal has it as sent, by this execution.
    pub(super) is_sent: AtomicBool,
    /// Whether an earlier execution sent it, and its outcome isn't recorded.
    pub(super) was_sent: bool,
    /// Whether an earlier sending may have been carried out: that a later one wasn't takes nothing back.
    pub(super) is_unknown: AtomicBool,
}

/// What a provider asks for, before it is done.
pub(crate) struct Asked<W> {
    /// Its position in the run.
    pub(crate) position: String,
    /// The digest of the plugin that asks.
    pub(crate) provider: Option<Arc<str>>,
    /// What it is, in words that are compared in a replay; made only where they are needed.
    pub(crate) words: W,
}

impl Pending {
    /// What is not recorded.
    pub(crate) const fn nothing() -> Self {
        Self {
            position: String::new(),
            digest: String::new(),
            provider: None,
            is_sent: AtomicBool::new(false),
            was_sent: false,
            is_unknown: AtomicBool::new(false),
        }
    }

    /// One sending of it may have been carried out.
    pub(crate) fn may_be_done(&self) {
        self.is_unknown.store(true, Ordering::Relaxed);
    }

    /// Whether its record may be taken back.
    pub(super) fn may_be_put_off(&self) -> bool {
        !self.is_unknown.load(Ordering::Relaxed)
    }

    pub(super) fn new(position: String, digest: String, provider: Option<Arc<str>>) -> Self {
        Self { position, digest, provider, ..Self::nothing() }
    }

    pub(super) fn entry(&self, outcome: Option<EntryOutcome>) -> Entry {
        Entry {
            position: self.position.clone(),
            digest: self.digest.clone(),
            provider: self.provider.as_deref().map(str::to_owned),
            write: None,
            outcome,
            event: None,
        }
    }
}
