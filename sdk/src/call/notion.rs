//! The Notion API as a call sees it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::host::Host;
use crate::provider::Provider;
use crate::{Path, Problem, Request, Response};

/// The Notion API; the host adds the credential and keeps to the limits.
///
/// ```no_run
/// # use toolbay_sdk::prelude::*;
/// # fn example(call: &Call, page_id: &str) -> Result<(), Problem> {
/// let page: Value = call.notion().get(["v1", "pages", page_id]).json()?;
/// let me = call.notion().get("/v1/users/me").send()?.body;
/// let found = call.notion().get("/v1/users").query("page_size", 100).send()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Notion<'call> {
    host: &'call Provider,
}

impl<'call> Notion<'call> {
    pub(super) fn new(host: &'call Provider) -> Self {
        Self { host }
    }

    /// Prepares `GET path`.
    pub fn get(self, path: impl Into<Path>) -> Outgoing<'call> {
        self.prepare(Request::get(path))
    }

    /// Prepares `POST path`.
    pub fn post(self, path: impl Into<Path>, body: Value) -> Outgoing<'call> {
        self.prepare(Request::post(path, body))
    }

    /// Prepares `PATCH path`.
    pub fn patch(self, path: impl Into<Path>, body: Value) -> Outgoing<'call> {
        self.prepare(Request::patch(path, body))
    }

    /// Prepares `DELETE path`.
    pub fn delete(self, path: impl Into<Path>) -> Outgoing<'call> {
        self.prepare(Request::delete(path))
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// Whatever is not an answer of 2xx, with Notion's status and code in the details.
    pub fn send(self, request: Request) -> Result<Response, Problem> {
        self.host.send(request)
    }

    /// Sends independent requests side by side, any number of them; answers keep their order.
    #[must_use]
    pub fn send_all(self, requests: Vec<Request>) -> Vec<Result<Response, Problem>> {
        self.host.send_all(requests)
    }

    fn prepare(self, request: Request) -> Outgoing<'call> {
        Outgoing { notion: self, request }
    }
}

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send` or `json`"]
pub struct Outgoing<'call> {
    notion: Notion<'call>,
    request: Request,
}

impl Outgoing<'_> {
    /// Adds a query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.request = self.request.query(name, value);
        self
    }

    /// Lets the host answer from its cache, as [`Request::max_age`] says.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.request = self.request.max_age(max_age);
        self
    }

    /// Sends the request.
    ///
    /// # Errors
    ///
    /// As [`Notion::send`].
    pub fn send(self) -> Result<Response, Problem> {
        self.notion.send(self.request)
    }

    /// Sends the request and reads the answer.
    ///
    /// # Errors
    ///
    /// As [`Notion::send`] and [`Response::json`].
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Problem> {
        self.send()?.json()
    }
}
