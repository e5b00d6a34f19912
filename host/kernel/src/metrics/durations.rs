//! How often something took how long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets, in microseconds: from what the host itself needs for a call to what a job may take.
const BOUNDS_US: [u64; 14] = [
    250,
    1_000,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    10_000_000,
    40_000_000,
    300_000_000,
];

/// Durations as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    within: [AtomicU64; BOUNDS_US.len()],
    longer: AtomicU64,
    total_us: AtomicU64,
}

/// Durations at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    /// How many took no longer than so many seconds, and longer than the bound before; the last bound is infinite.
    pub buckets: Vec<(f64, u64)>,
    pub total: Duration,
    pub count: u64,
}

impl Durations {
    pub(crate) fn add(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.iter().position(|bound| us <= *bound);
        bucket
            .and_then(|bucket| self.within.get(bucket))
            .unwrap_or(&self.longer)
            .fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(crate) fn spread(&self) -> Spread {
        let within = BOUNDS_US.iter().zip(&self.within);
        let buckets: Vec<_> = within
            .map(|(bound, count)| {
                (Duration::from_micros(*bound).as_secs_f64(), count.load(Ordering::Relaxed))
            })
            .chain([(f64::INFINITY, self.longer.load(Ordering::Relaxed))])
            .collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        Spread { buckets, total: Duration::from_micros(self.total_us.load(Ordering::Relaxed)), count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_first_bucket_that_holds_it() {
        let durations = Durations::default();
        for ms in [1, 2, 5, 600_000] {
            durations.add(Duration::from_millis(ms));
        }
        let spread = durations.spread();
        let filled: Vec<_> = spread.buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.001, 1), (0.005, 2), (f64::INFINITY, 1)]);
        assert_eq!((spread.count, spread.total), (4, Duration::from_millis(600_008)));
    }
}
