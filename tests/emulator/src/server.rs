//! The listening server. The accept loop is our own and not axum's, because a fault must be able to
//! close a connection without an answer, and only a failing hyper service does that.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::http::{HeaderMap, Request, Response, header};
use hyper::body::Incoming as HyperBody;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::call::SentFile;
use crate::controls;
use crate::faults::Fault;
use crate::gate::Gate;
use crate::hosted::{self, Asked, HostedMcp};
use crate::incoming::Incoming;
use crate::oauth::Consent;
use crate::options::{Options, Seed};
use crate::ratelimit::Limiter;
use crate::record::{Exchange, Recorder};
use crate::reply::Reply;
use crate::requests::Requests;
use crate::routes;
use crate::seed::SeedIds;
use crate::state::{State, Write};

/// The most that is read of any request: a file's part is 20 MB.
const READ_LIMIT_BYTES: usize = 24 * 1024 * 1024;

/// A running emulator. It stops when it is dropped.
pub struct Emulator {
    gate: Arc<Gate>,
    accepting: JoinHandle<()>,
}

impl Emulator {
    /// Starts an emulator.
    ///
    /// # Errors
    ///
    /// When the address can't be listened on, or the record can't be opened.
    pub async fn start(options: Options) -> io::Result<Emulator> {
        let listener = TcpListener::bind(options.listen).await?;
        let base = format!("http://{}", listener.local_addr()?);
        let gate = Arc::new(Gate {
            base,
            routes: routes::all(),
            state: Mutex::new(State::new(&options)),
            recorder: Mutex::new(Recorder::open(&options)?),
            options,
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&gate)));
        Ok(Emulator { gate, accepting })
    }

    /// `http://127.0.0.1:PORT`, without `/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        self.gate.base.clone()
    }

    /// The first token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.gate.options.tokens.first().map(|token| token.token.as_str()).unwrap_or_default()
    }

    /// The ids of the seed.
    #[must_use]
    pub fn ids(&self) -> SeedIds {
        self.gate.state.lock().ids.clone()
    }

    /// Every write that was applied, in order.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        self.gate.state.lock().writes.clone()
    }

    /// Queues a fault.
    pub fn fault(&self, fault: Fault) {
        self.gate.state.lock().faults.push(fault);
    }

    /// Forgets the faults that wait.
    pub fn clear_faults(&self) {
        self.gate.state.lock().faults.clear();
    }

    /// How many requests came, by route and by status.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.gate.state.lock().requests.clone()
    }

    /// Counts from zero again.
    pub fn forget_requests(&self) {
        self.gate.state.lock().requests = Requests::default();
    }

    /// Switches the record of exchanges on, empty, or off.
    pub fn record(&self, on: bool) {
        self.gate.recorder.lock().switch(on);
    }

    /// The exchanges since the record was switched on, the oldest first.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.gate.recorder.lock().exchanges()
    }

    /// Changes how many requests a token has in each window (Notion's plans have 180 or 600 a minute; `None` for
    /// no limit), and opens all windows anew.
    pub fn limit(&self, requests: Option<u32>, window: Duration) {
        self.gate.state.lock().limiter = Limiter::new(requests, window);
    }

    /// What each window let through, of all tokens: those that ended, then the open ones.
    #[must_use]
    pub fn windows(&self) -> Vec<u32> {
        self.gate.state.lock().limiter.spent()
    }

    /// Adds to the workspace, as `POST /_emulator/seed` does; answers with the ids.
    ///
    /// # Errors
    ///
    /// The words of what can't be planted. Nothing is planted then.
    pub fn plant(&self, body: &serde_json::Value) -> Result<serde_json::Value, String> {
        controls::plant(&self.gate, body)
    }

    /// Whether an append in the middle of a page answers with the new blocks alone; Notion answers with every sibling
    /// that follows, too.
    pub fn answer_appends_alone(&self, alone: bool) {
        controls::answer_appends_alone(&self.gate, alone);
    }

    /// Formulas and rollups, by name or id, that are answered as unsupported from now on.
    pub fn leave_uncomputed(&self, properties: &[&str]) {
        controls::leave_uncomputed(&self.gate, properties);
    }

    /// What people do at the authorization page from now on.
    pub fn consent(&self, consent: Consent) {
        self.gate.state.lock().oauth.consent = consent;
    }

    /// Every code and token that OAuth ever gave, for tests that look for them where they must not be.
    #[must_use]
    pub fn oauth_secrets(&self) -> Vec<String> {
        self.gate.state.lock().oauth.secrets.clone()
    }

    /// Makes the access tokens that OAuth gave refused; the refresh tokens still work. Answers how many there were.
    pub fn expire_access(&self) -> usize {
        controls::expire(&self.gate)
    }

    /// Ends everything that people agreed to, as when they remove the integration in Notion's settings.
    pub fn disconnect(&self) -> usize {
        controls::disconnect(&self.gate)
    }

    /// The hosted MCP server, as a test sees it.
    #[must_use]
    pub fn hosted(&self) -> HostedMcp<'_> {
        HostedMcp { gate: &self.gate }
    }

    /// Puts the workspace back to a seed, and forgets writes, faults, requests and windows.
    pub fn reset(&self, seed: Seed) -> SeedIds {
        controls::reset_to(&self.gate, seed)
    }

    /// Answers one request without a connection: status and body. What a fault leaves without an answer has status 0.
    pub async fn answer(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: Option<&serde_json::Value>,
    ) -> (u16, serde_json::Value) {
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let reply = if let Some(control) = path.strip_prefix("/_emulator/") {
            controls::answer(&self.gate, method, control, &bytes)
        } else {
            let incoming = Incoming {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
                authorization: Some(format!("Bearer {}", self.token())),
                version: Some(crate::version::NEWEST.to_owned()),
                content_type: body.map(|_| "application/json".to_owned()),
                bytes,
                file: None,
            };
            self.gate.answer(incoming).await
        };
        match reply {
            Reply::Answer { status, body, .. } => (status, serde_json::from_slice(&body).unwrap_or_default()),
            Reply::Drop => (0, serde_json::Value::Null),
        }
    }

    /// Stops, and closes every connection.
    pub async fn stop(self) {
        self.accepting.abort();
        // The task was aborted on purpose, so its end is no news.
        while !self.accepting.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, gate: Arc<Gate>) {
    // Dropping the set ends the connections with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        stream.set_nodelay(true).ok();
        let gate = Arc::clone(&gate);
        connections.spawn(async move {
            let service = service_fn(move |request| serve(Arc::clone(&gate), request));
            // A connection that fails is a client gone, or a fault at work.
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(gate: Arc<Gate>, request: Request<HyperBody>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(Body::new(body), READ_LIMIT_BYTES).await.map_err(io::Error::other)?;
    let path = parts.uri.path().to_owned();
    if hosted::serves(&path) {
        let asked = Asked {
            method: parts.method.as_str().to_owned(),
            path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            bytes: bytes.to_vec(),
        };
        return hosted::answer(&gate, asked).await;
    }
    let reply = if let Some(control) = path.strip_prefix("/_emulator/") {
        controls::answer(&gate, parts.method.as_str(), control, &bytes)
    } else {
        let text = |name: &str| header_text(&parts.headers, name);
        let content_type = text(header::CONTENT_TYPE.as_str());
        let is_form = content_type.as_deref().is_some_and(|kind| kind.starts_with("multipart/form-data"));
        let file = if is_form {
            let mut form = Request::new(Body::from(bytes.clone()));
            *form.headers_mut() = parts.headers.clone();
            DefaultBodyLimit::disable().apply(&mut form);
            sent_file(form).await
        } else {
            None
        };
        let incoming = Incoming {
            method: parts.method.as_str().to_owned(),
            path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            authorization: text(header::AUTHORIZATION.as_str()),
            version: text("notion-version"),
            content_type,
            bytes: bytes.to_vec(),
            file,
        };
        gate.answer(incoming).await
    };
    reply.respond()
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

async fn sent_file(form: Request<Body>) -> Option<SentFile> {
    let mut form = Multipart::from_request(form, &()).await.ok()?;
    let mut file: Option<SentFile> = None;
    let mut part_number = None;
    while let Ok(Some(field)) = form.next_field().await {
        match field.name() {
            Some("file") => {
                let filename = field.file_name().map(str::to_owned);
                let content_type = field.content_type().map(str::to_owned);
                let size = field.bytes().await.ok()?.len() as u64;
                file = Some(SentFile { filename, content_type, size, part_number: None });
            }
            Some("part_number") => part_number = field.text().await.ok(),
            _ => return None,
        }
    }
    file.map(|file| SentFile { part_number, ..file })
}
