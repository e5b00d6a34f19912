//! How long calls took, and how many run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::durations::{Durations, Spread};
use crate::surface::Surface;

/// What is measured of calls.
#[derive(Debug, Default)]
pub(crate) struct CallMetrics {
    running: AtomicU64,
    by_surface: [Durations; Surface::ALL.len()],
}

/// A call that runs: one less does when it is dropped.
pub(crate) struct RunningCall<'a>(&'a CallMetrics);

impl CallMetrics {
    pub(crate) fn begin(&self) -> RunningCall<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        RunningCall(self)
    }

    pub(crate) fn add(&self, surface: Surface, duration: Duration) {
        if let Some(durations) = self.by_surface.get(surface as usize) {
            durations.add(duration);
        }
    }

    pub(crate) fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    pub(crate) fn spreads(&self) -> Vec<(Surface, Spread)> {
        Surface::ALL.into_iter().zip(self.by_surface.iter().map(Durations::spread)).collect()
    }
}

impl Drop for RunningCall<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_surface_has_its_own_place() {
        for (place, surface) in Surface::ALL.into_iter().enumerate() {
            assert_eq!(surface as usize, place, "{surface:?}");
        }
        let calls = CallMetrics::default();
        let running = calls.begin();
        calls.add(Surface::Host, Duration::from_millis(1));
        assert_eq!(calls.running(), 1);
        drop(running);
        assert_eq!(calls.running(), 0);
        let counts: Vec<_> =
            calls.spreads().into_iter().map(|(surface, spread)| (surface, spread.count)).collect();
        assert_eq!(counts.iter().filter(|(_, count)| *count > 0).collect::<Vec<_>>(), [&(Surface::Host, 1)]);
    }
}
