//! Rate windows that several hosts of a test share.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::time::Instant;
use toolbay_kernel::ports::{StoreError, StoreErrorKind};
use toolbay_kernel::rate_windows::{RateWindow, RateWindows, Settled, Taken};
use toolbay_kernel::run::Priority;

/// The windows, by key.
#[derive(Default)]
pub struct MemoryWindows {
    windows: Mutex<HashMap<String, Window>>,
    hosts: AtomicU32,
}

#[derive(Default)]
struct Window {
    permits: Vec<Permits>,
    latest: HashMap<Priority, Instant>,
    paused_until: Option<Instant>,
}

/// Permits that aren't free: those of a host, or those that nobody has and that come back.
struct Permits {
    host: Option<u32>,
    priority: Priority,
    until: Instant,
    count: u32,
}

/// The windows as one host sees them.
pub struct WindowsOfHost {
    all: Arc<MemoryWindows>,
    id: u32,
    /// Whether the store doesn't answer this host.
    pub is_away: AtomicBool,
    /// How often it was asked for permits.
    pub asked: AtomicU32,
}

impl MemoryWindows {
    /// One more host.
    #[must_use]
    pub fn host(self: &Arc<Self>) -> Arc<WindowsOfHost> {
        let id = self.hosts.fetch_add(1, Ordering::Relaxed);
        let (is_away, asked) = (AtomicBool::new(false), AtomicU32::new(0));
        Arc::new(WindowsOfHost { all: Arc::clone(self), id, is_away, asked })
    }

    /// Permits of a window that aren't free.
    #[must_use]
    pub fn taken(&self, key: &str) -> u32 {
        let now = Instant::now();
        let windows = self.windows.lock();
        let permits = windows.get(key).map(|window| window.permits.as_slice()).unwrap_or_default();
        permits.iter().filter(|permits| now < permits.until).map(|permits| permits.count).sum()
    }
}

impl WindowsOfHost {
    fn answer(&self) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Unreachable, "it is away"));
        }
        Ok(())
    }

    fn settle_one(&self, windows: &mut HashMap<String, Window>, settled: &Settled, now: Instant) {
        let window = windows.entry(settled.key.clone()).or_default();
        let mut given = settled.unused;
        for (count, ago) in &settled.used {
            given += count;
            let until = now - *ago + settled.length;
            window.permits.push(Permits { host: None, priority: settled.priority, until, count: *count });
        }
        for own in &mut window.permits {
            if own.host == Some(self.id) && own.priority == settled.priority {
                let back = own.count.min(given);
                own.count -= back;
                given -= back;
            }
        }
        window.permits.retain(|permits| permits.count > 0 && now < permits.until);
    }
}

#[async_trait]
impl RateWindows for WindowsOfHost {
    async fn take(
        &self,
        wanted: &RateWindow,
        permits: u32,
        settled: Option<Settled>,
    ) -> Result<Taken, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        // A question takes a moment.
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.answer()?;
        let now = Instant::now();
        let mut windows = self.all.windows.lock();
        if let Some(settled) = settled {
            self.settle_one(&mut windows, &settled, now);
        }
        let window = windows.entry(wanted.key.clone()).or_default();
        window.permits.retain(|permits| permits.count > 0 && now < permits.until);
        let mut taken =
            Taken { permits: 0, wait: Duration::ZERO, paused: Duration::ZERO, known_for: Duration::MAX };
        if let Some(until) = window.paused_until.filter(|until| now < *until) {
            taken.paused = until - now;
            return Ok(taken);
        }
        let count = |priority: Option<Priority>| -> u32 {
            let of = window.permits.iter().filter(|one| priority.is_none_or(|wanted| wanted == one.priority));
            of.map(|permits| permits.count).sum()
        };
        let (all, own) = (count(None), count(Some(wanted.priority)));
        let free = wanted.places.saturating_sub(all);
        let next = window.latest.get(&wanted.priority).map_or(now, |latest| *latest + wanted.interval);
        taken.permits = if own < wanted.burst {
            permits.min(free).min(wanted.burst - own)
        } else if next <= now {
            free.min(1)
        } else {
            0
        };
        if taken.permits > 0 {
            window.latest.insert(wanted.priority, now);
            let until = now + wanted.length + wanted.longest_use;
            let (host, priority, count) = (Some(self.id), wanted.priority, taken.permits);
            window.permits.push(Permits { host, priority, until, count });
            return Ok(taken);
        }
        let mut next = if own < wanted.burst { now } else { next };
        if free == 0 {
            let first = window.permits.iter().map(|permits| permits.until.min(now + wanted.length)).min();
            next = next.max(first.unwrap_or(now));
        }
        taken.wait = (next - now).max(Duration::from_millis(1));
        Ok(taken)
    }

    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        self.answer()?;
        let mut windows = self.all.windows.lock();
        settled.iter().for_each(|settled| self.settle_one(&mut windows, settled, Instant::now()));
        Ok(())
    }

    async fn pause(&self, key: &str, wait: Duration) -> Result<(), StoreError> {
        self.answer()?;
        self.all.windows.lock().entry(key.to_owned()).or_default().paused_until = Some(Instant::now() + wait);
        Ok(())
    }

    fn hosts(&self) -> u32 {
        self.all.hosts.load(Ordering::Relaxed)
    }
}
