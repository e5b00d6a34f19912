//! The writes of a call that are on their way: a call that stops lets them come to their end, so that their outcomes are known.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// How many writes are on their way.
#[derive(Default)]
pub(crate) struct UnderWay {
    count: AtomicUsize,
    ended: Notify,
}

impl UnderWay {
    /// One more, until what this gives is dropped.
    pub(crate) fn begin(&self) -> OnItsWay<'_> {
        self.count.fetch_add(1, Ordering::SeqCst);
        OnItsWay(self)
    }

    /// Waits until none is.
    pub(crate) async fn idle(&self) {
        loop {
            let ended = self.ended.notified();
            if self.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }
}

/// A write that is on its way.
pub(crate) struct OnItsWay<'a>(&'a UnderWay);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}
