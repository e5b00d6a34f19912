//! Keeps each connection within Notion's budget, its requests in flight within bounds, and silent while Notion says so.
//!
//! The state is in this process. Several processes on one connection share Notion's budget without knowing of each
//! other; each must be given its part by configuration, and Notion's 429 corrects what is left.
//!
//! Callers are served in the order in which they come. Jobs don't exist yet; when they do, they are to take at most 70 % of
//! the budget, so that an interactive call finds a place: that is a second lane per connection with a smaller [`Budget`],
//! passed before this one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout_at};
use toolbay_kernel::ports::{Limiter, Permit};
use toolbay_kernel::{Code, ConnectionId, Problem};

use crate::pace::{Budget, Pace};

/// Requests of one connection that wait at the same time. With Notion's largest budget and a call's 40 s fewer than 500
/// can succeed; more would only hold memory.
const MOST_WAITING: u32 = 512;

/// Connections that are remembered before those that are idle are forgotten.
const MOST_REMEMBERED: usize = 1_024;

/// The limiter of all connections.
#[derive(Debug)]
pub(crate) struct ConnectionLimiter {
    budget: Budget,
    in_flight: usize,
    lanes: Mutex<HashMap<ConnectionId, Arc<Lane>>>,
}

/// One connection's queue.
#[derive(Debug)]
struct Lane {
    /// Requests that wait for a place.
    waiting: AtomicU32,
    /// Taken first and held until the answer is there. Were it taken last, requests that hold a place in the budget
    /// would gather before it and go all at once.
    in_flight: Arc<Semaphore>,
    /// Held by the one whose turn it is; both locks are fair.
    turn: tokio::sync::Mutex<()>,
    pace: Mutex<Pace>,
}

impl ConnectionLimiter {
    pub(crate) fn new(budget: Budget, in_flight: usize) -> Self {
        Self { budget, in_flight, lanes: Mutex::default() }
    }

    fn lane(&self, connection: ConnectionId) -> Arc<Lane> {
        let mut lanes = self.lanes.lock();
        if !lanes.contains_key(&connection) && lanes.len() >= MOST_REMEMBERED {
            let now = Instant::now();
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1 || !lane.pace.lock().is_idle(now));
        }
        let new = || {
            Arc::new(Lane {
                waiting: AtomicU32::new(0),
                in_flight: Arc::new(Semaphore::new(self.in_flight)),
                turn: tokio::sync::Mutex::default(),
                pace: Mutex::new(Pace::new(Instant::now())),
            })
        };
        lanes.entry(connection).or_insert_with(new).clone()
    }
}

#[async_trait]
impl Limiter for ConnectionLimiter {
    async fn acquire(
        &self,
        connection: ConnectionId,
        deadline: std::time::Instant,
    ) -> Result<Permit, Problem> {
        let deadline = Instant::from_std(deadline);
        let lane = self.lane(connection);
        let place = Waiting::enter(&lane);
        let expected = lane.pace.lock().earliest(self.budget, Instant::now(), place.ahead);
        if place.ahead >= MOST_WAITING || expected > deadline {
            return Err(too_busy(expected));
        }

        let in_time = async {
            // The semaphore is never closed; if it were, nothing may be sent.
            let slot = lane.in_flight.clone().acquire_owned().await.map_err(|_| too_busy(deadline))?;
            let _turn = lane.turn.lock().await;
            loop {
                let taken = lane.pace.lock().take(self.budget, Instant::now());
                match taken {
                    Ok(()) => return Ok(Permit::holding(InFlight { lane: lane.clone(), _slot: slot })),
                    Err(next) if next > deadline => return Err(too_busy(next)),
                    // Notion may block the connection meanwhile, so the question is asked again.
                    Err(next) => sleep_until(next).await,
                }
            }
        };
        timeout_at(deadline, in_time)
            .await
            .unwrap_or_else(|_| Err(too_busy(lane.pace.lock().earliest(self.budget, Instant::now(), 0))))
    }

    fn pause(&self, connection: ConnectionId, wait: Duration) {
        if let Some(until) = Instant::now().checked_add(wait) {
            self.lane(connection).pace.lock().block(until);
        }
    }
}

/// A request that has been sent. When it is answered, or its caller has gone, it gives its slot back at once, and its
/// place in the budget when the window has passed.
struct InFlight {
    lane: Arc<Lane>,
    _slot: OwnedSemaphorePermit,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut pace = self.lane.pace.lock();
        pace.answered(Instant::now());
    }
}

/// A place in the queue, given back when the request has its turn or its caller has gone.
struct Waiting<'a> {
    lane: &'a Lane,
    ahead: u32,
}

impl<'a> Waiting<'a> {
    fn enter(lane: &'a Lane) -> Self {
        Self { ahead: lane.waiting.fetch_add(1, Ordering::Relaxed), lane }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.lane.waiting.fetch_sub(1, Ordering::Relaxed);
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
mod tests {
    use super::*;

    fn limiter(requests: u32, in_flight: usize) -> Arc<ConnectionLimiter> {
        Arc::new(ConnectionLimiter::new(Budget::per_window(requests).unwrap(), in_flight))
    }

    fn within(seconds: u64) -> std::time::Instant {
        (Instant::now() + Duration::from_secs(seconds)).into_std()
    }

    /// A greedy crowd over ten minutes of simulated time, with Notion's fixed windows laid at every offset.
    #[tokio::test(start_paused = true)]
    async fn a_crowd_never_exceeds_the_budget_and_uses_nearly_all_of_it() {
        let limiter = limiter(180, 10);
        let connection = ConnectionId::new();
        let start = Instant::now();
        let end = start + Duration::from_secs(600);
        let passed = Arc::new(Mutex::new(Vec::new()));
        let crowd: Vec<_> = (0..40)
            .map(|caller| {
                let (limiter, passed) = (limiter.clone(), passed.clone());
                tokio::spawn(async move {
                    while Instant::now() < end {
                        let permit = limiter.acquire(connection, within(40)).await.unwrap();
                        passed.lock().push(Instant::now());
                        tokio::time::sleep(Duration::from_millis(80 + caller * 7)).await;
                        drop(permit);
                    }
                })
            })
            .collect();
        for caller in crowd {
            caller.await.unwrap();
        }
        let passed = passed.lock();
        for (first, begin) in passed.iter().enumerate() {
            let in_window =
                passed[first..].iter().take_while(|at| **at - *begin < crate::pace::WINDOW).count();
            assert!(in_window <= 180, "{in_window} requests in a window");
        }
        assert!(passed.len() >= 1_710, "{} requests in ten minutes", passed.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_deadline_is_refused_at_once_with_its_length() {
        let limiter = limiter(180, 10);
        let connection = ConnectionId::new();
        limiter.pause(connection, Duration::from_millis(29_500));
        let before = Instant::now();
        let problem = limiter.acquire(connection, within(10)).await.map(drop).unwrap_err();
        assert_eq!(Instant::now(), before);
        assert_eq!(problem.code, Code::RateLimited);
        assert_eq!(problem.details.as_deref(), Some(&json!({ "retry_after_seconds": 30 })));

        limiter.acquire(ConnectionId::new(), within(10)).await.unwrap();
        limiter.acquire(connection, within(40)).await.unwrap();
        assert_eq!(Instant::now() - before, Duration::from_millis(29_500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_reaches_those_who_wait_already() {
        let limiter = limiter(10, 10);
        let connection = ConnectionId::new();
        let start = Instant::now();
        for _ in 0..3 {
            limiter.acquire(connection, within(1)).await.unwrap();
        }
        let waiting = tokio::spawn({
            let limiter = limiter.clone();
            async move { limiter.acquire(connection, within(60)).await.map(drop) }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        limiter.pause(connection, Duration::from_secs(49));
        waiting.await.unwrap().unwrap();
        assert_eq!(Instant::now() - start, Duration::from_secs(50));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_in_flight_are_bounded_until_their_permits_are_given_back() {
        let limiter = limiter(180, 2);
        let connection = ConnectionId::new();
        let first = limiter.acquire(connection, within(1)).await.unwrap();
        let _second = limiter.acquire(connection, within(1)).await.unwrap();
        assert_eq!(
            limiter.acquire(connection, within(1)).await.map(drop).unwrap_err().code,
            Code::RateLimited
        );
        drop(first);
        limiter.acquire(connection, within(1)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_goes_leaves_no_trace_in_the_queue() {
        let limiter = limiter(180, 1);
        let connection = ConnectionId::new();
        let held = limiter.acquire(connection, within(1)).await.unwrap();
        let gone = tokio::spawn({
            let limiter = limiter.clone();
            async move { limiter.acquire(connection, within(60)).await.map(drop) }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        gone.abort();
        gone.await.unwrap_err();
        drop(held);
        limiter.acquire(connection, within(1)).await.unwrap();
        assert_eq!(limiter.lane(connection).waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_are_forgotten_and_busy_ones_are_not() {
        let limiter = limiter(180, 10);
        let paused = ConnectionId::new();
        limiter.pause(paused, Duration::from_secs(600));
        for _ in 0..3 * MOST_REMEMBERED {
            limiter.acquire(ConnectionId::new(), within(1)).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
            limiter.pause(paused, Duration::from_secs(600));
        }
        assert!(limiter.lanes.lock().len() <= MOST_REMEMBERED + 1);
        assert!(limiter.acquire(paused, within(1)).await.is_err());
    }
}
