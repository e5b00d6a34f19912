//! The transport of revision 2024-11-05, HTTP+SSE: a stream at `/sse`, and messages to `/messages`.
//!
//! Later revisions replaced it, and some clients know nothing else. A conversation is that of stdio over another pair of pipes: whatever is
//! said to `/messages` is answered on the stream. Whose stream it is, alone speaks in it, and each second it is looked whether they still
//! may; a stream that ends, ends what is under way, and is no longer known by its name.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::sse::Event;
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use http::StatusCode;
use parking_lot::Mutex;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::{ErrorData, RoleServer, ServiceExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard, PollSender};
use toolbay_kernel::{Code, Principal, PrincipalId, Problem};
use url::form_urlencoded;
use uuid::Uuid;

use super::endpoint::{self, caller_of, read, refusal, repeated, unreadable};
use super::events;
use super::handler::{Caller, Handler};
use super::shared::Shared;
use super::standing::Standing;
use crate::envelope::Refusal;
use crate::slots::{Slot, Slots};

/// Where messages are sent.
const MESSAGES: &str = "/messages";

/// The parameter that names a stream.
const SESSION: &str = "session_id";

/// Streams of one principal at the same time.
const MAX_OF_ONE: usize = 32;

/// Those of everybody: each has a conversation of its own behind it, which takes some tens of KiB.
const MAX: usize = 1_024;

/// Messages in either direction that wait to be taken.
const WAITING: usize = 16;

type Incoming = RxJsonRpcMessage<RoleServer>;
type Outgoing = TxJsonRpcMessage<RoleServer>;

/// The conversations.
#[derive(Clone)]
pub(super) struct Conversations {
    shared: Arc<Shared>,
    open: Arc<Mutex<HashMap<Uuid, Conversation>>>,
    places: Arc<Slots<PrincipalId>>,
}

/// One conversation, as messages find it.
struct Conversation {
    of: PrincipalId,
    say: mpsc::Sender<Incoming>,
}

/// A conversation as long as its stream is read.
struct Listening {
    open: Arc<Mutex<HashMap<Uuid, Conversation>>>,
    name: Uuid,
    answers: mpsc::Receiver<Outgoing>,
    _slot: Slot<PrincipalId>,
    _ends: DropGuard,
}

impl Conversations {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, open: Arc::default(), places: Slots::new(MAX_OF_ONE, MAX) }
    }

    /// Begins one.
    fn begin(&self, known: Arc<Principal>, principal: Arc<Principal>) -> Result<Listening, Problem> {
        let slot = self.places.take(principal.id).ok_or_else(|| {
            Problem::new(Code::RateLimited, "Too many streams of yours are open.")
                .hint(format!("Close some: {MAX_OF_ONE} may be open at the same time. /mcp needs none."))
        })?;
        let (name, ends) = (Uuid::new_v4(), self.shared.gateway.stopping.child_token());
        let (say, said) = mpsc::channel(WAITING);
        let (answer, answers) = mpsc::channel(WAITING);
        self.open.lock().insert(name, Conversation { of: principal.id, say });
        let handler = Handler::new(Arc::clone(&self.shared), Caller::Process(principal));
        let heard = stream::unfold(said, |mut said| async move { Some((said.recv().await?, said)) });
        let conversing = converse(handler, answer, heard, ends.clone());
        tokio::spawn(conversing);
        let standing = Standing::exactly(&self.shared.gateway.principals, known);
        tokio::spawn(end_with(standing, ends.clone()));
        Ok(Listening { open: Arc::clone(&self.open), name, answers, _slot: slot, _ends: ends.drop_guard() })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.open.lock().remove(&self.name);
    }
}

/// Answers until the stream ends.
async fn converse(
    handler: Handler,
    answer: mpsc::Sender<Outgoing>,
    heard: impl Stream<Item = Incoming> + Send + 'static,
    ends: CancellationToken,
) {
    let pipes = (PollSender::new(answer), Box::pin(heard));
    match handler.serve_with_ct(pipes, ends).await {
        Ok(serving) => drop(serving.waiting().await),
        Err(error) => tracing::debug!(%error, "mcp.sse_not_begun"),
    }
}

/// Ends a conversation with its principal's standing: its calls have the rights that they had when it began.
async fn end_with(mut standing: Standing, ends: CancellationToken) {
    tokio::select! {
        () = ends.cancelled() => {}
        () = standing.ended() => ends.cancel(),
    }
}

/// `GET /sse`: begins a conversation. The first event says where its messages go.
pub(super) async fn listen(State(conversations): State<Conversations>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let caller = caller_of(&conversations.shared, &parts);
    let (known, principal) = match caller {
        Ok(caller) => caller,
        Err(refusal) => return *refusal,
    };
    let listening = match conversations.begin(known, principal) {
        Ok(listening) => listening,
        Err(problem) => return Refusal::from(problem).into_response(),
    };
    let endpoint = format!("{MESSAGES}?{SESSION}={}", listening.name.simple());
    let begun = stream::iter([Event::default().event("endpoint").data(endpoint)]);
    let answers = stream::unfold(listening, |mut listening| async move {
        let answer = listening.answers.recv().await?;
        Some((answer, listening))
    });
    // What the library has made can always be written.
    let answers = answers.filter_map(async |answer| {
        serde_json::to_string(&answer).ok().map(|text| Event::default().event("message").data(text))
    });
    events::of(begun.chain(answers))
}

/// `POST /messages`: says something in a conversation, which is answered on its stream.
pub(super) async fn say(State(conversations): State<Conversations>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let principal = match endpoint::principal_of(&parts) {
        Ok(principal) => principal,
        Err(refusal) => return *refusal,
    };
    let query = parts.uri.query().unwrap_or_default();
    let named = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == SESSION);
    let found = named.and_then(|(_, name)| Uuid::parse_str(&name).ok()).and_then(|name| {
        let open = conversations.open.lock();
        open.get(&name).filter(|conversation| conversation.of == principal.id).map(|found| found.say.clone())
    });
    let Some(say) = found else {
        let error = ErrorData::invalid_request(
            "there is no such stream of yours: open one with GET /sse, and send messages where its first event says",
            None,
        );
        return refusal(StatusCode::NOT_FOUND, error);
    };
    match message(body).await {
        Ok(message) => match say.send(message).await {
            Ok(()) => (StatusCode::ACCEPTED, "Accepted").into_response(),
            Err(_) => {
                let error = ErrorData::invalid_request("the stream has ended; nothing was done", None);
                refusal(StatusCode::NOT_FOUND, error)
            }
        },
        Err(refusal) => refusal,
    }
}

/// The message of a body.
async fn message(body: Body) -> Result<Incoming, Response> {
    let body = read(body).await?;
    if let Some(refusal) = repeated(&body) {
        return Err(refusal);
    }
    serde_json::from_slice(&body).map_err(|_| refusal(StatusCode::BAD_REQUEST, unreadable(&body)))
}
