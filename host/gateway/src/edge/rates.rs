//! How many requests are taken of one client and of one principal.
//!
//! The bounds keep one from crowding out all others, and from trying tokens without end; they are no quota. So they are
//! generous, and what a bucket holds at once is as much as comes in its whole time.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use toolbay_kernel::{Code, Principal, PrincipalId, Problem};

use super::buckets::Buckets;
use super::client::Client;
use super::rate::Rate;

/// Time between two lines of the log about refused requests: who floods doesn't flood the log.
const TOLD: Duration = Duration::from_secs(10);

/// What the operator sets; none is no bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateSettings {
    /// Requests of one address.
    pub address: Option<Rate>,
    /// Requests of one address that bring a token that isn't known.
    pub wrong_tokens: Option<Rate>,
    /// Requests of one principal, whatever they ask.
    pub principal: Option<Rate>,
}

impl Default for RateSettings {
    /// A hundred requests a second of one address, since an office or a provider's cloud is often one; two wrong tokens a
    /// second, more than a client sends that repeats itself patiently. What a principal may do is bounded by its running
    /// calls and by Notion's budget.
    fn default() -> Self {
        let a_minute = |count| NonZeroU32::new(count).map(Rate::a_minute);
        Self { address: a_minute(6_000), wrong_tokens: a_minute(120), principal: None }
    }
}

/// What was taken so far.
pub(crate) struct Rates {
    address: Option<Buckets<IpAddr>>,
    wrong_tokens: Option<Buckets<IpAddr>>,
    principal: Option<Buckets<PrincipalId>>,
    begun: Instant,
    /// Milliseconds after the beginning at which the log was last told of a refusal.
    told: AtomicU64,
}

impl Rates {
    /// Nothing was taken.
    pub(crate) fn new(settings: &RateSettings) -> Self {
        Self {
            address: settings.address.map(Buckets::new),
            wrong_tokens: settings.wrong_tokens.map(Buckets::new),
            principal: settings.principal.map(Buckets::new),
            begun: Instant::now(),
            told: AtomicU64::new(0),
        }
    }

    /// Counts a request of a client before anything else is done for it.
    pub(crate) fn client(&self, client: Client, brings_token: bool) -> Result<(), Problem> {
        let Some(address) = client.counted else { return Ok(()) };
        let refused = |what: &str, setting: &str, rate: Rate, wait: Duration| {
            self.tell(&client.address, setting);
            Err(problem(&format!("{what} came from this address"), setting, rate, wait))
        };
        if client.is_crowded {
            let problem = Problem::new(Code::RateLimited, "this address has too many requests under way")
                .hint("wait until some of them are answered");
            return Err(problem);
        }
        let now = Instant::now();
        if let Some(buckets) = &self.address
            && let Err(wait) = buckets.take(address, now)
        {
            return refused("too many requests", "address", buckets.rate(), wait);
        }
        if brings_token
            && let Some(buckets) = &self.wrong_tokens
            && let Err(wait) = buckets.look(&address, now)
        {
            return refused("too many wrong tokens", "wrong_tokens", buckets.rate(), wait);
        }
        Ok(())
    }

    /// The token that a request of this client brought was none.
    pub(crate) fn wrong_token(&self, client: Client) {
        if let (Some(buckets), Some(address)) = (&self.wrong_tokens, client.counted) {
            // It was looked at when the request came; others that came with it may have taken the last ones meanwhile.
            let _may_be_empty = buckets.take(address, Instant::now());
        }
    }

    /// Counts a request of a principal.
    pub(crate) fn principal(&self, principal: &Principal) -> Result<(), Problem> {
        let Some(buckets) = &self.principal else { return Ok(()) };
        buckets.take(principal.id, Instant::now()).map_err(|wait| {
            self.tell(&principal.name, "principal");
            problem("too many requests came with this token", "principal", buckets.rate(), wait)
        })
    }

    fn tell(&self, who: &dyn std::fmt::Display, setting: &str) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let told = self.told.load(Ordering::Relaxed);
        let is_time = told == 0 || now.saturating_sub(told) >= TOLD.as_millis() as u64;
        // One of those who refuse at the same time tells.
        if is_time
            && self.told.compare_exchange(told, now.max(1), Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            tracing::warn!(%who, rate = setting, "rates.refused");
        }
    }
}

fn problem(message: &str, setting: &str, rate: Rate, wait: Duration) -> Problem {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Problem::new(Code::RateLimited, message)
        .hint(format!(
            "wait for `Retry-After`; the operator sets the rate, {rate}, as `{setting}` below `[rates]` in toolbay.toml"
        ))
        .details(json!({"retry_after_seconds": seconds}))
}
