//! One kind of outside.
//!
//! The gate knows order, retries, renewal, journal and cache; an egress knows its outside: which requests there are, what
//! each of them does, how it is sent, and what answers mean. Nothing of an outside stands in the gate.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use time::OffsetDateTime;

use crate::access::Access;
use crate::id::ConnectionId;
use crate::narrowing::Narrowing;
use crate::principal::Connection;
use crate::problem::Problem;
use crate::recovery::Recovery;
use crate::request::{Request, ResolvedRequest, Response};
use crate::traces::TraceContext;

/// One kind of outside, such as Notion.
#[async_trait]
pub trait Egress: Send + Sync {
    /// Its name in a [`Request`].
    fn name(&self) -> &'static str;

    /// Its name for people.
    fn title(&self) -> &'static str;

    /// Finds out what a request is, and rebuilds it from validated parts.
    ///
    /// # Errors
    ///
    /// `forbidden` for what may not be asked at all, `invalid_input` for what can't be right.
    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem>;

    /// Whose budget and credential a request needs.
    ///
    /// # Errors
    ///
    /// When it needs a connection, and the call has none.
    fn keys(&self, request: &ResolvedRequest, connection: Option<&Connection>) -> Result<Keys, Problem>;

    /// Sends a request once, and classifies the answer. It must end by `deadline`.
    async fn send(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
        deadline: Instant,
    ) -> Sent;

    /// The same, for an outside that is told which trace the request belongs to. Whoever doesn't know the outside tells it nothing.
    async fn send_traced(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
        deadline: Instant,
        _trace: &TraceContext,
    ) -> Sent {
        self.send(request, credential, deadline).await
    }

    /// A request's route with nothing in it that a caller chose, by which traces name it.
    fn template<'a>(&self, request: &'a ResolvedRequest) -> Cow<'a, str> {
        Cow::Borrowed(&request.summary.route)
    }

    /// What the answer to a write names.
    fn named(&self, _request: &ResolvedRequest, _response: &Response) -> Named {
        Named::default()
    }

    /// The request that a journal has in words, as its payload wrote them; none when it isn't one of this egress.
    fn recalled(&self, _words: &Value) -> Option<ResolvedRequest> {
        None
    }

    /// What the outside calls a request in its own records, where its answer or its refusal says so: an operator who asks
    /// those who run it needs that.
    fn request_id(&self, _answer: Result<&Response, &Problem>) -> Option<String> {
        None
    }

    /// Where a person looks at an object that a write of this route names; none where there is no such place.
    fn place_of(&self, _route: &str, _id: &str) -> Option<String> {
        None
    }

    /// What a write was to write, from the words that its payload wrote, for those who may read what it says. An egress whose words may
    /// have what only the host and the outside know tells nothing.
    fn written(&self, _words: &Value) -> Option<Value> {
        None
    }

    /// How the outcome of a write can be found out that was sent at this time, by the host's clock; `said` is what came in
    /// the place of an answer, if anything did. An egress that knows of nothing to look at says so.
    fn recovery(
        &self,
        _request: &ResolvedRequest,
        _sent_at: OffsetDateTime,
        _said: Option<&Problem>,
    ) -> Recovery {
        Recovery::default()
    }

    /// What reads the objects that a write changes, and below which it puts something: the write is refused where one of
    /// these is.
    fn needed(&self, _request: &ResolvedRequest) -> Vec<ResolvedRequest> {
        Vec::new()
    }

    /// What has to be read before anybody can say how strong a write is; none where the request itself says it.
    fn doubt(&self, _request: &ResolvedRequest) -> Option<ResolvedRequest> {
        None
    }

    /// How strong a write is, by the answer to what was read for it.
    fn judged(&self, request: &ResolvedRequest, _seen: &Response) -> Access {
        request.access
    }

    /// The object that a text names and nothing else, by its id. An egress that gives its objects no names knows none.
    fn object_in(&self, _text: &str) -> Option<String> {
        None
    }

    /// The reads of which one is answered where a connection shows an object.
    fn showing(&self, _object: &str) -> Vec<Request> {
        Vec::new()
    }

    /// How it keeps a principal within parts of a workspace. One that doesn't know sends nothing for such a principal.
    fn narrowing(&self) -> Option<&dyn Narrowing> {
        None
    }
}

/// Whose budget and credential a request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub budget: BudgetKey,
    /// The connection whose credential it is sent with; none for an outside that asks for none.
    pub credential: Option<ConnectionId>,
}

/// What has a budget of requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BudgetKey {
    /// Each connection has one of its own.
    Connection(ConnectionId),
    /// Something that the egress has a name for.
    Named(String),
}

/// What the answer to a write names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The id of the object that it shows, if it shows one.
    pub object: Option<String>,
    /// The ids of all that it shows.
    pub ids: Vec<String>,
    /// The objects below which the write has made things that the answer doesn't name.
    pub unnamed_below: Vec<String>,
}

/// What became of one request.
#[derive(Debug)]
pub enum Sent {
    /// Carried out, with an answer of 2xx.
    Answered(Response),
    /// Refused for good; not carried out.
    Refused(Problem),
    /// Refused because of the credential (401); certainly not carried out.
    Unauthorized(Problem),
    /// Not carried out, because of a limit or an overload (429, 529).
    Busy {
        /// How long the outside asked to wait.
        wait: Duration,
        /// What the caller reads when there is no time for that.
        problem: Problem,
        /// Whether waiting helps at all.
        retryable: bool,
    },
    /// Certainly not carried out: the connection could not be made.
    NotSent(Problem),
    /// It may or may not have been carried out: 5xx, a timeout, a broken answer.
    Unknown(Problem),
}
