//! The sessions of older revisions.

use std::collections::BTreeMap;

/// The most that are open at once.
pub(super) const MAX_SESSIONS: usize = 10_000;

pub(super) struct Session {
    /// The grant whose holder opened it; nobody else's token is good for it.
    pub(super) grant: usize,
    pub(super) version: &'static str,
    pub(super) is_initialized: bool,
    pub(super) has_stream: bool,
}

#[derive(Default)]
pub(crate) struct Sessions {
    open: BTreeMap<String, Session>,
    opened: u64,
}

impl Sessions {
    /// Opens one; answers with its label, none when there are too many.
    pub(super) fn open(&mut self, id: &str, grant: usize, version: &'static str) -> Option<String> {
        if self.open.len() >= MAX_SESSIONS {
            return None;
        }
        let session = Session { grant, version, is_initialized: false, has_stream: false };
        self.open.insert(id.to_owned(), session);
        self.opened += 1;
        Some(format!("session-{}", self.opened))
    }

    /// One of a grant's.
    pub(super) fn of(&mut self, id: &str, grant: usize) -> Option<&mut Session> {
        self.open.get_mut(id).filter(|session| session.grant == grant)
    }

    pub(super) fn close(&mut self, id: &str) {
        self.open.remove(id);
    }

    pub(super) fn free_stream(&mut self, id: &str) {
        if let Some(session) = self.open.get_mut(id) {
            session.has_stream = false;
        }
    }

    pub(super) fn is_open(&self, id: &str) -> bool {
        self.open.contains_key(id)
    }

    /// Forgets all of them, as a server that starts again. Answers how many there were.
    pub(in crate::hosted) fn forget(&mut self) -> usize {
        let count = self.open.len();
        self.open.clear();
        count
    }
}
