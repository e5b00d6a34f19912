//! A call while it runs: who, what, on which connection, until when, and its way to the door and the gate.

use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::Either;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::access::Access;
use crate::audit::{Act, Actor, Event};
use crate::bound::{Bound, asked_first};
use crate::capability::Permissions;
use crate::check::{Check, Checked, Question};
use crate::effects::Effects;
use crate::id::{CallId, ConnectionId, RunId};
use crate::name::ToolName;
use crate::principal::{Allowed, Connection, Principal};
use crate::problem::{Code, Problem};
use crate::progress::ProgressSink;
use crate::request::{Request, Response};
use crate::run::{Asked, Budget, Clock, Execution, Position, Recorder};
use crate::running::Slot;
use crate::surface::Surface;
use crate::system::System;
use crate::tally::Tally;
use crate::traces::{Trace, TraceContext};

/// What a call asks of the host that runs it: the way to the gate, and back to the door.
#[async_trait]
pub(crate) trait Host: Send + Sync {
    /// Sends a request, through the gate.
    async fn send(&self, call: &Call, position: String, request: Request) -> Result<Response, Problem>;

    /// Calls another tool, through the door.
    async fn invoke(
        &self,
        call: &Arc<Call>,
        position: String,
        tool: String,
        arguments: Value,
    ) -> Result<Value, Problem>;

    /// Whether another tool would take a call.
    async fn check(&self, call: &Arc<Call>, question: Question) -> Checked;

    /// Connections by name.
    async fn connections(
        &self,
        allowed: &Allowed<ConnectionId>,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Connection>, Problem>;

    /// Whether a principal's job may call a tool with these arguments.
    async fn check_job(
        &self,
        principal: &Principal,
        tool: &str,
        arguments: &Value,
    ) -> Result<CheckedJob, Problem>;
}

/// A tool that a job may call.
pub(crate) struct CheckedJob {
    pub(crate) tool: ToolName,
    /// What its connection is to; none where it may be any.
    pub(crate) system: Option<System>,
}

/// One call of one tool, while it runs.
pub struct Call {
    pub(crate) id: CallId,
    pub(crate) tool: ToolName,
    /// The strongest thing that it may do.
    pub(crate) bound: Bound,
    pub(crate) principal: Arc<Principal>,
    pub(crate) surface: Surface,
    pub(crate) connection: Option<Connection>,
    pub(crate) permissions: Arc<Permissions>,
    /// SHA-256 of the plugin's file, in hex.
    pub(crate) provider_digest: Option<Arc<str>>,
    pub(crate) progress: Arc<dyn ProgressSink>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) execution: Execution,
    pub(crate) position: Position,
    pub(crate) nesting: u8,
    /// The check that this call belongs to, when it is only checked.
    pub(crate) check: Option<Arc<Check>>,
    /// What it has done to the world.
    pub(crate) effects: Arc<Effects>,
    pub(crate) host: Arc<dyn Host>,
    /// Where it is counted; nowhere when it is only checked.
    pub(crate) tally: Option<Arc<Tally>>,
    /// What it does is told below this.
    pub(crate) trace: Trace,
    /// Held until the call has ended, also when its caller didn't wait.
    pub(crate) _slot: Option<Slot>,
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

    /// Where in a trace it is, for what goes on with it later.
    pub(crate) fn trace_context(&self) -> Option<TraceContext> {
        self.trace.context()
    }

    /// Counts what its provider has used: CPU time, and bytes of memory at most.
    pub fn has_used(&self, cpu: Duration, memory_bytes: usize) {
        if let Some(tally) = &self.tally {
            tally.used(cpu, memory_bytes);
        }
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
        self.host.connections(&self.principal.connections, after, max).await
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
        self.budget.remaining(Clock::Running)
    }

    /// The time that the provider goes by.
    #[must_use]
    pub fn time_to_go_by(&self) -> Duration {
        self.budget.remaining(self.execution.clock)
    }

    /// Whether the caller has gone or asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.budget.cancel.is_cancelled()
    }

    /// Who wants to hear how it goes.
    #[must_use]
    pub fn progress(&self) -> &dyn ProgressSink {
        self.progress.as_ref()
    }

    /// Sends a request to the outside, through the gate. Its position among what the call asks for is taken at once, not when the
    /// future is first polled.
    ///
    /// # Errors
    ///
    /// Those of [`EffectGate::send`](crate::EffectGate::send).
    pub fn send(
        self: &Arc<Self>,
        request: Request,
    ) -> impl Future<Output = Result<Response, Problem>> + Send + use<> {
        let (call, position) = (Arc::clone(self), self.next_position());
        async move { call.host.send(&call, position, request).await }
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
        let (call, position) = (Arc::clone(self), self.next_position());
        async move {
            call.permissions.check_tool(&tool)?;
            call.host.invoke(&call, position, tool, arguments).await
        }
    }

    /// Something else that the host tells the provider, such as the time or a value of its state; `asked` says what it is.
    /// In a replay `work` isn't done again: the provider is told what it was told before.
    ///
    /// # Errors
    ///
    /// Those of `work`, and `cancelled` when the run does nothing more.
    pub fn tell<T, A, F>(
        self: &Arc<Self>,
        asked: A,
        work: F,
    ) -> impl Future<Output = Result<T, Problem>> + Send + use<T, A, F>
    where
        T: Serialize + DeserializeOwned + Send + Sync,
        A: FnOnce() -> Value + Send,
        F: Future<Output = Result<T, Problem>> + Send,
    {
        let (call, position) = (Arc::clone(self), self.next_position());
        async move {
            if let Some(check) = &call.check {
                check.looks();
            }
            call.execution.recorder.tell(call.asked(position, asked), work).await
        }
    }

    /// The same for a value that is there already: it comes at once, unless the run's record is to be asked or kept.
    pub fn tell_value<T, A>(
        self: &Arc<Self>,
        asked: A,
        value: T,
    ) -> Either<T, impl Future<Output = Result<T, Problem>> + Send + use<T, A>>
    where
        T: Serialize + DeserializeOwned + Send + Sync,
        A: FnOnce() -> Value + Send,
    {
        match &self.execution.recorder {
            Recorder::Off | Recorder::Effects(_) => Either::Left(value),
            Recorder::Full(_) | Recorder::Rehearsed(_) => Either::Right(self.tell(asked, ready(Ok(value)))),
        }
    }

    /// Whether another tool would take a call, found without writing anything. In a job the finding is recorded, and a run
    /// after an interruption is told the same.
    ///
    /// # Errors
    ///
    /// When the check itself can't be made: the job does nothing more, or its journal can't be written.
    pub fn check(
        self: &Arc<Self>,
        question: Question,
    ) -> impl Future<Output = Result<Checked, Problem>> + Send + use<> {
        let asked = json!(["check", question.tool, question.arguments, question.open, question.extent]);
        let call = Arc::clone(self);
        self.tell(move || asked, async move {
            let checking = async {
                match call.permissions.check_tool(&question.tool) {
                    Ok(()) => call.host.check(&call, question).await,
                    Err(refusal) => Checked { refusal: Some(refusal), has_looked: false },
                }
            };
            call.execution.recorder.while_it_runs(checking).await
        })
    }

    /// Before something durable is changed other than through the gate: a check ends here.
    ///
    /// # Errors
    ///
    /// `forbidden` when somebody is to be asked first, also where the tool is said to read. The whole call ends with that.
    pub async fn before_write(&self) -> Result<(), Problem> {
        if let Some(check) = &self.check {
            check.end::<()>().await;
        }
        if self.bound.asks_first {
            self.budget.held.hold(Access::Writes);
            return Err(asked_first(Access::Writes, &format!("what `{}` keeps", self.tool)));
        }
        Ok(())
    }

    /// Whether a job of the caller's may call a tool so.
    pub(crate) async fn check_job(&self, tool: &str, arguments: &Value) -> Result<CheckedJob, Problem> {
        // What a job calls is called for the caller, as by any tool.
        let principal = Principal { shown: Allowed::All, ..self.narrowed_principal() };
        self.host.check_job(&principal, tool, arguments).await
    }

    /// Who acts, within what this call may do.
    pub(crate) fn narrowed_principal(&self) -> Principal {
        let principal = &self.principal;
        Principal { strongest: principal.strongest.min(self.bound.most), ..Principal::clone(principal) }
    }

    /// Who calls other tools for it: the profile that the caller's list is shortened by is left behind.
    pub(crate) fn principal_of_inner(&self) -> Arc<Principal> {
        if self.principal.shown == Allowed::All {
            return Arc::clone(&self.principal);
        }
        Arc::new(Principal { shown: Allowed::All, ..Principal::clone(&self.principal) })
    }

    /// Whether the call may do something this strong.
    ///
    /// # Errors
    ///
    /// `forbidden` when its tool declares less, its caller may do less, or somebody is to be asked first: then the whole call ends
    /// with that, whatever its provider makes of the refusal.
    pub(crate) fn check_access(&self, access: Access, what: &str) -> Result<(), Problem> {
        if self.bound.waits_for_word(access) {
            self.budget.held.hold(access);
        }
        self.bound.check(access, what, self.tool.as_str(), &self.principal)
    }

    /// Who acts, for the audit.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::new(&self.principal, self.surface)
    }

    /// The run that is this call's own, if it has one.
    pub(crate) fn own_run(&self) -> Option<RunId> {
        self.execution.recorder.own_run(self.id).map(|lease| lease.run)
    }

    /// An event that belongs to this call.
    pub(crate) fn event(&self, act: Act) -> Event {
        Event {
            by: self.actor(),
            call: Some(self.id),
            connection: self.connection.as_ref().map(|connection| connection.id),
            act,
        }
    }

    /// Something that the provider asks for, at its position in the run.
    pub(crate) fn asked<W>(&self, position: String, words: W) -> Asked<W> {
        Asked { position, provider: self.provider_digest.clone(), words }
    }

    /// The position of what the provider asks for next.
    fn next_position(&self) -> String {
        let position = self.position.next();
        self.execution.recorder.taken(&position);
        position
    }

    pub(crate) fn spend_effect(&self) -> Result<(), Problem> {
        self.budget.spend_effect()
    }
}
