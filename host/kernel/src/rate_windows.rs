//! Rate windows that several hosts share, behind a port.
//!
//! Whatever stands on it is bounded by something else too: when the store doesn't answer, a host keeps to a share of its own
//! ([`SharedPermits`](crate::SharedPermits)).

use std::time::Duration;

use async_trait::async_trait;

use crate::run::Priority;
use crate::store_error::StoreError;

/// How much longer what a host took counts than its use may take: for the way there, and the time until it is used.
const SLACK: Duration = Duration::from_secs(5);

/// What may be done in any stretch of time of a length, by all hosts together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateWindow {
    /// What is bounded: a kind and an id, never a content or a secret.
    pub key: String,
    pub priority: Priority,
    pub length: Duration,
    /// A permit is given while fewer than these are taken, by any host and of any priority.
    pub places: u32,
    /// Permits of this priority that are given without spacing.
    pub burst: u32,
    /// The spacing of the others.
    pub interval: Duration,
    /// The longest that a use takes: what a host that is gone has taken counts for so long, and then for the window.
    pub longest_use: Duration,
}

impl RateWindow {
    /// How long what a host takes counts at most, should nobody hear of the host any more.
    #[must_use]
    pub fn held_for(&self) -> Duration {
        self.longest_use.saturating_add(self.length).saturating_add(SLACK)
    }
}

/// Permits of a window that a host has no use for any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub key: String,
    pub priority: Priority,
    pub length: Duration,
    /// How many were used, and how long ago their use ended. Each counts until a window has passed since then. Those that were never taken
    /// from the store are among them: what a host did while the store was away.
    pub used: Vec<(u32, Duration)>,
    /// How many were not: they are free at once.
    pub unused: u32,
}

/// What the store says to a host that wants permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub permits: u32,
    /// Without a permit: when there can be one at the earliest.
    pub wait: Duration,
    /// The outside said to wait for so long.
    pub paused: Duration,
    /// For how long the store has known what was taken. A server that crashed has forgotten what was before.
    pub known_for: Duration,
}

impl Taken {
    /// What an adapter's server answers: a count, and three times in milliseconds. None of them is ever below nothing.
    #[must_use]
    pub fn of_numbers([permits, wait, paused, known_for]: [i64; 4]) -> Self {
        let time = |milliseconds: i64| Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
        Self {
            permits: u32::try_from(permits).unwrap_or_default(),
            wait: time(wait),
            paused: time(paused),
            known_for: time(known_for),
        }
    }
}

/// The rate windows of all hosts on one store.
#[async_trait]
pub trait RateWindows: Send + Sync {
    /// Takes up to `wanted` permits of a window, after settling what this host has of it.
    async fn take(
        &self,
        window: &RateWindow,
        wanted: u32,
        settled: Option<Settled>,
    ) -> Result<Taken, StoreError>;

    /// Gives permits back. Nothing at all only asks whether the store answers.
    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError>;

    /// The outside said to wait: no host is given a permit of this key before then.
    async fn pause(&self, key: &str, wait: Duration) -> Result<(), StoreError>;

    /// How many hosts were heard of lately, this one among them.
    fn hosts(&self) -> u32;
}
