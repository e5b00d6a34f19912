//! This host's part of the rate windows that all hosts share.
//!
//! Permits are taken from the store in batches, so that most requests cost no question to it: a batch grows while it is used up
//! before it is old, and what is left of an old one goes back. What was used is told in the background, all windows in one
//! statement.
//!
//! # When the store doesn't answer
//!
//! Then nobody knows what other hosts do, and this one keeps to half of an equal share of each bound: an equal share, because
//! all others do the same; half of it, because another host may have used more than its share just before, and one that has just
//! started may not have been heard of. The same for one window after a server has forgotten what was taken. It is in the log when it
//! begins and when it ends.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::rate_windows::{RateWindow, RateWindows, Settled, Taken};
use crate::run::Priority;

mod stock;

use stock::{Draw, Stock};

/// How long the store may take to answer: requests wait for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two tellings of what was used. What comes between counts for that much longer.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Time between two questions to a store that doesn't answer.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The permits of this host. There is one of it in a process.
pub struct SharedPermits {
    windows: Arc<dyn RateWindows>,
    stocks: Mutex<HashMap<(String, Priority), Stock>>,
    is_away: AtomicBool,
    due: Arc<Notify>,
}

impl fmt::Debug for SharedPermits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedPermits").field("is_away", &self.is_away).finish_non_exhaustive()
    }
}

impl Drop for SharedPermits {
    fn drop(&mut self) {
        // Who tells what was used finds that nobody uses anything any more.
        self.due.notify_one();
    }
}

/// What became of the wish for a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It was taken; it is to be told what became of it.
    Given,
    /// There is none before this time has passed.
    Wait(Duration),
    /// The outside said to wait for so long.
    Paused(Duration),
    /// The store doesn't answer: [`SharedPermits::share`] is what there is.
    Away,
}

impl SharedPermits {
    /// Those of these windows. It tells what was used as long as somebody has it.
    #[must_use]
    pub fn new(windows: Arc<dyn RateWindows>) -> Arc<Self> {
        let due = Arc::new(Notify::new());
        let (stocks, is_away) = (Mutex::default(), AtomicBool::new(false));
        let shared = Arc::new(Self { windows, stocks, is_away, due: Arc::clone(&due) });
        let weak = Arc::downgrade(&shared);
        tokio::spawn(async move {
            loop {
                due.notified().await;
                sleep(TELL_EVERY).await;
                let Some(shared) = weak.upgrade() else { return };
                shared.tell().await;
            }
        });
        shared
    }

    /// Takes a permit, for the first of so many that wait here.
    pub async fn take(self: &Arc<Self>, window: &RateWindow, waiting: u32) -> Permission {
        loop {
            if self.is_away.load(Ordering::Relaxed) {
                return Permission::Away;
            }
            let drawn = self.of(&window.key, window.priority, window.length, |stock| {
                stock.draw(window, waiting, Instant::now())
            });
            let Draw::Ask { wanted, settled } = drawn else { return Permission::Given };
            // In a task of its own: who asks may leave, and what was taken must not be lost.
            let (shared, window) = (Arc::clone(self), window.clone());
            match tokio::spawn(async move { shared.ask(&window, wanted, settled).await }).await {
                Ok(Permission::Given) => {}
                Ok(permission) => return permission,
                Err(_) => return Permission::Away,
            }
        }
    }

    /// A use has ended: its permit is free again when the window has passed.
    pub fn used(&self, key: &str, priority: Priority, length: Duration) {
        self.of(key, priority, length, |stock| stock.used(Instant::now(), 1));
        self.due.notify_one();
    }

    /// A permit wasn't used after all.
    pub fn unused(&self, key: &str, priority: Priority, length: Duration) {
        self.of(key, priority, length, Stock::returned);
        self.due.notify_one();
    }

    /// The outside said to wait. Other hosts are told; whoever uses this one's permits has stopped already.
    pub fn pause(self: &Arc<Self>, key: &str, wait: Duration) {
        let (shared, key) = (Arc::clone(self), key.to_owned());
        tokio::spawn(async move {
            if !matches!(timeout(PATIENCE, shared.windows.pause(&key, wait)).await, Ok(Ok(()))) {
                tracing::warn!(key, "rate.pause_not_shared");
            }
        });
    }

    /// Whether this host keeps to its own share of a bound for now, since nobody knows what others have taken of it.
    #[must_use]
    pub fn is_cautious(&self, key: &str, priority: Priority) -> bool {
        let has_forgotten = || {
            let stocks = self.stocks.lock();
            stocks.get(&(key.to_owned(), priority)).is_some_and(|stock| stock.is_uncertain(Instant::now()))
        };
        self.is_away.load(Ordering::Relaxed) || has_forgotten()
    }

    /// This host's own share of a bound: half of an equal one, and never nothing.
    #[must_use]
    pub fn share(&self, bound: u32) -> u32 {
        (bound / self.windows.hosts().max(1).saturating_mul(2)).max(1)
    }

    /// Tells what was used and gives back what wasn't, before the host ends.
    pub async fn close(&self) {
        self.stocks.lock().values_mut().for_each(Stock::give_up);
        self.tell().await;
    }

    fn of<T>(
        &self,
        key: &str,
        priority: Priority,
        length: Duration,
        change: impl FnOnce(&mut Stock) -> T,
    ) -> T {
        let mut stocks = self.stocks.lock();
        change(stocks.entry((key.to_owned(), priority)).or_insert_with(|| Stock::empty(length)))
    }

    async fn ask(&self, window: &RateWindow, wanted: u32, settled: Option<Settled>) -> Permission {
        let begun = Instant::now();
        let told = settled.clone();
        let Taken { permits, wait, paused, known_for } =
            match timeout(PATIENCE, self.windows.take(window, wanted, settled)).await {
                Ok(Ok(taken)) => taken,
                failed => {
                    self.put_back(told.into_iter().collect(), begun);
                    self.lose(&why(failed.map(|failed| failed.map(drop))));
                    return Permission::Away;
                }
            };
        self.of(&window.key, window.priority, window.length, |stock| stock.add(permits, begun, known_for));
        match (permits, paused) {
            (0, Duration::ZERO) => Permission::Wait(wait),
            (0, paused) => Permission::Paused(paused),
            _ => {
                self.due.notify_one();
                Permission::Given
            }
        }
    }

    /// Tells what is to be told, and looks whether a store that was away answers.
    async fn tell(&self) {
        let now = Instant::now();
        let (settled, has_more) = {
            let mut stocks = self.stocks.lock();
            let settled: Vec<Settled> = stocks
                .iter_mut()
                .filter_map(|((key, priority), stock)| stock.settle(key, *priority, now))
                .collect();
            stocks.retain(|_, stock| !stock.is_forgettable(now));
            (settled, stocks.values().any(Stock::has_some))
        };
        let was_away = self.is_away.load(Ordering::Relaxed);
        if !settled.is_empty() || was_away {
            match timeout(PATIENCE, self.windows.settle(&settled)).await {
                Ok(Ok(())) => {
                    if self.is_away.swap(false, Ordering::Relaxed) {
                        tracing::info!("rate.store_back");
                    }
                }
                failed => {
                    self.put_back(settled, now);
                    self.lose(&why(failed));
                    sleep(ASK_EVERY).await;
                }
            }
        }
        if has_more || self.is_away.load(Ordering::Relaxed) {
            self.due.notify_one();
        }
    }

    /// What could not be told is told later.
    fn put_back(&self, settled: Vec<Settled>, at: Instant) {
        for Settled { key, priority, length, used, unused } in settled {
            self.of(&key, priority, length, |stock| stock.put_back(used, unused, at));
        }
    }

    fn lose(&self, error: &str) {
        if !self.is_away.swap(true, Ordering::Relaxed) {
            let hosts = self.windows.hosts();
            tracing::warn!(
                hosts,
                error,
                "rate.store_away: this host keeps to half of an equal share of each bound"
            );
        }
        self.due.notify_one();
    }
}

/// Why the store didn't answer.
fn why(failed: Result<Result<(), crate::store_error::StoreError>, tokio::time::error::Elapsed>) -> String {
    match failed {
        Ok(Ok(())) => String::new(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} ms", PATIENCE.as_millis()),
    }
}

#[cfg(test)]
mod tests;
