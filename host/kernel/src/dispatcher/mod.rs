//! The one door: every call passes [`Dispatcher::call`].
//!
//! The steps stand in the order of the design's picture: catalog, connection and authorisation, arguments, limits, run,
//! provider, answer. Whether a call was asked for before is found where its run is opened.

mod finding;
mod nested;
mod parent;
mod spans;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use self::parent::Parent;
use crate::access::Access;
use crate::answer::Answer;
use crate::arguments;
use crate::aside;
use crate::background::{AsJob, Background, Waiting};
use crate::bound::{self, Bound};
use crate::call::Call;
use crate::catalog::{Catalog, CatalogHandle};
use crate::chosen::{self, Called, Candidates, Choice};
use crate::components::Components;
use crate::digest::digest;
use crate::effects::Effects;
use crate::gate::EffectGate;
use crate::happenings::Happenings;
use crate::invocation::{Invocation, Outcome};
use crate::limits::Limits;
use crate::metrics::{CallMetrics, Measured};
use crate::name::ToolName;
use crate::passage::{Counting, Passage};
use crate::ports::Connections;
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};
use crate::record::{self, Wish};
use crate::recorded::{Recalled, Recorded};
use crate::run::{Budget, Execution, IdempotencyKey, Position, Repeat, Runs, left};
use crate::running::{RunningCalls, Slot};
use crate::same_calls::SameCalls;
use crate::shape::shaped;
use crate::shared_permits::SharedPermits;
use crate::sighted::Sighted;
use crate::system::System;
use crate::tally::{Counts, Tallies};
use crate::throttle::Throttle;
use crate::told::Told;
use crate::tool::Tool;
use crate::traces::Traces;
use crate::upstream::UpstreamName;
use crate::validated::validated;

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    inner: Arc<Inner>,
}

struct Inner {
    catalogs: CatalogHandle,
    connections: Arc<dyn Connections>,
    runs: Arc<dyn Runs>,
    gate: EffectGate,
    sighted: Sighted,
    limits: Limits,
    running: Arc<RunningCalls>,
    throttle: Throttle,
    same_calls: Arc<SameCalls>,
    background: OnceLock<Arc<dyn Background>>,
    components: OnceLock<Arc<dyn Components>>,
    tallies: Tallies,
    metrics: CallMetrics,
    happenings: OnceLock<Arc<Happenings>>,
    traces: OnceLock<Traces>,
}

impl Dispatcher {
    /// A door to the catalog's tools.
    #[must_use]
    pub fn new(
        catalogs: CatalogHandle,
        connections: Arc<dyn Connections>,
        runs: Arc<dyn Runs>,
        gate: EffectGate,
        limits: Limits,
    ) -> Self {
        let (running, throttle) = (Arc::default(), Throttle::default());
        Self {
            inner: Arc::new(Inner {
                catalogs,
                connections,
                runs,
                gate,
                sighted: Sighted::new(),
                limits,
                running,
                throttle,
                same_calls: Arc::default(),
                background: OnceLock::new(),
                components: OnceLock::new(),
                tallies: Tallies::default(),
                metrics: CallMetrics::default(),
                happenings: OnceLock::new(),
                traces: OnceLock::new(),
            }),
        }
    }

    /// The same door, which runs calls as jobs where their callers allow it.
    #[must_use]
    pub fn with_background(self, background: Arc<dyn Background>) -> Self {
        // It is set once, where the host is wired.
        let _first = self.inner.background.set(background);
        self
    }

    /// The same door, which lets jobs go on with the plugins that they began with.
    #[must_use]
    pub fn with_components(self, components: Arc<dyn Components>) -> Self {
        let _first = self.inner.components.set(components);
        self
    }

    /// Holds principals to their rates over all hosts from now on.
    pub fn share_rates(&self, permits: Arc<SharedPermits>) {
        self.inner.throttle.share(permits);
    }

    /// The same door, which says where something has happened.
    #[must_use]
    pub fn with_happenings(self, happenings: Arc<Happenings>) -> Self {
        let _first = self.inner.happenings.set(happenings);
        self
    }

    /// The same door, with traces of its calls.
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> Self {
        let _first = self.inner.traces.set(traces);
        self
    }

    /// Where it says that something has happened.
    #[must_use]
    pub fn happenings(&self) -> &Arc<Happenings> {
        self.inner.happenings.get_or_init(Arc::default)
    }

    /// Whether there are traces, and what makes them: surfaces begin them.
    #[must_use]
    pub fn traces(&self) -> &Traces {
        static OFF: Traces = Traces::off();
        self.inner.traces.get().unwrap_or(&OFF)
    }

    /// What was counted of each tool since the host began, of tools that were called.
    #[must_use]
    pub fn tallies(&self) -> HashMap<ToolName, Counts> {
        self.inner.tallies.counts()
    }

    /// What was measured of calls and effects since the host began.
    #[must_use]
    pub fn measured(&self) -> Measured {
        Measured {
            running: self.inner.metrics.running(),
            calls: self.inner.metrics.spreads(),
            effects: self.inner.gate.measured(),
        }
    }

    /// The bounds of every call.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Runs a tool. It always answers, and within the call's time.
    pub async fn call(&self, invocation: Invocation) -> Outcome {
        let invocation = Invocation { as_job: self.wait_as_job(&invocation), ..invocation };
        let waiting = Waiting {
            principal: invocation.principal.id,
            wait: invocation.as_job,
            progress: Arc::clone(&invocation.progress),
            caller: invocation.cancel.clone(),
        };
        let outcome = self.call_now(invocation).await;
        match outcome.as_job {
            Some(AsJob { id, .. }) => self.wait_for_job(outcome, id, waiting).await,
            None => outcome,
        }
    }

    /// Runs a tool, or starts the job that its call runs as.
    async fn call_now(&self, invocation: Invocation) -> Outcome {
        let caller = invocation.cancel.child_token();
        let budget = Arc::new(Budget::begin(&self.inner.limits, invocation.execution.spending, caller));
        let passage = Arc::new(Passage::begin(budget, Effects::within(None)));
        let is_heard = invocation.progress.is_heard();
        let (door, of_task) = (self.clone(), Arc::clone(&passage));
        let running = async move { door.run(&of_task, invocation, None).await };
        let running = AssertUnwindSafe(running).catch_unwind();
        let ended = if is_heard {
            // Whoever tells a client how it goes waits for that client to read: the call doesn't.
            let task = AbortOnDropHandle::new(tokio::spawn(running.in_current_span()));
            task.await.ok().and_then(Result::ok)
        } else {
            // A call has much to remember, and the future of a surface is moved through its layers: so it is on the heap.
            Box::pin(running).await.ok()
        };
        ended.unwrap_or_else(|| {
            tracing::error!(call = %passage.id, "call.panicked");
            passage.outcome(passage.effects.told_with(Err(host_failed())))
        })
    }

    /// The account of a principal at an MCP server: the one that they name, or the one that they have.
    ///
    /// # Errors
    ///
    /// `not_found` for one that isn't theirs, `invalid_input` where they have several and name none.
    pub async fn account(
        &self,
        principal: &Principal,
        server: &UpstreamName,
        called: Option<Called>,
    ) -> Result<Option<Connection>, Problem> {
        let system = System::Upstream(server.clone());
        match chosen::choose(self.connections(), principal, called, Some(&system)).await? {
            Choice::Made(account) => Ok(account),
            Choice::Among(Candidates { default: Some(account), .. }) => Ok(Some(account)),
            Choice::Among(candidates) => Err(candidates.refused()),
        }
    }

    /// The gate behind the door, for what the host itself looks at.
    pub(crate) fn gate(&self) -> &EffectGate {
        &self.inner.gate
    }

    pub(crate) fn same_calls(&self) -> &Arc<SameCalls> {
        &self.inner.same_calls
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.inner.catalogs.current()
    }

    pub(crate) fn background(&self) -> Option<Arc<dyn Background>> {
        self.inner.background.get().cloned()
    }

    pub(crate) fn components(&self) -> Option<&Arc<dyn Components>> {
        self.inner.components.get()
    }

    pub(crate) fn connections(&self) -> &dyn Connections {
        self.inner.connections.as_ref()
    }

    pub(crate) fn runs(&self) -> &Arc<dyn Runs> {
        &self.inner.runs
    }

    async fn run(
        &self,
        passage: &Passage,
        mut invocation: Invocation,
        parent: Option<Parent<'_>>,
    ) -> Outcome {
        let span = self.begin_span(&mut invocation, passage.id, parent.as_ref());
        let (call, begun) = (passage.id, passage.begun);
        let Invocation { tool, principal, surface, .. } = &invocation;
        // A nested call is a part of what is told of the outer one.
        let told = match parent {
            None => Told::begin(call, tool, principal, *surface, begun),
            Some(_) => None,
        };
        let counting = Counting::begin(passage, &self.inner.metrics, *surface);
        let result = self.pass(passage, invocation, parent).await;
        counting.end(&result);
        let result = result.map_err(|mut problem| {
            if let Some(error) = problem.take_cause() {
                tracing::error!(%call, %error, "call.failed");
            }
            problem.hinted()
        });
        if let Some(span) = span {
            span.end(result.as_ref().map(drop).map_err(|problem| problem.code));
        }
        if let Some(told) = told {
            told.end(&result);
        }
        passage.outcome(result)
    }

    async fn pass(
        &self,
        passage: &Passage,
        invocation: Invocation,
        parent: Option<Parent<'_>>,
    ) -> Result<Answer, Problem> {
        let Invocation {
            tool,
            arguments,
            principal,
            surface,
            progress,
            execution,
            is_driven,
            as_job,
            asks_first,
            trace,
            ..
        } = invocation;
        let tool = match &execution.providers {
            None => self.find(&tool, &principal)?,
            Some(providers) => self.find_of_run(&tool, &principal, providers).await?,
        };
        // A check does nothing, and its end is no end of a call.
        if parent.as_ref().is_none_or(|parent| parent.check.is_none()) {
            let catalog = self.inner.catalogs.current();
            let tally = self.inner.tallies.of(tool.name(), |name| catalog.get(name.as_str()).is_some());
            let _first = passage.tally.set(tally);
        }
        if let Some(parent) = &parent {
            parent.call.check_access(tool.definition.least, &format!("`{}`", tool.name()))?;
        }
        let (arguments, reserved) = arguments::take(arguments, &self.inner.limits)?;
        let key = key(invocation.key, reserved.key, parent.as_ref())?;
        let is_named = reserved.connection.is_some();
        let outer = parent.as_ref().map(|parent| parent.call);
        let choice =
            finding::choose_connection(self.connections(), &tool, &principal, reserved.connection, outer)
                .await?;
        let begun_check = parent.as_ref().and_then(Parent::beginning);
        let arguments = validated(&tool, arguments, begun_check.map_or(&[], |check| &check.open)).await?;
        let nesting = self.deepen(parent.as_ref())?;
        let outer = parent.as_ref().map(|parent| parent.call.bound);
        let bound = Bound::of(tool.definition.access, &principal, outer, asks_first);
        let access = bound.most;
        let waits = waits_for_word(&tool, bound);
        // What is asked about names the connection, which of an outermost call is still to be found.
        if let Some(access) = waits.filter(|_| parent.is_some()) {
            return Err(passage.hold(access, &tool));
        }
        if begun_check.is_some_and(|check| check.ends_at_the_door(access, tool.provider.is_replayable())) {
            return Ok(Answer::default());
        }
        if access != Access::Reads && !tool.provider.is_replayable() {
            around_the_gate(&tool, parent.as_ref(), &execution).await?;
        }
        // A nested call runs within its parent's slot; taking another could wait for itself.
        let slot = if parent.is_none() { Some(self.take_slot(&principal)?) } else { None };
        let check = parent.as_ref().and_then(|parent| parent.check.clone());
        if check.is_none() {
            self.count(&tool, &principal, parent.is_none(), &execution).await?;
        }
        let is_recorded = (key.is_some() || as_job.is_some() || (access != Access::Reads && check.is_none()))
            && !execution.recorder.is_rehearsed();
        let (connection, candidates) = match choice {
            Choice::Made(connection) => (connection, None),
            Choice::Among(candidates) => (None, Some(candidates)),
        };
        let named = connection.as_ref().filter(|_| is_named).map(|connection| connection.id);
        let mut call = Call {
            id: passage.id,
            tool: tool.name().clone(),
            bound,
            principal,
            surface,
            connection,
            permissions: Arc::clone(tool.provider.permissions()),
            provider_digest: tool.provider.digest().cloned(),
            progress,
            budget: Arc::clone(&passage.budget),
            execution,
            position: Position::within(parent.as_ref().map(|parent| parent.position.as_str())),
            nesting,
            check,
            effects: Arc::clone(&passage.effects),
            host: Arc::new(self.clone()),
            tally: passage.tally.get().cloned(),
            trace,
            _slot: slot,
        };
        if let Some(candidates) = candidates {
            let Inner { gate, sighted, runs, connections, .. } = self.inner.as_ref();
            let kept = (runs.as_ref(), connections.as_ref());
            let looking = finding::look_for_connection(
                (gate, sighted),
                kept,
                &call,
                key.as_ref(),
                candidates,
                &arguments,
            );
            call.connection = Some(looking.await?);
        }
        if let Some(connection) = call.connection.clone() {
            // It is told once.
            let _first = passage.connection.set(connection);
        }
        if let Some(access) = waits {
            return Err(passage.hold(access, &tool));
        }
        if !is_recorded {
            return self.provide(&tool, arguments, &Arc::new(call)).await;
        }
        let (arguments_digest, arguments) =
            aside::run(aside::bytes(&arguments), move || (digest(&arguments), arguments)).await?;
        let is_driven = is_driven && key.is_some();
        let wish = Wish {
            fingerprint: digest(&json!([arguments_digest, named, call.principal.parts])),
            repeat: self.repeat(key, &call),
            is_replayable: tool.provider.is_replayable(),
            starts_job: as_job.is_some(),
        };
        let outer = parent.as_ref().map(|parent| parent.call.id);
        let started = record::started(&tool, &call, outer, arguments_digest);
        let recorded = Recorded { tool, arguments, started, wish, is_driven, begun: passage.begun };
        let Recalled { result, replayed, partial, as_job } = recorded.run(self, call).await;
        if let Some(job) = as_job {
            let _first = passage.as_job.set(job);
        }
        if let Some(run) = replayed {
            // It is told once.
            let _first = passage.replayed.set(run);
        }
        if let Some(partial) = partial {
            let _first = passage.partial.set(partial);
        }
        result
    }

    /// By what a call may be found to be one that was asked for before.
    fn repeat(&self, key: Option<IdempotencyKey>, call: &Call) -> Repeat {
        let window = self.inner.limits.resend_time;
        match key {
            Some(key) => Repeat::Key(key.digest()),
            None if window.is_zero() || call.bound.most == Access::Reads => Repeat::Never,
            None => Repeat::Left(window),
        }
    }

    /// The tool of a name, if the principal may use it.
    pub(crate) fn find(&self, name: &str, principal: &Principal) -> Result<Arc<Tool>, Problem> {
        finding::find(&self.inner.catalogs, name, principal)
    }

    fn deepen(&self, parent: Option<&Parent<'_>>) -> Result<u8, Problem> {
        let nesting = parent.map_or(0, |parent| parent.call.nesting + 1);
        if nesting <= self.inner.limits.nesting {
            return Ok(nesting);
        }
        let message = format!("tools may call tools {} levels deep", self.inner.limits.nesting);
        Err(Problem::new(Code::LimitExceeded, message))
    }

    /// Holds the principal to the rates of their token. A job waits, so that it is told the same when it runs again; it
    /// was counted itself when it was started.
    async fn count(
        &self,
        tool: &Tool,
        principal: &Principal,
        is_outermost: bool,
        execution: &Execution,
    ) -> Result<(), Problem> {
        let is_job = execution.recorder.is_replayed();
        if is_job && is_outermost {
            return Ok(());
        }
        loop {
            match self.inner.throttle.count(principal, tool.name(), is_outermost, Instant::now()).await {
                Ok(()) => return Ok(()),
                Err(too_often) if is_job => {
                    execution.recorder.while_it_runs(tokio::time::sleep(too_often.wait)).await?;
                }
                Err(too_often) => return Err(too_often.into()),
            }
        }
    }

    fn take_slot(&self, principal: &Principal) -> Result<Slot, Problem> {
        let max = self.inner.limits.concurrent_calls;
        self.inner.running.take(principal.id, max).ok_or_else(|| {
            Problem::new(Code::RateLimited, format!("{max} calls of yours are already running"))
                .hint("wait until one has ended")
        })
    }

    pub(crate) async fn provide(
        &self,
        tool: &Tool,
        arguments: Value,
        call: &Arc<Call>,
    ) -> Result<Answer, Problem> {
        if call.is_cancelled() {
            return Err(left());
        }
        let deadline = tokio::time::Instant::from_std(call.budget.deadline);
        let running = tool.provider.call(tool.name(), arguments, Arc::clone(call));
        // A provider's panic is a bug of the host, but it costs this call alone.
        let mut running = std::pin::pin!(AssertUnwindSafe(running).catch_unwind());
        let mut is_left = false;
        loop {
            tokio::select! {
                biased;
                ended = &mut running => {
                    // What a provider makes of a refusal to go on is no answer of the whole call.
                    if call.budget.is_cut_short() {
                        return Err(left());
                    }
                    if let Some(access) = call.budget.held.at() {
                        return Err(held(access));
                    }
                    let answer = ended.unwrap_or_else(|_| {
                        tracing::error!(call = %call.id, tool = %call.tool, "provider.panicked");
                        Err(host_failed())
                    })?;
                    return shaped(tool, answer, &self.inner.limits).await;
                }
                // It has done nothing that has to come to its end, and what it would go on to read is read again.
                access = call.budget.held.until_held() => return Err(held(access)),
                () = call.budget.cancel.cancelled(), if !is_left => is_left = true,
                // What is on its way comes to its end, so that its outcome is known.
                () = call.budget.under_way.idle(), if is_left => return Err(left()),
                () = tokio::time::sleep_until(deadline) => {
                    let seconds = call.budget.time.as_secs();
                    return Err(Problem::new(Code::LimitExceeded, format!("the call took longer than {seconds} s"))
                        .hint("ask for less at once"));
                }
            }
        }
    }
}

/// Whether a tool may run that changes something other than through the gate: no gate would end a check before that, and no
/// journal would keep a replay from doing it again.
async fn around_the_gate(
    tool: &Tool,
    parent: Option<&Parent<'_>>,
    execution: &Execution,
) -> Result<(), Problem> {
    if let Some(check) = parent.and_then(|parent| parent.check.as_ref()) {
        check.end::<()>().await;
    }
    if execution.recorder.is_replayed() {
        let (who, when) = match execution.recorder.started_by() {
            Some(_) => ("a job", "call it before the job, or after it"),
            None => ("a call with an idempotency key", "call it by itself, or leave the key out"),
        };
        return Err(Problem::new(Code::Forbidden, format!("{who} can't call `{}`", tool.name())).hint(when));
    }
    Ok(())
}

/// What the least that a tool does waits for somebody to be asked about; none when it may begin. What is only said to read counts as
/// writing.
fn waits_for_word(tool: &Tool, bound: Bound) -> Option<Access> {
    let least = tool.definition.least;
    if bound.waits_for_word(least) {
        return Some(least);
    }
    let is_known = !bound.asks_first || tool.provider.is_known_to_read(tool.name());
    (!is_known).then_some(Access::Writes)
}

/// Why a call goes no further before somebody was asked.
fn held(access: Access) -> Problem {
    bound::asked_first(access, "what it asks for")
}

pub(crate) fn host_failed() -> Problem {
    Problem::new(Code::Failed, "the host failed while it ran the tool")
}

/// The idempotency key of a call: a header or the metadata may have it, or the arguments.
fn key(
    beside: Option<IdempotencyKey>,
    within: Option<IdempotencyKey>,
    parent: Option<&Parent<'_>>,
) -> Result<Option<IdempotencyKey>, Problem> {
    if parent.is_some() && within.is_some() {
        return Err(Problem::new(
            Code::InvalidInput,
            "A call within another one has no idempotency key of its own.",
        )
        .hint("Leave `idempotency_key` out: what it does belongs to the outer call, whose key counts."));
    }
    match (beside, within) {
        (Some(beside), Some(within)) if beside != within => {
            Err(Problem::new(Code::InvalidInput, "The call has two idempotency keys, which differ.")
                .hint("Send it once: as the header `Idempotency-Key`, or as `idempotency_key`."))
        }
        (beside, within) => Ok(beside.or(within)),
    }
}
