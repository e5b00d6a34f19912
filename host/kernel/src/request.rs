//! Requests to Notion: as a provider asks for them, and as the gate sends them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::access::Access;
use crate::problem::{Code, Problem};

/// Characters of an id without dashes; no word of a route is as long.
const SHORTEST_ID: usize = 32;

/// An HTTP method of the Notion API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    /// The method as on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl FromStr for Method {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Get, Self::Post, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == text)
            .ok_or(())
    }
}

/// A request to Notion as a provider asks for it: nothing in it is trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct NotionRequest {
    pub method: Method,
    /// The path, such as `/v1/pages/<id>`; no host, no query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// How old an answer that the gate remembers may be; none asks Notion.
    pub max_age: Option<Duration>,
}

/// What a route has to do with what the gate remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CachePolicy {
    None,
    /// Its answers may be kept.
    Keeps,
    /// It makes what was kept out of date.
    Changes,
}

/// A route of the Notion API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NotionRoute {
    pub method: Method,
    /// The path with `{name}` for its parameters, such as `/v1/pages/{page_id}`.
    pub template: &'static str,
    /// The strongest thing that it does.
    pub effect: Access,
    /// What it has to do with what the gate remembers.
    pub cache: CachePolicy,
}

impl fmt::Display for NotionRoute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method.as_str(), self.template)
    }
}

/// A request that names a known route and is made of validated parts alone.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedRequest {
    /// The route. Its effect may be stronger than the table's, when the body says so (trashing by `PATCH`).
    pub route: NotionRoute,
    /// The path's segments, each of a harmless alphabet.
    pub segments: Vec<String>,
    /// The query's pairs, each key known for the route.
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// What a write changes, in words for people: kinds and ids, nothing that a caller wrote. Empty for a read.
    pub target: String,
}

impl ResolvedRequest {
    /// The ids that the path names.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.segments.iter().filter(|segment| segment.len() >= SHORTEST_ID).cloned().collect()
    }

    /// Whether it changes something.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.route.effect != Access::Reads
    }

    /// All that decides what it does, for comparing.
    pub(crate) fn in_words(&self) -> Value {
        json!([self.route.method.as_str(), self.segments, self.query, self.body])
    }
}

/// Notion's answer of 2xx.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotionResponse {
    /// The status, such as 200 or 202.
    pub status: u16,
    pub body: Value,
}

impl NotionResponse {
    /// The id of what the answer shows.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.body.get("id").and_then(Value::as_str)
    }

    /// The ids of all that the answer shows: of one object, or of those in a list.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let listed = self.body.get("results").and_then(Value::as_array).into_iter().flatten();
        self.id().into_iter().chain(listed.filter_map(|shown| shown.get("id").and_then(Value::as_str)))
    }

    pub(crate) fn for_journal(&self) -> Value {
        json!(self)
    }

    pub(crate) fn of_journal(told: Value) -> Result<Self, Problem> {
        serde_json::from_value(told).map_err(|_| Problem::new(Code::Failed, "the job's journal is damaged"))
    }
}
