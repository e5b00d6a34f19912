//! Rate windows over PostgreSQL, which several hosts share. What is in `migrations/postgres/0019_rate_windows.sql` decides; each question is one
//! statement.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use toolbay_kernel::other_hosts::OtherHosts as _;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::rate_windows::{RateWindow, RateWindows, Settled, Taken};
use toolbay_kernel::run::Priority;

use crate::clock::milliseconds;
use crate::store::Store;

#[async_trait]
impl RateWindows for Store {
    async fn take(
        &self,
        window: &RateWindow,
        wanted: u32,
        settled: Option<Settled>,
    ) -> Result<Taken, StoreError> {
        let settled = settled.map(|settled| written(&[settled])).unwrap_or_default();
        let taken: Option<(i64, i64, i64, i64)> = self
            .database
            .row(
                "SELECT permits, wait, paused, known_for FROM rate_take($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                [
                    window.key.clone().into(),
                    self.process.id.clone().into(),
                    is_background(window.priority).into(),
                    i64::from(wanted).into(),
                    i64::from(window.places).into(),
                    i64::from(window.burst).into(),
                    milliseconds_at_least(window.interval).into(),
                    milliseconds(window.length).into(),
                    milliseconds(window.held_for()).into(),
                    settled.into(),
                ],
            )
            .await?;
        let (permits, wait, paused, known_for) = taken.unwrap_or_default();
        Ok(Taken::of_numbers([permits, wait, paused, known_for]))
    }

    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let parameters = [self.process.id.clone().into(), written(settled).into()];
        self.database.execute("SELECT rate_settle($1, $2)", parameters).await?;
        Ok(())
    }

    async fn pause(&self, key: &str, wait: Duration) -> Result<(), StoreError> {
        self.database
            .execute(
                "INSERT INTO rate_windows AS known (key, paused_until) VALUES ($1, rate_now() + $2) \
                 ON CONFLICT (key) DO UPDATE SET paused_until = GREATEST(known.paused_until, excluded.paused_until)",
                [key.into(), milliseconds(wait).into()],
            )
            .await?;
        Ok(())
    }

    fn hosts(&self) -> u32 {
        self.other_hosts.as_ref().map_or(1, |others| others.count())
    }
}

fn is_background(priority: Priority) -> i64 {
    i64::from(priority == Priority::Background)
}

/// Rounded up: spacing that is too short would exceed the bound.
fn milliseconds_at_least(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

fn written(settled: &[Settled]) -> String {
    let one = |settled: &Settled| {
        let used: Vec<_> =
            settled.used.iter().map(|(count, ago)| json!([count, milliseconds(*ago)])).collect();
        json!({
            "key": settled.key,
            "background": is_background(settled.priority),
            "length": milliseconds(settled.length),
            "used": used,
            "unused": settled.unused,
        })
    };
    serde_json::Value::from_iter(settled.iter().map(one)).to_string()
}
