//! Requests to the outside: as a provider asks for them, and as the gate sends them.

use std::any::Any;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::access::Access;
use crate::body::Body;
use crate::capability::CapabilityName;
use crate::effects::WriteName;
use crate::problem::{Code, Problem};

/// The method of a request, as HTTP has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Options,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 7] =
        [Self::Get, Self::Head, Self::Options, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The method as on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl FromStr for Method {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|method| method.as_str() == text).ok_or(())
    }
}

/// A request as a provider asks for it: nothing in it is trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The name of the egress that it is for.
    pub egress: &'static str,
    pub method: Method,
    /// The path, such as `/v1/pages/<id>`; no host, no query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// How old an answer that the gate remembers may be; none asks the egress.
    pub max_age: Option<Duration>,
}

/// What a request has to do with the answers that the gate keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CachePolicy {
    None,
    /// Its answer may be kept, under this address.
    Keeps(String),
    /// It makes what was kept out of date.
    Changes,
}

/// What an egress itself has to know of a request, once it is resolved.
pub trait Payload: Any + fmt::Debug + Send + Sync {
    /// All that decides what the request does, for comparing.
    fn in_words(&self) -> Value;
}

/// A request that its egress knows and that is made of validated parts alone: what the gate has to know of it, and what
/// the egress has.
#[derive(Debug, Clone)]
pub struct ResolvedRequest {
    /// What a provider must be granted for it.
    pub capability: CapabilityName,
    /// What it does; stronger than its route alone says, when the body says so.
    pub access: Access,
    /// Whether a second one of the same words leaves what the first one left: it says what is to be, not what is to be
    /// added. A change that somebody made in between is overwritten.
    pub is_repeatable: bool,
    pub cache: CachePolicy,
    /// What it is, for people. The target is empty for a read.
    pub summary: WriteName,
    /// Where it leads, without what narrows the answer: two reads of one address show the same thing.
    pub address: String,
    /// The ids of what it names.
    pub ids: Vec<String>,
    /// What the egress itself has to know.
    pub payload: Arc<dyn Payload>,
}

impl Payload for Value {
    fn in_words(&self) -> Value {
        self.clone()
    }
}

impl ResolvedRequest {
    /// A request that isn't repeatable, whose answer isn't kept, and that names no id.
    #[must_use]
    pub fn new(
        capability: CapabilityName,
        access: Access,
        summary: WriteName,
        payload: Arc<dyn Payload>,
    ) -> Self {
        Self {
            capability,
            access,
            is_repeatable: false,
            cache: CachePolicy::None,
            address: summary.route.clone(),
            summary,
            ids: Vec::new(),
            payload,
        }
    }

    /// Whether it changes something.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.access != Access::Reads
    }

    /// Its route, such as `GET /v1/pages/{page_id}`.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{} {}", self.summary.method, self.summary.route)
    }

    /// The payload, when it is of the type that an egress makes.
    #[must_use]
    pub fn payload<T: Payload>(&self) -> Option<&T> {
        let payload: &dyn Any = self.payload.as_ref();
        payload.downcast_ref()
    }
}

/// What an egress answered to a request that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The status, such as 200 or 202.
    pub status: u16,
    pub body: Body,
}

impl Response {
    /// Keeps the text, so that a replay tells what the live run was told.
    pub(crate) fn for_journal(&self) -> Value {
        json!({"status": self.status, "text": self.body.text()})
    }

    pub(crate) fn of_journal(told: Value) -> Result<Self, Problem> {
        let damaged = || Problem::new(Code::Failed, "the job's journal is damaged");
        let Value::Object(mut told) = told else { return Err(damaged()) };
        let status = told.get("status").and_then(Value::as_u64).and_then(|status| status.try_into().ok());
        let body = match (told.remove("text"), told.remove("body")) {
            (Some(Value::String(text)), _) => Body::of_text(text).map_err(|_| damaged())?,
            // As journals had it before.
            (None, Some(body)) => body.into(),
            _ => return Err(damaged()),
        };
        Ok(Self { status: status.ok_or_else(damaged)?, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_gives_back_the_text_that_came() {
        let body = Body::of_text("{ \"n\": 12345678901234567890123 }".to_owned()).unwrap();
        let response = Response { status: 200, body };
        let told = Response::of_journal(response.for_journal()).unwrap();
        assert_eq!(told.body.text(), response.body.text());
        let earlier = Response::of_journal(json!({"status": 202, "body": {"id": "x"}})).unwrap();
        assert_eq!((earlier.status, earlier.body.text()), (202, "{\"id\":\"x\"}"));
    }
}
