//! When a job runs again, and when it is given up: one rule, whatever ended its last run.
//!
//! A run that ends without headway counts, whether its host died under it or its tool ended with a problem that passes.
//! Headway, an outcome that the journal keeps, begins the count anew. After [`MAX_ATTEMPTS`] runs without headway, or
//! [`MAX_AGE`] after it was started, a job isn't run again.

use std::time::Duration;

use serde_json::Value;

use crate::problem::{Code, Problem};

/// Runs of one job without headway. A job whose host ends under it each time would else take every host down for ever.
pub const MAX_ATTEMPTS: u32 = 10;

/// Age at which a job isn't put off any more: what Notion refuses for a day, it refuses.
pub const MAX_AGE: Duration = Duration::from_secs(24 * 3_600);

/// Runs that look for a write of unknown outcome: they take three to five minutes.
const LOOKS: u32 = 7;

/// The longest wait before the next run.
pub const MAX_BACKOFF: Duration = Duration::from_secs(900);

/// The wait after the first run without headway; doubled after each further one.
const FIRST_BACKOFF: Duration = Duration::from_secs(5);

/// How often a job has been run, and how old it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tries {
    /// Runs without headway, the last one included.
    pub(super) attempts: u32,
    pub(super) age: Duration,
}

impl Tries {
    /// The wait before the next run of a job whose last one ended with this; none when it isn't run again.
    pub(super) fn next_after(self, problem: &Problem) -> Option<Duration> {
        // An unknown outcome is looked for until it must show: two minutes after the write was sent, as `settle_seconds` has it.
        let most = if problem.code == Code::OutcomeUnknown { LOOKS } else { MAX_ATTEMPTS };
        if !is_retried(problem.code) || self.attempts >= most || self.age >= MAX_AGE {
            return None;
        }
        let doubled = 2_u32.saturating_pow(self.attempts.saturating_sub(1));
        let backoff = FIRST_BACKOFF.saturating_mul(doubled).min(MAX_BACKOFF);
        Some(jittered(backoff).max(asked_for(problem)).min(MAX_BACKOFF))
    }
}

/// Whether a job that ended so may be run again: the problem passes by itself, and a person could do nothing else. A write of
/// unknown outcome isn't sent again by that: the next run looks for it.
fn is_retried(code: Code) -> bool {
    match code {
        Code::RateLimited | Code::Unavailable | Code::UpstreamFailed | Code::OutcomeUnknown => true,
        Code::InvalidInput
        | Code::Unauthenticated
        | Code::Forbidden
        | Code::NotFound
        | Code::Conflict
        | Code::KeyReused
        | Code::LimitExceeded
        | Code::Cancelled
        | Code::Failed => false,
    }
}

/// The wait that whoever refused has asked for.
fn asked_for(problem: &Problem) -> Duration {
    let seconds = problem.details.as_deref().and_then(|details| details.get("retry_after_seconds"));
    let seconds = seconds.and_then(Value::as_f64).unwrap_or_default();
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Between half of it and all of it, so that jobs which failed together don't come back together.
fn jittered(backoff: Duration) -> Duration {
    let mut random = [0; 4];
    // Without random numbers the wait is the longest.
    let share = getrandom::fill(&mut random).map_or(u32::MAX, |()| u32::from_le_bytes(random));
    let half = backoff / 2;
    half + half.mul_f64(f64::from(share) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn next(attempts: u32, age: Duration, problem: &Problem) -> Option<Duration> {
        Tries { attempts, age }.next_after(problem)
    }

    #[test]
    fn the_wait_doubles_within_its_jitter_and_has_an_end() {
        let problem = Problem::new(Code::UpstreamFailed, "why");
        for (attempts, longest) in [(1, 5), (2, 10), (3, 20), (7, 320), (9, 900)] {
            let wait = next(attempts, Duration::ZERO, &problem).unwrap();
            let longest = Duration::from_secs(longest);
            assert!(wait >= longest / 2 && wait <= longest, "{attempts}: {wait:?}");
        }
        assert_eq!(next(MAX_ATTEMPTS, Duration::ZERO, &problem), None);
        assert_eq!(next(1, MAX_AGE, &problem), None);
    }

    #[test]
    fn a_wait_that_was_asked_for_counts_within_the_bound() {
        let limited =
            |seconds| Problem::new(Code::RateLimited, "why").details(json!({"retry_after_seconds": seconds}));
        assert_eq!(next(1, Duration::ZERO, &limited(60)), Some(Duration::from_secs(60)));
        assert_eq!(next(1, Duration::ZERO, &limited(1_000_000)), Some(MAX_BACKOFF));
        assert!(next(1, Duration::ZERO, &limited(-1)).is_some());
    }

    #[test]
    fn what_a_person_has_to_mend_is_not_tried_again() {
        let retried = Code::ALL
            .into_iter()
            .filter(|code| next(1, Duration::ZERO, &Problem::new(*code, "why")).is_some());
        assert_eq!(
            retried.collect::<Vec<_>>(),
            [Code::RateLimited, Code::UpstreamFailed, Code::OutcomeUnknown, Code::Unavailable]
        );
    }
}
