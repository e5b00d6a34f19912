//! `toolbay:plugin/state`: small durable values, private to this plugin and the call's connection.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use toolbay_kernel::narrowing::NOT_NARROWED;
use toolbay_kernel::ports::PluginState;
use toolbay_kernel::{Call, Code, ConnectionId, PluginName, Problem};

use super::problem::to_guest;
use super::{CallState, on_main};
use crate::bindings::toolbay::plugin::{state, types};
use crate::json;
use crate::limits::{STATE_KEY_BYTES, STATE_KEYS, STATE_VALUE_BYTES};

/// Where a plugin's values are, once it may have any.
struct Namespace {
    port: Arc<dyn PluginState>,
    plugin: PluginName,
    connection: ConnectionId,
}

impl CallState {
    /// The plugin's place on the call's connection, when it may keep values and the key can be one.
    fn namespace(
        &mut self,
        function: &'static str,
        key: &str,
    ) -> Result<Result<Namespace, Problem>, super::Stop> {
        let running = self.enter(function)?;
        let allowed = || {
            running.call.permissions().check_state()?;
            // What a plugin keeps, it keeps for everybody on the connection, and it may have read it anywhere.
            if !running.call.principal().parts.is_everything() {
                return Err(Problem::new(Code::Forbidden, format!("a plugin's state is {NOT_NARROWED}")));
            }
            if key.len() > STATE_KEY_BYTES || key.chars().any(char::is_control) {
                let message = format!("a key has at most {STATE_KEY_BYTES} bytes and no control characters");
                return Err(Problem::new(Code::InvalidInput, message));
            }
            Ok(Namespace {
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
        namespace: Result<Namespace, Problem>,
        asked: impl FnOnce() -> Value + Send + 'static,
        work: impl FnOnce(Namespace) -> F,
    ) -> wasmtime::Result<Result<T, types::Problem>>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        // Entered before: a place is only made of a call.
        let (namespace, running) = match (namespace, &self.running) {
            (Ok(namespace), Some(running)) => (namespace, running),
            (Ok(_), None) => return Err(super::Stop::NoCall("state").into()),
            (Err(problem), _) => return Ok(Err(to_guest(problem))),
        };
        let telling = running.call.tell(asked, work(namespace));
        Ok(on_main(&self.meter, &running.main, telling).await?.map_err(to_guest))
    }
}

/// A value that is kept is a write like any other, so a check ends before it, and so does a call whose surface asks first.
async fn before_write(call: Option<Arc<Call>>) -> Result<(), Problem> {
    match call {
        Some(call) => call.before_write().await,
        None => Ok(()),
    }
}

impl state::Host for CallState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, types::Problem>> {
        let namespace = self.namespace("state.get", &key)?;
        let asked = json!(["state.get", key]);
        self.at(
            namespace,
            || asked,
            |namespace| async move {
                let value = namespace.port.get(&namespace.plugin, namespace.connection, &key).await?;
                Ok(value.map(|value| value.to_string()))
            },
        )
        .await
    }

    async fn put(&mut self, key: String, value: String) -> wasmtime::Result<Result<(), types::Problem>> {
        let namespace = self.namespace("state.put", &key)?;
        let writer = self.running.as_ref().map(|running| Arc::clone(&running.call));
        let asked = json!(["state.put", key, value]);
        self.at(
            namespace,
            || asked,
            |namespace| async move {
                before_write(writer).await?;
                let value: Value = json::parse(&value, STATE_VALUE_BYTES).map_err(|reason| {
                    Problem::new(Code::InvalidInput, format!("the value of `{key}`: {reason}"))
                })?;
                if key.is_empty() {
                    return Err(Problem::new(Code::InvalidInput, "a key has at least one character"));
                }
                if namespace
                    .port
                    .put(&namespace.plugin, namespace.connection, &key, &value, STATE_KEYS)
                    .await?
                {
                    return Ok(());
                }
                let message = format!("a plugin keeps at most {STATE_KEYS} values on a connection");
                Err(Problem::new(Code::LimitExceeded, message).hint("remove what is no longer needed"))
            },
        )
        .await
    }

    async fn remove(&mut self, key: String) -> wasmtime::Result<Result<(), types::Problem>> {
        let namespace = self.namespace("state.remove", &key)?;
        let writer = self.running.as_ref().map(|running| Arc::clone(&running.call));
        let asked = json!(["state.remove", key]);
        self.at(
            namespace,
            || asked,
            |namespace| async move {
                before_write(writer).await?;
                Ok(namespace.port.remove(&namespace.plugin, namespace.connection, &key).await?)
            },
        )
        .await
    }

    async fn keys(&mut self, prefix: String) -> wasmtime::Result<Result<Vec<String>, types::Problem>> {
        let namespace = self.namespace("state.keys", &prefix)?;
        let asked = json!(["state.keys", prefix]);
        self.at(
            namespace,
            || asked,
            |namespace| async move {
                Ok(namespace.port.keys(&namespace.plugin, namespace.connection, &prefix, STATE_KEYS).await?)
            },
        )
        .await
    }
}
