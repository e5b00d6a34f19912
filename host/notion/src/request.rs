//! A request to Notion, made of validated parts alone.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use toolbay_kernel::Access;
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::gate::{CachePolicy, Method, Payload, Request, ResolvedRequest};

use crate::capabilities;
use crate::routes::{self, Cache, Entry};

/// The name of Notion's egress in a request.
pub const NAME: &str = "notion";

/// A route of the Notion API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NotionRoute {
    pub(crate) method: Method,
    /// The path with `{name}` for its parameters, such as `/v1/pages/{page_id}`.
    pub(crate) template: &'static str,
    /// The strongest thing that it does. It may be stronger than the table's, when the body says so (trashing by `PATCH`).
    pub(crate) access: Access,
}

impl fmt::Display for NotionRoute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method.as_str(), self.template)
    }
}

/// A request that names a route of the table.
#[derive(Debug, Clone)]
pub(crate) struct NotionRequest {
    pub(crate) entry: &'static Entry,
    pub(crate) route: NotionRoute,
    /// The path's segments, each of a harmless alphabet.
    pub(crate) segments: Vec<String>,
    /// The query's pairs, each key known for the route.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    /// What a write changes, in words for people: kinds and ids, nothing that a caller wrote. Empty for a read.
    pub(crate) target: String,
}

impl NotionRequest {
    /// The request of this crate in one of the gate.
    pub(crate) fn of(resolved: &ResolvedRequest) -> Option<&Self> {
        resolved.payload()
    }

    /// The request that [`Payload::in_words`] wrote, by the same rules as one that a provider asks for.
    pub(crate) fn recalled(words: &Value) -> Option<Self> {
        type Words = (String, Vec<String>, Vec<(String, String)>, Option<Value>);
        let (method, segments, query, body): Words = serde_json::from_value(words.clone()).ok()?;
        let path = format!("/{}", segments.join("/"));
        let method = method.parse().ok()?;
        routes::resolve(Request { egress: NAME, method, path, query, body, max_age: None }).ok()
    }

    /// Whether it changes something.
    pub(crate) fn writes(&self) -> bool {
        self.route.access != Access::Reads
    }

    /// As the gate takes it.
    pub(crate) fn resolved(self) -> ResolvedRequest {
        let address = self.segments.join("/");
        let cache = match self.entry.cache {
            Cache::None => CachePolicy::None,
            Cache::Changes => CachePolicy::Changes,
            Cache::Keeps => {
                let mut kept = address.clone();
                for (name, value) in &self.query {
                    kept.push_str(&format!("&{name}={value}"));
                }
                CachePolicy::Keeps(kept)
            }
        };
        ResolvedRequest {
            capability: capabilities::of(self.route.access),
            access: self.route.access,
            is_repeatable: self.entry.seen.is_of_state() && !self.applies_a_template(),
            cache,
            summary: WriteName {
                method: self.route.method.as_str().to_owned(),
                route: self.route.template.to_owned(),
                target: self.target.clone(),
            },
            address,
            ids: self.entry.ids(&self.segments),
            payload: Arc::new(self),
        }
    }

    /// A template is applied once more by a second request.
    fn applies_a_template(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.get("template").is_some())
    }
}

impl Payload for NotionRequest {
    fn in_words(&self) -> Value {
        json!([self.route.method.as_str(), self.segments, self.query, self.body])
    }
}
