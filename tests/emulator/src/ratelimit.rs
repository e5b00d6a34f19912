//! The fixed window of requests that each connection has (documented): a budget that may be spent in
//! one burst, and comes back when the window ends.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::errors::Refusal;

/// The windows of all tokens.
#[derive(Default)]
pub(crate) struct Limiter {
    windows: BTreeMap<String, Window>,
}

struct Window {
    opened: Instant,
    spent: u32,
}

impl Limiter {
    /// Counts a request, or refuses it with the seconds until the window ends.
    pub(crate) fn admit(
        &mut self,
        token: &str,
        budget: u32,
        length: Duration,
        now: Instant,
    ) -> Result<(), Refusal> {
        let window = self.windows.entry(token.to_owned()).or_insert(Window { opened: now, spent: 0 });
        let age = now.saturating_duration_since(window.opened);
        if age >= length {
            *window = Window { opened: now, spent: 0 };
        }
        if window.spent < budget {
            window.spent += 1;
            return Ok(());
        }
        let left = length.saturating_sub(now.saturating_duration_since(window.opened));
        Err(rate_limited(
            left.as_secs() + u64::from(left.subsec_nanos() > 0),
            "public_api_request_rate_limit",
        ))
    }

    pub(crate) fn clear(&mut self) {
        self.windows.clear();
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
        let mut limiter = Limiter::default();
        let (start, length) = (Instant::now(), Duration::from_secs(60));
        assert!(limiter.admit("a", 2, length, start).is_ok());
        assert!(limiter.admit("a", 2, length, start).is_ok());
        let refused = limiter.admit("a", 2, length, start + Duration::from_millis(59_500)).unwrap_err();
        assert_eq!((refused.status, refused.retry_after_seconds), (429, Some(1)));
        assert!(limiter.admit("b", 2, length, start).is_ok());
        assert!(limiter.admit("a", 2, length, start + length).is_ok());
    }
}
