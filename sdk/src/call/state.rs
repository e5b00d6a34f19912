//! Small values that outlive a call.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Problem;
use crate::host::Host;
use crate::provider::Provider;

/// Small durable values, private to this plugin and the call's connection.
#[derive(Clone, Copy, Debug)]
pub struct State<'call> {
    host: &'call Provider,
}

impl<'call> State<'call> {
    pub(super) fn new(host: &'call Provider) -> Self {
        Self { host }
    }

    /// The value of a key, where there is one.
    ///
    /// # Errors
    ///
    /// What the host says, and `failed` where the value is not of this type.
    pub fn get<T: DeserializeOwned>(self, key: &str) -> Result<Option<T>, Problem> {
        let Some(value) = self.host.state_get(key)? else { return Ok(None) };
        let value = serde_json::from_value(value).map_err(|error| {
            Problem::failed(format!("The state `{key}` does not have the expected shape: {error}."))
        })?;
        Ok(Some(value))
    }

    /// Sets a key.
    ///
    /// # Errors
    ///
    /// What the host says, such as `limit_exceeded`.
    pub fn put(self, key: &str, value: &impl Serialize) -> Result<(), Problem> {
        self.host.state_put(key, serde_json::to_value(value)?)
    }

    /// Removes a key, where there is one.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn remove(self, key: &str) -> Result<(), Problem> {
        self.host.state_remove(key)
    }

    /// The keys that start with a prefix, in order.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn keys(self, prefix: &str) -> Result<Vec<String>, Problem> {
        self.host.state_keys(prefix)
    }
}
