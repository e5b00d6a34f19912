//! Calls without a key that run at this moment, by what they ask for.
//!
//! A client that sends again at once comes before the host has seen that its first connection is closed. So a call that asks for what
//! another one is doing waits for a moment: if that one's caller turns out to have left, it is the same call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// How long it takes at most until a closed connection is seen, with room for a busy machine.
const MOMENT: Duration = Duration::from_millis(150);

/// The calls that run.
#[derive(Default)]
pub(crate) struct SameCalls(Mutex<HashMap<String, Vec<CancellationToken>>>);

/// A call among them, until it is dropped.
pub(crate) struct Entered {
    calls: Arc<SameCalls>,
    wish: String,
    /// Cancelled when it is noted that its caller has left, or when it has ended.
    over: CancellationToken,
}

impl SameCalls {
    /// Adds a call that asks for this. Where others ask for the same, it waits for a moment until one of them is over.
    pub(crate) async fn enter(self: &Arc<Self>, wish: String) -> Entered {
        let over = CancellationToken::new();
        let others = {
            let mut calls = self.0.lock();
            let same = calls.entry(wish.clone()).or_default();
            let others = same.clone();
            same.push(over.clone());
            others
        };
        let entered = Entered { calls: Arc::clone(self), wish, over };
        if !others.is_empty() {
            let first = select_all(others.iter().map(|other| Box::pin(other.cancelled())));
            let _whether_one_is_over = tokio::time::timeout(MOMENT, first).await;
        }
        entered
    }
}

impl Entered {
    /// It is noted that its caller has left.
    pub(crate) fn left(&self) -> CancellationToken {
        self.over.clone()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.over.cancel();
        let mut calls = self.calls.0.lock();
        if let Some(same) = calls.get_mut(&self.wish) {
            same.retain(|token| !token.is_cancelled());
            if same.is_empty() {
                calls.remove(&self.wish);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_that_asks_for_the_same_waits_until_the_first_is_over_or_a_moment() {
        let calls = Arc::<SameCalls>::default();
        let begun = tokio::time::Instant::now();
        let first = calls.enter("a".to_owned()).await;
        let other = calls.enter("b".to_owned()).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        let same = calls.enter("a".to_owned()).await;
        assert_eq!(begun.elapsed(), MOMENT, "its caller is there");
        first.left().cancel();
        drop(same);
        let again = calls.enter("a".to_owned()).await;
        assert_eq!(begun.elapsed(), MOMENT);
        for entered in [first, other, again] {
            drop(entered);
        }
        assert!(calls.0.lock().is_empty());
    }
}
