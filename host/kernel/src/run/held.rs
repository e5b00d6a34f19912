//! A call that came to something which its surface asks somebody about first.

use std::sync::OnceLock;

use tokio::sync::Notify;

use crate::access::Access;

/// What a call and the calls inside it were held at.
#[derive(Default)]
pub(crate) struct Held {
    at: OnceLock<Access>,
    told: Notify,
}

impl Held {
    /// The call wanted something this strong. The first such thing counts: it goes no further.
    pub(crate) fn hold(&self, access: Access) {
        let _first = self.at.set(access);
        self.told.notify_waiters();
    }

    /// What it was held at, if it was.
    pub(crate) fn at(&self) -> Option<Access> {
        self.at.get().copied()
    }

    /// Waits until it is held; for ever, when it never is.
    pub(crate) async fn until_held(&self) -> Access {
        loop {
            // Made before the look, so that nothing is missed in between.
            let told = self.told.notified();
            if let Some(access) = self.at() {
                return access;
            }
            told.await;
        }
    }
}
