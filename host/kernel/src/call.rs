//! A call while it runs: who, what, on which connection, until when, and its way to the door and the gate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::capability::Permissions;
use crate::check::Check;
use crate::digest::digest;
use crate::dispatcher::{Dispatcher, Invocation, Outcome, Place};
use crate::effects::Effects;
use crate::gate::{NotionRequest, NotionResponse};
use crate::id::CallId;
use crate::jobs::{Begun, Outcome as Told, Recording};
use crate::listener::{Listener, Silent};
use crate::name::ToolName;
use crate::position::Position;
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};
use crate::surface::Surface;
use crate::tool::Effect;

/// How soon an answer is needed, which decides who goes first where a connection's requests have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Urgency {
    /// Somebody waits for it.
    #[default]
    Prompt,
    /// Nobody does: it works in the background, with a share of the budget.
    Background,
}

/// What a call shares with the calls that it makes: one budget, one deadline, one way to stop.
pub(crate) struct Budget {
    pub(crate) deadline: Instant,
    /// When requests have to be answered: a little earlier, so that the provider can still tell what it has done.
    pub(crate) effects_until: Instant,
    /// All the time that there was.
    pub(crate) time: Duration,
    pub(crate) cancel: CancellationToken,
    pub(crate) requests: AtomicU32,
    pub(crate) most_effects: u32,
}

/// One run of one tool.
pub struct Call {
    pub(crate) id: CallId,
    pub(crate) tool: ToolName,
    pub(crate) effect: Effect,
    pub(crate) principal: Arc<Principal>,
    pub(crate) connection: Option<Connection>,
    pub(crate) permissions: Arc<Permissions>,
    pub(crate) listener: Arc<dyn Listener>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) urgency: Urgency,
    /// The run of the job that this call belongs to.
    pub(crate) recording: Option<Arc<Recording>>,
    pub(crate) position: Position,
    pub(crate) nesting: u8,
    /// The check that this call belongs to, when it is only checked.
    pub(crate) check: Option<Arc<Check>>,
    /// What it has done to the world.
    pub(crate) effects: Arc<Effects>,
    pub(crate) door: Dispatcher,
    /// Held until the call has ended, also when its caller didn't wait.
    pub(crate) _place: Option<Place>,
}

impl Call {
    /// The call's id, which is also the request id that the caller reads.
    #[must_use]
    pub fn id(&self) -> CallId {
        self.id
    }

    /// The tool.
    #[must_use]
    pub fn tool(&self) -> &ToolName {
        &self.tool
    }

    /// Who called.
    #[must_use]
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The connection that the call works on.
    ///
    /// # Errors
    ///
    /// `invalid_input` when the tool runs without one.
    pub fn connection(&self) -> Result<&Connection, Problem> {
        self.connection.as_ref().ok_or_else(|| {
            Problem::new(Code::InvalidInput, "this call has no Notion connection")
                .hint("set NOTION_TOKEN, or add a connection: toolbay connection add")
        })
    }

    /// The connection, if there is one.
    #[must_use]
    pub fn connection_if_any(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    /// The connections that the caller may use whose name comes after `after`, by name, at most `max`.
    ///
    /// # Errors
    ///
    /// When the store can't be reached.
    pub async fn connections(&self, after: Option<&str>, max: usize) -> Result<Vec<Connection>, Problem> {
        Ok(self.door.connections().page(&self.principal.connections, after, max).await?)
    }

    /// What the provider may do.
    #[must_use]
    pub fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// When the host stops waiting.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.budget.deadline
    }

    /// When the host stops waiting for the answers to the call's requests.
    #[must_use]
    pub fn effects_until(&self) -> Instant {
        self.budget.effects_until
    }

    /// The time that is left.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.budget.deadline.saturating_duration_since(Instant::now())
    }

    /// The time that the provider goes by. In a job it is always all of it: a run that goes on after an interruption
    /// must be told the same as the one before.
    #[must_use]
    pub fn time_to_go_by(&self) -> Duration {
        if self.recording.is_some() { self.budget.time } else { self.remaining() }
    }

    /// How soon its answer is needed.
    #[must_use]
    pub fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// Whether the caller has gone or asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.budget.cancel.is_cancelled()
    }

    /// Who wants to hear how it goes.
    #[must_use]
    pub fn listener(&self) -> &dyn Listener {
        self.listener.as_ref()
    }

    /// Sends a request to Notion, through the gate. Its place among what the call asks for is taken at once, not when the
    /// future is first polled.
    ///
    /// # Errors
    ///
    /// Those of [`EffectGate::send`](crate::EffectGate::send).
    pub fn send(
        self: &Arc<Self>,
        request: NotionRequest,
    ) -> impl Future<Output = Result<NotionResponse, Problem>> + Send + use<> {
        let (call, position) = (Arc::clone(self), self.position.next());
        async move { call.door.gate().send(&call, position, request).await }
    }

    /// Calls another tool, through the door, with this call's identity, connection and budget.
    ///
    /// # Errors
    ///
    /// `forbidden` when the provider may not call that tool, and whatever the tool answers.
    pub fn invoke(
        self: &Arc<Self>,
        tool: String,
        arguments: Value,
    ) -> impl Future<Output = Result<Value, Problem>> + Send + use<> {
        let (call, position) = (Arc::clone(self), self.position.next());
        async move {
            call.permissions.check_tool(&tool)?;
            call.door.call_from(&call, position, tool, arguments).await.into_data()
        }
    }

    /// Whether what the provider is told is recorded, since the call is a job's.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.recording.is_some()
    }

    /// Something else that the host tells the provider, such as the time or a value of its state. When a job goes on after
    /// an interruption, `work` isn't done again: the provider is told what it was told before.
    ///
    /// # Errors
    ///
    /// Those of `work`, and `cancelled` when the job does nothing more.
    pub fn tell<F>(self: &Arc<Self>, what: Value, work: F) -> impl Future<Output = Told> + Send + use<F>
    where
        F: Future<Output = Told> + Send,
    {
        let (call, position) = (Arc::clone(self), self.position.next());
        async move {
            if let Some(check) = &call.check {
                check.looks();
            }
            let Some(recording) = &call.recording else { return work.await };
            match recording.begin(position, digest(&what)).await? {
                Begun::Recorded(told) => told,
                // A value of the provider's own state is set again to the same.
                Begun::Live(pending) | Begun::Lost(pending, _) => {
                    let told = work.await;
                    recording.done(pending, told.clone()).await?;
                    told
                }
            }
        }
    }

    /// Whether a job of the caller's may call a tool so.
    pub(crate) async fn check_job(&self, tool: &str, arguments: &Value) -> Result<ToolName, Problem> {
        self.door.check_job(tool, arguments, &self.principal).await
    }

    /// Whether the tool may do something this strong: what it declares is what callers and operators go by.
    ///
    /// # Errors
    ///
    /// `forbidden` when it declares less.
    pub(crate) fn check_effect(&self, effect: Effect, what: &str) -> Result<(), Problem> {
        if effect <= self.effect {
            return Ok(());
        }
        let message = format!(
            "`{}` declares that it {}, and {what} {}",
            self.tool,
            self.effect.as_str(),
            effect.as_str()
        );
        Err(Problem::new(Code::Forbidden, message)
            .hint("its author must declare the strongest thing that it does"))
    }

    pub(crate) fn spend_effect(&self) -> Result<(), Problem> {
        let most = self.budget.most_effects;
        if self.budget.requests.fetch_add(1, Ordering::Relaxed) < most {
            return Ok(());
        }
        Err(Problem::new(Code::LimitExceeded, format!("one call may make {most} requests"))
            .hint("ask for less at once, and go on with a second call"))
    }
}

impl Outcome {
    fn into_data(self) -> Result<Value, Problem> {
        self.result.map(|answer| answer.data.unwrap_or(Value::Null))
    }
}

impl Invocation {
    /// An invocation without connection, key or listener.
    #[must_use]
    pub fn new(
        tool: impl Into<String>,
        arguments: Value,
        principal: Arc<Principal>,
        surface: Surface,
    ) -> Self {
        Self {
            tool: tool.into(),
            arguments,
            principal,
            surface,
            listener: Arc::new(Silent),
            cancel: CancellationToken::new(),
            recording: None,
        }
    }
}
