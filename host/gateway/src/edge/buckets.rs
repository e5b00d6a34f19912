//! A token bucket for each of many.
//!
//! A bucket is one instant, until which what was taken lasts: taking one moves it on by the time of one, and there is one as
//! long as it lies no further ahead than the whole time. So one that is full again is one that lies in the past, which says
//! no more than one that isn't there, and is dropped.
//!
//! The crate `governor` has the same arithmetic, and neither of two things that are needed here: to see whether anything is
//! left without taking it (a token is wrong only after it was looked up), and a bound of how many it remembers.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::rate::Rate;

/// Buckets that are kept, in a few megabytes. With more who come within one time of the rate, new ones have none until some
/// are full again: who floods from so many addresses is held by the bounds of connections, and sharing what there is would let
/// it keep everybody out.
const MAX_BUCKETS: usize = 65_536;

/// Time between two looks for full buckets.
const SWEEP: Duration = Duration::from_secs(10);

/// Buckets of one rate, by key.
pub(crate) struct Buckets<K> {
    rate: Rate,
    of: Mutex<Kept<K>>,
}

struct Kept<K> {
    /// Until when what each has taken lasts.
    taken_until: HashMap<K, Instant>,
    swept: Instant,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Full ones.
    pub(crate) fn new(rate: Rate) -> Self {
        let kept = Kept { taken_until: HashMap::new(), swept: Instant::now() };
        Self { rate, of: Mutex::new(kept) }
    }

    /// How much one holds when it is full, and how fast it fills.
    pub(crate) fn rate(&self) -> Rate {
        self.rate
    }

    /// Takes one, or says when there will be one.
    pub(crate) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut kept = self.of.lock();
        let taken =
            kept.taken_until.get(&key).map_or(now, |until| (*until).max(now)) + self.rate.time_of_one();
        if let Some(wait) = self.wait(taken, now) {
            return Err(wait);
        }
        kept.keep(key, taken, now);
        Ok(())
    }

    /// Whether there is one to take, else when there will be.
    pub(crate) fn look(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let Some(until) = self.of.lock().taken_until.get(key).copied() else { return Ok(()) };
        self.wait(until.max(now) + self.rate.time_of_one(), now).map_or(Ok(()), Err)
    }

    fn wait(&self, taken: Instant, now: Instant) -> Option<Duration> {
        let wait = (taken - now).saturating_sub(self.rate.time());
        (!wait.is_zero()).then_some(wait)
    }
}

impl<K: Eq + Hash> Kept<K> {
    fn keep(&mut self, key: K, taken: Instant, now: Instant) {
        if let Some(until) = self.taken_until.get_mut(&key) {
            *until = taken;
            return;
        }
        // Looked for only when one comes that isn't there: while none does, nothing grows.
        if now - self.swept >= SWEEP {
            self.swept = now;
            self.taken_until.retain(|_, until| *until > now);
            if self.taken_until.capacity() / 4 > self.taken_until.len() {
                self.taken_until.shrink_to_fit();
            }
        }
        if self.taken_until.len() < MAX_BUCKETS {
            self.taken_until.insert(key, taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(rate: &str) -> Buckets<u32> {
        Buckets::new(rate.parse().unwrap())
    }

    fn taken(buckets: &Buckets<u32>, key: u32, times: usize, now: Instant) -> usize {
        (0..times).filter(|_| buckets.take(key, now).is_ok()).count()
    }

    #[test]
    fn a_full_bucket_goes_at_once_and_fills_again_at_its_rate() {
        let (buckets, begun) = (buckets("60/minute"), Instant::now());
        assert_eq!(taken(&buckets, 1, 100, begun), 60);
        assert_eq!(taken(&buckets, 2, 1, begun), 1, "each has its own");
        let wait = buckets.take(1, begun).unwrap_err();
        assert_eq!(wait, Duration::from_secs(1));
        assert_eq!(buckets.look(&1, begun), Err(wait));
        assert_eq!(
            taken(&buckets, 1, 100, begun + wait),
            1,
            "whoever waits as long as it is told is let through"
        );
        assert_eq!(taken(&buckets, 1, 100, begun + Duration::from_secs(11)), 10);
        assert_eq!(taken(&buckets, 1, 100, begun + Duration::from_secs(3_600)), 60, "it never holds more");
    }

    #[test]
    fn looking_takes_nothing() {
        let (buckets, now) = (buckets("1/hour"), Instant::now());
        assert_eq!((buckets.look(&1, now), buckets.look(&1, now)), (Ok(()), Ok(())));
        assert_eq!(buckets.take(1, now), Ok(()));
        assert!(buckets.look(&1, now).is_err());
    }

    #[test]
    fn full_buckets_are_forgotten_and_there_are_never_too_many() {
        let (buckets, begun) = (buckets("60/minute"), Instant::now());
        let keys = u32::try_from(MAX_BUCKETS).unwrap();
        assert!((0..keys + 10).all(|key| buckets.take(key, begun).is_ok()));
        assert_eq!(buckets.of.lock().taken_until.len(), MAX_BUCKETS);
        let later = begun + SWEEP + Duration::from_secs(60);
        assert_eq!(buckets.take(0, later), Ok(()), "one that is there is used again");
        assert_eq!(buckets.take(keys + 20, later), Ok(()));
        let kept = buckets.of.lock();
        assert_eq!(kept.taken_until.len(), 2, "only those that are not full are there");
        assert!(kept.taken_until.capacity() < MAX_BUCKETS / 2);
    }
}
