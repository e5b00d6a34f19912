//! What sends to a server over Streamable HTTP: the library's own client, but for streams, of which it opens none more often than once
//! a second: a server that closes each and asks for it again at once would otherwise keep the host busy.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use http::{HeaderName, HeaderValue};
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse, StreamableHttpResponseLimits,
};
use secrecy::{ExposeSecret as _, SecretString};
use sse_stream::{Error as SseError, Sse};
use tokio::sync::Mutex;
use tokio::time::Instant;
use toolbay_kernel::Redaction;

/// Shortest time between two streams.
const PAUSE: Duration = Duration::from_secs(1);

/// Refused credentials that are remembered.
const MAX_REFUSED: usize = 8;

type Headers = HashMap<HeaderName, HeaderValue>;
type Failed = StreamableHttpError<reqwest::Error>;

/// The credential of an account, which changes under a conversation.
#[derive(Clone, Default)]
pub(crate) struct Bearer(Arc<parking_lot::RwLock<Held>>);

#[derive(Default)]
struct Held {
    credential: Option<SecretString>,
    /// What takes it out of what the server says.
    redaction: Arc<Redaction>,
    /// What the server has refused: a call that began before doesn't bring it back.
    refused: VecDeque<SecretString>,
}

impl Bearer {
    /// What is sent from now on, unless the server has refused it.
    pub(crate) fn set(&self, credential: Option<&SecretString>) {
        let mut held = self.0.write();
        let is_refused = credential.is_some_and(|given| held.refused.iter().any(|old| is_same(old, given)));
        let is_known = match (&held.credential, credential) {
            (Some(known), Some(given)) => is_same(known, given),
            (None, None) => true,
            _ => false,
        };
        if !is_refused && !is_known {
            // Also the one before: what the server says now may come from then.
            let secrets = held.credential.take().into_iter().chain(credential.cloned());
            held.redaction = Arc::new(Redaction::of(secrets));
            held.credential = credential.cloned();
        }
    }

    /// What takes the credential out of what the server says.
    pub(crate) fn redaction(&self) -> Arc<Redaction> {
        Arc::clone(&self.0.read().redaction)
    }

    /// The server has refused this.
    pub(crate) fn refused(&self, credential: &SecretString) {
        let mut held = self.0.write();
        if !held.refused.iter().any(|old| is_same(old, credential)) {
            held.refused.push_front(credential.clone());
            held.refused.truncate(MAX_REFUSED);
        }
    }

    fn get(&self) -> Option<String> {
        self.0.read().credential.as_ref().map(|credential| credential.expose_secret().to_owned())
    }
}

fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// The client of one server.
#[derive(Clone)]
pub(crate) struct Paced {
    client: reqwest::Client,
    /// What the account is opened with at the moment; a conversation outlives it.
    bearer: Bearer,
    /// When the next stream may be opened.
    next: Arc<Mutex<Instant>>,
}

impl Paced {
    pub(crate) fn new(client: reqwest::Client, bearer: Bearer) -> Self {
        Self { client, bearer, next: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Waits for its turn.
    async fn pace(&self) {
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        *next = Instant::now() + PAUSE;
    }
}

impl StreamableHttpClient for Paced {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _auth_header: Option<String>,
        headers: Headers,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        self.client.post_message(uri, message, session, self.bearer.get(), headers).await
    }

    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _auth_header: Option<String>,
        headers: Headers,
        limits: StreamableHttpResponseLimits,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let client = &self.client;
        client
            .post_message_with_response_limits(uri, message, session, self.bearer.get(), headers, limits)
            .await
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _auth_header: Option<String>,
        headers: Headers,
    ) -> Result<(), Failed> {
        self.client.delete_session(uri, session, self.bearer.get(), headers).await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _auth_header: Option<String>,
        headers: Headers,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failed> {
        self.pace().await;
        self.client.get_stream(uri, session, last_event, self.bearer.get(), headers).await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _auth_header: Option<String>,
        headers: Headers,
        max_event: usize,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failed> {
        self.pace().await;
        let client = &self.client;
        client
            .get_stream_with_max_sse_event_size(
                uri,
                session,
                last_event,
                self.bearer.get(),
                headers,
                max_event,
            )
            .await
    }
}
