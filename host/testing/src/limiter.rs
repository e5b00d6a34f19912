//! A limiter without limits.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use toolbay_kernel::Problem;
use toolbay_kernel::egress::BudgetKey;
use toolbay_kernel::ports::{Limiter, Permit};
use toolbay_kernel::run::Priority;

/// Gives a slot to everybody, and remembers what it was asked.
#[derive(Default)]
pub struct OpenLimiter {
    pub priorities: Mutex<Vec<Priority>>,
    /// The pauses that an outside asked for.
    pub pauses: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Limiter for OpenLimiter {
    async fn acquire(
        &self,
        _budget: &BudgetKey,
        priority: Priority,
        _deadline: Instant,
    ) -> Result<Permit, Problem> {
        self.priorities.lock().push(priority);
        Ok(Permit::unbounded())
    }

    fn pause(&self, _budget: &BudgetKey, wait: Duration) {
        self.pauses.lock().push(wait);
    }
}
