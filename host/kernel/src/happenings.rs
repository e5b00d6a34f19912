//! That something has happened in this process, for those who wait for news of the activity.
//!
//! What happened is read from the store, where other processes write too. This only says that it is worth a look now, and costs a
//! call nothing while nobody waits.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::id::PrincipalId;
use crate::other_hosts::{Change, OtherHosts};

/// Principals whose jobs are noted between two looks; more are told as all.
const MAX_NOTED: usize = 256;

/// What has happened in this process since the last look.
#[derive(Default)]
pub struct Happenings {
    is_awaited: AtomicBool,
    happened: Notify,
    of_jobs: Mutex<JobOwners>,
    others: OnceLock<Arc<dyn OtherHosts>>,
}

/// Whose jobs have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum JobOwners {
    #[default]
    Nobody,
    These(HashSet<PrincipalId>),
    /// So many that they aren't told apart.
    Everybody,
}

impl JobOwners {
    pub(crate) fn add(&mut self, owner: PrincipalId) {
        match self {
            Self::Nobody => *self = Self::These([owner].into()),
            Self::These(owners) if owners.len() >= MAX_NOTED => *self = Self::Everybody,
            Self::These(owners) => drop(owners.insert(owner)),
            Self::Everybody => {}
        }
    }

    pub(crate) fn has(&self, owner: &PrincipalId) -> bool {
        match self {
            Self::Nobody => false,
            Self::These(owners) => owners.contains(owner),
            Self::Everybody => true,
        }
    }
}

impl Happenings {
    /// An event was, or is about to be, appended.
    pub(crate) fn event(&self) {
        self.tell(Change::Activity);
        self.heard_of();
    }

    /// Other hosts are told too from now on.
    pub fn tell_to(&self, others: Arc<dyn OtherHosts>) {
        // It is set once, where the host is wired.
        let _first = self.others.set(others);
    }

    /// Tells other hosts.
    pub(crate) fn tell(&self, change: Change) {
        if let Some(others) = self.others.get() {
            others.tell(change);
        }
    }

    /// Another host has told of something.
    pub(crate) fn heard_of(&self) {
        if self.is_awaited.load(Ordering::Relaxed) {
            self.happened.notify_one();
        }
    }

    /// A job came, went on or ended.
    pub(crate) fn job(&self, owner: PrincipalId) {
        self.tell(Change::Activity);
        if self.is_awaited.load(Ordering::Relaxed) {
            self.of_jobs.lock().add(owner);
            self.happened.notify_one();
        }
    }

    /// Says whether anybody waits.
    pub(crate) fn await_them(&self, is_awaited: bool) {
        self.is_awaited.store(is_awaited, Ordering::Relaxed);
    }

    /// Waits until something has happened that nobody has looked at.
    pub(crate) async fn happened(&self) {
        self.happened.notified().await;
    }

    /// Whose jobs have changed, once.
    pub(crate) fn take_jobs(&self) -> JobOwners {
        std::mem::take(&mut *self.of_jobs.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_told_once_and_never_too_many() {
        let happenings = Happenings::default();
        let owner = PrincipalId::new();
        happenings.job(owner);
        assert_eq!(happenings.take_jobs(), JobOwners::Nobody, "nobody waits");
        happenings.await_them(true);
        happenings.job(owner);
        let noted = happenings.take_jobs();
        assert!(noted.has(&owner) && !noted.has(&PrincipalId::new()));
        assert_eq!(happenings.take_jobs(), JobOwners::Nobody);
        (0..=MAX_NOTED).for_each(|_| happenings.job(PrincipalId::new()));
        assert_eq!(happenings.take_jobs(), JobOwners::Everybody);
    }
}
