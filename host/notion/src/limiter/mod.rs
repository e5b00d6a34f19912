//! Keeps each connection within Notion's budget, its requests in flight within bounds, and silent while Notion says so.
//!
//! Where several hosts share a store, they share each connection's budget: a request needs a place in this host's state, which knows
//! what this one has sent, and a permit of the window that all have. When the store doesn't answer, this host's state alone bounds it, to
//! a share. On a file there is one host, and nothing but its state.
//!
//! Callers of one priority are served in the order in which they come. Those of the background go while nobody prompt
//! waits, and take at most their share of the budget ([`pace`](crate::pace)); where people alone use as much as that, the
//! background stands still until they pause.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};
use toolbay_kernel::egress::BudgetKey;
use toolbay_kernel::ports::{Limiter, Permit};
use toolbay_kernel::run::Priority;
use toolbay_kernel::{Code, Permission, Problem, SharedPermits};

use crate::pace::{Budget, Pace, WINDOW, Wait};

/// Requests of one connection and priority that wait at the same time. With Notion's largest budget and a call's 40 s
/// fewer than 500 can succeed; more would only hold memory.
const MAX_WAITING: u32 = 512;

/// Connections that are remembered before those that are idle are forgotten.
const MAX_REMEMBERED: usize = 1_024;

/// Time between two questions for a permit that other hosts have.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The limiter of all connections.
#[derive(Debug)]
pub(crate) struct ConnectionLimiter {
    budget: Budget,
    shared: OnceLock<Arc<SharedPermits>>,
    lanes: Mutex<HashMap<BudgetKey, Arc<Lane>>>,
}

/// One connection's requests.
#[derive(Debug)]
struct Lane {
    /// What hosts call the budget among themselves.
    key: String,
    shared: Option<Arc<SharedPermits>>,
    prompt: Queue,
    background: Queue,
    pace: Mutex<Pace>,
    /// Told when a request has its answer, and when nobody prompt waits any more.
    eased: Notify,
}

/// The requests of one priority that wait for a place.
#[derive(Debug, Default)]
struct Queue {
    length: AtomicU32,
    /// Held by the one whose turn it is; the lock is fair.
    turn: tokio::sync::Mutex<()>,
}

impl ConnectionLimiter {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, shared: OnceLock::new(), lanes: Mutex::default() }
    }

    /// Other hosts spend the same budgets from now on.
    pub(crate) fn share(&self, permits: Arc<SharedPermits>) {
        // It is set once, where the host is wired.
        let _first = self.shared.set(permits);
    }

    fn lane(&self, budget: &BudgetKey) -> Arc<Lane> {
        let mut lanes = self.lanes.lock();
        if !lanes.contains_key(budget) && lanes.len() >= MAX_REMEMBERED {
            let now = Instant::now();
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1 || !lane.pace.lock().is_idle(now));
        }
        let new = || Arc::new(Lane::new(window_key(budget), self.shared.get().cloned()));
        lanes.entry(budget.clone()).or_insert_with(new).clone()
    }
}

impl Lane {
    fn new(key: String, shared: Option<Arc<SharedPermits>>) -> Self {
        Self {
            key,
            shared,
            prompt: Queue::default(),
            background: Queue::default(),
            pace: Mutex::new(Pace::new(Instant::now())),
            eased: Notify::new(),
        }
    }

    fn queue(&self, priority: Priority) -> &Queue {
        match priority {
            Priority::Interactive => &self.prompt,
            Priority::Background => &self.background,
        }
    }

    /// When a request may go that has `ahead` others of its priority before it, at the earliest.
    fn earliest(&self, budget: &Budget, priority: Priority, ahead: u32) -> Instant {
        self.pace.lock().earliest(budget, priority, Instant::now(), ahead)
    }

    /// Waits for a place; for the one whose turn it is. Refused when there will be none before `deadline`.
    async fn place(&self, budget: &Budget, priority: Priority, deadline: Instant) -> Result<(), Problem> {
        loop {
            // Hears of what happens from here on, so nothing is missed between asking and waiting.
            let eased = self.eased.notified();
            if priority == Priority::Background && self.prompt.length.load(Ordering::Relaxed) > 0 {
                eased.await;
                continue;
            }
            let own = self.own_part(budget, priority);
            let ready = self.pace.lock().ready(&own, priority, Instant::now());
            match ready {
                Ok(()) => {}
                Err(Wait::Until(next)) if next > deadline => return Err(too_busy(next)),
                // Notion may block the connection meanwhile, so the question is asked again.
                Err(Wait::Until(next)) => {
                    sleep_until(next).await;
                    continue;
                }
                Err(Wait::ForAnAnswer) => {
                    eased.await;
                    continue;
                }
            }
            match self.permission(budget, priority).await {
                Permission::Given => {}
                Permission::Wait(wait) => {
                    let next = Instant::now() + wait;
                    if next > deadline {
                        return Err(too_busy(next));
                    }
                    // What another host has and doesn't use comes back earlier.
                    sleep_until(next.min(Instant::now() + ASK_AGAIN)).await;
                    continue;
                }
                Permission::Paused(wait) => {
                    self.pace.lock().block(Instant::now() + wait);
                    continue;
                }
                // Its own part is smaller now.
                Permission::Away => {
                    let own = self.own_part(budget, priority);
                    if self.pace.lock().take(&own, priority, Instant::now()).is_ok() {
                        return Ok(());
                    }
                    continue;
                }
            }
            if self.pace.lock().take(&own, priority, Instant::now()).is_ok() {
                return Ok(());
            }
            if let Some(shared) = &self.shared {
                shared.unused(&self.key, priority, WINDOW);
            }
        }
    }

    /// The permit that all hosts have to agree to; given where this one is alone.
    async fn permission(&self, budget: &Budget, priority: Priority) -> Permission {
        let Some(shared) = &self.shared else { return Permission::Given };
        let waiting = self.queue(priority).length.load(Ordering::Relaxed);
        shared.take(&budget.window(self.key.clone(), priority), waiting).await
    }

    /// What this host may spend of the budget, whatever others do.
    fn own_part(&self, budget: &Budget, priority: Priority) -> Budget {
        match &self.shared {
            Some(shared) if shared.is_cautious(&self.key, priority) => {
                budget.reduced_to(shared.share(budget.requests()))
            }
            _ => *budget,
        }
    }
}

#[async_trait]
impl Limiter for ConnectionLimiter {
    async fn acquire(
        &self,
        budget: &BudgetKey,
        priority: Priority,
        deadline: std::time::Instant,
    ) -> Result<Permit, Problem> {
        let deadline = Instant::from_std(deadline);
        let lane = self.lane(budget);
        let waiting = Waiting::enter(&lane, priority);
        let expected = lane.earliest(&self.budget, priority, waiting.ahead);
        if waiting.ahead >= MAX_WAITING || expected > deadline {
            return Err(too_busy(expected));
        }
        let in_time = async {
            let _turn = lane.queue(priority).turn.lock().await;
            lane.place(&self.budget, priority, deadline).await?;
            Ok(Permit::holding(InFlight { lane: lane.clone(), priority }))
        };
        timeout_at(deadline, in_time)
            .await
            .unwrap_or_else(|_| Err(too_busy(lane.earliest(&self.budget, priority, 0))))
    }

    fn pause(&self, budget: &BudgetKey, wait: Duration) {
        if let Some(until) = Instant::now().checked_add(wait) {
            self.lane(budget).pace.lock().block(until);
        }
        if let Some(shared) = self.shared.get() {
            shared.pause(&window_key(budget), wait);
        }
    }
}

/// What hosts call a budget among themselves.
fn window_key(budget: &BudgetKey) -> String {
    match budget {
        BudgetKey::Connection(connection) => format!("notion:{connection}"),
        BudgetKey::Named(name) => format!("notion:{name}"),
    }
}

/// A request that has been sent. When it is answered, or its caller has gone, another one may be in flight at once, and
/// its place in the budget is free when the window has passed.
struct InFlight {
    lane: Arc<Lane>,
    priority: Priority,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut pace = self.lane.pace.lock();
        pace.answered(self.priority, Instant::now());
        drop(pace);
        if let Some(shared) = &self.lane.shared {
            shared.used(&self.lane.key, self.priority, WINDOW);
        }
        self.lane.eased.notify_waiters();
    }
}

/// A place in the queue, given back when the request has its turn or its caller has gone.
struct Waiting<'a> {
    lane: &'a Lane,
    priority: Priority,
    ahead: u32,
}

impl<'a> Waiting<'a> {
    fn enter(lane: &'a Lane, priority: Priority) -> Self {
        Self { ahead: lane.queue(priority).length.fetch_add(1, Ordering::Relaxed), lane, priority }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let was = self.lane.queue(self.priority).length.fetch_sub(1, Ordering::Relaxed);
        if self.priority == Priority::Interactive && was == 1 {
            self.lane.eased.notify_waiters();
        }
    }
}

fn too_busy(next: Instant) -> Problem {
    let wait = next.saturating_duration_since(Instant::now());
    // Rounded up, and never 0: who comes back too early is refused again.
    let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
    Problem::new(Code::RateLimited, "the connection's budget of requests to Notion is used up for now")
        .hint(format!("try again in {seconds} s, and ask for less at once: larger pages, fewer single reads"))
        .details(json!({ "retry_after_seconds": seconds }))
}

#[cfg(test)]
mod tests;
