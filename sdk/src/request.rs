//! Requests to the Notion API and their answers.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Method, Path, Problem};

/// A request; the host adds origin, version and credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method, which the host looks up with the path in its table of routes.
    pub method: Method,
    /// The path, whose segments are escaped one by one when it is sent.
    pub path: Path,
    /// Names and values, not escaped.
    pub query: Vec<(String, String)>,
    /// The JSON to send; `None` sends no body at all.
    pub body: Option<Value>,
    /// How old an answer from the host's cache may be; `None` asks Notion.
    pub max_age: Option<Duration>,
}

impl Request {
    /// A request without query and body.
    pub fn new(method: Method, path: impl Into<Path>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None, max_age: None }
    }

    /// `GET path`, without a query.
    pub fn get(path: impl Into<Path>) -> Self {
        Self::new(Method::Get, path)
    }

    /// `POST path` with a body.
    pub fn post(path: impl Into<Path>, body: Value) -> Self {
        Self::new(Method::Post, path).body(body)
    }

    /// `PATCH path` with a body.
    pub fn patch(path: impl Into<Path>, body: Value) -> Self {
        Self::new(Method::Patch, path).body(body)
    }

    /// `DELETE path`, without a query.
    pub fn delete(path: impl Into<Path>) -> Self {
        Self::new(Method::Delete, path)
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Lets the host answer from its cache when what it has is at most this old.
    ///
    /// It remembers schemas and people (`GET` of data sources, databases, templates and users), at most ten minutes, and
    /// forgets what the connection's own writes change. Other requests are always sent.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets the body, in place of one that is there.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// An answer of 2xx; anything else is a [`Problem`], with Notion's status and code in its details.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The JSON that Notion sent, as it came.
    pub body: Value,
}

impl Response {
    /// The body as a type of the plugin's own.
    ///
    /// # Errors
    ///
    /// `upstream_failed` where the body is not of that type.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Problem> {
        serde_json::from_value(self.body).map_err(|error| {
            Problem::upstream_failed(format!("Notion's answer did not have the expected shape: {error}."))
        })
    }
}
