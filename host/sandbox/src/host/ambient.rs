//! `toolbay:plugin/ambient`: time and chance.
//!
//! The clock has whole milliseconds, too coarse to time the host's caches or other guests by. In a replay both are
//! what they were before.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::future::Either;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use toolbay_kernel::Problem;

use super::{Stop, on_main};
use crate::bindings::toolbay::plugin::ambient;
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
