//! One server: the conversation with it, begun when it is needed and begun again when it broke.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rmcp::ServiceError;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, CancelledNotification,
    CancelledNotificationParam, ClientRequest, JsonObject, PaginatedRequestParams, ProtocolVersion,
    RequestId, ServerResult, SubscriptionFilter,
};
use rmcp::service::{Peer, PeerRequestOptions, RoleClient};
use tokio::sync::Notify;
use toolbay_kernel::ProgressSink;
use toolbay_kernel::upstream::UpstreamTool;

use crate::backoff;
use crate::connect::{Conversation, connect};
use crate::definition;
use crate::failure::{self, Failure};
use crate::listener::{Listener, Sinks};
use crate::settings::UpstreamSettings;

/// Tools of one server.
pub(crate) const MAX_TOOLS: usize = 5_000;

/// Pages of its list that are asked for.
const MAX_PAGES: usize = 200;

/// Time for one page.
const PAGE_TIME: Duration = Duration::from_secs(30);

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nobody has needed it yet.
    Untried,
    /// It answers; its last call took this long.
    Connected { last: Option<Duration> },
    /// It can't be reached, and why.
    Away { why: String },
}

/// One server.
pub(crate) struct Server {
    pub(crate) settings: UpstreamSettings,
    /// Held while a conversation is begun, so that one is.
    state: tokio::sync::Mutex<State>,
    health: Mutex<Health>,
    sinks: Arc<Sinks>,
    /// Told when its list of tools may be another one.
    pub(crate) changed: Arc<Notify>,
}

enum State {
    Away { failures: u32, again_at: Instant, why: String },
    Talking(Conversation),
}

/// What a server lists.
pub(crate) struct Listed {
    pub(crate) tools: Vec<UpstreamTool>,
    /// What of it can't be a tool here, and why.
    pub(crate) refused: Vec<String>,
}

impl Server {
    pub(crate) fn new(settings: UpstreamSettings) -> Self {
        Self {
            settings,
            state: tokio::sync::Mutex::new(State::Away {
                failures: 0,
                again_at: Instant::now(),
                why: String::new(),
            }),
            health: Mutex::new(Health::Untried),
            sinks: Arc::default(),
            changed: Arc::new(Notify::new()),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.settings.name.as_str()
    }

    /// How it is.
    pub(crate) fn health(&self) -> Health {
        self.health.lock().clone()
    }

    /// Calls a tool by its server's name for it.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
        progress: Option<Arc<dyn ProgressSink>>,
        until: Instant,
    ) -> Result<CallToolResult, Failure> {
        let peer = self.peer(until).await?;
        let begun = Instant::now();
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let options = PeerRequestOptions::with_timeout(until.saturating_duration_since(begun));
        let handle =
            peer.send_cancellable_request(request, options).await.map_err(|error| self.failed(&error))?;
        let _heard = progress.map(|sink| self.sinks.add(handle.progress_token.clone(), sink));
        let mut asked = Asked { peer: &peer, id: Some(handle.id.clone()) };
        let answer = handle.await_response().await;
        asked.id = None;
        match answer {
            Ok(ServerResult::CallToolResult(result)) => {
                *self.health.lock() = Health::Connected { last: Some(begun.elapsed()) };
                Ok(result)
            }
            Ok(_) => Err(failure::of(&ServiceError::UnexpectedResponse)),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Lists its tools.
    pub(crate) async fn list(&self) -> Result<Listed, Failure> {
        let mut listed = Listed { tools: Vec::new(), refused: Vec::new() };
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let until = Instant::now() + PAGE_TIME;
            let peer = self.peer(until).await?;
            let asked = PaginatedRequestParams::default().with_cursor(cursor);
            let page = tokio::time::timeout(PAGE_TIME, peer.list_tools(Some(asked))).await;
            let page = page.unwrap_or(Err(ServiceError::Timeout { timeout: PAGE_TIME }));
            let page = page.map_err(|error| self.failed(&error))?;
            for tool in page.tools {
                match definition::kept(tool) {
                    Ok(_) if listed.tools.len() >= MAX_TOOLS => {
                        listed.refused.push(format!("a server has at most {MAX_TOOLS} tools here"));
                        return Ok(listed);
                    }
                    // Of two tools of one name the first is meant.
                    Ok(tool) if listed.tools.iter().any(|known| known.name == tool.name) => {}
                    Ok(tool) => listed.tools.push(tool),
                    Err(refusal) if listed.refused.len() < MAX_PAGES => listed.refused.push(refusal),
                    Err(_) => {}
                }
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(listed);
            }
        }
        listed.refused.push(format!("its list has more than {MAX_PAGES} pages"));
        Ok(listed)
    }

    /// Ends the conversation.
    pub(crate) async fn close(&self) {
        let mut state = self.state.lock().await;
        let away = State::Away { failures: 0, again_at: Instant::now(), why: "the host stops".to_owned() };
        if let State::Talking(mut conversation) = std::mem::replace(&mut *state, away) {
            // A task that panicked has ended too.
            let _ended = conversation.close().await;
        }
    }

    /// The conversation that there is, or one that is begun now.
    async fn peer(&self, until: Instant) -> Result<Peer<RoleClient>, Failure> {
        let late =
            || Failure::Away { why: "it is being connected to".to_owned(), again_in: Duration::from_secs(1) };
        let turn = tokio::time::timeout_at(until.into(), self.state.lock());
        let mut state = turn.await.map_err(|_| late())?;
        let failures = match &*state {
            State::Talking(conversation)
                if !conversation.is_closed() && !conversation.is_transport_closed() =>
            {
                return Ok(conversation.peer().clone());
            }
            State::Talking(_) => 0,
            State::Away { again_at, why, .. } if *again_at > Instant::now() => {
                let again_in = again_at.saturating_duration_since(Instant::now());
                return Err(Failure::Away { why: why.clone(), again_in });
            }
            State::Away { failures, .. } => *failures,
        };
        let listener = Listener { sinks: Arc::clone(&self.sinks), changed: Arc::clone(&self.changed) };
        let begun = tokio::time::timeout_at(
            until.into(),
            connect(&self.settings.name, &self.settings.transport, listener),
        );
        match begun.await.unwrap_or_else(|_| Err("there was no time to connect to it".to_owned())) {
            Ok(conversation) => {
                tracing::info!(upstream = self.name(), "upstream.connected");
                *self.health.lock() = Health::Connected { last: None };
                let peer = conversation.peer().clone();
                if is_modern(&peer) {
                    tokio::spawn(listen(peer.clone(), Arc::clone(&self.changed)));
                }
                *state = State::Talking(conversation);
                Ok(peer)
            }
            Err(why) => {
                let failures = failures.saturating_add(1);
                let again_in = backoff::wait(failures);
                tracing::warn!(upstream = self.name(), why, failures, "upstream.away");
                *self.health.lock() = Health::Away { why: why.clone() };
                *state = State::Away { failures, again_at: Instant::now() + again_in, why: why.clone() };
                Err(Failure::Away { why, again_in })
            }
        }
    }

    fn failed(&self, error: &ServiceError) -> Failure {
        let failure = failure::of(error);
        tracing::debug!(upstream = self.name(), %error, %failure, "upstream.failed");
        if matches!(error, ServiceError::TransportClosed | ServiceError::TransportSend(_)) {
            *self.health.lock() = Health::Away { why: failure.to_string() };
        }
        failure
    }
}

/// Whether a server speaks the revision in which a client has to ask to be told of changes.
fn is_modern(peer: &Peer<RoleClient>) -> bool {
    peer.peer_info().is_some_and(|info| info.protocol_version >= ProtocolVersion::V_2026_07_28)
}

/// Hears of changes of the list of tools, as long as the conversation lasts.
async fn listen(peer: Peer<RoleClient>, changed: Arc<Notify>) {
    let wanted = SubscriptionFilter::builder().tools_list_changed().build();
    // A server that tells nobody is looked at from time to time.
    let Ok(mut subscription) = peer.listen(wanted).await else { return };
    while let Ok(Some(_)) = subscription.next().await {
        changed.notify_one();
    }
}

/// A request that nobody may wait for any more: dropped with its id, it is cancelled.
struct Asked<'a> {
    peer: &'a Peer<RoleClient>,
    id: Option<RequestId>,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let (peer, params) = (self.peer.clone(), CancelledNotificationParam::new(Some(id), None));
        tokio::spawn(async move {
            // A server that has gone needn't be told.
            let _gone = peer.send_notification(CancelledNotification::new(params).into()).await;
        });
    }
}
