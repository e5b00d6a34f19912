//! `toolbay:plugin/ambient`: time, chance, and the calendar by which days are counted.
//!
//! The clock has whole milliseconds, too coarse to time the host's caches or other guests by. In a replay all three are
//! what they were before.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::future::Either;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use toolbay_kernel::Problem;

use super::{Stop, on_main};
use crate::bindings::toolbay::plugin::ambient;
use crate::calendar::Weekday;
use crate::limits::RANDOM_BYTES;

impl ambient::Host for super::CallState {
    async fn now_ms(&mut self) -> wasmtime::Result<u64> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.recorded("ambient.now-ms", || json!("now"), now).await
    }

    async fn random_bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        if count > RANDOM_BYTES {
            self.count()?;
            return Err(Stop::RandomBytes.into());
        }
        let mut bytes = vec![0; count as usize];
        getrandom::fill(&mut bytes).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        self.recorded("ambient.random-bytes", move || json!(["random", count]), bytes).await
    }

    async fn calendar(&mut self) -> wasmtime::Result<ambient::CalendarSettings> {
        let calendar = self.enter("ambient.calendar")?.calendar;
        let live = Recorded {
            time_zone: calendar.time_zone.name().to_owned(),
            rules: hex::encode(calendar.time_zone.rules()),
            week_start: calendar.week_start.to_string(),
        };
        let told = self.recorded("ambient.calendar", || json!("calendar"), live).await?;
        let week_start: Weekday = told.week_start.parse().map_err(wasmtime::Error::new)?;
        Ok(ambient::CalendarSettings {
            time_zone: told.time_zone,
            rules: hex::decode(told.rules).map_err(wasmtime::Error::new)?,
            week_start: match week_start {
                Weekday::Monday => ambient::Weekday::Monday,
                Weekday::Tuesday => ambient::Weekday::Tuesday,
                Weekday::Wednesday => ambient::Weekday::Wednesday,
                Weekday::Thursday => ambient::Weekday::Thursday,
                Weekday::Friday => ambient::Weekday::Friday,
                Weekday::Saturday => ambient::Weekday::Saturday,
                Weekday::Sunday => ambient::Weekday::Sunday,
            },
        })
    }
}

/// A calendar as a journal keeps it: the rules too, which another release of the host may know otherwise.
#[derive(Serialize, Deserialize)]
struct Recorded {
    time_zone: String,
    /// In hexadecimal digits.
    rules: String,
    week_start: String,
}

impl super::CallState {
    /// A value that the run's record has, or this one. It can't be refused: where a run does nothing more, its guest ends.
    async fn recorded<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
        &mut self,
        function: &'static str,
        asked: impl FnOnce() -> Value + Send + 'static,
        live: T,
    ) -> wasmtime::Result<T> {
        let running = self.enter(function)?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        match call.tell_value(asked, live) {
            Either::Left(value) => Ok(value),
            Either::Right(telling) => {
                let recorded = on_main(&self.meter, &main, telling).await?;
                Ok(recorded.map_err(|problem: Problem| Stop::Job(problem.code))?)
            }
        }
    }
}
