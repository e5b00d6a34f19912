//! `toolbay:plugin/state`: small durable values, private to this plugin and the call's connection.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use toolbay_kernel::ports::PluginState;
use toolbay_kernel::{Call, Code, ConnectionId, PluginName, Problem};

use super::problem::to_guest;
use super::{CallState, on_main};
use crate::bindings::toolbay::plugin::{state, types};
use crate::json;
use crate::limits::{STATE_KEY_BYTES, STATE_KEYS, STATE_VALUE_BYTES};

/// Where a plugin's values are, once it may have any.
struct Place {
    port: Arc<dyn PluginState>,
    plugin: PluginName,
    connection: ConnectionId,
}

impl CallState {
    /// The plugin's place on the call's connection, when it may keep values and the key can be one.
    fn place(&mut self, function: &'static str, key: &str) -> Result<Result<Place, Problem>, super::Stop> {
        let running = self.enter(function)?;
        let allowed = || {
            running.call.permissions().check_state()?;
            if key.len() > STATE_KEY_BYTES || key.chars().any(char::is_control) {
                let message = format!("a key has at most {STATE_KEY_BYTES} bytes and no control characters");
                return Err(Problem::new(Code::InvalidInput, message));
            }
            Ok(Place {
                port: Arc::clone(&running.state),
                plugin: running.plugin.clone(),
                connection: running.call.connection()?.id,
            })
        };
        Ok(allowed())
    }

    /// Runs what needs the place, where the host's own futures run; `asked` says what it is.
    async fn at<T, F>(
        &self,
        place: Result<Place, Problem>,
        asked: impl FnOnce() -> Value + Send + 'static,
        work: impl FnOnce(Place) -> F,
    ) -> wasmtime::Result<Result<T, types::Problem>>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        // Entered before: a place is only made of a call.
        let (place, running) = match (place, &self.running) {
            (Ok(place), Some(running)) => (place, running),
            (Ok(_), None) => return Err(super::Stop::NoCall("state").into()),
            (Err(problem), _) => return Ok(Err(to_guest(problem))),
        };
        let telling = running.call.tell(asked, work(place));
        Ok(on_main(&self.meter, &running.main, telling).await?.map_err(to_guest))
    }
}

/// A value that is kept is a write like any other, so a check ends before it.
async fn before_write(call: Option<Arc<Call>>) {
    if let Some(call) = call {
        call.before_write().await;
    }
}

impl state::Host for CallState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, types::Problem>> {
        let place = self.place("state.get", &key)?;
        let asked = json!(["state.get", key]);
        self.at(
            place,
            || asked,
            |place| async move {
                let value = place.port.get(&place.plugin, place.connection, &key).await?;
                Ok(value.map(|value| value.to_string()))
            },
        )
        .await
    }

    async fn put(&mut self, key: String, value: String) -> wasmtime::Result<Result<(), types::Problem>> {
        let place = self.place("state.put", &key)?;
        let writer = self.running.as_ref().map(|running| Arc::clone(&running.call));
        let asked = json!(["state.put", key, value]);
        self.at(
            place,
            || asked,
            |place| async move {
                before_write(writer).await;
                let value: Value = json::parse(&value, STATE_VALUE_BYTES).map_err(|reason| {
                    Problem::new(Code::InvalidInput, format!("the value of `{key}`: {reason}"))
                })?;
                if key.is_empty() {
                    return Err(Problem::new(Code::InvalidInput, "a key has at least one character"));
                }
                if place.port.put(&place.plugin, place.connection, &key, &value, STATE_KEYS).await? {
                    return Ok(());
                }
                let message = format!("a plugin keeps at most {STATE_KEYS} values on a connection");
                Err(Problem::new(Code::LimitExceeded, message).hint("remove what is no longer needed"))
            },
        )
        .await
    }

    async fn remove(&mut self, key: String) -> wasmtime::Result<Result<(), types::Problem>> {
        let place = self.place("state.remove", &key)?;
        let writer = self.running.as_ref().map(|running| Arc::clone(&running.call));
        let asked = json!(["state.remove", key]);
        self.at(
            place,
            || asked,
            |place| async move {
                before_write(writer).await;
                Ok(place.port.remove(&place.plugin, place.connection, &key).await?)
            },
        )
        .await
    }

    async fn keys(&mut self, prefix: String) -> wasmtime::Result<Result<Vec<String>, types::Problem>> {
        let place = self.place("state.keys", &prefix)?;
        let asked = json!(["state.keys", prefix]);
        self.at(
            place,
            || asked,
            |place| async move {
                Ok(place.port.keys(&place.plugin, place.connection, &prefix, STATE_KEYS).await?)
            },
        )
        .await
    }
}
