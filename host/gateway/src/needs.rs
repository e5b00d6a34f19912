//! What an answer says about more access.

use std::sync::{Arc, OnceLock};

use toolbay_kernel::Access;

/// On an answer: the access that the caller would have to be given. A client of OAuth is told to ask for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs(pub(crate) Access);

/// On a request: where a call notes what it needs when a library writes its answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct NeedsOfCall(Arc<OnceLock<Access>>);

impl NeedsOfCall {
    /// Notes it. A request has one call, so there is nothing to replace.
    pub(crate) fn note(&self, access: Access) {
        let _ = self.0.set(access);
    }

    /// What the call has noted so far.
    pub(crate) fn known(&self) -> Option<Needs> {
        self.0.get().copied().map(Needs)
    }
}
