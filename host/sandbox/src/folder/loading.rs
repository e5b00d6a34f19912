//! The start of a host that serves: what has been read is published, and the rest follows.
//!
//! Which file gets a name that several want doesn't depend on which was read first. Files that had names before come before
//! all others; and until everything has been read the names are given anew each time, in the order that holds for a start
//! (see `publish::offer`). The record of names is written at the end.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use toolbay_kernel::catalog::Loading;

use super::known::{Known, Pass};
use super::{LOOK_EVERY, PluginFolder};

/// How long what has been read waits for more before it is published: each time the whole catalog is merged, and a thousand
/// files from the cache come within seconds.
const GATHER: Duration = Duration::from_millis(100);

/// The wait for a task that is ending.
const A_MOMENT: Duration = Duration::from_millis(2);

/// A file that is being installed, until it is dropped.
pub(super) struct UnderWay(watch::Sender<usize>);

impl UnderWay {
    pub(super) fn begin(installing: &watch::Sender<usize>) -> Self {
        installing.send_modify(|count| *count += 1);
        Self(installing.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl PluginFolder {
    /// Reads what is there at the start, and publishes each plugin as it comes. It ends when all are installed or refused, or
    /// after this time: what isn't by then is left to the passes that follow.
    pub async fn load(&self, within: Duration) {
        let end = Instant::now() + within;
        self.pass(Pass::First).await;
        let mut looked = Instant::now();
        while !self.known.lock().await.is_loaded {
            self.all_ended(GATHER).await;
            if looked.elapsed() >= LOOK_EVERY {
                self.pass(Pass::Glance).await;
                looked = Instant::now();
            } else if !self.gather().await {
                // What has ended can be taken in a moment; what was dropped meanwhile is looked at a second time first.
                tokio::time::sleep(A_MOMENT).await;
            }
            if Instant::now() >= end {
                self.end_loading().await;
            }
        }
    }

    /// Waits until nothing is being installed, at most this long.
    async fn all_ended(&self, within: Duration) {
        let mut installing = self.installing.subscribe();
        // Its sender is this folder's, so it doesn't end before that.
        let ended = async { installing.wait_for(|count| *count == 0).await.is_ok() };
        let _is_over = tokio::time::timeout(within, ended).await.is_ok();
    }

    /// Publishes what has been read since the last time, if anything has.
    async fn gather(&self) -> bool {
        let mut known = self.known.lock().await;
        let has_news = known.has_news();
        if has_news {
            known.collect(Pass::Glance).await;
            self.publish(&mut known).await;
        }
        has_news
    }

    /// Goes on without what is still being read.
    pub(super) async fn end_loading(&self) {
        let pending = self.pending().await;
        if pending > 0 {
            tracing::warn!(pending, "plugin_folder.start_goes_on: some files are still being looked at");
        }
        let mut known = self.known.lock().await;
        known.collect(Pass::Glance).await;
        // The pass that was to read them may not have come so far.
        let failure = self.read_grants(&mut known).await;
        known.note(failure);
        known.waits_no_longer = true;
        self.publish(&mut known).await;
    }

    /// Says how far it is. Answers whether the loading ends with what is published now.
    pub(super) fn tell_loading(&self, known: &mut Known) -> bool {
        if known.is_loaded {
            return false;
        }
        let (pending, all) = (known.pending(), known.files.len());
        known.is_loaded = (pending == 0 && known.has_looked()) || known.waits_no_longer;
        if !known.is_loaded {
            self.source.tell_loading(Some(Loading { read: all - pending, all }));
        }
        known.is_loaded
    }
}
