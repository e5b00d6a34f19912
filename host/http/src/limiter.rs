//! How many requests a host gets: so many on their way, so many in a stretch of time, and none before the time that it asked for.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use toolbay_kernel::Problem;
use toolbay_kernel::ports::Permit;

use crate::refusal;
use crate::settings::HostSettings;

/// Longest pause that one answer makes for all who ask a host: whoever may ask there can provoke it.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The budgets of hosts. Only hosts that an operator granted come here, so there are no more than those.
#[derive(Default)]
pub(crate) struct Budgets(Mutex<HashMap<String, Arc<Budget>>>);

struct Budget {
    slots: Arc<Semaphore>,
    window: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    /// When requests were let in that still count.
    times: VecDeque<Instant>,
    paused_until: Option<Instant>,
}

impl Budgets {
    /// Waits for a request's turn, at most until `deadline`.
    pub(crate) async fn acquire(
        &self,
        host: &str,
        settings: HostSettings,
        deadline: Instant,
    ) -> Result<Permit, Problem> {
        let budget = self.of(host, settings);
        let slot = tokio::time::timeout_at(deadline.into(), Arc::clone(&budget.slots).acquire_owned()).await;
        // The semaphore is never closed.
        let Some(slot) = slot.ok().and_then(Result::ok) else {
            let message = format!("{host} has as many requests as it gets at once ({}).", settings.at_once);
            return Err(refusal::too_often(message, Duration::from_secs(1)));
        };
        loop {
            let now = Instant::now();
            let Some(wait) = budget.window.lock().let_in(settings, now) else {
                return Ok(Permit::holding(slot));
            };
            if now + wait >= deadline {
                let message = format!("{host} gets no request for the next {} s.", wait.as_secs().max(1));
                return Err(refusal::too_often(message, wait));
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// The host said to wait. It is believed for a minute: then it may say so again.
    pub(crate) fn pause(&self, host: &str, settings: HostSettings, wait: Duration) {
        let budget = self.of(host, settings);
        let until = Instant::now() + wait.min(MAX_PAUSE);
        let mut window = budget.window.lock();
        window.paused_until = Some(window.paused_until.map_or(until, |earlier| earlier.max(until)));
    }

    fn of(&self, host: &str, settings: HostSettings) -> Arc<Budget> {
        let new = || {
            Arc::new(Budget {
                slots: Arc::new(Semaphore::new(settings.at_once.min(Semaphore::MAX_PERMITS))),
                window: Mutex::default(),
            })
        };
        Arc::clone(self.0.lock().entry(host.to_owned()).or_insert_with(new))
    }
}

impl Window {
    /// Counts a request that goes now; how long it has to wait, where it has to.
    fn let_in(&mut self, settings: HostSettings, now: Instant) -> Option<Duration> {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Some(until - now);
        }
        let rate = settings.rate?;
        while self.times.front().is_some_and(|first| now.duration_since(*first) >= rate.period()) {
            self.times.pop_front();
        }
        if self.times.len() >= rate.calls() {
            return self.times.front().map(|first| *first + rate.period() - now);
        }
        self.times.push_back(now);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(at_once: usize, rate: Option<&str>) -> HostSettings {
        HostSettings { at_once, rate: rate.map(|rate| rate.parse().unwrap()), allow_private: false }
    }

    #[tokio::test]
    async fn a_host_gets_as_many_at_once_as_it_may() {
        let (budgets, two) = (Budgets::default(), settings(2, None));
        let soon = || Instant::now() + Duration::from_millis(50);
        let first = budgets.acquire("a.example", two, soon()).await.unwrap();
        let _second = budgets.acquire("a.example", two, soon()).await.unwrap();
        let refusal = budgets.acquire("a.example", two, soon()).await.err().unwrap();
        assert!(refusal.message.contains("at once (2)"), "{refusal:?}");
        assert!(budgets.acquire("b.example", two, soon()).await.is_ok(), "each host has its own");
        drop(first);
        assert!(budgets.acquire("a.example", two, soon()).await.is_ok());
    }

    #[tokio::test]
    async fn a_pause_and_a_rate_are_kept() {
        let soon = || Instant::now() + Duration::from_millis(50);
        let (budgets, rated) = (Budgets::default(), settings(8, Some("2/minute")));
        for _ in 0..2 {
            budgets.acquire("a.example", rated, soon()).await.unwrap();
        }
        let refusal = budgets.acquire("a.example", rated, soon()).await.err().unwrap();
        assert!(refusal.details.unwrap()["retry_after_seconds"].as_u64().unwrap() > 50);
        let free = settings(8, None);
        budgets.pause("b.example", free, Duration::from_secs(60));
        budgets.pause("b.example", free, Duration::from_secs(1));
        assert!(budgets.acquire("b.example", free, soon()).await.is_err());
        budgets.pause("d.example", free, Duration::from_secs(3_600));
        let refusal = budgets.acquire("d.example", free, soon()).await.err().unwrap();
        assert!(refusal.details.unwrap()["retry_after_seconds"].as_u64().unwrap() <= 60);
        budgets.pause("c.example", free, Duration::from_millis(20));
        assert!(budgets.acquire("c.example", free, soon()).await.is_ok(), "it waits where there is time");
    }
}
