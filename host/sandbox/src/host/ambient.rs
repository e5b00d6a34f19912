//! `toolbay:plugin/ambient`: time and chance.
//!
//! The clock has whole milliseconds, too coarse to time the host's caches or other guests by.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Stop;
use crate::bindings::toolbay::plugin::ambient;
use crate::limits::RANDOM_BYTES;

impl ambient::Host for super::CallState {
    fn now_ms(&mut self) -> wasmtime::Result<u64> {
        self.enter("ambient.now-ms")?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn random_bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        self.enter("ambient.random-bytes")?;
        if count > RANDOM_BYTES {
            return Err(Stop::RandomBytes.into());
        }
        let mut bytes = vec![0; count as usize];
        getrandom::fill(&mut bytes).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        Ok(bytes)
    }
}
