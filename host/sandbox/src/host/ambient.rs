//! `toolbay:plugin/ambient`: time and chance.
//!
//! The clock has whole milliseconds, too coarse to time the host's caches or other guests by. In a job that goes on after
//! an interruption both are what they were before.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use toolbay_kernel::Problem;

use super::{Stop, on_main};
use crate::bindings::toolbay::plugin::ambient;
use crate::limits::RANDOM_BYTES;

impl ambient::Host for super::CallState {
    async fn now_ms(&mut self) -> wasmtime::Result<u64> {
        let told = self.told("ambient.now-ms", json!("now"), || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Ok(json!(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
        });
        Ok(told.await?.as_u64().unwrap_or(u64::MAX))
    }

    async fn random_bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        if count > RANDOM_BYTES {
            self.count()?;
            return Err(Stop::RandomBytes.into());
        }
        let told = self.told("ambient.random-bytes", json!(["random", count]), || {
            let mut bytes = vec![0; count as usize];
            getrandom::fill(&mut bytes).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
            Ok(json!(bytes))
        });
        Ok(serde_json::from_value(told.await?)?)
    }
}

impl super::CallState {
    /// Something that can't be refused: where a job does nothing more, its guest ends.
    async fn told(
        &mut self,
        function: &'static str,
        what: Value,
        live: impl FnOnce() -> wasmtime::Result<Value>,
    ) -> wasmtime::Result<Value> {
        let running = self.enter(function)?;
        if !running.call.is_recorded() {
            return live();
        }
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        let value = live()?;
        let telling = call.tell(what, async move { Ok(value) });
        Ok(on_main(&self.meter, &main, telling).await?.map_err(|problem: Problem| Stop::Job(problem.code))?)
    }
}
