//! One server: the conversation with it, begun when it is needed and begun again when it broke.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rmcp::ServiceError;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, CancelledNotification,
    CancelledNotificationParam, ClientRequest, JsonObject, ProtocolVersion, RequestId, ServerResult,
    SubscriptionFilter,
};
use rmcp::service::{Peer, PeerRequestOptions, RoleClient};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::traces::TraceContext;
use toolbay_kernel::{ConnectionId, ProgressSink};

use crate::backoff;
use crate::connect::{Conversation, NotConnected, connect};
use crate::failure::{self, Failure};
use crate::health::HealthRecord;
use crate::listener::{Listener, Sinks};
use crate::listing::{self, Listed};
use crate::paced::Bearer;
use crate::settings::UpstreamSettings;

/// Time in which a server that left a request unanswered shows that it is there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Time for the end of a conversation: a program is told to end, and killed.
const END_TIME: Duration = Duration::from_secs(10);

/// One server.
pub(crate) struct Server {
    pub(crate) settings: UpstreamSettings,
    /// What its account is opened with, where people have accounts there.
    pub(crate) bearer: Bearer,
    /// The account that its tools were listed with last.
    pub(crate) listed_by: Mutex<Option<ConnectionId>>,
    /// Held while a conversation is begun, so that one is.
    state: tokio::sync::Mutex<State>,
    pub(crate) health: HealthRecord,
    /// Told when its list of tools may be another one.
    pub(crate) changed: Arc<Notify>,
    /// Cancelled when the host stops or the server was removed: nothing is begun any more.
    pub(crate) closing: CancellationToken,
    is_doubted: AtomicBool,
    conversations: AtomicU64,
}

enum State {
    Away { failures: u32, again_at: Instant, why: String },
    Talking { conversation: Conversation, talk: Talk },
}

/// What a conversation is used by.
#[derive(Clone)]
struct Talk {
    peer: Peer<RoleClient>,
    sinks: Arc<Sinks>,
    /// Which conversation of the server it is.
    number: u64,
}

impl Server {
    pub(crate) fn new(settings: UpstreamSettings) -> Self {
        Self {
            settings,
            bearer: Bearer::default(),
            listed_by: Mutex::default(),
            state: tokio::sync::Mutex::new(State::Away {
                failures: 0,
                again_at: Instant::now(),
                why: String::new(),
            }),
            health: HealthRecord::new(),
            changed: Arc::new(Notify::new()),
            closing: CancellationToken::new(),
            is_doubted: AtomicBool::new(false),
            conversations: AtomicU64::new(0),
        }
    }

    /// The same server, for one account.
    pub(crate) fn for_account(base: &Self) -> Self {
        Self { changed: Arc::clone(&base.changed), ..Self::new(base.settings.clone()) }
    }

    /// Ends the conversation; another one can be begun.
    pub(crate) async fn rest(&self) {
        let mut state = self.state.lock().await;
        let away = State::Away { failures: 0, again_at: Instant::now(), why: String::new() };
        end(std::mem::replace(&mut *state, away)).await;
    }

    pub(crate) fn name(&self) -> &str {
        self.settings.name.as_str()
    }

    /// Has a conversation begun, if there is none.
    pub(crate) async fn begin(self: &Arc<Self>, until: Instant) -> Result<(), Failure> {
        self.talk(until).await.map(drop)
    }

    /// Calls a tool by its server's name for it.
    pub(crate) async fn call(
        self: &Arc<Self>,
        tool: &str,
        arguments: JsonObject,
        progress: Option<Arc<dyn ProgressSink>>,
        trace: Option<&TraceContext>,
        until: Instant,
    ) -> Result<CallToolResult, Failure> {
        let talk = self.talk(until).await?;
        let begun = Instant::now();
        let mut params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        if let Some(trace) = trace {
            params.meta.get_or_insert_default().set_traceparent(trace.to_string());
        }
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let options = PeerRequestOptions::with_timeout(until.saturating_duration_since(begun));
        let handle = talk.peer.send_cancellable_request(request, options).await;
        let handle = handle.map_err(|error| self.failed(&talk, &error))?;
        let _heard = progress.map(|sink| talk.sinks.add(handle.progress_token.clone(), sink));
        let mut asked = Asked { peer: &talk.peer, id: Some(handle.id.clone()) };
        let answer = handle.await_response().await;
        asked.id = None;
        match answer {
            Ok(ServerResult::CallToolResult(result)) => {
                self.health.answered(begun.elapsed());
                Ok(result)
            }
            Ok(_) => Err(failure::of(&ServiceError::UnexpectedResponse)),
            Err(error) => Err(self.failed(&talk, &error)),
        }
    }

    /// Lists its tools.
    pub(crate) async fn list(self: &Arc<Self>) -> Result<Listed, Failure> {
        let talk = self.talk(Instant::now() + listing::PAGE_TIME).await?;
        listing::list(&talk.peer).await.map_err(|error| self.failed(&talk, &error))
    }

    /// Ends the conversation for good.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        let mut state = self.state.lock().await;
        let why = "the host stops".to_owned();
        let away = State::Away { failures: 0, again_at: Instant::now(), why };
        end(std::mem::replace(&mut *state, away)).await;
    }

    /// The conversation that there is, or one that is begun now. It is begun whether its caller waits for that or not.
    async fn talk(self: &Arc<Self>, until: Instant) -> Result<Talk, Failure> {
        let late =
            || Failure::Away { why: "it is being connected to".to_owned(), again_in: Duration::from_secs(1) };
        let state = tokio::time::timeout_at(until.into(), self.state.lock()).await.map_err(|_| late())?;
        if let Some(known) = self.known(&state) {
            return known;
        }
        drop(state);
        let own = Arc::clone(self);
        let connecting = tokio::spawn(async move { own.connect().await });
        match tokio::time::timeout_at(until.into(), connecting).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(_)) | Err(_) => Err(late()),
        }
    }

    /// The conversation, or why there is none now; none when it is time to begin one.
    fn known(&self, state: &State) -> Option<Result<Talk, Failure>> {
        if self.closing.is_cancelled() {
            let again_in = Duration::from_secs(1);
            return Some(Err(Failure::Away { why: "the host stops".to_owned(), again_in }));
        }
        match state {
            State::Talking { conversation, talk } => {
                let is_over = conversation.is_closed() || conversation.is_transport_closed();
                (!is_over).then(|| Ok(talk.clone()))
            }
            State::Away { again_at, why, .. } => {
                let again_in =
                    again_at.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero())?;
                Some(Err(Failure::Away { why: why.clone(), again_in }))
            }
        }
    }

    async fn connect(&self) -> Result<Talk, Failure> {
        let mut state = self.state.lock().await;
        // Somebody else was first.
        if let Some(known) = self.known(&state) {
            return known;
        }
        let failures = match &*state {
            State::Away { failures, .. } => *failures,
            State::Talking { .. } => 0,
        };
        let sinks = Arc::new(Sinks::default());
        let listener = Listener { sinks: Arc::clone(&sinks), changed: Arc::clone(&self.changed) };
        let connecting = connect(&self.settings.name, &self.settings.transport, &self.bearer, listener);
        let connected = self.closing.run_until_cancelled(connecting).await;
        match connected.unwrap_or_else(|| Err("the host stops".to_owned().into())) {
            Ok(conversation) => {
                tracing::info!(upstream = self.name(), "upstream.connected");
                self.health.connected();
                let number = self.conversations.fetch_add(1, Ordering::Relaxed);
                let talk = Talk { peer: conversation.peer().clone(), sinks, number };
                if is_modern(&talk.peer) {
                    tokio::spawn(listen(talk.peer.clone(), Arc::clone(&self.changed)));
                }
                *state = State::Talking { conversation, talk: talk.clone() };
                Ok(talk)
            }
            // With another credential it may be talked to at once.
            Err(NotConnected { why, is_unauthorized: true }) => {
                self.health.away(why.clone());
                *state = State::Away { failures: 0, again_at: Instant::now(), why };
                Err(Failure::Unauthorized)
            }
            Err(NotConnected { why, .. }) => {
                let failures = failures.saturating_add(1);
                let again_in = backoff::wait(failures);
                tracing::warn!(upstream = self.name(), why, failures, "upstream.away");
                self.health.away(why.clone());
                *state = State::Away { failures, again_at: Instant::now() + again_in, why: why.clone() };
                Err(Failure::Away { why, again_in })
            }
        }
    }

    fn failed(self: &Arc<Self>, talk: &Talk, error: &ServiceError) -> Failure {
        let failure = failure::of(error);
        tracing::debug!(upstream = self.name(), %failure, "upstream.failed");
        if !matches!(failure, Failure::Refused(_) | Failure::Wrong(_)) {
            self.health.failed(failure.to_string());
        }
        // Whatever it answered by the protocol, it is there; and who refuses a credential is.
        if !matches!(failure, Failure::Unauthorized)
            && !matches!(error, ServiceError::McpError(_) | ServiceError::UnexpectedResponse)
            && !self.is_doubted.swap(true, Ordering::Relaxed)
        {
            let (own, talk) = (Arc::clone(self), talk.clone());
            tokio::spawn(async move {
                own.doubt(&talk).await;
                own.is_doubted.store(false, Ordering::Relaxed);
            });
        }
        failure
    }

    /// Ends a conversation in which the server shows no sign of life: the next one that needs it begins another.
    async fn doubt(&self, talk: &Talk) {
        let listed = tokio::time::timeout(SIGN_OF_LIFE, talk.peer.list_tools(None)).await;
        if matches!(listed, Ok(Ok(_) | Err(ServiceError::McpError(_) | ServiceError::UnexpectedResponse))) {
            return;
        }
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Talking { talk: known, .. } if known.number == talk.number) {
            let why = "it shows no sign of life".to_owned();
            tracing::warn!(upstream = self.name(), why, "upstream.away");
            self.health.away(why.clone());
            let away = State::Away { failures: 0, again_at: Instant::now(), why };
            let over = std::mem::replace(&mut *state, away);
            drop(state);
            end(over).await;
            self.changed.notify_one();
        }
    }
}

async fn end(state: State) {
    if let State::Talking { mut conversation, .. } = state {
        // A task that panicked has ended too; one that hangs is dropped.
        let _ended = conversation.close_with_timeout(END_TIME).await;
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
