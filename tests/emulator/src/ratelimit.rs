//! The fixed window of requests that each connection has (documented): a budget that may be spent in
//! one burst, and comes back when the window ends.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::errors::Refusal;

/// The most windows whose use is remembered.
const REMEMBERED_WINDOWS: usize = 10_000;

/// The windows of all tokens.
pub(crate) struct Limiter {
    /// Requests that a token has in each window; `None` for no limit.
    pub(crate) budget: Option<u32>,
    /// How long a window is.
    pub(crate) length: Duration,
    windows: BTreeMap<String, Window>,
    /// What each window that ended let through, in the order of their ends.
    spent: Vec<u32>,
}

struct Window {
    opened: Instant,
    spent: u32,
}

impl Limiter {
    pub(crate) fn new(budget: Option<u32>, length: Duration) -> Limiter {
        Limiter { budget, length, windows: BTreeMap::new(), spent: Vec::new() }
    }

    /// Counts a request, or refuses it with the seconds until the window ends.
    pub(crate) fn admit(&mut self, token: &str, now: Instant) -> Result<(), Refusal> {
        let Some(budget) = self.budget else { return Ok(()) };
        let window = self.windows.entry(token.to_owned()).or_insert(Window { opened: now, spent: 0 });
        let age = now.saturating_duration_since(window.opened);
        if age >= self.length {
            if self.spent.len() < REMEMBERED_WINDOWS {
                self.spent.push(window.spent);
            }
            *window = Window { opened: now, spent: 0 };
        }
        if window.spent < budget {
            window.spent += 1;
            return Ok(());
        }
        let left = self.length.saturating_sub(now.saturating_duration_since(window.opened));
        Err(rate_limited(
            left.as_secs() + u64::from(left.subsec_nanos() > 0),
            "public_api_request_rate_limit",
        ))
    }

    /// What each window let through: those that ended, then the open ones.
    pub(crate) fn spent(&self) -> Vec<u32> {
        self.spent.iter().copied().chain(self.windows.values().map(|window| window.spent)).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.windows.clear();
        self.spent.clear();
    }
}

/// 429, with the wait in the header and again, as a string, in the body.
pub(crate) fn rate_limited(retry_after_seconds: u64, reason: &str) -> Refusal {
    let mut refusal =
        Refusal::new(429, "rate_limited", "You have been rate limited. Please try again in a few minutes.")
            .with_data(json!({"rate_limit_reason": reason, "retry_after": retry_after_seconds.to_string()}));
    refusal.retry_after_seconds = Some(retry_after_seconds);
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_budget_and_then_opens_again() {
        let (start, length) = (Instant::now(), Duration::from_secs(60));
        let mut limiter = Limiter::new(Some(2), length);
        assert!(limiter.admit("a", start).is_ok());
        assert!(limiter.admit("a", start).is_ok());
        let refused = limiter.admit("a", start + Duration::from_millis(59_500)).unwrap_err();
        assert_eq!((refused.status, refused.retry_after_seconds), (429, Some(1)));
        assert!(limiter.admit("b", start).is_ok());
        assert!(limiter.admit("a", start + length).is_ok());
        assert_eq!(limiter.spent(), [2, 1, 1]);
    }
}
