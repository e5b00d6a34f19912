//! Lines of the log that strangers can cause: a few of them are told, and how many others there were.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Lines that are told in each window. Who tries tokens doesn't flood the log.
const MAX: u32 = 20;

const WINDOW: Duration = Duration::from_secs(10);

/// Counts what is told.
#[derive(Default)]
pub(crate) struct Seldom(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    since: Option<Instant>,
    told: u32,
    left_out: u64,
}

impl Seldom {
    /// Whether another line is told now; if so, with the number of those that were left out since the last one.
    pub(crate) fn take(&self, now: Instant) -> Option<u64> {
        let mut counted = self.0.lock();
        if counted.since.is_none_or(|since| now.saturating_duration_since(since) >= WINDOW) {
            counted.since = Some(now);
            counted.told = 0;
        }
        if counted.told >= MAX {
            counted.left_out += 1;
            return None;
        }
        counted.told += 1;
        Some(std::mem::take(&mut counted.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_by_a_few_lines_and_a_number() {
        let (seldom, now) = (Seldom::default(), Instant::now());
        assert_eq!((0..1_000).filter_map(|_| seldom.take(now)).count(), MAX as usize);
        assert_eq!(seldom.take(now + WINDOW), Some(1_000 - u64::from(MAX)));
        assert_eq!(seldom.take(now + WINDOW), Some(0));
    }
}
