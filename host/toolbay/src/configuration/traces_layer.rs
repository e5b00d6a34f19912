//! What `toolbay.toml` says about traces.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::words;
use super::written::Written;

/// `[traces]` in `toolbay.toml`.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TracesLayer {
    /// The collector's address, below which `v1/traces` is.
    #[serde(default, deserialize_with = "words::read_url")]
    pub endpoint: Option<Url>,
    /// What every request to it has, such as a key.
    #[serde(default)]
    pub headers: BTreeMap<String, Written>,
    /// What the host is called there [default: toolbay].
    pub service_name: Option<String>,
    /// Which traces are kept, by OpenTelemetry's names [default: `parentbased_always_on`].
    pub sampler: Option<String>,
    /// The share of traces that a sampler by ratio keeps [default: 1].
    pub share: Option<f64>,
}
